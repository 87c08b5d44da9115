"""Skin lesions that are followed."""

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
    NotMeasurable,
    TargetLimit,
    VersionConflict,
)
from models.lesions import LesionCreate, LesionPage, LesionRead, LesionReplace, LesionVersionPage
from services import lesions

router = operations("/v1/patients/{patient_id}/lesions", "lesions")


@router.post(
    "",
    status_code=201,
    responses=repeated(LesionRead) | problems(ConsentRequired, NotFound, IdReused, Deleted, TargetLimit, NotMeasurable),
)
def add_lesion(
    patient_id: UUID, draft: LesionCreate, actor: CurrentActor, session: WriteSession, answer: Answer
) -> LesionRead:
    """Register a skin lesion so that it can be measured over time."""
    return answer.made(lesions.add(session, actor, patient_id, draft))


@router.get("", responses=problems(NotFound, CursorInvalid))
def list_lesions(patient_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession) -> LesionPage:
    """All lesions of a patient."""
    return paged.page(LesionPage, lesions.list_lesions(session, actor, patient_id, paged.window))


@router.get("/{lesion_id}", responses=problems(NotFound))
def get_lesion(
    patient_id: UUID, lesion_id: UUID, actor: CurrentActor, session: ReadSession, answer: Answer
) -> LesionRead:
    """One lesion."""
    return answer.versioned(lesions.get(session, actor, patient_id, lesion_id))


@router.put(
    "/{lesion_id}",
    responses=problems(
        ConsentRequired, NotFound, Deleted, VersionConflict, IfMatchRequired, TargetLimit, NotMeasurable
    ),
)
def change_lesion(
    patient_id: UUID,
    lesion_id: UUID,
    draft: LesionReplace,
    base: Base,
    actor: CurrentActor,
    session: WriteSession,
    answer: Answer,
) -> LesionRead:
    """Replace what is known of a lesion. A patient's change leaves the clinician's fields as they are."""
    return answer.versioned(lesions.change(session, actor, patient_id, lesion_id, draft, base=base))


@router.delete("/{lesion_id}", status_code=204, responses=problems(NotFound, VersionConflict))
def delete_lesion(
    patient_id: UUID, lesion_id: UUID, base: OptionalBase, actor: CurrentActor, session: WriteSession
) -> None:
    """Delete a lesion; what the diary says of it stays."""
    lesions.remove(session, actor, patient_id, lesion_id, base=base)


@router.get("/{lesion_id}/versions", responses=problems(NotFound, CursorInvalid))
def list_lesion_versions(
    patient_id: UUID, lesion_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession
) -> LesionVersionPage:
    """What was known of a lesion over time, oldest first."""
    return paged.page(LesionVersionPage, lesions.list_versions(session, actor, patient_id, lesion_id, paged.window))
