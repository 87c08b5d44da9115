"""The one door (`services/access.py`) for many who come at once: the same rules, and what keeps out is a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, and_, select
from sqlmodel import Session, col

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

    Patients at their own diary share one statement. Whoever comes for somebody else is looked at one by one.
    """
    of_owners = iter(_own_doors(session, [actor for actor, patient_id in callers if _is_own(actor, patient_id)]))
    of_others = iter(doors(session, [who for who in callers if not _is_own(*who)]))
    return [next(of_owners if _is_own(*who) else of_others) for who in callers]


def keep_counters(session: Session, opened: Sequence[Door]) -> None:
    """Write the counters of changes back to the rows of their patients."""
    counters = {door.patient_id: door.revision for door in opened if isinstance(door, Counter)}
    rows = [{"id": patient_id, "revision": revision} for patient_id, revision in counters.items()]
    bulk.update(session, Patient, ("id", "revision"), rows)


def _is_own(actor: Actor, patient_id: UUID) -> bool:
    return actor.role is Role.PATIENT and actor.patient_id == patient_id


def _own_doors(session: Session, actors: Sequence[Actor]) -> list[Door | None]:
    rows = _lock_free(session, actors)
    counters = {row.id: Counter(row.id, row.revision) for row in rows.values()}
    missing = {access.own_patient_id(actor) for actor in actors} - counters.keys()
    held = bulk.surprises(session, ("id",), new={Patient: [(patient_id,) for patient_id in missing]})[Patient]
    found: list[Door | None] = []
    for actor in actors:
        patient_id = access.own_patient_id(actor)
        if (patient_id,) in held:
            found.append(None)
        elif patient_id in missing:
            found += doors(session, [(actor, patient_id)])
        else:
            row = rows[patient_id, actor.sign_in_id]
            found.append(_closed(actor, row) or counters[patient_id])
    return found


def _closed(actor: Actor, row: Any) -> DermatrendError | None:  # noqa: ANN401
    if not row.lives:
        return NotSignedIn()
    if row.clinic_id != actor.clinic_id:
        return NotFound()
    return None if access.consents(row, actor.minimum_consent_version) else ConsentRequired()


_ASKED: bulk.Types = (("id", Uuid()), ("sign_in_id", Uuid()))


def _lock_free(session: Session, actors: Sequence[Actor]) -> dict[tuple[UUID, UUID], Row[Any]]:
    """By patient and session what is asked of them; the patients are locked, and those locked already are left out."""
    pairs = sorted({(access.own_patient_id(actor), actor.sign_in_id) for actor in actors})
    asked = [{"id": patient_id, "sign_in_id": sign_in_id} for patient_id, sign_in_id in pairs]
    rows = bulk.run_for_many(session, _lock_statement, documents={"asked": (_ASKED, asked)}) if asked else ()
    return {(row.id, row.sign_in_id): row for row in rows}


@cache
def _lock_statement(dialect_name: str) -> Select[Any]:
    asked, columns = bulk.unfolded(dialect_name, "asked", _ASKED)
    lives = and_(col(SignIn.id).is_not(None), col(SignIn.ended_at).is_(None)).label("lives")
    patient = (col(Patient.id), col(Patient.clinic_id), col(Patient.consented_version), col(Patient.revision))
    return (
        select(*patient, columns["sign_in_id"].label("sign_in_id"), lives)
        .select_from(asked)
        .join(Patient, col(Patient.id) == columns["id"])
        .outerjoin(SignIn, col(SignIn.id) == columns["sign_in_id"])
        .with_for_update(of=Patient, skip_locked=True, key_share=True)
    )
