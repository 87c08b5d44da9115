"""The limit: FastAPI checks the token and the entry, and stores nothing. `load.py` runs it.

The body is our own request shape and the token our own, so that all that is left out is what is done with them.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

from infra.tokens import Claims, Tokens
from models.diary import EntryCreate

app = FastAPI(openapi_url=None)
tokens = Tokens(os.environ["DERMATREND_SECRET_KEY"].encode(), access_lifetime=timedelta(hours=1))
bearer = OAuth2PasswordBearer(tokenUrl="token")


class Read(BaseModel):
    """What is answered."""

    id: UUID


async def signed_in(token: Annotated[str, Depends(bearer)]) -> Claims:
    """Whose token it is."""
    claims = tokens.read_access(token, datetime.now(UTC))
    if claims is None:
        raise HTTPException(401)
    return claims


@app.get("/health/ready")
async def ready() -> None:
    """Answer that it runs."""


@app.post("/v1/patients/{patient_id}/entries", status_code=201)
async def record_entry(patient_id: UUID, draft: EntryCreate, claims: Annotated[Claims, Depends(signed_in)]) -> Read:
    """Check it, and forget it."""
    if claims.patient_id != patient_id or draft.id is None:
        raise HTTPException(404)
    return Read(id=draft.id)
