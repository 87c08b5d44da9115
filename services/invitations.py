"""One-time codes that let a member or a patient set a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.errors import InvalidCode
from infra import tokens
from models.accounts import Invitation, InvitationRead
from models.members import Member
from models.patients import Patient
from services.access import NO_KEY

REPEATED = InvitationRead(invitation_code=None, invitation_url=None, expires_at=None)
"""What a repeated creation answers: its code was shown once."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a code works, and where its link leads."""

    lifetime: timedelta
    public_url: str


def invite(session: Session, invited: Member | Patient, *, terms: Terms, now: datetime) -> InvitationRead:
    """A new code; those handed out before no longer work."""
    void(session, invited, now=now)
    code = tokens.new_code()
    member_id, patient_id = _whose(invited)
    session.add(
        Invitation(
            id=uuid4(),
            code_hash=tokens.hash_code(code),
            member_id=member_id,
            patient_id=patient_id,
            created_at=now,
            expires_at=now + terms.lifetime,
        )
    )
    return InvitationRead(
        invitation_code=code,
        invitation_url=f"{terms.public_url.rstrip('/')}/invitation#{code}",
        expires_at=now + terms.lifetime,
    )


def void(session: Session, invited: Member | Patient, *, now: datetime) -> None:
    """Make all codes of a person worthless."""
    member_id, patient_id = _whose(invited)
    session.execute(
        update(Invitation)
        .where(
            col(Invitation.member_id) == member_id if member_id else col(Invitation.patient_id) == patient_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.voided_at).is_(None),
        )
        .values(voided_at=now)
    )


def redeemable(session: Session, code: str, *, now: datetime) -> Invitation:
    """The invitation of a code that still works.

    Raises:
        InvalidCode: unknown, used, replaced or expired.
    """
    statement = select(Invitation).where(col(Invitation.code_hash) == tokens.hash_code(code))
    found = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None or found.used_at or found.voided_at or found.expires_at <= now:
        raise InvalidCode
    return found


def redeem(session: Session, code: str, *, now: datetime) -> Member | Patient:
    """Use a code up; whose it is, locked.

    The person is locked first, as by all who remove, change or invite somebody again; only then is the code looked at
    for good.

    Raises:
        InvalidCode: unknown, used, replaced or expired.
    """
    invitation = redeemable(session, code, now=now)
    invited: Member | Patient = (
        session.get_one(Member, invitation.member_id, with_for_update=NO_KEY)
        if invitation.member_id
        else session.get_one(Patient, invitation.patient_id, with_for_update=NO_KEY)
    )
    redeemable(session, code, now=now).used_at = now
    return invited


def _whose(invited: Member | Patient) -> tuple[UUID | None, UUID | None]:
    return (invited.id, None) if isinstance(invited, Member) else (None, invited.id)
