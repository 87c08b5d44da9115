"""Redeeming an invitation: how an account comes to be."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import EmailTaken, Fault, InvalidRequest
from domain.permissions import Role
from models.accounts import Account, InvitationAccept, TokenPair
from models.members import Member, MemberStatus
from models.patients import Patient
from services import invitations
from services.accounts.sessions import end_sessions
from services.accounts.tokens import Doorkeeper, start_session


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
    return start_session(session, door, account, device=device, now=now)


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
