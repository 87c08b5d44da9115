"""Earlier versions of entries, lesions and medications: none is ever thrown away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from models.fields import UtcDateTime, one_of

KINDS = ("entry", "lesion", "medication")
PUSHED = ("entry", "lesion", "medication")


class PastVersion(SQLModel, table=True):
    """What an object was before its next change, as it was answered then."""

    __tablename__ = "past_version"
    __table_args__ = (one_of("kind", KINDS),)

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    kind: str = Column(primary_key=True, max_length=20)
    object_id: UUID = Column(primary_key=True)
    version: int = Column(primary_key=True)
    replaced_at: datetime = Column(sa_type=UtcDateTime)
    snapshot: dict[str, Any] = Column(sa_type=JSON)


class UnappliedVersion(SQLModel, table=True):
    """What a phone wanted an object to say when another change had come first (docs/decisions/0013)."""

    __tablename__ = "unapplied_version"
    __table_args__ = (one_of("kind", PUSHED),)

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    kind: str = Column(primary_key=True, max_length=20)
    object_id: UUID = Column(primary_key=True)
    number: int = Column(primary_key=True)
    version: int
    """The version that it would have become."""
    received_at: datetime = Column(sa_type=UtcDateTime)
    snapshot: dict[str, Any] = Column(sa_type=JSON)
