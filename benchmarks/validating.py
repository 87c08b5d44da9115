"""The limit: FastAPI checks the token and the entry, and stores nothing. `load.py` runs it.

The body is our own request shape and the token our own, so that all that is left out is what is done with them. The
token is checked each time, as PyJWT does it; that our server remembers tokens is part of what is measured.
"""

import hmac
import os
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

from models.diary import EntryCreate

app = FastAPI(openapi_url=None)
KEY = hmac.digest(os.environ["DERMATREND_SECRET_KEY"].encode(), b"access", "sha256")
bearer = OAuth2PasswordBearer(tokenUrl="token")


class Read(BaseModel):
    """What is answered."""

    id: UUID


async def signed_in(token: Annotated[str, Depends(bearer)]) -> dict[str, Any]:
    """What the token says."""
    try:
        said: dict[str, Any] = jwt.decode(token, KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    return said


@app.get("/health/ready")
async def ready() -> None:
    """Answer that it runs."""


@app.post("/v1/patients/{patient_id}/entries", status_code=201)
async def record_entry(
    patient_id: UUID, draft: EntryCreate, said: Annotated[dict[str, Any], Depends(signed_in)]
) -> Read:
    """Check it, and forget it."""
    if said["pid"] != str(patient_id) or draft.id is None:
        raise HTTPException(404)
    return Read(id=draft.id)
