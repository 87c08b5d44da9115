"""Pull: what changed since a place in the patient's count of changes."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from domain.errors import CursorGone, CursorInvalid
from domain.languages import Language
from models.sync import ChangeKind, ChangeRead
from services import access, installation
from services.access import Actor
from services.listing import Key, Window
from services.sync.kinds import KINDS, tell_all

_GENERATION = re.compile("[0-9a-f-]{36}")
_REVISION = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Pulled:
    """Some changes, the place to go on after, and whether there is more already."""

    changes: list[ChangeRead]
    last: Key
    has_more: bool


def pull(session: Session, actor: Actor, patient_id: UUID, window: Window, language: Language) -> Pulled:
    """What changed after a place, in the order of the changes; each object once, as it is now.

    Revisions are taken under the lock of the patient's row, so none below one that can be seen is still to
    come: a place misses nothing, whatever commits late.

    Args:
        session: a reader, which sees one moment.
        actor: the patient.
        patient_id: whose changes.
        window: how many at most, and the place; from the beginning if that is None.
        language: of what is said to people.

    Raises:
        CursorInvalid: the place is none.
        CursorGone: the place is in a past that this database has not.
    """
    patient = access.patient(session, actor, patient_id)
    generation = installation.generation(session)
    after = _place(window, generation, patient.revision)
    found = sorted(
        ((kind, row) for kind in KINDS for row in _rows(session, patient_id, kind, after, window.limit + 1)),
        key=lambda one: one[1].revision,
    )
    chosen = found[: window.limit]
    has_more = len(found) > window.limit
    last = chosen[-1][1].revision if has_more else patient.revision
    return Pulled(_told(session, patient_id, chosen, language), (str(generation), str(last)), has_more)


def _place(window: Window, generation: UUID, newest: int) -> int:
    if window.after is None:
        return 0
    match window.after:
        case (of, place) if _GENERATION.fullmatch(of) and _REVISION.fullmatch(place):
            if of != str(generation) or int(place) > newest:
                raise CursorGone
            return int(place)
        case _:
            raise CursorInvalid


def _rows(session: Session, patient_id: UUID, kind: ChangeKind, after: int, most: int) -> list[Any]:
    table = KINDS[kind].table
    statement = (
        select(table).where(table.patient_id == patient_id, table.revision > after).order_by(table.revision).limit(most)
    )
    return list(session.scalars(statement))


def _told(
    session: Session, patient_id: UUID, chosen: list[tuple[ChangeKind, Any]], language: Language
) -> list[ChangeRead]:
    by_kind: dict[ChangeKind, list[Any]] = defaultdict(list)
    for kind, row in chosen:
        by_kind[kind].append(row)
    told = [change for kind, rows in by_kind.items() for change in tell_all(session, patient_id, kind, rows, language)]
    return sorted(told, key=lambda change: change.revision)
