"""What signing in needs, and the tokens that it gives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import Session

from domain.permissions import Role
from infra.attempts import Attempts
from infra.passwords import Passwords
from infra.tokens import Claims, Tokens
from models.accounts import Account, SignIn, TokenPair


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What signing in needs besides the database."""

    passwords: Passwords
    tokens: Tokens
    attempts: Attempts
    session_lifetime: timedelta
    refresh_grace: timedelta


def start_session(
    session: Session, door: Doorkeeper, account: Account, *, device: str | None, now: datetime
) -> TokenPair:
    """Begin a session of somebody who has proved to be the account's owner."""
    started = SignIn(
        id=uuid4(),
        account_id=account.id,
        created_at=now,
        last_used_at=now,
        expires_at=now + door.session_lifetime,
        rotated_at=now,
        device=device,
    )
    session.add(started)
    return pair(door, account, started, now)


def pair(door: Doorkeeper, account: Account, signed_in: SignIn, now: datetime) -> TokenPair:
    """The tokens of a session, as they are now."""
    claims = Claims(
        account_id=account.id,
        sign_in_id=signed_in.id,
        role=Role(account.role),
        clinic_id=account.clinic_id,
        patient_id=account.patient_id,
        member_id=account.member_id,
    )
    return TokenPair(
        access_token=door.tokens.access(claims, now),
        refresh_token=door.tokens.refresh(signed_in.id, signed_in.rotation),
        token_type="bearer",  # noqa: S106  the name of a scheme
        expires_in=int(door.tokens.access_lifetime.total_seconds()),
    )
