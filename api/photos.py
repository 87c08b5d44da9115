"""Photos of the skin, and the series of a lesion."""

from contextlib import suppress
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import BackgroundTasks, File, Form, Response, UploadFile
from pydantic import BeforeValidator, ConfigDict

from api.answers import Answer, repeated
from api.darkroom import TheDarkroom, in_own_thread, work
from api.deps import Configured, CurrentActor, OptionalBase, Reader, ReadSession, WriteSession
from api.paging import Paged
from api.pictures import PICTURE, WHOLE_OR_NOT, Jpeg, ThePicture, TheWanted, described, shown
from api.problems import problems
from api.routing import router as operations
from domain.errors import (
    AnimatedPicture,
    BodyTooLarge,
    ConsentRequired,
    CursorInvalid,
    Deleted,
    DigestMismatch,
    IdReused,
    NotFound,
    PhotosBusy,
    RangeNotSatisfiable,
    StorageFull,
    StorageUnavailable,
    TooManyPixels,
    UnknownPictureKind,
    UnknownReference,
    UnreadablePicture,
    VersionConflict,
)
from infra.settings import PhotoDelivery
from models.fields import shown_as
from models.photos import PhotoFields, PhotoPage, PhotoRead, SeriesPage
from services import photos
from services.photos import Darkroom

router = operations("/v1/patients/{patient_id}", "photos")

NOT_TAKEN = (
    *(TooManyPixels, UnknownPictureKind, UnreadablePicture, AnimatedPicture, DigestMismatch),
    *(ConsentRequired, NotFound, IdReused, Deleted, UnknownReference),
    *(PhotosBusy, StorageUnavailable, StorageFull),
)
"""Why a photo is not taken in."""


def _is_file(value: object) -> object:
    if isinstance(value, str):
        message = "must be a file"
        raise ValueError(message)  # noqa: TRY004  pydantic reports ValueError only
    return value


class PhotoCreate(PhotoFields):
    """A photo as a form; the phone makes its id."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {
            "id": "0199d1c4-0000-7000-8000-000000000003",
            "taken_at": "2026-03-29T21:38:12+02:00",
            "time_zone": "Europe/Berlin",
            "lesion_id": "0199d1c4-0000-7000-8000-000000000001",
            "entry_id": "0199d1c4-7a3e-7cc2-9d0c-3f5f4b8f2a10",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "file": "the bytes of the picture",
        }
    )

    file: Annotated[
        UploadFile,
        BeforeValidator(_is_file),
        File(
            description="JPEG, PNG, HEIC or WebP, told by its content; the file's name is not used.",
            json_schema_extra={"format": "binary"},
        ),
    ]


@router.post("/photos", status_code=201, responses=repeated(PhotoRead) | problems(*NOT_TAKEN))
@in_own_thread
def add_photo(
    patient_id: UUID,
    form: Annotated[PhotoCreate, Form(media_type="multipart/form-data")],
    actor: CurrentActor,
    darkroom: TheDarkroom,
    language: Reader,
    settings: Configured,
    answer: Answer,
) -> PhotoRead:
    """Add a photo. It is written anew: upright, in sRGB, without place, device or any other hidden data."""
    if (form.file.size or 0) > settings.photo_bytes:
        raise BodyTooLarge
    return answer.made(photos.receive(darkroom, actor, patient_id, form, form.file.file, language=language))


@router.get("/photos", responses=problems(NotFound, CursorInvalid))
def list_photos(
    patient_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession, language: Reader
) -> PhotoPage:
    """All photos of a patient."""
    return paged.page(PhotoPage, photos.list_photos(session, actor, patient_id, paged.window, language))


@router.get("/photos/{photo_id}", responses=problems(NotFound))
def get_photo(
    patient_id: UUID, photo_id: UUID, actor: CurrentActor, session: ReadSession, language: Reader, answer: Answer
) -> PhotoRead:
    """What is known of a photo."""
    return answer.versioned(photos.get(session, actor, patient_id, photo_id, language))


@router.delete("/photos/{photo_id}", status_code=204, responses=problems(NotFound, VersionConflict))
def delete_photo(
    patient_id: UUID,
    photo_id: UUID,
    base: OptionalBase,
    actor: CurrentActor,
    session: WriteSession,
    darkroom: TheDarkroom,
    afterwards: BackgroundTasks,
) -> None:
    """Delete a photo and its pictures; what the diary says of it stays."""
    keys = photos.remove(session, actor, patient_id, photo_id, base=base)
    afterwards.add_task(_forget, darkroom, keys)


async def _forget(darkroom: Darkroom, keys: list[str]) -> None:
    # The tombstone is committed. What cannot be removed now is an orphan, which the next sweep finds.
    with suppress(StorageUnavailable, PhotosBusy):
        for key in keys:
            await work(darkroom.storage.delete, key)


@router.get(
    "/photos/{photo_id}/content",
    response_class=Jpeg,
    responses=PICTURE | problems(NotFound, RangeNotSatisfiable, StorageUnavailable, PhotosBusy),
)
async def get_photo_content(
    picture: ThePicture, wish: TheWanted, darkroom: TheDarkroom, settings: Configured
) -> Response:
    """The picture, in one of three sizes, whole or in part."""
    by_link = settings.photo_delivery is PhotoDelivery.LINK
    return await shown(picture, wish, darkroom.storage, by_link=by_link)


@router.head("/photos/{photo_id}/content", response_class=Jpeg, responses=WHOLE_OR_NOT | problems(NotFound))
def head_photo_content(picture: ThePicture, wish: TheWanted) -> Response:
    """How large the picture is, and its tag."""
    return described(picture, wish)


@router.get("/lesions/{lesion_id}/photos", responses=problems(NotFound, CursorInvalid))
def list_lesion_photos(
    patient_id: UUID, lesion_id: UUID, paged: Paged, actor: CurrentActor, session: ReadSession, language: Reader
) -> SeriesPage:
    """The photos of a lesion in order of capture: what was measured then, and which show baseline, nadir and latest."""
    found = photos.list_series(session, actor, patient_id, lesion_id, paged.window, language)
    return paged.page(SeriesPage, found)
