"""Photos of the skin, and uploads that will become photos."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.photos import Mark
from domain.quality import Finding
from models.fields import (
    BlankIsNone,
    Clean,
    Instant,
    Page,
    PhoneId,
    Request,
    Response,
    UtcDateTime,
    VersionedRead,
    longest,
)
from models.trends import LesionPointRead

MOST_METADATA_CHARACTERS = 4096


class Photo(SQLModel, table=True):
    """One photo; its picture is in the blob store, under a key for each size. A deleted one is a tombstone."""

    __table_args__ = (
        ForeignKeyConstraint(["patient_id", "lesion_id"], ["lesion.patient_id", "lesion.id"]),
        longest("time_zone", 64),
        CheckConstraint("width_px > 0 AND height_px > 0", name="has_pixels"),
        CheckConstraint(
            "deleted_at IS NOT NULL OR (full_key IS NOT NULL AND display_key IS NOT NULL AND thumb_key IS NOT NULL)",
            name="live_has_pictures",
        ),
        Index(None, "patient_id", "created_at", "id"),
        Index(None, "patient_id", "revision"),
        Index(None, "patient_id", "lesion_id", "taken_at"),
        Index(None, "patient_id", "sent_sha256"),
        Index(None, "patient_id", "stored_sha256"),
    )

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    version: int = 1
    revision: int
    taken_at: datetime = Column(sa_type=UtcDateTime)
    utc_offset_minutes: int
    """The offset that `taken_at` came with."""
    time_zone: str = Column(max_length=64)
    day: date
    lesion_id: UUID | None = None
    entry_id: UUID | None = None
    """Soft: the entry may come later or never."""
    sent_sha256: str = Column(max_length=64)
    """Of the bytes that were sent, which are not kept."""
    width_px: int
    height_px: int
    findings: list[str] = Column(default_factory=list, sa_type=JSON)
    measures: dict[str, float] = Column(default_factory=dict, sa_type=JSON)
    stored_sha256: str = Column(max_length=64)
    """Of the full size as it is kept."""
    full_key: str | None = Column(default=None, max_length=200)
    full_bytes: int
    display_key: str | None = Column(default=None, max_length=200)
    display_bytes: int
    thumb_key: str | None = Column(default=None, max_length=200)
    thumb_bytes: int
    created_at: datetime = Column(sa_type=UtcDateTime)
    created_by: UUID
    deleted_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


class Upload(SQLModel, table=True):
    """A photo that arrives in pieces. How much is there is told by its file (`infra/parts.py`)."""

    __table_args__ = (longest("sent_metadata", MOST_METADATA_CHARACTERS), Index(None, "expires_at"))

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    length: int
    sent_metadata: str = Column(max_length=MOST_METADATA_CHARACTERS)
    """`Upload-Metadata` as it was sent: HEAD must answer it so."""
    photo_id: UUID | None = None
    """The photo that it has become."""
    created_at: datetime = Column(sa_type=UtcDateTime)
    expires_at: datetime = Column(sa_type=UtcDateTime)


def _lower(value: str | None) -> str | None:
    return value and value.lower()


Sha256 = Annotated[
    Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$"), AfterValidator(_lower)] | None,
    BlankIsNone,
]


class PhotoFields(Request):
    """What is said of a photo."""

    id: PhoneId
    taken_at: Annotated[Instant, Field(description="When it was taken, with the phone's offset.")]
    time_zone: Annotated[
        str, Field(min_length=1, max_length=64, description="The phone's time zone, best an IANA name."), Clean
    ]
    lesion_id: Annotated[UUID | None, BlankIsNone] = None
    entry_id: Annotated[
        UUID | None, Field(description="The entry it goes with; it may be sent later."), BlankIsNone
    ] = None
    sha256: Annotated[
        Sha256, Field(description="SHA-256 of the file in hexadecimal; what arrives otherwise is refused.")
    ] = None


class PhotoStatus(StrEnum):
    """What can be done with a photo; it may grow."""

    READY = "ready"
    """All sizes can be fetched."""


class FindingRead(Response):
    """Something that makes a photo hard to compare."""

    name: Annotated[str, Field(description=f"{', '.join(Finding)}; may grow.")]
    advice: Annotated[str, Field(description="What to do better next time, in the reader's language.")]


class QualityRead(Response):
    """How well a photo can be compared with others; never a reason to refuse it."""

    usable: bool
    findings: list[FindingRead]


class PhotoRead(VersionedRead):
    """A photo; its picture is at `.../content`."""

    taken_at: datetime
    time_zone: str
    day: Annotated[date, Field(description="The local day on which it was taken.")]
    lesion_id: UUID | None
    entry_id: UUID | None
    status: Annotated[str, Field(description=f"{', '.join(PhotoStatus)}; may grow.")]
    sha256: Annotated[str, Field(description="SHA-256 of the file that was sent.")]
    width_px: Annotated[int, Field(description="Of the full size, upright.")]
    height_px: int
    bytes: Annotated[int, Field(description="Length of the full size as it is kept.")]
    stored_sha256: Annotated[str, Field(description="SHA-256 of the full size as it is kept.")]
    quality: QualityRead
    created_at: datetime


class PhotoPage(Page[PhotoRead]):
    """A page of photos."""


class SeriesPhoto(PhotoRead):
    """A photo in the series of its lesion."""

    measurement: Annotated[
        LesionPointRead | None,
        Field(description="The observation that names the photo, else its entry's, else the last of its day."),
    ]
    flags: Annotated[list[str], Field(description=f"{', '.join(Mark)}; may grow.")]


class SeriesPage(Page[SeriesPhoto]):
    """A page of a lesion's photos."""
