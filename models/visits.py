"""Follow-up visits, and the reports that were frozen for them."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.languages import LANGUAGES
from domain.report import VisitStatus
from models.fields import (
    BlankIsNone,
    Clean,
    Day,
    NullIs,
    Page,
    Request,
    UtcDateTime,
    VersionedRead,
    longest,
    one_of,
    shown_as,
)

SUMMARY_CHARACTERS = 4000


class Visit(SQLModel, table=True):
    """One visit of one patient; a deleted one is a tombstone without summary."""

    __table_args__ = (
        one_of("status", VisitStatus),
        longest("summary", SUMMARY_CHARACTERS),
        CheckConstraint("(status = 'done') = (took_place_on IS NOT NULL)", name="done_on_a_day"),
        Index(None, "patient_id", "created_at", "id"),
        Index(None, "patient_id", "revision"),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    planned_for: date
    status: str = Column(max_length=20)
    took_place_on: date | None = None
    summary: str | None = Column(default=None, max_length=SUMMARY_CHARACTERS)
    version: int = 1
    revision: int
    change_digests: list[str] = Column(default_factory=list, sa_type=JSON)
    """What each version but the first was made by, to know a repeated change."""
    created_at: datetime = Column(sa_type=UtcDateTime)
    deleted_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


class FrozenReport(SQLModel, table=True):
    """The report that was made for a visit; nothing later changes it."""

    __tablename__ = "frozen_report"
    __table_args__ = (
        ForeignKeyConstraint(["patient_id", "visit_id"], ["visit.patient_id", "visit.id"]),
        one_of("language", LANGUAGES),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    visit_id: UUID = Column(primary_key=True)
    sha256: str = Column(max_length=64)
    """Of the report's canonical JSON (`reports/documents.py`)."""
    language: str = Column(max_length=5)
    frozen_at: datetime = Column(sa_type=UtcDateTime)
    frozen_by: UUID


class FrozenFormat(SQLModel, table=True):
    """One format of a frozen report, as it was rendered then."""

    __tablename__ = "frozen_format"
    __table_args__ = (
        ForeignKeyConstraint(
            ["patient_id", "visit_id"], ["frozen_report.patient_id", "frozen_report.visit_id"], ondelete="CASCADE"
        ),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    visit_id: UUID = Column(primary_key=True)
    format: str = Column(primary_key=True, max_length=10)
    seal: str = Column(max_length=64)
    """SHA-256 over the report's digest, the format and the bytes (`services/frozen_reports.py`)."""
    content: bytes


class VisitCreate(Request):
    """A visit: planned, done or cancelled; also the full replacement of one."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "planned_for": "2026-04-14",
            "status": "done",
            "took_place_on": "2026-04-15",
            "summary": "Pain is better; the lump below the scar is measured at the next visit.",
        },
        {"planned_for": "2026-07-14"},
    )

    planned_for: Day
    status: Annotated[VisitStatus, Field(description="`done` needs took_place_on."), NullIs(VisitStatus.PLANNED)] = (
        VisitStatus.PLANNED
    )
    took_place_on: Annotated[Day | None, Field(description="The day on which it took place, if it did.")] = None
    summary: Annotated[
        Annotated[str, Field(max_length=SUMMARY_CHARACTERS), Clean] | None,
        BlankIsNone,
        Field(description="What was found and agreed; the patient reads it."),
    ] = None

    @model_validator(mode="after")
    def _a_day_goes_with_done(self) -> Self:
        if self.status is VisitStatus.DONE and self.took_place_on is None:
            message = "a visit that is done needs took_place_on"
            raise ValueError(message)
        if self.status is not VisitStatus.DONE and self.took_place_on is not None:
            message = "only a visit that is done has took_place_on"
            raise ValueError(message)
        return self


class VisitRead(VersionedRead):
    """A follow-up visit."""

    planned_for: date
    status: VisitStatus
    took_place_on: date | None
    summary: str | None
    created_at: datetime


class VisitPage(Page[VisitRead]):
    """A page of visits."""
