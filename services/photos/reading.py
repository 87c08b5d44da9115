"""Photos as they are answered, and where their pictures are."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain import clocks, quality
from domain.languages import Language
from domain.photos import PhotoSize
from domain.quality import Finding
from infra.storage import digest_in
from models.photos import FindingRead, Photo, PhotoRead, PhotoStatus, QualityRead
from services import access, versions
from services.access import Actor
from services.listing import Listed, Window, listed

_SAME = frozenset(PhotoRead.model_fields) & frozenset(Photo.model_fields) - {"taken_at"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One size of a photo: where it is, and what it is."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExpectedBlob:
    """A blob that must be there."""

    patient_id: UUID
    photo_id: UUID
    key: str
    size: int
    sha256: str


def read_fields(row: Photo, language: Language) -> dict[str, Any]:
    """What is answered about a photo."""
    findings = [Finding(name) for name in row.findings]
    return {
        **row.model_dump(include=set(_SAME)),
        "taken_at": clocks.with_offset(row.taken_at, row.utc_offset_minutes),
        "status": PhotoStatus.READY,
        "sha256": row.sent_sha256,
        "bytes": row.full_bytes,
        "quality": QualityRead(
            usable=quality.usable(findings),
            findings=[FindingRead(name=one, advice=quality.ADVICE[one][language]) for one in findings],
        ),
    }


def read_row(row: Photo, language: Language = "en") -> PhotoRead:
    """A photo as it is answered."""
    return PhotoRead(**read_fields(row, language))


def get(session: Session, actor: Actor, patient_id: UUID, photo_id: UUID, language: Language) -> PhotoRead:
    """One live photo."""
    patient = access.patient(session, actor, patient_id)
    return read_row(versions.found(session.get(Photo, (patient.id, photo_id))), language)


def list_photos(
    session: Session, actor: Actor, patient_id: UUID, window: Window, language: Language
) -> Listed[PhotoRead]:
    """All live photos of a patient, in the order in which they arrived."""
    patient = access.patient(session, actor, patient_id)
    statement = select(Photo).where(col(Photo.patient_id) == patient.id, col(Photo.deleted_at).is_(None))
    page = listed(session, statement, (col(Photo.created_at), col(Photo.id)), window)
    return page.map(lambda row: read_row(row, language))


def picture(session: Session, actor: Actor, patient_id: UUID, photo_id: UUID, size: PhotoSize) -> Picture:
    """Where one size of a live photo is."""
    patient = access.patient(session, actor, patient_id)
    row = versions.found(session.get(Photo, (patient.id, photo_id)))
    key = str(getattr(row, f"{size}_key"))
    return Picture(key, getattr(row, f"{size}_bytes"), digest_in(key) or row.stored_sha256)


def expected_blobs(session: Session) -> Generator[ExpectedBlob]:
    """Every blob that a live photo needs, each once: for backups and their verification, which ask for nobody.

    Who does not go to the end closes this before the session: the database keeps a cursor for it.
    """
    seen: set[str] = set()
    statement = select(Photo).where(col(Photo.deleted_at).is_(None)).execution_options(yield_per=500)
    with session.scalars(statement) as rows:
        for row in rows:
            for key, size in blobs_of(row):
                if key not in seen:
                    seen.add(key)
                    yield ExpectedBlob(row.patient_id, row.id, key, size, digest_in(key) or "")


def blobs_of(row: Photo) -> list[tuple[str, int]]:
    """Keys and lengths of all sizes of a photo; none of a tombstone whose pictures are gone."""
    sizes = ((row.full_key, row.full_bytes), (row.display_key, row.display_bytes), (row.thumb_key, row.thumb_bytes))
    return [(key, size) for key, size in sizes if key is not None]
