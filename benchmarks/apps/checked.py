"""The least to be done with a posted entry: check the token, validate the body with our shapes, store nothing."""

import os
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request

from models.diary import EntryCreate

app = FastAPI()
KEY = bytes.fromhex(os.environ["BENCHMARK_TOKEN_KEY"])


async def claims(request: Request) -> dict[str, Any]:
    """What a valid token says."""
    try:
        read: dict[str, Any] = jwt.decode(
            request.headers.get("authorization", "").removeprefix("Bearer "), KEY, algorithms=["HS256"]
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    return read


@app.post("/v1/patients/{patient_id}/entries", status_code=201)
async def check_entry(
    patient_id: UUID, draft: EntryCreate, said: Annotated[dict[str, Any], Depends(claims)]
) -> dict[str, Any]:
    """Look at it and forget it."""
    if said["pid"] != str(patient_id):
        raise HTTPException(404)
    return {"id": draft.id, "day": draft.local_day()}


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    """It answers."""
    return {"status": "ready"}
