"""The rows of many entries."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, col

from models.diary import Entry, Intake, LesionObservation, Rating
from services import bulk
from services.diary.written import Written

PARTS: tuple[type[SQLModel], ...] = (Rating, LesionObservation, Intake)


class Rows:
    """Rows of many entries, to be inserted at once."""

    def __init__(self) -> None:
        self._of: dict[type[SQLModel], list[dict[str, Any]]] = {Entry: [], **{part: [] for part in PARTS}}

    def add(self, written: Written) -> None:
        """Take an entry with its parts."""
        self._of[Entry].append(written.row())
        self.add_parts(written)

    def add_parts(self, written: Written) -> None:
        """Take an entry's parts alone."""
        self._of[Rating] += written.ratings()
        self._of[LesionObservation] += written.observations()
        self._of[Intake] += written.intakes()

    def insert(self, session: Session) -> None:
        """Write all, the entries first."""
        bulk.insert(session, self._of)


def remove_parts(session: Session, patient_id: UUID, entry_ids: Sequence[UUID]) -> None:
    """Empty entries of their ratings, observations and intakes."""
    if not entry_ids:
        return
    for part in PARTS:
        of_entry: Any = part
        session.execute(
            delete(part).where(col(of_entry.patient_id) == patient_id, col(of_entry.entry_id).in_(entry_ids))
        )
