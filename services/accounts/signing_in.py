"""Signing in with a password, and going on with a refresh token."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import InvalidGrant, InvalidTokenRequest, TooManyAttempts, UnsupportedGrantType
from models.accounts import Account, SignIn, TokenPair, TokenRequest
from services.access import NO_KEY
from services.accounts.tokens import Doorkeeper, pair, start_session


def grant(
    reader: Session, session: Session, door: Doorkeeper, form: TokenRequest, *, device: str | None, now: datetime
) -> TokenPair:
    """What an OAuth 2 token request asks for.

    Raises:
        InvalidTokenRequest: the form lacks what its grant type needs.
        UnsupportedGrantType: a grant type that is not known here.
        InvalidGrant: refused.
        TooManyAttempts: too many failed for this e-mail address lately.
    """
    match form:
        case TokenRequest(grant_type="password", username=str(email), password=str(password)):
            return sign_in(reader, session, door, email=email, password=password, device=device, now=now)
        case TokenRequest(grant_type="refresh_token", refresh_token=str(token)):
            return refresh(session, door, refresh_token=token, now=now)
        case TokenRequest(grant_type="password" | "refresh_token" | None):
            raise InvalidTokenRequest
        case _:
            raise UnsupportedGrantType


def sign_in(
    reader: Session, session: Session, door: Doorkeeper, *, email: str, password: str, device: str | None, now: datetime
) -> TokenPair:
    """Start a session with e-mail and password.

    The password is checked between two transactions: hashing takes long and must not hold a lock.

    Raises:
        TooManyAttempts: too many failed for this e-mail address lately.
        InvalidGrant: they do not match.
    """
    email = email.lower()
    if door.attempts.exhausted(email):
        raise TooManyAttempts
    account = reader.scalars(select(Account).where(col(Account.email) == email)).one_or_none()
    reader.close()
    if not door.passwords.verify(password, account.password_hash if account else None) or account is None:
        door.attempts.failed(email)
        raise InvalidGrant
    return start_session(session, door, _unchanged(session, account), device=device, now=now)


def refresh(session: Session, door: Doorkeeper, *, refresh_token: str, now: datetime) -> TokenPair:
    """Go on with a session: the token sent is replaced by the next.

    The token before the latest still works for a short grace and gives the same answer again, for a phone
    that lost it. An older one was copied by somebody: the session ends.

    Raises:
        InvalidGrant: not a token of a living session.
    """
    read = door.tokens.read_refresh(refresh_token)
    if read is None:
        raise InvalidGrant
    sign_in_id, rotation = read
    found = session.get(SignIn, sign_in_id, with_for_update=NO_KEY)
    if found is None or found.ended_at is not None or found.expires_at <= now:
        raise InvalidGrant
    if rotation >= found.rotation:
        # Ahead of us: given out after the backup was made that has been restored since.
        found.rotation = rotation + 1
        found.rotated_at = now
    elif rotation != found.rotation - 1 or now - found.rotated_at > door.refresh_grace:
        found.ended_at = now
        raise InvalidGrant
    found.last_used_at = now
    found.expires_at = now + door.session_lifetime
    return pair(door, session.get_one(Account, found.account_id), found, now)


def _unchanged(session: Session, account: Account) -> Account:
    """An account that was read before its password was hashed, locked; closing it or changing its password waits.

    Raises:
        InvalidGrant: one of both happened meanwhile.
    """
    current = session.get_one(Account, account.id, with_for_update=NO_KEY)
    if current.password_hash != account.password_hash:
        raise InvalidGrant
    return current
