"""The people of a clinic: invited, changed and removed by its administrators."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from domain.errors import EmailTaken, LastAdmin, NotFound
from models.accounts import Account, Clinic, ClinicCreate, InvitationRead
from models.members import (
    CareTeamPlace,
    Member,
    MemberChange,
    MemberCreate,
    MemberInvited,
    MemberRead,
    MemberRole,
    MemberStatus,
)
from services import access, accounts, idempotency, invitations, versions
from services.access import NO_KEY, Actor
from services.invitations import Terms
from services.listing import Listed, Window, listed


def found_clinic(session: Session, draft: ClinicCreate, *, terms: Terms, now: datetime) -> tuple[UUID, InvitationRead]:
    """A new clinic and the invitation of its first administrator."""
    clinic = Clinic(id=uuid4(), name=draft.name, created_at=now, language=draft.language)
    session.add(clinic)
    session.flush()
    first = MemberCreate(email=draft.admin_email, name=draft.admin_email[:200], role=MemberRole.ADMIN)
    admin = _add(session, clinic.id, first, uuid4(), now=now)
    return clinic.id, invitations.invite(session, admin, terms=terms, now=now)


def invite(
    session: Session, actor: Actor, draft: MemberCreate, *, key: str | None, terms: Terms
) -> tuple[MemberInvited, bool]:
    """Invite a person into the clinic.

    Returns:
        The member with a code to hand over, and whether it was made now: a repeated call answers the same
        member without a code.

    Raises:
        KeyReused: the key came with other content before.
        EmailTaken: the clinic has somebody with this address.
    """
    access.signed_in(session, actor)
    member_id = uuid4()
    before = idempotency.made_before(session, actor.account_id, key, draft, object_id=member_id, now=actor.at)
    if before is not None:
        return _shown(_member(session, actor, before), invitations.REPEATED), False
    member = _add(session, actor.clinic_id, draft, member_id, now=actor.at)
    return _shown(member, invitations.invite(session, member, terms=terms, now=actor.at)), True


def renew_invitation(session: Session, actor: Actor, member_id: UUID, *, terms: Terms) -> InvitationRead:
    """A new code for a member who lost the code or the password; the old code is void."""
    access.signed_in(session, actor)
    return invitations.invite(session, _member(session, actor, member_id), terms=terms, now=actor.at)


def list_members(session: Session, actor: Actor, window: Window) -> Listed[MemberRead]:
    """All members of the clinic."""
    access.signed_in(session, actor)
    page = listed(session, _members(actor), (col(Member.created_at), col(Member.id)), window)
    return page.map(MemberRead.model_validate)


def get(session: Session, actor: Actor, member_id: UUID) -> MemberRead:
    """One member."""
    access.signed_in(session, actor)
    return MemberRead.model_validate(_found(session, _one(actor, member_id)))


def change(session: Session, actor: Actor, member_id: UUID, draft: MemberChange, *, base: int) -> MemberRead:
    """Change a member's name or role; another role ends the sessions that were started with the old one.

    Raises:
        VersionConflict: it was changed in the meantime.
        LastAdmin: nobody would be left to administer the clinic.
    """
    access.signed_in(session, actor)
    member = _member(session, actor, member_id)
    wanted = versions.wanted(draft)
    if versions.patch(member, wanted, base) and "role" in wanted:
        _keep_an_admin(session, actor)
        _change_account(session, member, now=actor.at)
    return MemberRead.model_validate(member)


def remove(session: Session, actor: Actor, member_id: UUID, *, base: int | None) -> None:
    """End a member's access at once; removing again is fine.

    Raises:
        VersionConflict: it was changed in the meantime.
        LastAdmin: nobody would be left to administer the clinic.
    """
    access.signed_in(session, actor)
    member = session.get(Member, member_id, with_for_update=NO_KEY)
    if member is None or member.clinic_id != actor.clinic_id:
        raise NotFound
    if member.removed_at is not None:
        return
    versions.check_base(base, member.version)
    member.removed_at = actor.at
    _keep_an_admin(session, actor)
    invitations.void(session, member, now=actor.at)
    accounts.close(session, member, now=actor.at)
    for place in session.scalars(select(CareTeamPlace).where(col(CareTeamPlace.member_id) == member.id)):
        session.delete(place)


def _add(session: Session, clinic_id: UUID, draft: MemberCreate, member_id: UUID, *, now: datetime) -> Member:
    session.get_one(Clinic, clinic_id, with_for_update=NO_KEY)
    same = select(col(Member.id)).where(
        col(Member.clinic_id) == clinic_id, col(Member.email) == draft.email, col(Member.removed_at).is_(None)
    )
    if session.scalars(same).first() is not None:
        raise EmailTaken
    member = Member(id=member_id, clinic_id=clinic_id, created_at=now, **draft.model_dump())
    session.add(member)
    session.flush()
    return member


def _change_account(session: Session, member: Member, *, now: datetime) -> None:
    account = session.scalars(select(Account).where(col(Account.member_id) == member.id)).one_or_none()
    if account is not None and account.role != member.role:
        account.role = member.role
        accounts.end_sessions(session, account.id, now=now)
    if member.role != MemberRole.CLINICIAN:
        for place in session.scalars(select(CareTeamPlace).where(col(CareTeamPlace.member_id) == member.id)):
            session.delete(place)


def _keep_an_admin(session: Session, actor: Actor) -> None:
    session.get_one(Clinic, actor.clinic_id, with_for_update=NO_KEY)
    session.flush()
    # An administrator who was only invited may never come.
    can = _members(actor).where(col(Member.role) == MemberRole.ADMIN, col(Member.status) == MemberStatus.ACTIVE)
    if session.scalar(select(func.count()).select_from(can.subquery())) == 0:
        raise LastAdmin


def _members(actor: Actor) -> Select[Member]:
    return select(Member).where(col(Member.clinic_id) == actor.clinic_id, col(Member.removed_at).is_(None))


def _member(session: Session, actor: Actor, member_id: UUID) -> Member:
    """One member, locked to be changed."""
    return _found(session, _one(actor, member_id).with_for_update(key_share=True))


def _one(actor: Actor, member_id: UUID) -> Select[Member]:
    return _members(actor).where(col(Member.id) == member_id)


def _found(session: Session, statement: Select[Member]) -> Member:
    member = session.scalars(statement).one_or_none()
    if member is None:
        raise NotFound
    return member


def _shown(member: Member, invitation: InvitationRead) -> MemberInvited:
    return MemberInvited(**MemberRead.model_validate(member).model_dump(), invitation=invitation)
