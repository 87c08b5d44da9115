"""Patients and who cares for them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from api.answers import Answer, repeated
from api.deps import Base, CurrentActor, IdempotencyKey, InvitationTerms, ReadSession, WriteSession
from api.paging import Paged
from api.problems import problems
from api.routing import router as operations
from domain.errors import CursorInvalid, IfMatchRequired, KeyReused, NotAClinician, NotFound, VersionConflict
from models.accounts import InvitationRead
from models.fields import Clean
from models.members import CareTeamMember, CareTeamPage
from models.patients import PatientChange, PatientCreate, PatientInvited, PatientPage, PatientRead, PatientStatus
from services import care_team, patients

router = operations("/v1/patients", "patients")

Search = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="A record number exactly, or whole words of the name."),
    Clean,
]


@router.post("", status_code=201, responses=repeated(PatientInvited) | problems(KeyReused, NotFound))
def register_patient(
    draft: PatientCreate,
    actor: CurrentActor,
    session: WriteSession,
    terms: InvitationTerms,
    answer: Answer,
    idempotency_key: IdempotencyKey = None,
) -> PatientInvited:
    """Register a patient; hand over the code. A clinician who registers joins the care team."""
    return answer.made(patients.register(session, actor, draft, key=idempotency_key, terms=terms))


@router.get("", responses=problems(CursorInvalid))
def list_patients(
    paged: Paged,
    actor: CurrentActor,
    session: ReadSession,
    status: PatientStatus | None = None,
    q: Search = None,
) -> PatientPage:
    """A clinician's patients, or for an administrator all of the clinic's."""
    return paged.page(PatientPage, patients.list_patients(session, actor, paged.window, status=status, q=q))


@router.get("/{patient_id}", responses=problems(NotFound))
def get_patient(patient_id: UUID, actor: CurrentActor, session: ReadSession, answer: Answer) -> PatientRead:
    """One patient's particulars; no diary."""
    return answer.versioned(patients.get(session, actor, patient_id))


@router.patch("/{patient_id}", responses=problems(NotFound, VersionConflict, IfMatchRequired))
def change_patient(
    patient_id: UUID, draft: PatientChange, base: Base, actor: CurrentActor, session: WriteSession, answer: Answer
) -> PatientRead:
    """Change some of a patient's particulars; what is left out stays."""
    return answer.versioned(patients.change(session, actor, patient_id, draft, base=base))


@router.post("/{patient_id}/invitation", status_code=201, responses=problems(NotFound))
def renew_patient_invitation(
    patient_id: UUID, actor: CurrentActor, session: WriteSession, terms: InvitationTerms
) -> InvitationRead:
    """A new code for a patient who lost the code or the password; the old code is void."""
    return patients.renew_invitation(session, actor, patient_id, terms=terms)


@router.get("/{patient_id}/care-team", responses=problems(NotFound, CursorInvalid))
def list_care_team(patient_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession) -> CareTeamPage:
    """The clinicians who care for a patient."""
    return paged.page(CareTeamPage, care_team.list_team(session, actor, patient_id, paged.window))


@router.put("/{patient_id}/care-team/{member_id}", responses=problems(NotFound, NotAClinician))
def add_to_care_team(patient_id: UUID, member_id: UUID, actor: CurrentActor, session: WriteSession) -> CareTeamMember:
    """Let a clinician see the patient."""
    return care_team.add(session, actor, patient_id, member_id)


@router.delete("/{patient_id}/care-team/{member_id}", status_code=204, responses=problems(NotFound))
def remove_from_care_team(patient_id: UUID, member_id: UUID, actor: CurrentActor, session: WriteSession) -> None:
    """No longer let a clinician see the patient."""
    care_team.remove(session, actor, patient_id, member_id)
