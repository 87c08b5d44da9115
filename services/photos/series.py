"""The photos of a lesion in order of capture, with what was measured then."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain import photos as shots
from domain import quality
from domain.errors import CursorInvalid
from domain.languages import Language
from domain.lesions import LesionState, MeasurementMethod, Observation
from domain.photos import Look, Shot, Triplet
from domain.quality import Finding
from models.diary import Entry, LesionObservation
from models.lesions import Lesion
from models.photos import Photo, SeriesPhoto
from models.trends import LesionPointRead
from services import access, versions
from services.access import Actor
from services.listing import Listed, Window
from services.photos.reading import read_fields


def list_series(
    session: Session, actor: Actor, patient_id: UUID, lesion_id: UUID, window: Window, language: Language
) -> Listed[SeriesPhoto]:
    """All live photos of a live lesion, in order of capture.

    What stands for what is decided over the whole series, whichever part of it is asked for.
    """
    patient = access.patient(session, actor, patient_id)
    versions.found(session.get(Lesion, (patient.id, lesion_id)))
    rows = _rows(session, patient.id, lesion_id)
    series = _shots(rows, _looks(session, patient.id))
    marks = shots.marks(series)
    pairs = [(row, shot) for row, shot in zip(rows, series, strict=True) if _is_after(row, window)]
    items = [
        SeriesPhoto(
            **read_fields(row, language),
            measurement=shot.measurement and _read(shot.measurement),
            flags=sorted(marks.get(row.id, ()), key=list(shots.Mark).index),
        )
        for row, shot in pairs[: window.limit]
    ]
    if len(pairs) <= window.limit:
        return Listed(items, None)
    last = pairs[window.limit - 1][0]
    return Listed(items, (last.taken_at.isoformat(), str(last.id)))


def series_of(session: Session, patient_id: UUID, lesion_id: UUID) -> list[Shot]:
    """All live photos of a lesion, in order of capture; for who has entered by the one door."""
    return _shots(_rows(session, patient_id, lesion_id), _looks(session, patient_id))


def triplets(session: Session, patient_id: UUID, *, last_day: date | None = None) -> dict[UUID, Triplet]:
    """The photos of each lesion that a report shows side by side; for who has entered by the one door.

    Args:
        session: a reader.
        patient_id: whose photos.
        last_day: later photos are left out.
    """
    rows: dict[UUID, list[Photo]] = defaultdict(list)
    for row in _rows(session, patient_id):
        if row.lesion_id is not None and (last_day is None or row.day <= last_day):
            rows[row.lesion_id].append(row)
    looks = _looks(session, patient_id) if rows else {}
    return {lesion_id: shots.triplet(_shots(of_lesion, looks)) for lesion_id, of_lesion in rows.items()}


def _rows(session: Session, patient_id: UUID, lesion_id: UUID | None = None) -> Sequence[Photo]:
    statement = select(Photo).where(col(Photo.patient_id) == patient_id, col(Photo.deleted_at).is_(None))
    if lesion_id is not None:
        statement = statement.where(col(Photo.lesion_id) == lesion_id)
    return session.scalars(statement.order_by(col(Photo.taken_at), col(Photo.id))).all()


def _looks(session: Session, patient_id: UUID) -> Mapping[UUID, list[Look]]:
    """All that was observed, by lesion, in order of day and time recorded."""
    columns: Any = LesionObservation
    statement = (
        select(LesionObservation, col(Entry.counted_day))
        .join(Entry, (col(Entry.patient_id) == columns.patient_id) & (col(Entry.id) == columns.entry_id))
        .where(columns.patient_id == patient_id)
        .order_by(col(Entry.counted_day), col(Entry.recorded_at), col(Entry.id), columns.position)
    )
    found: dict[UUID, list[Look]] = defaultdict(list)
    for row, day in session.execute(statement):
        observation = Observation(
            row.lesion_id,
            day,
            LesionState(row.state),
            row.length_tenths,
            row.width_tenths,
            row.method and MeasurementMethod(row.method),
        )
        found[row.lesion_id].append(Look(observation, row.entry_id, row.photo_id))
    return found


def _shots(rows: Iterable[Photo], looks: Mapping[UUID, Sequence[Look]]) -> list[Shot]:
    return [
        Shot(
            photo_id=row.id,
            entry_id=row.entry_id,
            taken_at=row.taken_at,
            day=row.day,
            usable=quality.usable([Finding(name) for name in row.findings]),
            width_px=row.width_px,
            height_px=row.height_px,
            thumb_key=str(row.thumb_key),
            display_key=str(row.display_key),
            measurement=None
            if row.lesion_id is None
            else shots.measurement(row.id, row.entry_id, row.day, looks.get(row.lesion_id, ())),
        )
        for row in rows
    ]


def _read(observation: Observation) -> LesionPointRead:
    return LesionPointRead(
        day=observation.day,
        state=observation.state,
        length_mm=None if observation.length is None else observation.length / 10,
        width_mm=None if observation.width is None else observation.width / 10,
        method=observation.method,
    )


def _is_after(row: Photo, window: Window) -> bool:
    if window.after is None:
        return True
    try:
        taken_at, photo_id = window.after
        return (row.taken_at, row.id) > (datetime.fromisoformat(taken_at), UUID(photo_id))
    except (ValueError, TypeError):
        raise CursorInvalid from None
