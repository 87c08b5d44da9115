"""Skin lesions: the places that are watched and measured."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field
from sqlalchemy import Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.body_sites import Side, Site
from models.fields import (
    Day,
    Name,
    Page,
    PhoneId,
    Request,
    Truth,
    UtcDateTime,
    VersionedRead,
    longest,
    one_of,
    shown_as,
)


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
        Index(None, "patient_id", "revision"),
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

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "id": "0199d1c4-0000-7000-8000-000000000001",
            "site": "chest_wall",
            "side": "left",
            "kind": "nodule",
            "label": "Lump below the scar",
            "first_noticed_on": "2025-12-24",
        },
        {
            "id": "0199d1c4-0000-7000-8000-000000000004",
            "site": "supraclavicular",
            "side": "left",
            "kind": "nodule",
            "label": "New spot above the collarbone",
            "first_noticed_on": "2026-02-20",
            "target": False,
            "confirmed_new": True,
            "progressed_on": "2026-03-27",
        },
    )

    id: PhoneId


class LesionReplace(LesionFields):
    """The lesion as it shall be from now on (full replacement)."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "id": "0199d1c4-0000-7000-8000-000000000001",
            "site": "chest_wall",
            "side": "left",
            "kind": "nodule",
            "label": "Lump below the scar",
            "first_noticed_on": "2025-12-24",
            "target": True,
        },
        {
            "id": "0199d1c4-0000-7000-8000-000000000004",
            "site": "supraclavicular",
            "side": "left",
            "kind": "nodule",
            "label": "New spot above the collarbone",
            "first_noticed_on": "2026-02-20",
            "target": False,
            "confirmed_new": True,
            "progressed_on": "2026-03-30",
        },
    )

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
