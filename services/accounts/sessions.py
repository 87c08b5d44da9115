"""An account's sessions, and their end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.errors import NotFound
from models.accounts import Account, SessionRead, SignIn
from models.members import Member
from services import access
from services.access import Actor
from services.listing import Listed, Window, listed


def log_out(session: Session, actor: Actor) -> None:
    """End the actor's own session."""
    access.signed_in(session, actor).ended_at = actor.at


def list_sessions(session: Session, actor: Actor, window: Window) -> Listed[SessionRead]:
    """The actor's living sessions."""
    access.signed_in(session, actor)
    statement = select(SignIn).where(
        col(SignIn.account_id) == actor.account_id, col(SignIn.ended_at).is_(None), col(SignIn.expires_at) > actor.at
    )
    page = listed(session, statement, (col(SignIn.created_at), col(SignIn.id)), window)
    return page.map(lambda row: SessionRead(**row.model_dump(), current=row.id == actor.sign_in_id))


def end_session(session: Session, actor: Actor, session_id: UUID) -> None:
    """End one of the actor's sessions; ending it again is fine.

    Raises:
        NotFound: the actor has no such session.
    """
    access.signed_in(session, actor)
    found = session.get(SignIn, session_id)
    if found is None or found.account_id != actor.account_id:
        raise NotFound
    found.ended_at = found.ended_at or actor.at


def end_sessions(session: Session, account_id: UUID, *, now: datetime, but: UUID | None = None) -> None:
    """End all sessions of an account, or all but one."""
    statement = update(SignIn).where(col(SignIn.account_id) == account_id, col(SignIn.ended_at).is_(None))
    session.execute((statement.where(col(SignIn.id) != but) if but else statement).values(ended_at=now))


def close(session: Session, member: Member, *, now: datetime) -> None:
    """Close a member's account for good; its e-mail address is free again."""
    account = session.scalars(select(Account).where(col(Account.member_id) == member.id)).one_or_none()
    if account is not None:
        # In this order: a sign-in under way locks the account, and its session is seen, or it finds no password.
        account.email = account.password_hash = None
        end_sessions(session, account.id, now=now)
