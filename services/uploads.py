"""Uploads that arrive in pieces (tus 1.0.0) and become a photo with their last byte."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.errors import BodyTooLarge, Fault, InvalidRequest, NotFound, TooManyUploads
from domain.languages import Language
from infra.parts import Part
from models import problems
from models.photos import MOST_METADATA_CHARACTERS, PhotoFields, Upload
from services import access, photos
from services.access import Actor
from services.photos import Darkroom

MOST_OPEN = 50
"""Uploads of one patient that are open at the same time."""
_METADATA = "/header/Upload-Metadata"
_NOT_USED = frozenset({"filename", "filetype", "name", "type", "relativePath"})
"""What tus clients tell by themselves: what a picture is, its bytes say."""


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """What an upload may be."""

    most_bytes: int
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class UploadState:
    """An upload as it is."""

    id: UUID
    length: int
    sent_metadata: str
    photo_id: UUID | None
    expires_at: datetime

    def offset(self, on_disk: int) -> int:
        """How much is acknowledged: the last byte only once the photo is written down.

        So an upload that looks whole is a photo, even where the server died between the last byte and the photo.
        """
        return self.length if self.photo_id else min(on_disk, self.length - 1)


def create(
    session: Session, actor: Actor, patient_id: UUID, *, length: int, sent_metadata: str, terms: UploadTerms
) -> UploadState:
    """Open an upload.

    Raises:
        BodyTooLarge: it would be larger than a photo may be.
        InvalidRequest: it would be empty, or its metadata are not a photo's.
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        Deleted: the id belongs to a deleted photo.
        UnknownReference: a lesion that this patient does not have.
        TooManyUploads: too many are open.
    """
    if length > terms.most_bytes:
        raise BodyTooLarge
    if length < 1:
        raise InvalidRequest(faults=[Fault("/header/Upload-Length", "must be at least 1: a photo is not empty")])
    draft = read_metadata(sent_metadata)
    patient = access.patient_to_change(session, actor, patient_id)
    photos.check_welcome(session, actor, patient_id, draft, None, "en")
    unfinished = select(func.count()).where(
        col(Upload.patient_id) == patient.id, col(Upload.photo_id).is_(None), col(Upload.expires_at) > actor.at
    )
    if session.scalar(unfinished) >= MOST_OPEN:  # type: ignore[operator]
        raise TooManyUploads
    row = Upload(
        patient_id=patient.id,
        id=uuid4(),
        length=length,
        sent_metadata=sent_metadata,
        created_at=actor.at,
        expires_at=actor.at + terms.lifetime,
    )
    session.add(row)
    return _state(row)


def find(session: Session, actor: Actor, patient_id: UUID, upload_id: UUID, *, to_write: bool = False) -> UploadState:
    """An upload that has not expired.

    Raises:
        NotFound: there is none, or none for this actor.
        ConsentRequired: something is to be written, and the patient's consent is missing, withdrawn or too old.
    """
    patient = access.patient(session, actor, patient_id)
    if to_write:
        access.check_consent(actor, patient)
    return _state(_found(session, actor, patient.id, upload_id))


def finish(
    darkroom: Darkroom, actor: Actor, patient_id: UUID, upload: UploadState, part: Part, *, language: Language
) -> UUID:
    """Make a photo of an upload that is whole; its id, once it is on disk.

    Raises:
        DermatrendError: as `services.photos.receive` says.
    """
    draft = read_metadata(upload.sent_metadata)
    photo, _ = photos.receive(darkroom, actor, patient_id, draft, part.reader(), language=language)
    with darkroom.transaction() as session:
        patient = access.patient_to_change(session, actor, patient_id)
        _found(session, actor, patient.id, upload.id).photo_id = photo.id
    return photo.id


def terminate(session: Session, actor: Actor, patient_id: UUID, upload_id: UUID) -> None:
    """Forget an upload; the photo that it has become stays."""
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=False)
    session.delete(_found(session, actor, patient.id, upload_id))


def read_metadata(sent: str) -> PhotoFields:
    """What `Upload-Metadata` says: names, each with a value in base64, between commas.

    Raises:
        InvalidRequest: it is not that, or not a photo's.
    """
    try:
        values = _pairs(sent)
    except (ValueError, binascii.Error):
        raise InvalidRequest(faults=[Fault(_METADATA, "must be names with values in base64, as tus says")]) from None
    try:
        return PhotoFields.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise InvalidRequest(faults=problems.faults(found, prefix=_METADATA)) from None


def _pairs(sent: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if len(sent) > MOST_METADATA_CHARACTERS:
        raise ValueError
    for pair in sent.split(",") if sent.strip() else ():
        name, _, value = pair.strip().partition(" ")
        if not name or name in values:
            raise ValueError
        if name not in _NOT_USED:
            values[name] = base64.b64decode(value.strip(), validate=True).decode() or None
    return values


def _found(session: Session, actor: Actor, patient_id: UUID, upload_id: UUID) -> Upload:
    row = session.get(Upload, (patient_id, upload_id))
    if row is None or row.expires_at <= actor.at:
        raise NotFound
    return row


def _state(row: Upload) -> UploadState:
    return UploadState(row.id, row.length, row.sent_metadata, row.photo_id, row.expires_at)
