"""The kinds of things that sync delivers: a kind that is not in `KINDS` never reaches a phone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session

from models.diary import Entry
from models.fields import VersionedRead
from models.sync import ChangeKind, ChangeOp, ChangeRead
from services import diary
from services.lesions import LESIONS
from services.medications import MEDICATIONS
from services.registered import Noun

Reader = Callable[[Session, UUID, Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A table with `patient_id`, `id`, `version`, `revision` and `deleted_at`, and how its live rows are answered."""

    table: Any
    read: Reader


def _registered(noun: Noun[Any, Any, Any]) -> Delivered:
    return Delivered(noun.table, lambda _session, _patient_id, rows: [noun.read.model_validate(row) for row in rows])


KINDS: dict[ChangeKind, Delivered] = {
    ChangeKind.ENTRY: Delivered(Entry, diary.read_many),
    ChangeKind.LESION: _registered(LESIONS),
    ChangeKind.MEDICATION: _registered(MEDICATIONS),
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


def tell_all(session: Session, patient_id: UUID, kind: ChangeKind, rows: Sequence[Any]) -> list[ChangeRead]:
    """Rows of one kind as phones are told of them, live ones and tombstones."""
    live = [row for row in rows if row.deleted_at is None]
    shapes = {row.id: shape for row, shape in zip(live, KINDS[kind].read(session, patient_id, live), strict=True)}
    return [tell(kind, row, shapes.get(row.id)) for row in rows]
