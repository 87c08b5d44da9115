"""Cleaning a picture and storing it in all its sizes, before anything is written down about it."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, cast
from uuid import UUID

from sqlmodel import Session

from domain import quality
from domain.errors import DigestMismatch
from domain.photos import PhotoSize
from infra.images import Cleaned, Studio
from infra.storage import Storage, new_key
from models.photos import Photo

Door = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Darkroom:
    """Where pictures are cleaned and kept, and how they are written down.

    Cleaning and storing take a while, and no transaction is held meanwhile: so what works here gets no session, but
    the two ways to open one.
    """

    studio: Studio
    storage: Storage
    look: Door
    """Opens a reader for a moment."""
    transaction: Door
    """Opens a writer, and commits at its end."""


@dataclass(frozen=True, slots=True)
class Developed:
    """A picture that is safely stored, and not yet written down as a photo."""

    sent_sha256: str
    width_px: int
    height_px: int
    findings: list[str]
    measures: dict[str, float]
    stored_sha256: str
    keys: Mapping[PhotoSize, str]
    bytes: Mapping[PhotoSize, int]


def digest(file: BinaryIO, said: str | None) -> str:
    """The SHA-256 of a file.

    Raises:
        DigestMismatch: it is not what was said.
    """
    found = hashlib.file_digest(cast("Any", file), "sha256").hexdigest()  # typing.BinaryIO lacks readinto
    if said is not None and said != found:
        raise DigestMismatch
    return found


def develop(darkroom: Darkroom, patient_id: UUID, file: BinaryIO, size: int, sent_sha256: str) -> Developed:
    """Clean a picture and store it in all its sizes. It takes a while: hold no transaction meanwhile.

    Raises:
        UnknownPictureKind, UnreadablePicture, AnimatedPicture, TooManyPixels: it is no picture for us.
        PhotosBusy, StorageUnavailable, StorageFull: not now.
    """
    cleaned = darkroom.studio.clean(file, size)
    digests: dict[PhotoSize, str] = {name: hashlib.sha256(made).hexdigest() for name, made in cleaned.files.items()}
    keys: dict[PhotoSize, str] = {name: new_key(patient_id, made) for name, made in digests.items()}
    # The full size comes last: it counts as the photo.
    for name in reversed(keys):
        darkroom.storage.write(keys[name], cleaned.files[name])
    return _developed_now(cleaned, sent_sha256, digests[PhotoSize.FULL], keys)


def developed_before(row: Photo) -> Developed:
    """The picture of another photo. Whether that still lives is asked again when this one is written down."""
    return Developed(
        sent_sha256=row.sent_sha256,
        width_px=row.width_px,
        height_px=row.height_px,
        findings=row.findings,
        measures=row.measures,
        stored_sha256=row.stored_sha256,
        keys={},
        bytes={size: getattr(row, f"{size}_bytes") for size in PhotoSize},
    )


def _developed_now(cleaned: Cleaned, sent_sha256: str, stored_sha256: str, keys: Mapping[PhotoSize, str]) -> Developed:
    return Developed(
        sent_sha256=sent_sha256,
        width_px=cleaned.width_px,
        height_px=cleaned.height_px,
        findings=[str(finding) for finding in quality.judge(cleaned.measures)],
        measures={name: round(value, 4) for name, value in asdict(cleaned.measures).items()},
        stored_sha256=stored_sha256,
        keys=keys,
        bytes={name: len(made) for name, made in cleaned.files.items()},
    )
