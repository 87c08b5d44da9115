"""The one door to patient data: who is asking, what they may see, and the lock they change it under.

Every use case enters here, in the transaction of its work: whether the session still lives, whose patient
it is and whether consent is given are read together with the data they guard. What is not yours looks as
if it did not exist (docs/decisions/0008).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlmodel import Session, col

from domain.clocks import local_date
from domain.errors import ConsentRequired, NotFound, NotSignedIn
from domain.permissions import Role
from infra.tokens import Claims
from models.accounts import SignIn
from models.members import CareTeamPlace
from models.patients import Patient

NO_KEY = {"key_share": True}
"""How rows are locked: FOR NO KEY UPDATE, so that rows which refer to them can be added meanwhile."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, at which instant, under which rules.

    What it says of itself is signed; whether that still holds is asked here.
    """

    account_id: UUID
    sign_in_id: UUID
    role: Role
    clinic_id: UUID
    at: datetime
    minimum_consent_version: int
    patient_id: UUID | None = None
    member_id: UUID | None = None

    @classmethod
    def of(cls, claims: Claims, *, at: datetime, minimum_consent_version: int) -> Self:
        """The actor whom a token names."""
        return cls(
            account_id=claims.account_id,
            sign_in_id=claims.sign_in_id,
            role=claims.role,
            clinic_id=claims.clinic_id,
            patient_id=claims.patient_id,
            member_id=claims.member_id,
            at=at,
            minimum_consent_version=minimum_consent_version,
        )


def own_patient_id(actor: Actor) -> UUID:
    """The patient who the actor is.

    Raises:
        NotFound: the actor is none.
    """
    return _is_somebody(actor.patient_id)


def own_member_id(actor: Actor) -> UUID:
    """The member of a clinic who the actor is.

    Raises:
        NotFound: the actor is none.
    """
    return _is_somebody(actor.member_id)


def signed_in(session: Session, actor: Actor) -> SignIn:
    """The actor's session, if it has not ended.

    Raises:
        NotSignedIn: it was ended, or its account is gone.
    """
    found = session.get(SignIn, actor.sign_in_id)
    if found is None or found.ended_at is not None:
        raise NotSignedIn
    return found


def patient(session: Session, actor: Actor, patient_id: UUID) -> Patient:
    """The patient, to read.

    Raises:
        NotSignedIn: the actor's session has ended.
        NotFound: there is none, or none for this actor.
    """
    return _found(session, actor, _visible(actor).where(col(Patient.id) == patient_id))


def patient_to_change(session: Session, actor: Actor, patient_id: UUID, *, needs_consent: bool = True) -> Patient:
    """The patient, locked until the transaction ends, so that revisions are taken in order.

    Args:
        session: a writer.
        actor: who is asking.
        patient_id: whose data is to be changed.
        needs_consent: False for what must always work, such as deleting.

    Raises:
        NotSignedIn: the actor's session has ended.
        NotFound: there is none, or none for this actor.
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
    """
    statement = _visible(actor).where(col(Patient.id) == patient_id).with_for_update(of=Patient, key_share=True)
    found = _found(session, actor, statement)
    if needs_consent:
        check_consent(actor, found)
    return found


def check_consent(actor: Actor, patient: Patient) -> None:
    """A patient who writes must have consented.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
    """
    if actor.role is Role.PATIENT and not consents(patient, actor.minimum_consent_version):
        raise ConsentRequired


def is_known(session: Session, patient_id: UUID) -> bool:
    """Whether there is such a patient at all: for the operator's own work, which asks for nobody."""
    return session.get(Patient, patient_id) is not None


def consents(patient: Patient, minimum_version: int) -> bool:
    """Whether the patient's consent is current."""
    return patient.consented_version is not None and patient.consented_version >= minimum_version


def patients(session: Session, actor: Actor) -> Select[Patient]:
    """All patients whom the actor may see, as a statement to narrow down."""
    signed_in(session, actor)
    return select(Patient).where(_may_see(actor))


def today(actor: Actor, patient: Patient) -> date:
    """The date at the patient's place while the actor asks."""
    return local_date(actor.at, ZoneInfo(patient.time_zone))


def _is_somebody(found: UUID | None) -> UUID:
    if found is None:
        raise NotFound
    return found


def _visible(actor: Actor) -> Select[Patient, Any]:
    lives = select(col(SignIn.ended_at)).where(col(SignIn.id) == actor.sign_in_id).scalar_subquery().is_(None)
    known = exists().where(col(SignIn.id) == actor.sign_in_id)
    return select(Patient, and_(known, lives).label("lives")).where(_may_see(actor))


def _found(session: Session, actor: Actor, statement: Select[Patient, Any]) -> Patient:
    row = session.execute(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        signed_in(session, actor)
        raise NotFound
    if not row.lives:
        raise NotSignedIn
    found: Patient = row.Patient
    return found


def _may_see(actor: Actor) -> ColumnElement[bool]:
    mine = col(Patient.clinic_id) == actor.clinic_id
    match actor.role:
        case Role.PATIENT:
            return and_(mine, col(Patient.id) == actor.patient_id)
        case Role.CLINICIAN:
            in_team = exists().where(
                col(CareTeamPlace.patient_id) == col(Patient.id), col(CareTeamPlace.member_id) == actor.member_id
            )
            return and_(mine, in_team)
        case Role.ADMIN:
            return mine
