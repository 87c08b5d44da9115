"""Retried creations of what gets its id from the server: the same Idempotency-Key makes nothing twice."""

import hashlib
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from domain.errors import KeyReused
from models.accounts import IdempotencyKey


def made_before(
    session: Session, account_id: UUID, key: str | None, request: BaseModel, *, object_id: UUID, now: datetime
) -> UUID | None:
    """Claim a key for the object about to be made.

    Args:
        session: a writer.
        account_id: whose keys these are.
        key: as sent; None if none was.
        request: the validated request, compared with that of the first use.
        object_id: what will be made, if the key is new.
        now: the time of the request.

    Returns:
        None if the object is to be made now, else the id of what the key made before.

    Raises:
        KeyReused: the key came with other content before.
    """
    if key is None:
        return None
    digest = hashlib.sha256(
        f"{type(request).__name__}{request.model_dump_json(exclude_none=True)}".encode()
    ).hexdigest()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # A rival with the same key is waited for here, then seen below.
    claimed = session.execute(
        insert(IdempotencyKey)
        .values(account_id=account_id, key=key, request_digest=digest, object_id=object_id, created_at=now)
        .on_conflict_do_nothing()
        .returning(col(IdempotencyKey.object_id))
    ).scalar_one_or_none()
    if claimed is not None:
        return None
    first = session.get_one(IdempotencyKey, (account_id, key))
    if first.request_digest != digest:
        raise KeyReused
    return first.object_id
