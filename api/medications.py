"""Medications and when they are due."""

from uuid import UUID

from api.answers import Answer, repeated
from api.deps import Base, CurrentActor, OptionalBase, ReadSession, WriteSession
from api.paging import Paged
from api.problems import problems
from api.routing import router as operations
from domain.errors import (
    ConsentRequired,
    CursorInvalid,
    Deleted,
    IdReused,
    IfMatchRequired,
    NotFound,
    VersionConflict,
)
from models.medications import (
    MedicationCreate,
    MedicationPage,
    MedicationRead,
    MedicationReplace,
    MedicationVersionPage,
)
from services import medications

router = operations("/v1/patients/{patient_id}/medications", "medications")


@router.post(
    "", status_code=201, responses=repeated(MedicationRead) | problems(ConsentRequired, NotFound, IdReused, Deleted)
)
def add_medication(
    patient_id: UUID, draft: MedicationCreate, actor: CurrentActor, session: WriteSession, answer: Answer
) -> MedicationRead:
    """Register a medication so that what was taken can be compared with what was due."""
    return answer.made(medications.add(session, actor, patient_id, draft))


@router.get("", responses=problems(NotFound, CursorInvalid))
def list_medications(patient_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession) -> MedicationPage:
    """All medications of a patient."""
    return paged.page(MedicationPage, medications.list_medications(session, actor, patient_id, paged.window))


@router.get("/{medication_id}", responses=problems(NotFound))
def get_medication(
    patient_id: UUID, medication_id: UUID, actor: CurrentActor, session: ReadSession, answer: Answer
) -> MedicationRead:
    """One medication."""
    return answer.versioned(medications.get(session, actor, patient_id, medication_id))


@router.put(
    "/{medication_id}", responses=problems(ConsentRequired, NotFound, Deleted, VersionConflict, IfMatchRequired)
)
def change_medication(
    patient_id: UUID,
    medication_id: UUID,
    draft: MedicationReplace,
    base: Base,
    actor: CurrentActor,
    session: WriteSession,
    answer: Answer,
) -> MedicationRead:
    """Replace a medication, for instance to end it."""
    return answer.versioned(medications.change(session, actor, patient_id, medication_id, draft, base=base))


@router.delete("/{medication_id}", status_code=204, responses=problems(NotFound, VersionConflict))
def delete_medication(
    patient_id: UUID, medication_id: UUID, base: OptionalBase, actor: CurrentActor, session: WriteSession
) -> None:
    """Delete a medication; what the diary says of it stays."""
    medications.remove(session, actor, patient_id, medication_id, base=base)


@router.get("/{medication_id}/versions", responses=problems(NotFound, CursorInvalid))
def list_medication_versions(
    patient_id: UUID, medication_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession
) -> MedicationVersionPage:
    """What was known of a medication over time, oldest first."""
    return paged.page(
        MedicationVersionPage, medications.list_versions(session, actor, patient_id, medication_id, paged.window)
    )
