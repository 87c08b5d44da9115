"""Signing in and out, passwords, sessions, and who one is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.errors import (
    EmailTaken,
    Fault,
    InvalidGrant,
    InvalidRequest,
    InvalidTokenRequest,
    NotFound,
    TooManyAttempts,
    UnsupportedGrantType,
    WrongPassword,
)
from domain.permissions import Role
from infra.attempts import Attempts
from infra.passwords import Passwords
from infra.tokens import Claims, Tokens
from models.accounts import (
    Account,
    ConsentState,
    InvitationAccept,
    MeRead,
    PasswordChange,
    SessionRead,
    SignIn,
    TokenPair,
    TokenRequest,
)
from models.members import Member, MemberStatus
from models.patients import Patient
from services import access, invitations
from services.access import NO_KEY, Actor
from services.listing import Listed, Window, listed


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What signing in needs besides the database."""

    passwords: Passwords
    tokens: Tokens
    attempts: Attempts
    session_lifetime: timedelta
    refresh_grace: timedelta


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
    return _start_session(session, door, _unchanged(session, account), device=device, now=now)


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
    return _pair(door, session.get_one(Account, found.account_id), found, now)


def accept(
    reader: Session, session: Session, door: Doorkeeper, draft: InvitationAccept, *, device: str | None, now: datetime
) -> TokenPair:
    """Redeem an invitation: set the password, end older sessions, sign in.

    Raises:
        InvalidCode: unknown, used, replaced or expired.
        InvalidRequest: an e-mail address is needed.
        EmailTaken: the address belongs to somebody else.
    """
    invitations.redeemable(reader, draft.code, now=now)
    reader.close()
    return redeem(session, door, draft, door.passwords.hash(draft.password), device=device, now=now)


def redeem(
    session: Session,
    door: Doorkeeper,
    draft: InvitationAccept,
    password_hash: str,
    *,
    device: str | None,
    now: datetime,
) -> TokenPair:
    """Redeem an invitation with a password that is hashed already; errors as in `accept`."""
    account = _account(session, invitations.redeem(session, draft.code, now=now), draft.email, now=now)
    account.password_hash = password_hash
    end_sessions(session, account.id, now=now)
    return _start_session(session, door, account, device=device, now=now)


def _unchanged(session: Session, account: Account) -> Account:
    """An account that was read before its password was hashed, locked; closing it or changing its password waits.

    Raises:
        InvalidGrant: one of both happened meanwhile.
    """
    current = session.get_one(Account, account.id, with_for_update=NO_KEY)
    if current.password_hash != account.password_hash:
        raise InvalidGrant
    return current


def log_out(session: Session, actor: Actor) -> None:
    """End the actor's own session."""
    access.signed_in(session, actor).ended_at = actor.at


def me(session: Session, actor: Actor) -> MeRead:
    """Who the actor is."""
    access.signed_in(session, actor)
    account = session.get_one(Account, actor.account_id)
    patient = session.get_one(Patient, actor.patient_id) if actor.patient_id else None
    return MeRead(
        account_id=account.id,
        role=Role(account.role),
        clinic_id=account.clinic_id,
        patient_id=account.patient_id,
        member_id=account.member_id,
        name=patient.name if patient else session.get_one(Member, actor.member_id).name,
        email=account.email or "",
        consent=ConsentState(
            current=access.consents(patient, actor.minimum_consent_version) if patient else None,
            granted_version=patient.consented_version if patient else None,
            minimum_version=actor.minimum_consent_version,
        ),
    )


def change_password(reader: Session, session: Session, actor: Actor, door: Doorkeeper, draft: PasswordChange) -> None:
    """Set another password and end all other sessions.

    Raises:
        TooManyAttempts: too many failed lately.
        WrongPassword: the current one is not right.
    """
    access.signed_in(reader, actor)
    account = reader.get_one(Account, actor.account_id)
    reader.close()
    if door.attempts.exhausted(str(actor.account_id)):
        raise TooManyAttempts
    if not door.passwords.verify(draft.current_password, account.password_hash):
        door.attempts.failed(str(actor.account_id))
        raise WrongPassword
    new_hash = door.passwords.hash(draft.new_password)
    access.signed_in(session, actor)
    current = session.get_one(Account, actor.account_id, with_for_update=NO_KEY)
    if current.password_hash != account.password_hash:
        raise WrongPassword
    current.password_hash = new_hash
    end_sessions(session, actor.account_id, now=actor.at, but=actor.sign_in_id)


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


def _account(session: Session, invited: Member | Patient, email: str | None, *, now: datetime) -> Account:
    key = col(Account.member_id if isinstance(invited, Member) else Account.patient_id)
    account = session.scalars(select(Account).where(key == invited.id)).one_or_none()
    address = email or (account and account.email) or invited.email
    if address is None:
        raise InvalidRequest(faults=[Fault("/email", "is needed: the invitation has none")])
    holder = session.scalars(select(Account).where(col(Account.email) == address)).one_or_none()
    if holder is not None and holder is not account:
        raise EmailTaken
    if account is None:
        account = _new_account(invited, now=now)
        session.add(account)
    account.email = address
    session.flush()
    return account


def _new_account(invited: Member | Patient, *, now: datetime) -> Account:
    if isinstance(invited, Member):
        invited.status = MemberStatus.ACTIVE
    else:
        invited.joined_at = now
    return Account(
        id=uuid4(),
        clinic_id=invited.clinic_id,
        role=invited.role if isinstance(invited, Member) else Role.PATIENT,
        member_id=invited.id if isinstance(invited, Member) else None,
        patient_id=invited.id if isinstance(invited, Patient) else None,
        created_at=now,
    )


def _start_session(
    session: Session, door: Doorkeeper, account: Account, *, device: str | None, now: datetime
) -> TokenPair:
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
    return _pair(door, account, started, now)


def _pair(door: Doorkeeper, account: Account, signed_in: SignIn, now: datetime) -> TokenPair:
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
