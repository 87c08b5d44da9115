"""One's own account, sessions and consent."""

from uuid import UUID

from api.answers import Answer, repeated
from api.deps import CurrentActor, Door, ReadSession, WriteSession
from api.paging import Paged
from api.problems import problems
from api.routing import router as operations
from domain.errors import CursorInvalid, NotFound, SignInBusy, TooManyAttempts, WrongPassword
from models.accounts import ConsentCreate, ConsentPage, ConsentRead, MeRead, PasswordChange, SessionPage
from services import accounts, consents

router = operations("/v1/me", "me")


@router.get("")
def get_me(actor: CurrentActor, session: ReadSession) -> MeRead:
    """Who is signed in."""
    return accounts.me(session, actor)


@router.post("/password", status_code=204, responses=problems(WrongPassword, TooManyAttempts, SignInBusy))
def change_password(
    draft: PasswordChange, actor: CurrentActor, reader: ReadSession, session: WriteSession, door: Door
) -> None:
    """Set another password; all other sessions end."""
    accounts.change_password(reader, session, actor, door, draft)


@router.get("/sessions", responses=problems(CursorInvalid))
def list_sessions(paged: Paged, actor: CurrentActor, session: ReadSession) -> SessionPage:
    """On which devices one is signed in."""
    return paged.page(SessionPage, accounts.list_sessions(session, actor, paged.window))


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(NotFound))
def end_session(session_id: UUID, actor: CurrentActor, session: WriteSession) -> None:
    """Sign out on one device."""
    accounts.end_session(session, actor, session_id)


@router.get("/consents", responses=problems(CursorInvalid))
def list_consents(paged: Paged, actor: CurrentActor, session: ReadSession) -> ConsentPage:
    """When one consented and withdrew; the last record counts."""
    return paged.page(ConsentPage, consents.list_consents(session, actor, paged.window))


@router.post("/consents", status_code=201, responses=repeated(ConsentRead))
def give_consent(draft: ConsentCreate, actor: CurrentActor, session: WriteSession, answer: Answer) -> ConsentRead:
    """Consent to a version of the document, or withdraw. Repeating the last record adds nothing."""
    return answer.made(consents.give(session, actor, draft))
