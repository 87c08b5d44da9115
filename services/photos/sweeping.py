"""Sweeping up what a crash or a lost race left behind: pictures without a photo, uploads that nobody finished."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import Session, col

from infra.parts import Parts
from infra.storage import PREFIX, Blob, Storage
from models.photos import Photo, Upload
from services import access
from services.photos.reading import blobs_of

ORPHAN_AFTER = timedelta(hours=1)
"""A younger picture may belong to a photo that is being written down. No request takes nearly as long."""
LEAST_ORPHAN_AFTER = timedelta(minutes=30)
"""With the longest timeouts that can be set a request is done within 15 minutes of its first picture, and an S3 refuses
requests of a server whose clock differs from its own by more than 15."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was removed."""

    blobs: int
    uploads: int
    parts: int


Transaction = Callable[[], AbstractContextManager[Session]]


def sweep(
    transaction: Transaction, storage: Storage, parts: Parts, *, now: datetime, orphan_after: timedelta = ORPHAN_AFTER
) -> Swept:
    """Remove pictures that no photo needs, uploads that have expired, and files of uploads that are gone.

    Pictures of patients whom this database does not know are left alone: they are another installation's, or this
    database is not the one that it should be. So is all that has a name that we do not give.

    Args:
        transaction: opens a writing transaction; none is held while the store is spoken to.
        storage: the store.
        parts: files of unfinished uploads.
        now: the present instant.
        orphan_after: how old an unneeded picture must be.
    """
    with transaction() as session:
        uploads = session.execute(delete(Upload).where(col(Upload.expires_at) <= now)).rowcount  # type: ignore[attr-defined]
    return Swept(
        blobs=sum(1 for _ in _removed_blobs(transaction, storage, now - orphan_after)),
        uploads=uploads,
        parts=_remove_parts(transaction, parts, now - orphan_after),
    )


def _removed_blobs(transaction: Transaction, storage: Storage, before: datetime) -> Iterator[Blob]:
    # A key is never used twice, so what was old and unneeded once is so for ever.
    old = sorted((blob for blob in storage.blobs() if blob.changed_at < before), key=lambda blob: blob.key)
    for patient_id, blobs in groupby(old, key=lambda blob: _patient_of(blob.key)):
        if patient_id is None:
            continue
        with transaction() as session:
            needed = _needed(session, patient_id)
        for blob in blobs:
            if needed is not None and blob.is_ours() and blob.key not in needed:
                storage.delete(blob.key)
                yield blob


def _needed(session: Session, patient_id: UUID) -> set[str] | None:
    """Keys of a patient's live photos; None if there is no such patient."""
    if not access.is_known(session, patient_id):
        return None
    rows = session.scalars(select(Photo).where(col(Photo.patient_id) == patient_id, col(Photo.deleted_at).is_(None)))
    return {key for row in rows for key, _ in blobs_of(row)}


def _remove_parts(transaction: Transaction, parts: Parts, before: datetime) -> int:
    old = parts.older_than(before.timestamp())
    if not old:
        return 0
    with transaction() as session:
        open_ones = set(session.scalars(select(col(Upload.id)).where(col(Upload.photo_id).is_(None))))
    gone = [upload_id for upload_id in old if upload_id not in open_ones]
    _forget(parts, gone)
    return len(gone)


def _forget(parts: Parts, upload_ids: Iterable[UUID]) -> None:
    for upload_id in upload_ids:
        parts.remove(upload_id)


def _patient_of(key: str) -> UUID | None:
    try:
        return UUID(key.removeprefix(PREFIX).partition("/")[0])
    except ValueError:
        return None
