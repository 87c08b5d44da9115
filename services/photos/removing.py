"""Deleting a photo: a tombstone stays for the phones, its pictures go."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from models.photos import Photo
from services import access, versions
from services.access import Actor
from services.photos.reading import blobs_of


def remove(session: Session, actor: Actor, patient_id: UUID, photo_id: UUID, *, base: int | None) -> list[str]:
    """Delete a photo; what the diary says of it stays. Deleting again is fine.

    Returns:
        Keys of the pictures that no other photo needs: to be deleted once this is committed, not before. If that fails,
        they are orphans, which the next sweep finds.

    Raises:
        NotFound: it never was.
        VersionConflict: it is based on something else.
    """
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=False)
    row = session.get(Photo, (patient.id, photo_id))
    if row is not None and row.deleted_at is not None:
        return []
    row = versions.found(row)
    versions.check_base(base, row.version)
    versions.bury(row, patient, actor)
    keys = [key for key, _ in blobs_of(row)]
    row.full_key = row.display_key = row.thumb_key = None
    row.lesion_id = row.entry_id = None
    row.findings, row.measures = [], {}
    session.flush()
    return [key for key in dict.fromkeys(keys) if not _is_needed(session, patient.id, key)]


def _is_needed(session: Session, patient_id: UUID, key: str) -> bool:
    uses = or_(col(Photo.full_key) == key, col(Photo.display_key) == key, col(Photo.thumb_key) == key)
    return session.scalars(select(col(Photo.id)).where(col(Photo.patient_id) == patient_id, uses)).first() is not None
