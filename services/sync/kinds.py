"""The kinds of things that sync delivers: a kind that is not in `KINDS` never reaches a phone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session

from domain.languages import Language
from models.diary import Entry
from models.fields import VersionedRead
from models.lesions import Lesion, LesionRead
from models.medications import Medication, MedicationRead
from models.photos import Photo
from models.sync import ChangeKind, ChangeOp, ChangeRead
from models.visits import Visit, VisitRead
from services import diary, photos

Reader = Callable[[Session, UUID, Sequence[Any], Language], Sequence[Any]]
"""Answers live rows of one patient, in order; few kinds have anything to say in a language."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A table with `patient_id`, `id`, `version`, `revision` and `deleted_at`, and how its live rows are answered."""

    table: Any
    read: Reader


def _as(shape: type[VersionedRead]) -> Reader:
    """Rows that hold all that is answered of them."""
    return lambda _session, _patient_id, rows, _language: [shape.model_validate(row) for row in rows]


def _entries(session: Session, patient_id: UUID, rows: Sequence[Any], _language: Language) -> Sequence[Any]:
    return diary.read_many(session, patient_id, rows)


def _photos(_session: Session, _patient_id: UUID, rows: Sequence[Any], language: Language) -> Sequence[Any]:
    return [photos.read_row(row, language) for row in rows]


KINDS: dict[ChangeKind, Delivered] = {
    ChangeKind.ENTRY: Delivered(Entry, _entries),
    ChangeKind.LESION: Delivered(Lesion, _as(LesionRead)),
    ChangeKind.MEDICATION: Delivered(Medication, _as(MedicationRead)),
    ChangeKind.VISIT: Delivered(Visit, _as(VisitRead)),
    ChangeKind.PHOTO: Delivered(Photo, _photos),
}
_EMPTY = dict.fromkeys(ChangeKind)


def tell(kind: ChangeKind, row: Any, shape: VersionedRead | None) -> ChangeRead:  # noqa: ANN401  a row of any kind
    """A row as phones are told of it; without a shape it is a tombstone."""
    return ChangeRead(
        kind=kind,
        op=ChangeOp.DELETE if shape is None else ChangeOp.UPSERT,
        id=row.id,
        version=row.version,
        revision=row.revision,
        **{**_EMPTY, kind: shape},
    )


def tell_all(
    session: Session, patient_id: UUID, kind: ChangeKind, rows: Sequence[Any], language: Language = "en"
) -> list[ChangeRead]:
    """Rows of one kind as phones are told of them, live ones and tombstones."""
    live = [row for row in rows if row.deleted_at is None]
    read = KINDS[kind].read(session, patient_id, live, language)
    shapes = {row.id: shape for row, shape in zip(live, read, strict=True)}
    return [tell(kind, row, shapes.get(row.id)) for row in rows]
