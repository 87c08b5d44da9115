"""Taking in a photo: first its picture is safely stored, then it is written down (docs/decisions/0018)."""

from collections.abc import Mapping
from os import SEEK_END
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain import clocks
from domain.errors import Deleted, Fault, PhotosBusy, UnknownReference
from domain.languages import Language
from domain.photos import PhotoSize
from models.lesions import Lesion
from models.photos import Photo, PhotoFields, PhotoRead
from services import access, versions
from services.access import Actor
from services.photos.developing import Darkroom, Developed, develop, developed_before, digest
from services.photos.reading import read_row

CONTENT = ("taken_at", "time_zone", "lesion_id", "entry_id", "sha256")
"""The fields that make two photos the same; the digest stands for the picture."""


def receive(
    darkroom: Darkroom, actor: Actor, patient_id: UUID, draft: PhotoFields, file: BinaryIO, *, language: Language
) -> tuple[PhotoRead, bool]:
    """Take in a photo: check that it is welcome, clean and store its picture, write it down.

    Returns:
        What is stored, on disk, and whether it was made now: a repeated call makes nothing.

    Raises:
        DigestMismatch: the file is not what was said.
        DermatrendError: as `check_welcome`, `develop` and `add` say.
    """
    file.seek(0)
    sent_sha256 = digest(file, draft.sha256)
    size = file.seek(0, SEEK_END)
    with darkroom.look() as session:
        known = check_welcome(session, actor, patient_id, draft, sent_sha256, language)
    if isinstance(known, PhotoRead):
        return known, False
    file.seek(0)
    developed = known or develop(darkroom, patient_id, file, size, sent_sha256)
    with darkroom.transaction() as session:
        return add(session, actor, patient_id, draft, developed, language)


def check_welcome(
    session: Session, actor: Actor, patient_id: UUID, draft: PhotoFields, sent_sha256: str | None, language: Language
) -> PhotoRead | Developed | None:
    """Whether a photo may be added, before work is put into it.

    Args:
        session: a reader.
        actor: who adds it.
        patient_id: whose photo it is.
        draft: what is said of it.
        sent_sha256: of the whole file; None while that is not known.
        language: of the advice.

    Returns:
        The photo, if this same one was added before; the picture, if the patient has it under another id; else None.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        IdReused: the id belongs to a photo with other content.
        Deleted: the id belongs to a deleted photo.
        UnknownReference: a lesion that this patient does not have.
    """
    patient = access.patient(session, actor, patient_id)
    access.check_consent(actor, patient)
    known = session.get(Photo, (patient.id, draft.id))
    if known is not None:
        if known.deleted_at is not None:
            raise Deleted
        if sent_sha256 is None:
            return None
        _check_same(known, draft, sent_sha256)
        return read_row(known, language)
    _check_lesion(session, patient.id, draft)
    twin = sent_sha256 and _live(session, patient.id, sent_sha256=sent_sha256)
    return developed_before(twin) if twin else None


def add(
    session: Session, actor: Actor, patient_id: UUID, draft: PhotoFields, developed: Developed, language: Language
) -> tuple[PhotoRead, bool]:
    """Write down a photo whose picture is stored.

    Returns:
        What is stored now, and whether it was made now: a repeated call makes nothing.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        IdReused: the id belongs to a photo with other content.
        Deleted: the id belongs to a deleted photo.
        UnknownReference: a lesion that this patient does not have.
        PhotosBusy: the picture was just deleted under its other id.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    known = session.get(Photo, (patient.id, draft.id))
    if known is not None:
        if known.deleted_at is not None:
            raise Deleted
        _check_same(known, draft, developed.sent_sha256)
        return read_row(known, language), False
    _check_lesion(session, patient.id, draft)
    twin = _live(session, patient.id, stored_sha256=developed.stored_sha256)
    if twin is None and not developed.keys:
        raise PhotosBusy
    row = Photo(
        **draft.model_dump(include={"id", "taken_at", "time_zone", "lesion_id", "entry_id"}),
        patient_id=patient.id,
        revision=versions.next_revision(patient),
        utc_offset_minutes=clocks.offset_minutes(draft.taken_at),
        day=clocks.default_day(draft.taken_at, draft.time_zone),
        sent_sha256=developed.sent_sha256,
        width_px=developed.width_px,
        height_px=developed.height_px,
        findings=developed.findings,
        measures=developed.measures,
        stored_sha256=developed.stored_sha256,
        **_blobs(developed_before(twin).bytes if twin else developed.bytes, _keys(twin) if twin else developed.keys),
        created_at=actor.at,
        created_by=actor.account_id,
    )
    session.add(row)
    return read_row(row, language), True


def _keys(row: Photo) -> Mapping[PhotoSize, str]:
    return {size: getattr(row, f"{size}_key") for size in PhotoSize}


def _blobs(lengths: Mapping[PhotoSize, int], keys: Mapping[PhotoSize, str]) -> dict[str, Any]:
    return {f"{name}_bytes": length for name, length in lengths.items()} | {
        f"{name}_key": key for name, key in keys.items()
    }


def _check_same(known: Photo, draft: PhotoFields, sent_sha256: str) -> None:
    first = PhotoFields(
        **known.model_dump(include=set(CONTENT) & set(Photo.model_fields) | {"id"}), sha256=known.sent_sha256
    )
    sent = draft.model_copy(update={"sha256": sent_sha256})
    versions.check_same(versions.canonical(first, CONTENT), versions.canonical(sent, CONTENT))


def _check_lesion(session: Session, patient_id: UUID, draft: PhotoFields) -> None:
    if draft.lesion_id is not None and session.get(Lesion, (patient_id, draft.lesion_id)) is None:
        raise UnknownReference(faults=[Fault("/lesion_id", "this patient has no such lesion")])


def _live(session: Session, patient_id: UUID, **digests: str) -> Photo | None:
    """A live photo of the patient with this digest."""
    statement = select(Photo).where(col(Photo.patient_id) == patient_id, col(Photo.deleted_at).is_(None))
    return session.scalars(statement.filter_by(**digests).limit(1)).first()
