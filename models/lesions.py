"""Skin lesions: the places that are watched and measured."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.body_sites import Side, Site
from models.fields import Day, Name, Page, PhoneId, Request, Truth, UtcDateTime, VersionedRead, longest, one_of


class LesionKind(StrEnum):
    """What a lesion looks like."""

    NODULE = "nodule"
    PLAQUE = "plaque"
    ULCER = "ulcer"
    RED_PATCH = "red_patch"
    DARK_PATCH = "dark_patch"
    THINNED_SKIN = "thinned_skin"


class Lesion(SQLModel, table=True):
    """One watched place on one patient's skin."""

    __table_args__ = (
        one_of("site", Site),
        one_of("side", Side),
        one_of("kind", LesionKind),
        longest("label", 200),
        Index(None, "patient_id", "created_at", "id"),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    site: str = Column(max_length=40)
    side: str = Column(max_length=20)
    kind: str = Column(max_length=20)
    label: str = Column(max_length=200)
    first_noticed_on: date
    target: bool | None = None
    confirmed_new: bool | None = None
    progressed_on: date | None = None
    version: int = 1
    revision: int
    created_at: datetime = Column(sa_type=UtcDateTime)
    deleted_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


class LesionFields(Request):
    """What a lesion is; the last three are the clinician's and a patient's value for them is not used."""

    site: Site
    side: Side
    kind: LesionKind
    label: Annotated[Name, Field(description="How the patient calls it.", examples=["Lump below the scar"])]
    first_noticed_on: Day
    target: Annotated[Truth | None, Field(description="Clinician's: followed as a target lesion.")] = None
    confirmed_new: Annotated[Truth | None, Field(description="Clinician's: a new lesion indeed.")] = None
    progressed_on: Annotated[Day | None, Field(description="Clinician's: unequivocal progression of a non-target.")] = (
        None
    )


CLINICIANS_FIELDS = ("target", "confirmed_new", "progressed_on")


class LesionCreate(LesionFields):
    """A lesion to watch; the phone makes its id."""

    id: PhoneId


class LesionReplace(LesionFields):
    """The lesion as it shall be from now on (full replacement)."""

    id: Annotated[UUID | None, Field(description="If sent, the id in the path.")] = None


class LesionRead(VersionedRead):
    """A watched lesion."""

    site: Site
    side: Side
    kind: LesionKind
    label: str
    first_noticed_on: date
    target: bool | None
    confirmed_new: bool | None
    progressed_on: date | None
    created_at: datetime


class LesionVersion(LesionRead):
    """A lesion as it was in one version."""

    applied: Annotated[bool, Field(description="Whether this version ever was the current one.")]


class LesionPage(Page[LesionRead]):
    """A page of lesions."""


class LesionVersionPage(Page[LesionVersion]):
    """A page of a lesion's versions."""
