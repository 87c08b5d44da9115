"""The diary: entries, one by one or many at once."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from api.answers import Answer, repeated, stored
from api.deps import Base, Clock, CurrentActor, OptionalBase, ReadSession, Writer, WriteSession
from api.paging import Paged
from api.problems import item, problems
from api.routing import router as operations
from domain.errors import (
    ConsentRequired,
    CursorInvalid,
    Deleted,
    DermatrendError,
    IdReused,
    IfMatchRequired,
    NotFound,
    UnknownReference,
    VersionConflict,
)
from models.diary import (
    BatchOutcome,
    BatchRead,
    BatchResult,
    EntryBatch,
    EntryCreate,
    EntryPage,
    EntryRead,
    EntryVersionPage,
)
from models.fields import Day
from services import diary
from services.diary import Correction, Outcome

router = operations("/v1/patients/{patient_id}/entries", "diary")


@router.post(
    "",
    status_code=201,
    response_model=EntryRead,
    responses=repeated(EntryRead) | problems(ConsentRequired, NotFound, IdReused, Deleted, UnknownReference),
)
async def record_entry(patient_id: UUID, draft: EntryCreate, writer: Writer) -> Response:
    """Record a diary entry. Send it again as often as need be: the same id is stored once."""
    return stored(await writer.record(patient_id, draft))


@router.post("/batch", responses=problems(ConsentRequired, NotFound))
def record_entries(
    patient_id: UUID, batch: EntryBatch, clock: Clock, actor: CurrentActor, session: WriteSession, request: Request
) -> BatchRead:
    """Record what was kept offline. Each entry is judged by itself; one that is rejected spoils no other."""
    return _batch(diary.record_batch(session, actor, patient_id, batch.entries, clock), request.state.request_id)


@router.get("", responses=problems(NotFound, CursorInvalid))
def list_entries(
    patient_id: UUID,
    paged: Paged,
    actor: CurrentActor,
    session: ReadSession,
    first: Annotated[Day | None, Query(alias="from", description="First day.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="Last day.")] = None,
) -> EntryPage:
    """The diary, newest first."""
    return paged.page(EntryPage, diary.list_entries(session, actor, patient_id, paged.window, first=first, last=last))


@router.get("/{entry_id:not_a_batch}", responses=problems(NotFound))
def get_entry(patient_id: UUID, entry_id: UUID, actor: CurrentActor, session: ReadSession, answer: Answer) -> EntryRead:
    """One entry."""
    return answer.versioned(diary.get(session, actor, patient_id, entry_id))


@router.put(
    "/{entry_id:not_a_batch}",
    responses=problems(ConsentRequired, NotFound, Deleted, VersionConflict, UnknownReference, IfMatchRequired),
)
def correct_entry(
    patient_id: UUID,
    entry_id: UUID,
    draft: EntryCreate,
    base: Base,
    clock: Clock,
    actor: CurrentActor,
    session: WriteSession,
    answer: Answer,
) -> EntryRead:
    """Replace an entry; what it said before is kept among its versions."""
    return answer.versioned(diary.correct(session, actor, patient_id, Correction(entry_id, draft, base), clock))


@router.delete("/{entry_id:not_a_batch}", status_code=204, responses=problems(NotFound, VersionConflict))
def delete_entry(
    patient_id: UUID, entry_id: UUID, base: OptionalBase, actor: CurrentActor, session: WriteSession
) -> None:
    """Delete an entry; its id is never used again."""
    diary.remove(session, actor, patient_id, entry_id, base=base)


@router.get("/{entry_id:not_a_batch}/versions", responses=problems(NotFound, CursorInvalid))
def list_entry_versions(
    patient_id: UUID, entry_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession
) -> EntryVersionPage:
    """What an entry said over time, oldest first."""
    return paged.page(EntryVersionPage, diary.list_versions(session, actor, patient_id, entry_id, paged.window))


def _batch(outcomes: Sequence[tuple[UUID | None, Outcome]], request_id: str) -> BatchRead:
    return BatchRead(
        results=[_result(index, item_id, outcome, request_id) for index, (item_id, outcome) in enumerate(outcomes)]
    )


def _result(index: int, item_id: UUID | None, outcome: Outcome, request_id: str) -> BatchResult:
    if isinstance(outcome, DermatrendError):
        problem = item(outcome, request_id)
        return BatchResult(index=index, id=item_id, result=BatchOutcome.REJECTED, version=None, problem=problem)
    result = BatchOutcome.CREATED if outcome.created else BatchOutcome.REPLAYED
    return BatchResult(index=index, id=item_id, result=result, version=outcome.entry.version, problem=None)
