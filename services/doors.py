"""The one door (`services/access.py`) for many who come at once: the same rules, and what keeps out is a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session

from domain.errors import ConsentRequired, DermatrendError, NotFound, NotSignedIn
from domain.permissions import Role
from models.accounts import SignIn
from models.patients import Patient
from services import access, bulk
from services.access import Actor

Who = tuple[Actor, UUID]
"""Somebody, and the patient whose data they want to change."""


@dataclass(slots=True)
class Counter:
    """A patient's counter of changes, whose row is locked; `keep_counters` writes it back."""

    patient_id: UUID
    revision: int


Door = Patient | Counter | DermatrendError
"""What somebody finds: the patient, locked until the transaction ends, or what keeps them out."""


def doors(session: Session, callers: Sequence[Who]) -> list[Door]:
    """What each finds, as of `access.patient_to_change`, one patient after the other in a fixed order."""
    found: dict[Who, Door] = {}
    for actor, patient_id in sorted(set(callers), key=lambda who: who[1]):
        try:
            found[actor, patient_id] = access.patient_to_change(session, actor, patient_id)
        except DermatrendError as error:
            found[actor, patient_id] = error
    return [found[who] for who in callers]


def free_doors(session: Session, callers: Sequence[Who]) -> list[Door | None]:
    """What each finds, but nobody waits: None where another transaction holds the patient's lock.

    Patients at their own diary share three statements. Whoever comes for somebody else is looked at one by one.
    """
    of_owners = iter(_own_doors(session, [actor for actor, patient_id in callers if _is_own(actor, patient_id)]))
    of_others = iter(doors(session, [who for who in callers if not _is_own(*who)]))
    return [next(of_owners if _is_own(*who) else of_others) for who in callers]


def keep_counters(session: Session, opened: Sequence[Door]) -> None:
    """Write the counters of changes back to the rows of their patients."""
    counters = {door.patient_id: door.revision for door in opened if isinstance(door, Counter)}
    bulk.update(session, Patient, [{"id": id_, "revision": revision} for id_, revision in counters.items()])


def _is_own(actor: Actor, patient_id: UUID) -> bool:
    return actor.role is Role.PATIENT and actor.patient_id == patient_id


def _own_doors(session: Session, actors: Sequence[Actor]) -> list[Door | None]:
    ids = sorted({access.own_patient_id(actor) for actor in actors})
    columns = ("id", "clinic_id", "consented_version", "revision")
    rows = {row.id: row for row in bulk.lock_free(session, Patient, [{"id": one} for one in ids], columns)}
    held = _existing(session, [one for one in ids if one not in rows])
    living = _living(session, {actor.sign_in_id for actor in actors})
    counters = {row.id: Counter(row.id, row.revision) for row in rows.values()}
    return [
        None
        if actor.patient_id in held
        else _closed(actor, rows.get(actor.patient_id), lives=actor.sign_in_id in living)
        or counters[access.own_patient_id(actor)]
        for actor in actors
    ]


def _existing(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    return {row.id for row in bulk.matching(session, Patient, [{"id": one} for one in ids], ("id",))}


def _living(session: Session, sign_in_ids: set[UUID]) -> set[UUID]:
    rows = bulk.matching(session, SignIn, [{"id": one} for one in sign_in_ids], ("id", "ended_at"))
    return {row.id for row in rows if row.ended_at is None}


def _closed(actor: Actor, row: Any, *, lives: bool) -> DermatrendError | None:  # noqa: ANN401
    if not lives:
        return NotSignedIn()
    if row is None or row.clinic_id != actor.clinic_id:
        return NotFound()
    return None if access.consents(row, actor.minimum_consent_version) else ConsentRequired()
