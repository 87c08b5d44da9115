"""The photos of a report: which of each lesion, and their thumbnails."""

from collections.abc import Callable
from datetime import date
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import StorageUnavailable
from domain.lesions.observations import diameter
from domain.photos import Shot
from domain.report import LesionPhoto, PhotoMoment, Report, illustrated
from infra.storage import BlobMissing, Storage
from models.photos import Photo
from services import photos


def of_lesions(session: Session, patient_id: UUID, *, last_day: date) -> dict[UUID, tuple[LesionPhoto, ...]]:
    """The photos that show each lesion at its baseline, at its smallest and now; for who has entered by the one door.

    Args:
        session: a reader.
        patient_id: whose photos.
        last_day: later photos are left out.
    """
    triplets = photos.triplets(session, patient_id, last_day=last_day)
    digests = _digests(session, patient_id) if triplets else {}
    return {
        lesion_id: tuple(
            _photo(moment, shot, digests[shot.photo_id])
            for moment in PhotoMoment
            if (shot := getattr(triplet, moment.value)) is not None
        )
        for lesion_id, triplet in triplets.items()
    }


def illustrate(report: Report, storage: Storage, *, whole: bool) -> Report:
    """The same report with its thumbnails.

    Args:
        report: as gathered.
        storage: where photos are kept.
        whole: False where a thumbnail that cannot be had now may stay away.

    Raises:
        StorageUnavailable: it must be whole and cannot be.
    """
    return illustrated(report, partial(_read, storage.read, whole=whole))


def _digests(session: Session, patient_id: UUID) -> dict[UUID, str]:
    rows = session.execute(
        select(col(Photo.id), col(Photo.stored_sha256)).where(
            col(Photo.patient_id) == patient_id, col(Photo.deleted_at).is_(None)
        )
    )
    return {row.id: row.stored_sha256 for row in rows}


def _photo(moment: PhotoMoment, shot: Shot, sha256: str) -> LesionPhoto:
    tenths = None if shot.measurement is None else diameter(shot.measurement)
    return LesionPhoto(
        moment=moment,
        photo_id=shot.photo_id,
        day=shot.day,
        length_mm=None if tenths is None else tenths / 10,
        sha256=sha256,
        thumbnail_key=shot.thumb_key,
    )


def _read(read: Callable[[str], bytes], key: str, *, whole: bool) -> bytes | None:
    try:
        return read(key)
    except BlobMissing:
        return None
    except StorageUnavailable:
        if whole:
            raise
        return None
