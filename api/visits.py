"""Follow-up visits."""

from uuid import UUID

from api.answers import Answer, repeated
from api.deps import Base, CurrentActor, IdempotencyKey, OptionalBase, ReadSession, WriteSession
from api.paging import Paged
from api.problems import problems
from api.routing import router as operations
from domain.errors import CursorInvalid, Deleted, IfMatchRequired, KeyReused, NotFound, VersionConflict
from models.visits import VisitCreate, VisitPage, VisitRead
from services import visits

router = operations("/v1/patients/{patient_id}/visits", "visits")


@router.post("", status_code=201, responses=repeated(VisitRead) | problems(NotFound, KeyReused, Deleted))
def plan_visit(
    patient_id: UUID,
    draft: VisitCreate,
    actor: CurrentActor,
    session: WriteSession,
    answer: Answer,
    idempotency_key: IdempotencyKey = None,
) -> VisitRead:
    """Note down a visit, planned or past."""
    return answer.made(visits.plan(session, actor, patient_id, draft, key=idempotency_key))


@router.get("", responses=problems(NotFound, CursorInvalid))
def list_visits(patient_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession) -> VisitPage:
    """All visits of a patient."""
    return paged.page(VisitPage, visits.list_visits(session, actor, patient_id, paged.window))


@router.get("/{visit_id}", responses=problems(NotFound))
def get_visit(patient_id: UUID, visit_id: UUID, actor: CurrentActor, session: ReadSession, answer: Answer) -> VisitRead:
    """One visit."""
    return answer.versioned(visits.get(session, actor, patient_id, visit_id))


@router.put("/{visit_id}", responses=problems(NotFound, Deleted, VersionConflict, IfMatchRequired))
def change_visit(
    patient_id: UUID,
    visit_id: UUID,
    draft: VisitCreate,
    base: Base,
    actor: CurrentActor,
    session: WriteSession,
    answer: Answer,
) -> VisitRead:
    """Replace what is known of a visit."""
    return answer.versioned(visits.change(session, actor, patient_id, visit_id, draft, base=base))


@router.delete("/{visit_id}", status_code=204, responses=problems(NotFound, VersionConflict))
def delete_visit(
    patient_id: UUID, visit_id: UUID, base: OptionalBase, actor: CurrentActor, session: WriteSession
) -> None:
    """Delete a visit; a report that was frozen for it stays."""
    visits.remove(session, actor, patient_id, visit_id, base=base)
