"""What is asked of the diary, and what becomes of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json

from domain.errors import DermatrendError
from models.diary import EntryCreate, EntryRead
from services import versions
from services.access import Actor

CONTENT = (
    "recorded_at",
    "time_zone",
    "day",
    "ratings",
    "lesion_observations",
    "intakes",
    "lifestyle",
    "note",
)
"""The fields that make two entries the same; all else is derived."""


@dataclass(frozen=True, slots=True)
class PhoneClock:
    """What the phone said about its clock: how far it is ahead of ours, or that it could not be read."""

    skew: timedelta | None = None
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """One entry that somebody wants recorded."""

    actor: Actor
    patient_id: UUID
    draft: EntryCreate
    clock: PhoneClock

    def __reduce__(self) -> tuple[Any, ...]:
        """As it travels from process to process: as JSON, which takes less than half the time of a pickle."""
        return _unpacked, (_TRAVELLING.dump_json(self, exclude_none=True),)


_TRAVELLING = TypeAdapter(Submission)


def _unpacked(travelled: bytes) -> Submission:
    return _TRAVELLING.validate_json(travelled)


class Recorded(NamedTuple):
    """An entry that is stored, now or since an earlier try."""

    entry: EntryRead
    created: bool


Outcome = Recorded | DermatrendError


class Receipt(NamedTuple):
    """An entry that is stored, as it is answered."""

    json: bytes
    version: int
    created: bool

    @classmethod
    def of(cls, recorded: Recorded) -> Self:
        """What is answered about an entry."""
        return cls(to_json(recorded.entry), recorded.entry.version, recorded.created)


def content(entry: EntryCreate | EntryRead) -> dict[str, Any]:
    """What an entry says, to compare; a day that was left out is the default day."""
    if isinstance(entry, EntryCreate):
        entry = entry.model_copy(update={"day": entry.local_day()})
    return versions.canonical(entry, CONTENT)
