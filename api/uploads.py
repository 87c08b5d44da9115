"""Resumable uploads (tus 1.0.0: creation, creation-with-upload, termination, expiration, checksum)."""

from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from starlette.background import BackgroundTask

from api.arriving import Piece, TheChecksum, arrive
from api.darkroom import work, write
from api.deps import Configured
from api.desk import TheDesk
from api.photos import NOT_TAKEN
from api.problems import problems
from api.routing import PIECES, TUS_VERSION
from api.routing import router as operations
from domain.errors import (
    ChecksumAlgorithmUnknown,
    ChecksumMismatch,
    NotFound,
    OffsetConflict,
    TooManyUploads,
    TusVersionUnknown,
    UploadLocked,
)
from services.uploads import UploadState, UploadTerms

EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
_NUMBER = "^[0-9]{1,12}$"


def speaks_tus(
    request: Request,
    tus_resumable: Annotated[str | None, Header(alias="Tus-Resumable", description="`1.0.0`.")] = None,
) -> None:
    """Every request but OPTIONS names the version, and every answer does.

    Raises:
        TusVersionUnknown: it names another, or none.
    """
    if tus_resumable != TUS_VERSION and request.method != "OPTIONS":
        raise TusVersionUnknown


router = operations("/v1/patients/{patient_id}/uploads", "uploads")
router.dependencies.append(Depends(speaks_tus))

Length = Annotated[str, Header(alias="Upload-Length", pattern=_NUMBER, description="Of the whole file, in bytes.")]
Offset = Annotated[str, Header(alias="Upload-Offset", pattern=_NUMBER, description="Where this piece begins.")]
Metadata = Annotated[
    str,
    Header(
        alias="Upload-Metadata",
        description="The fields of `PhotoCreate` without `file`: names with values in base64, between commas.",
        examples=["id MDE5OWQxYzQtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAz,time_zone RXVyb3BlL0Jlcmxpbg=="],
    ),
]


BODY = {"content": {PIECES: {"schema": {"type": "string", "format": "binary"}}}}


def _answers(status: int, *names: str) -> dict[int | str, dict[str, Any]]:
    return {status: {"headers": {name: {"schema": {"type": "string"}} for name in ("Tus-Resumable", *names)}}}


@router.options(
    "",
    status_code=204,
    responses=_answers(204, "Tus-Version", "Tus-Extension", "Tus-Max-Size") | problems(NotFound, TusVersionUnknown),
)
def describe_uploads(desk: TheDesk, settings: Configured) -> Response:
    """What this server knows of tus."""
    desk.check()
    said = {
        "Tus-Version": TUS_VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(settings.photo_bytes),
        "Tus-Checksum-Algorithm": "sha256,sha1,md5",
    }
    return Response(status_code=204, headers=said)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses=_answers(201, "Location", "Upload-Offset", "Upload-Expires", "Photo-Id")
    | problems(*NOT_TAKEN, TusVersionUnknown, UploadLocked, TooManyUploads, ChecksumMismatch, ChecksumAlgorithmUnknown),
    openapi_extra={"requestBody": {**BODY, "required": False}},
)
async def create_upload(
    request: Request, length: Length, metadata: Metadata, expected: TheChecksum, desk: TheDesk, settings: Configured
) -> Response:
    """Begin an upload; its address is in `Location`. The first bytes may come along."""
    terms = UploadTerms(settings.photo_bytes, settings.upload_lifetime())
    upload = await work(desk.create, int(length), metadata, terms)
    piece = Piece(request, 0, expected)
    if not piece.is_empty():
        upload = await arrive(desk, upload, piece)
    return await _answer(desk, upload, 201, Location=f"/v1/patients/{desk.patient_id}/uploads/{upload.id}")


@router.head(
    "/{upload_id}",
    response_class=Response,
    responses=_answers(200, "Upload-Offset", "Upload-Length", "Upload-Expires", "Upload-Metadata", "Photo-Id")
    | problems(NotFound, TusVersionUnknown),
)
async def head_upload(upload_id: UUID, desk: TheDesk) -> Response:
    """How much of an upload has arrived for good."""
    upload = await work(desk.find, upload_id)
    said = {"Upload-Length": str(upload.length), "Upload-Metadata": upload.sent_metadata}
    return await _answer(desk, upload, 200, **said)


@router.patch(
    "/{upload_id}",
    status_code=204,
    responses=_answers(204, "Upload-Offset", "Upload-Expires", "Photo-Id")
    | problems(*NOT_TAKEN, TusVersionUnknown, OffsetConflict, UploadLocked, ChecksumMismatch, ChecksumAlgorithmUnknown),
    openapi_extra={"requestBody": {**BODY, "required": True}},
)
async def continue_upload(
    upload_id: UUID, request: Request, offset: Offset, expected: TheChecksum, desk: TheDesk
) -> Response:
    """Send the next piece. With the last one the photo is made, and the answer names it in `Photo-Id`."""
    upload = await work(desk.find, upload_id, to_write=True)
    upload = await arrive(desk, upload, Piece(request, int(offset), expected))
    return await _answer(desk, upload, 204)


@router.delete(
    "/{upload_id}", status_code=204, responses=_answers(204) | problems(NotFound, UploadLocked, TusVersionUnknown)
)
async def end_upload(upload_id: UUID, desk: TheDesk) -> None:
    """Give up an upload. The photo that it has become stays."""
    await work(desk.end, upload_id)


async def _answer(desk: TheDesk, upload: UploadState, status: int, **more: str) -> Response:
    on_disk = 0 if upload.photo_id else await write(desk.parts.size, upload.id)
    said = {
        "Upload-Offset": str(upload.offset(on_disk)),
        "Upload-Expires": format_datetime(upload.expires_at, usegmt=True),
        "Cache-Control": "no-store",
        **more,
    }
    if upload.photo_id is None:
        return Response(status_code=status, headers=said)
    said["Photo-Id"] = str(upload.photo_id)
    return Response(status_code=status, headers=said, background=BackgroundTask(write, desk.parts.remove, upload.id))
