"""The diary as it is stored."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.body_sites import Side, Site
from domain.lesions import LesionState, MeasurementMethod
from domain.symptoms import Symptom
from models.diary.bounds import (
    ACTIVITY_MINUTES,
    ALCOHOL_UNITS,
    BALANCED_MEALS,
    CIGARETTES,
    COUNT,
    LENGTH_TENTHS,
    NOTE_CHARACTERS,
    SEVERITY,
)
from models.fields import (
    RepeatedId,
    UtcDateTime,
    longest,
    one_of,
)


class Entry(SQLModel, table=True):
    """One diary entry, as it is now; a deleted one is a tombstone without content.

    Keys begin with the patient, here and in all that belongs to one (docs/decisions/0009).
    """

    __table_args__ = (
        CIGARETTES.check("cigarettes"),
        ALCOHOL_UNITS.check("alcohol_units"),
        ACTIVITY_MINUTES.check("activity_minutes"),
        BALANCED_MEALS.check("balanced_meals"),
        longest("note", NOTE_CHARACTERS),
        longest("time_zone", 64),
        CheckConstraint(
            "recorded_at >= '2000-01-01 00:00:00+00' AND recorded_at < '2101-01-01 00:00:00+00'",
            name="recorded_at_bounds",
        ),
        CheckConstraint("counted_day <= day", name="counted_day_not_later"),
        Index(None, "patient_id", "day", "recorded_at", "id"),
        Index(None, "patient_id", "revision"),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    version: int
    revision: int
    recorded_at: datetime = Column(sa_type=UtcDateTime)
    utc_offset_minutes: int
    """The offset that `recorded_at` came with."""
    time_zone: str = Column(max_length=64)
    day: date
    counted_day: date
    received_at: datetime = Column(sa_type=UtcDateTime)
    late: bool
    flags: list[str] = Column(sa_type=JSON)
    note: str | None = Column(default=None, max_length=NOTE_CHARACTERS)
    cigarettes: int | None = None
    alcohol_units: float | None = None
    activity_minutes: int | None = None
    balanced_meals: int | None = None
    recorded_by: UUID
    deleted_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


def _part_of_entry() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["patient_id", "entry_id"], ["entry.patient_id", "entry.id"])


class Rating(SQLModel, table=True):
    """One symptom, rated in one entry; whatever was skipped has no row."""

    __table_args__ = (
        _part_of_entry(),
        one_of("symptom", Symptom),
        one_of("site", Site),
        one_of("side", Side),
        SEVERITY.check("severity"),
        SEVERITY.check("interference"),
        COUNT.check("count"),
    )

    patient_id: UUID = Column(primary_key=True)
    entry_id: UUID = Column(primary_key=True)
    position: int = Column(primary_key=True)
    symptom: str = Column(max_length=30)
    severity: int
    interference: int | None = None
    count: int | None = None
    site: str | None = Column(default=None, max_length=40)
    side: str | None = Column(default=None, max_length=20)


class LesionObservation(SQLModel, table=True):
    """One look at a lesion in one entry; lengths in tenths of a millimetre."""

    __tablename__ = "lesion_observation"
    __table_args__ = (
        _part_of_entry(),
        ForeignKeyConstraint(["patient_id", "lesion_id"], ["lesion.patient_id", "lesion.id"]),
        one_of("state", LesionState),
        one_of("method", MeasurementMethod),
        LENGTH_TENTHS.check("length_tenths"),
        LENGTH_TENTHS.check("width_tenths"),
        CheckConstraint(
            "(state = 'measured') = (length_tenths IS NOT NULL)"
            " AND (state = 'measured' OR width_tenths IS NULL)"
            " AND (state <> 'measured' OR method IS NOT NULL)",
            name="measured_with_method",
        ),
    )

    patient_id: UUID = Column(primary_key=True)
    entry_id: UUID = Column(primary_key=True)
    position: int = Column(primary_key=True)
    lesion_id: UUID = Column(sa_type=RepeatedId)
    state: str = Column(max_length=20)
    length_tenths: int | None = None
    width_tenths: int | None = None
    method: str | None = Column(default=None, max_length=20)
    ulcerated: bool | None = None
    bleeding: bool | None = None
    photo_id: UUID | None = None
    """Soft: the photo may come later or never."""


class Intake(SQLModel, table=True):
    """One dose, reported as taken or not."""

    __table_args__ = (
        _part_of_entry(),
        ForeignKeyConstraint(["patient_id", "medication_id"], ["medication.patient_id", "medication.id"]),
    )

    patient_id: UUID = Column(primary_key=True)
    entry_id: UUID = Column(primary_key=True)
    position: int = Column(primary_key=True)
    medication_id: UUID = Column(sa_type=RepeatedId)
    taken: bool
    taken_at: datetime | None = Column(default=None, sa_type=UtcDateTime)
    taken_offset_minutes: int | None = None
