"""Who cares for a patient: exactly these clinicians see the diary."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import NotAClinician, NotFound
from models.members import CareTeamMember, CareTeamPlace, Member, MemberRole
from services import access
from services.access import NO_KEY, Actor
from services.listing import Listed, Window, listed


def list_team(session: Session, actor: Actor, patient_id: UUID, window: Window) -> Listed[CareTeamMember]:
    """The clinicians who care for a patient, in the order in which they joined."""
    patient = access.patient(session, actor, patient_id)
    statement = select(CareTeamPlace).where(col(CareTeamPlace.patient_id) == patient.id)
    page = listed(session, statement, (col(CareTeamPlace.created_at), col(CareTeamPlace.member_id)), window)
    names = select(Member).where(col(Member.id).in_([place.member_id for place in page.items]))
    members = {member.id: member for member in session.scalars(names)}
    return page.map(lambda place: _shown(place, members[place.member_id]))


def add(session: Session, actor: Actor, patient_id: UUID, member_id: UUID) -> CareTeamMember:
    """Give a clinician a place in the team; giving it again changes nothing.

    Raises:
        NotFound: the clinic has no such member.
        NotAClinician: the member is an administrator.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    member = session.get(Member, member_id, with_for_update=NO_KEY)
    if member is None or member.clinic_id != patient.clinic_id or member.removed_at is not None:
        raise NotFound
    if member.role != MemberRole.CLINICIAN:
        raise NotAClinician
    place = session.get(CareTeamPlace, (patient.id, member.id))
    if place is None:
        place = CareTeamPlace(patient_id=patient.id, member_id=member.id, created_at=actor.at)
        session.add(place)
    return _shown(place, member)


def remove(session: Session, actor: Actor, patient_id: UUID, member_id: UUID) -> None:
    """Take a clinician's place away; taking it again is fine.

    Raises:
        NotFound: the clinic has no such member.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    member = session.get(Member, member_id)
    if member is None or member.clinic_id != patient.clinic_id:
        raise NotFound
    place = session.get(CareTeamPlace, (patient.id, member_id))
    if place is not None:
        session.delete(place)


def _shown(place: CareTeamPlace, member: Member) -> CareTeamMember:
    return CareTeamMember(member_id=member.id, name=member.name, role=MemberRole(member.role), since=place.created_at)
