"""Sync: what changed since the last time, and what a phone changed meanwhile."""

from uuid import UUID

from fastapi import Request

from api.deps import Clock, CurrentActor, Reader, ReadSession, WriteSession
from api.paging import Paged
from api.problems import item, problems
from api.routing import router as operations
from domain.errors import ConsentRequired, CursorGone, CursorInvalid, NotFound
from models.sync import ChangePage, Push, PushRead, PushResult
from services import sync
from services.sync import Pushed

router = operations("/v1/patients/{patient_id}/changes", "sync")


@router.get("", responses=problems(NotFound, CursorGone, CursorInvalid))
def pull_changes(
    patient_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession, language: Reader
) -> ChangePage:
    """What changed since the cursor; without one, everything. What it refers to may come on a later page."""
    pulled = sync.pull(session, actor, patient_id, paged.window, language)
    return ChangePage(changes=pulled.changes, next_cursor=paged.cursor(pulled.last), has_more=pulled.has_more)


@router.post("", responses=problems(ConsentRequired, NotFound))
def push_changes(
    patient_id: UUID, push: Push, clock: Clock, actor: CurrentActor, session: WriteSession, request: Request
) -> PushRead:
    """Send what was changed offline, in order. Each change is judged by itself; send all again if no answer came."""
    pushed, revision = sync.push(session, actor, patient_id, push.changes, clock)
    results = [_result(index, one, request.state.request_id) for index, one in enumerate(pushed)]
    return PushRead(results=results, revision=revision)


def _result(index: int, pushed: Pushed, request_id: str) -> PushResult:
    return PushResult(
        index=index,
        id=pushed.id,
        result=pushed.result,
        version=pushed.current and pushed.current.version,
        current=pushed.current,
        problem=pushed.problem and item(pushed.problem, request_id),
    )
