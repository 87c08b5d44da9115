"""Reading the diary back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from domain import clocks
from models.diary import (
    Entry,
    EntryRead,
    EntryVersion,
    Intake,
    IntakeRead,
    LesionObservation,
    LesionObservationRead,
    LifestyleRead,
    RatingRead,
)
from services import access, versions
from services.access import Actor
from services.diary.rows import PARTS
from services.listing import Listed, Window, listed
from services.versions import Kind

_COLUMNS = frozenset(EntryRead.model_fields) & frozenset(Entry.model_fields) - {"recorded_at"}


def list_entries(
    session: Session, actor: Actor, patient_id: UUID, window: Window, *, first: date | None, last: date | None
) -> Listed[EntryRead]:
    """The live entries of the days from first to last, newest first."""
    patient = access.patient(session, actor, patient_id)
    statement = select(Entry).where(col(Entry.patient_id) == patient.id, col(Entry.deleted_at).is_(None))
    if first is not None:
        statement = statement.where(col(Entry.day) >= first)
    if last is not None:
        statement = statement.where(col(Entry.day) <= last)
    keys = (col(Entry.day), col(Entry.recorded_at), col(Entry.id))
    page = listed(session, statement, keys, window, descending=True)
    return Listed(read_many(session, patient.id, page.items), page.last)


def counted_within(first: Any, last: Any) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401  days, or what stands for them
    """That an entry counts on a day from first to last; the index is on its own day, which is never before."""
    return col(Entry.day) >= first, col(Entry.counted_day).between(first, last)


def get(session: Session, actor: Actor, patient_id: UUID, entry_id: UUID) -> EntryRead:
    """One live entry."""
    patient = access.patient(session, actor, patient_id)
    return read_one(session, versions.found(session.get(Entry, (patient.id, entry_id))))


def list_versions(
    session: Session, actor: Actor, patient_id: UUID, entry_id: UUID, window: Window
) -> Listed[EntryVersion]:
    """All versions of a live entry, oldest first."""
    current = get(session, actor, patient_id, entry_id)
    return versions.list_versions(session, Kind.ENTRY, current, window, EntryVersion)


def read_one(session: Session, row: Entry) -> EntryRead:
    """One entry with its parts."""
    return read_many(session, row.patient_id, [row])[0]


def read_many(session: Session, patient_id: UUID, rows: Sequence[Entry]) -> list[EntryRead]:
    """Entries of one patient with their parts, with one statement for each kind of part."""
    ids = [row.id for row in rows]
    ratings, observations, intakes = (_parts(session, part, patient_id, ids) for part in PARTS)
    return [
        EntryRead(
            **row.model_dump(include=set(_COLUMNS)),
            recorded_at=clocks.with_offset(row.recorded_at, row.utc_offset_minutes),
            ratings=[RatingRead.model_validate(rating) for rating in ratings[row.id]],
            lesion_observations=[_read_observation(observation) for observation in observations[row.id]],
            intakes=[_read_intake(intake) for intake in intakes[row.id]],
            lifestyle=_read_lifestyle(row),
        )
        for row in rows
    ]


def _parts(session: Session, part: Any, patient_id: UUID, ids: list[UUID]) -> dict[UUID, list[Any]]:  # noqa: ANN401
    found: dict[UUID, list[Any]] = defaultdict(list)
    if ids:
        statement = (
            select(part)
            .where(part.patient_id == patient_id, part.entry_id.in_(ids))
            .order_by(part.entry_id, part.position)
        )
        for row in session.scalars(statement):
            found[row.entry_id].append(row)
    return found


def _read_observation(row: LesionObservation) -> LesionObservationRead:
    return LesionObservationRead(
        **row.model_dump(include=set(LesionObservationRead.model_fields)),
        length_mm=None if row.length_tenths is None else row.length_tenths / 10,
        width_mm=None if row.width_tenths is None else row.width_tenths / 10,
    )


def _read_intake(row: Intake) -> IntakeRead:
    taken_at = row.taken_at
    if taken_at is not None and row.taken_offset_minutes is not None:
        taken_at = clocks.with_offset(taken_at, row.taken_offset_minutes)
    return IntakeRead(medication_id=row.medication_id, taken=row.taken, taken_at=taken_at)


def _read_lifestyle(row: Entry) -> LifestyleRead | None:
    lifestyle = LifestyleRead.model_validate(row)
    return lifestyle if any(value is not None for value in lifestyle.model_dump().values()) else None
