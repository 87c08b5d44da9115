"""The people of a clinic, and who of them cares for whom."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field
from sqlalchemy import JSON, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from models.accounts import InvitationRead
from models.fields import Email, Name, Page, Request, Response, Tagged, UtcDateTime, longest, one_of, shown_as


class MemberRole(StrEnum):
    """What a member may be."""

    CLINICIAN = "clinician"
    ADMIN = "admin"


class MemberStatus(StrEnum):
    """Whether the member has accepted the invitation."""

    INVITED = "invited"
    ACTIVE = "active"


class Member(SQLModel, table=True):
    """A clinician or administrator of one clinic."""

    __table_args__ = (
        one_of("role", MemberRole),
        one_of("status", MemberStatus),
        longest("name", 200),
        longest("email", 254),
        Index(None, "clinic_id", "created_at", "id"),
    )

    id: UUID = Column(primary_key=True)
    clinic_id: UUID = Column(foreign_key="clinic.id")
    email: str = Column(max_length=254)
    name: str = Column(max_length=200)
    role: str = Column(max_length=20)
    status: str = Column(default=MemberStatus.INVITED, max_length=20)
    version: int = 1
    change_digests: list[str] = Column(default_factory=list, sa_type=JSON)
    """What each version but the first was made by, to know a repeated change."""
    created_at: datetime = Column(sa_type=UtcDateTime)
    removed_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


class CareTeamPlace(SQLModel, table=True):
    """A clinician's place in the team that cares for a patient: who has one sees the patient."""

    __tablename__ = "care_team"

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    member_id: UUID = Column(primary_key=True, foreign_key="member.id", index=True)
    created_at: datetime = Column(sa_type=UtcDateTime)


class MemberCreate(Request):
    """A person to invite."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {"email": "li.wang@clinic.example", "name": "Dr. Li Wang", "role": "clinician"},
    )

    email: Annotated[Email, Field(examples=["li.wang@clinic.example"])]
    name: Annotated[Name, Field(examples=["Dr. Li Wang"])]
    role: MemberRole


class MemberChange(Request):
    """What to change; a field that is left out stays."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {"name": "Dr. Li Wang", "role": "clinician"},
    )

    name: Name | None = None
    role: MemberRole | None = None


class MemberRead(Tagged):
    """A member of the clinic."""

    id: UUID
    email: str
    name: str
    role: MemberRole
    status: MemberStatus
    created_at: datetime


class MemberInvited(MemberRead):
    """A member and the code to hand over."""

    invitation: InvitationRead


class MemberPage(Page[MemberRead]):
    """A page of members."""


class CareTeamMember(Response):
    """A clinician who cares for the patient."""

    member_id: UUID
    name: str
    role: MemberRole
    since: datetime


class CareTeamPage(Page[CareTeamMember]):
    """A page of the care team."""
