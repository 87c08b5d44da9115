"""Patients: the people whose diary this is."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field
from sqlalchemy import JSON, Index
from sqlalchemy import Text as SqlText
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from models.accounts import InvitationRead
from models.fields import (
    Day,
    Email,
    Name,
    NullIs,
    Page,
    Request,
    Revision,
    ShortText,
    Tagged,
    UtcDateTime,
    ZoneName,
    longest,
    one_of,
    shown_as,
)


class PatientStatus(StrEnum):
    """Whether the diary is being kept."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Patient(SQLModel, table=True):
    """A person with a diary; the counter of all its changes is `revision`."""

    __table_args__ = (
        one_of("status", PatientStatus),
        longest("name", 200),
        longest("record_number", 200),
        longest("email", 254),
        Index(None, "clinic_id", "created_at", "id"),
    )

    id: UUID = Column(primary_key=True)
    clinic_id: UUID = Column(foreign_key="clinic.id")
    name: str = Column(max_length=200)
    name_words: str = Column(sa_type=SqlText)
    """The words of the name, folded for search, each between spaces (`services/patients.py`)."""
    birth_date: date | None = None
    record_number: str | None = Column(default=None, max_length=200)
    time_zone: str = Column(max_length=64)
    locale: str = Column(max_length=35)
    email: str | None = Column(default=None, max_length=254)
    enrolled_on: date
    status: str = Column(default=PatientStatus.ACTIVE, max_length=20)
    consented_version: int | None = None
    """Version of the last consent if that granted; null if there is none or it was withdrawn."""
    version: int = 1
    change_digests: list[str] = Column(default_factory=list, sa_type=JSON)
    """What each version but the first was made by, to know a repeated change."""
    revision: int = 0
    joined_at: datetime | None = Column(default=None, sa_type=UtcDateTime)
    created_at: datetime = Column(sa_type=UtcDateTime)


Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35, examples=["de-DE"])]
RecordNumber = Annotated[ShortText, Field(description="The clinic's own number for the patient.")]


class PatientCreate(Request):
    """A patient to register."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "name": "Ana Duarte",
            "birth_date": "1968-04-12",
            "record_number": "D-1047",
            "time_zone": "Europe/Lisbon",
            "locale": "pt-PT",
            "email": "ana.duarte@example.org",
            "enrolled_on": "2026-01-01",
        },
    )

    name: Annotated[Name, Field(examples=["Ana Duarte"])]
    birth_date: Day | None = None
    record_number: RecordNumber = None
    time_zone: Annotated[ZoneName, Field(examples=["Europe/Lisbon"])]
    locale: Annotated[Locale, NullIs("en")] = "en"
    email: Annotated[
        Email | None,
        Field(description="To sign in with once the invitation is accepted; if missing, it is asked for then."),
    ] = None
    enrolled_on: Annotated[
        Day | None,
        Field(description="First day of the diary; today if left out, earlier where a diary is brought along."),
    ] = None


class PatientChange(Request):
    """What to change; a field that is left out stays, null clears what may be empty."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "name": "Ana Duarte",
            "birth_date": "1968-04-12",
            "record_number": "D-1047",
            "time_zone": "Europe/Lisbon",
            "locale": "pt-PT",
            "email": "ana.duarte@example.org",
            "enrolled_on": "2026-01-01",
            "status": "active",
        },
        {"time_zone": "Europe/Berlin"},
    )

    name: Name | None = None
    birth_date: Day | None = None
    record_number: RecordNumber = None
    time_zone: ZoneName | None = None
    locale: Locale | None = None
    email: Email | None = None
    enrolled_on: Day | None = None
    status: PatientStatus | None = None


class PatientRead(Tagged):
    """A patient as the clinic sees them; no diary."""

    id: UUID
    name: str
    birth_date: date | None
    record_number: str | None
    time_zone: str
    locale: str
    email: str | None
    enrolled_on: date
    status: PatientStatus
    joined_at: Annotated[datetime | None, Field(description="When the patient accepted the invitation.")]
    revision: Revision
    created_at: datetime


class PatientInvited(PatientRead):
    """A patient and the code to hand over."""

    invitation: InvitationRead


class PatientPage(Page[PatientRead]):
    """A page of patients."""
