"""Signing in and out, and invitations."""

from typing import Annotated

from fastapi import Form

from api.deps import CurrentActor, Device, Door, Now, ReadSession, WriteSession
from api.problems import problems
from api.routing import router as operations
from domain.errors import (
    EmailTaken,
    InvalidCode,
    InvalidGrant,
    InvalidTokenRequest,
    SignInBusy,
    TooManyAttempts,
    UnsupportedGrantType,
)
from models.accounts import InvitationAccept, TokenPair, TokenRequest
from services import accounts

router = operations("/v1/auth", "auth")


@router.post(
    "/token", responses=problems(InvalidGrant, InvalidTokenRequest, UnsupportedGrantType, TooManyAttempts, SignInBusy)
)
def issue_token(
    form: Annotated[TokenRequest, Form()],
    reader: ReadSession,
    session: WriteSession,
    door: Door,
    device: Device,
    now: Now,
) -> TokenPair:
    """Sign in with e-mail and password, or go on with a refresh token (OAuth 2)."""
    return accounts.grant(reader, session, door, form, device=device, now=now)


@router.post("/logout", status_code=204)
def log_out(actor: CurrentActor, session: WriteSession) -> None:
    """End this session; its tokens no longer work."""
    accounts.log_out(session, actor)


@router.post("/invitations/accept", responses=problems(InvalidCode, EmailTaken, SignInBusy))
def accept_invitation(
    draft: InvitationAccept, reader: ReadSession, session: WriteSession, door: Door, device: Device, now: Now
) -> TokenPair:
    """Redeem a one-time code: set a password and sign in. For an existing account its other sessions end."""
    return accounts.accept(reader, session, door, draft, device=device, now=now)
