"""Registering patients, finding them and keeping their particulars."""

import unicodedata
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, or_
from sqlmodel import Session, col

from domain.clocks import local_date
from domain.permissions import Role
from models.accounts import InvitationRead
from models.members import CareTeamPlace
from models.patients import Patient, PatientChange, PatientCreate, PatientInvited, PatientRead, PatientStatus
from services import access, idempotency, invitations, versions
from services.access import Actor
from services.invitations import Terms
from services.listing import Listed, Window, listed

MAY_BE_EMPTY = frozenset({"birth_date", "record_number", "email"})


def register(
    session: Session, actor: Actor, draft: PatientCreate, *, key: str | None, terms: Terms
) -> tuple[PatientInvited, bool]:
    """Register a patient; a clinician who does joins the care team.

    Returns:
        The patient with a code to hand over, and whether it was made now: a repeated call answers the same
        patient without a code.

    Raises:
        KeyReused: the key came with other content before.
    """
    access.signed_in(session, actor)
    patient_id = uuid4()
    before = idempotency.made_before(session, actor.account_id, key, draft, object_id=patient_id, now=actor.at)
    if before is not None:
        return _shown(access.patient(session, actor, before), invitations.REPEATED), False
    enrolled_on = draft.enrolled_on or local_date(actor.at, ZoneInfo(draft.time_zone))
    patient = Patient(
        **draft.model_dump(exclude={"enrolled_on"}),
        id=patient_id,
        clinic_id=actor.clinic_id,
        name_words=_words(draft.name),
        enrolled_on=enrolled_on,
        created_at=actor.at,
    )
    session.add(patient)
    session.flush()
    if actor.role is Role.CLINICIAN:
        session.add(CareTeamPlace(patient_id=patient.id, member_id=access.own_member_id(actor), created_at=actor.at))
    return _shown(patient, invitations.invite(session, patient, terms=terms, now=actor.at)), True


def renew_invitation(session: Session, actor: Actor, patient_id: UUID, *, terms: Terms) -> InvitationRead:
    """A new code for a patient who lost the code or the password; the old code is void."""
    patient = access.patient_to_change(session, actor, patient_id)
    return invitations.invite(session, patient, terms=terms, now=actor.at)


def list_patients(
    session: Session, actor: Actor, window: Window, *, status: PatientStatus | None, q: str | None
) -> Listed[PatientRead]:
    """The patients whom the actor may see.

    Args:
        session: a reader.
        actor: a clinician sees the patients in whose care team they are, an administrator those of the clinic.
        window: which part of the list.
        status: only these.
        q: only those with exactly this record number, or with all these words in their name.
    """
    statement = access.patients(session, actor)
    if status is not None:
        statement = statement.where(col(Patient.status) == status)
    if q is not None:
        named = [col(Patient.name_words).contains(f" {word} ", autoescape=True) for word in _words(q).split()]
        by_name = and_(*named) if named else false()
        statement = statement.where(or_(col(Patient.record_number) == q, by_name))
    return listed(session, statement, (col(Patient.created_at), col(Patient.id)), window).map(
        PatientRead.model_validate
    )


def get(session: Session, actor: Actor, patient_id: UUID) -> PatientRead:
    """One patient."""
    return PatientRead.model_validate(access.patient(session, actor, patient_id))


def change(session: Session, actor: Actor, patient_id: UUID, draft: PatientChange, *, base: int) -> PatientRead:
    """Change some of a patient's particulars.

    Raises:
        InvalidRequest: null for what cannot be empty.
        VersionConflict: it was changed in the meantime.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    if versions.patch(patient, versions.wanted(draft, may_be_empty=MAY_BE_EMPTY), base):
        patient.name_words = _words(patient.name)
        versions.next_revision(patient)
    return PatientRead.model_validate(patient)


def _words(text: str) -> str:
    """The words of a text, folded so that case and forms of letters do not matter, each between spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(
        character if character.isalnum() or unicodedata.combining(character) else " " for character in folded
    )
    return f" {' '.join(kept.split())} "


def _shown(patient: Patient, invitation: InvitationRead) -> PatientInvited:
    return PatientInvited(**PatientRead.model_validate(patient).model_dump(), invitation=invitation)
