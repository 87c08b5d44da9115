"""What operations ask for: who is calling, a database session, the version a change is based on."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread
from fastapi import Depends, Header, Request

from domain.errors import DatabaseUnavailable, Fault, InvalidRequest
from domain.languages import Language, preferred
from infra.commit import Recorder
from infra.db import Database, Session
from infra.settings import Settings
from models.diary import EntryCreate
from models.fields import Clean
from services.access import Actor
from services.accounts import Doorkeeper
from services.diary import PhoneClock, Receipt, Submission
from services.invitations import Terms

_with_session = CapacityLimiter(32)
"""Requests that have a session: fewer than there are threads (40), so that who holds the database finds one to go on.

If all threads waited for a connection, who has it could not answer, and all would stand still until they give up.
"""
_finishing = CapacityLimiter(64)
"""Threads that end transactions; apart from those that work in them, so that neither waits for the other."""


async def settings(request: Request) -> Settings:
    """The settings of this application."""
    found: Settings = request.app.state.settings
    return found


async def doorkeeper(request: Request) -> Doorkeeper:
    """What signing in needs."""
    found: Doorkeeper = request.app.state.door
    return found


async def terms(request: Request) -> Terms:
    """How invitations are made."""
    found: Terms = request.app.state.terms
    return found


async def now(request: Request) -> datetime:
    """When the request was received, body and all; the same for all that ask."""
    if not hasattr(request.state, "received_at"):
        request.state.received_at = request.app.state.now()
    received: datetime = request.state.received_at
    return received


async def current_actor(request: Request) -> Actor:
    """Who is calling, as the verified token says (`api/routing.py` has checked it and the role)."""
    chosen = await settings(request)
    return Actor.of(request.state.claims, at=await now(request), minimum_consent_version=chosen.minimum_consent_version)


async def _database(request: Request) -> Database:
    found: Database = request.app.state.database
    return found


async def _place(chosen: Annotated[Settings, Depends(settings)]) -> AsyncIterator[None]:
    """One of those that may have a session; a request that has two takes one place."""
    borrower = object()
    try:
        with fail_after(chosen.database_timeout_seconds):
            await _with_session.acquire_on_behalf_of(borrower)
    except TimeoutError:
        raise DatabaseUnavailable from None
    try:
        yield
    finally:
        _with_session.release_on_behalf_of(borrower)


_Place = Annotated[None, Depends(_place, scope="function")]


def _session(open_session: Callable[[Database], Session]) -> Callable[..., AsyncIterator[Session]]:
    async def opened(database: Annotated[Database, Depends(_database)], _place: _Place) -> AsyncIterator[Session]:
        session = open_session(database)
        try:
            yield session
        except BaseException as error:
            await _finish(database.abandon, session, error)
            raise
        else:
            await _finish(database.commit, session)

    return opened


async def _finish(end: Callable[..., None], session: Session, *rest: BaseException) -> None:
    if not session.in_transaction() and not rest:
        return
    with CancelScope(shield=True):
        await to_thread.run_sync(end, session, *rest, limiter=_finishing)


_VERSION = Header(
    alias="If-Match", description='The version that the change is based on, as in `ETag`: `"3"`.', examples=['"3"']
)


async def required_base(if_match: Annotated[str, _VERSION]) -> int:
    """The version in If-Match; that it is missing is answered by `api/handlers.py`.

    Raises:
        InvalidRequest: not a version.
    """
    return _version(if_match)


async def optional_base(if_match: Annotated[str | None, _VERSION] = None) -> int | None:
    """The version in If-Match, if there is one.

    Raises:
        InvalidRequest: not a version.
    """
    return None if if_match is None else _version(if_match)


def _version(tag: str) -> int:
    # Weak and unquoted tags are accepted: proxies change them.
    read = re.fullmatch(r'\s*(?:W/)?("?)([0-9]{1,9})\1\s*', tag)
    if read is None:
        raise InvalidRequest(faults=[Fault("/header/If-Match", 'must be one version such as "3"')])
    return int(read[2])


ClientTime = Annotated[
    str | None,
    Header(
        alias="Client-Time",
        description="The phone's clock while it sends (RFC 3339); a wrong clock is flagged, never refused.",
        examples=["2026-03-29T21:40:03+02:00"],
    ),
]


async def phone_clock(request: Request, client_time: ClientTime = None) -> PhoneClock:
    """What the phone says about its clock."""
    if client_time is None:
        return PhoneClock()
    try:
        told = datetime.fromisoformat(client_time)
        return (
            PhoneClock(skew=told.astimezone(UTC) - await now(request)) if told.tzinfo else PhoneClock(unreadable=True)
        )
    except (ValueError, OverflowError):
        return PhoneClock(unreadable=True)


@dataclass(frozen=True, slots=True)
class Writing:
    """Somebody who writes in a diary, and the way into the transaction that entries share.

    One dependency for the busiest operation, for each costs as much as half a statement (docs/performance.md).
    """

    actor: Actor
    clock: PhoneClock
    recorder: Recorder[Submission, Receipt]

    async def record(self, patient_id: UUID, draft: EntryCreate) -> Receipt:
        """Have an entry recorded."""
        return await self.recorder.submit(Submission(self.actor, patient_id, draft, self.clock))


async def writing(request: Request, client_time: ClientTime = None) -> Writing:
    """Who writes, by which clock, and where it is recorded."""
    actor, clock = await current_actor(request), await phone_clock(request, client_time)
    return Writing(actor, clock, request.app.state.recorder)


async def language(
    accept_language: Annotated[
        str | None, Header(alias="Accept-Language", description="Languages that the reader knows.", examples=["de"])
    ] = None,
) -> Language:
    """The language to answer in."""
    return preferred(accept_language)


async def device(user_agent: Annotated[str | None, Header(include_in_schema=False)] = None) -> str | None:
    """What the device calls itself, as far as that can be shown."""
    return user_agent and "".join(character for character in user_agent if character.isprintable())[:200]


Now = Annotated[datetime, Depends(now)]
Configured = Annotated[Settings, Depends(settings)]
Door = Annotated[Doorkeeper, Depends(doorkeeper)]
InvitationTerms = Annotated[Terms, Depends(terms)]
CurrentActor = Annotated[Actor, Depends(current_actor)]
# Function scope: the transaction ends before the answer is sent (docs/decisions/0002).
ReadSession = Annotated[Session, Depends(_session(Database.reader), scope="function")]
WriteSession = Annotated[Session, Depends(_session(Database.writer), scope="function")]
Writer = Annotated[Writing, Depends(writing)]
Base = Annotated[int, Depends(required_base)]
OptionalBase = Annotated[int | None, Depends(optional_base)]
Clock = Annotated[PhoneClock, Depends(phone_clock)]
Reader = Annotated[Language, Depends(language)]
Device = Annotated[str | None, Depends(device)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Makes a retry of this creation safe: the same key makes nothing twice.",
    ),
    Clean,
]
