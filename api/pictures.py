"""Answering a picture: whole or in part, again only if it is another, by ourselves or by a link."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from api.darkroom import TheDarkroom, work
from api.deps import CurrentActor
from domain.errors import RangeNotSatisfiable, StorageUnavailable
from domain.photos import PhotoSize
from infra.storage import MEDIA_TYPE, BlobMissing, Storage
from services import photos
from services.photos import Picture

_HEADERS = ("ETag", "Cache-Control", "Accept-Ranges", "Content-Length")
_BODY = {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}


def _declared(description: str, *more: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {name: {"schema": {"type": "string"}} for name in (*_HEADERS, *more)},
    }


WHOLE_OR_NOT: dict[int | str, dict[str, Any]] = {
    200: {**_declared("The picture."), **_BODY},
    304: _declared("What you have is still true."),
}
PICTURE = {
    **WHOLE_OR_NOT,
    206: {**_declared("The part that was asked for.", "Content-Range"), **_BODY},
    307: {
        "description": "The picture is at this link for a minute.",
        "headers": {"Location": {"schema": {"type": "string"}}},
    },
}


class Jpeg(Response):
    """A picture, or what is said of it."""

    media_type = MEDIA_TYPE


def asked_for(
    patient_id: UUID,
    photo_id: UUID,
    actor: CurrentActor,
    darkroom: TheDarkroom,
    size: Annotated[
        PhotoSize, Query(description="Longest side: `thumb` 256, `display` 1280 pixels, `full` as it was taken.")
    ] = PhotoSize.DISPLAY,
) -> Picture:
    """The picture that a request names, if the caller may see it."""
    with darkroom.look() as session:
        return photos.picture(session, actor, patient_id, photo_id, size)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a picture is asked for, and what the caller has."""

    if_none_match: str | None
    byte_range: str | None
    if_range: str | None

    def has(self, tag: str) -> bool:
        """Whether the caller has it already."""
        tags = {one.strip().removeprefix("W/") for one in (self.if_none_match or "").split(",")}
        return tag in tags or "*" in tags

    def part(self, tag: str, size: int) -> tuple[int, int] | None:
        """First byte and length of the part; None for the whole.

        Raises:
            RangeNotSatisfiable: the picture has no such part.
        """
        asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", (self.byte_range or "").replace(" ", ""))
        if asked is None or asked[1] == asked[2] == "" or self.if_range not in (None, tag):
            return None  # what is not understood is ignored (RFC 9110, 14.2), several parts at once too
        if asked[1] == "":
            first, last = max(0, size - int(asked[2])), size - 1
        else:
            first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
            if asked[2] and int(asked[2]) < first:
                return None
        if first > last:
            raise RangeNotSatisfiable(size)
        return first, last - first + 1


def wanted(
    if_none_match: Annotated[str | None, Header(alias="If-None-Match", description="`ETag` of what you have.")] = None,
    byte_range: Annotated[str | None, Header(alias="Range", examples=["bytes=0-65535"])] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", description="`ETag` of what you have a part of.")] = None,
) -> Wanted:
    """What a request says about part and cache."""
    return Wanted(if_none_match, byte_range, if_range)


ThePicture = Annotated[Picture, Depends(asked_for)]
TheWanted = Annotated[Wanted, Depends(wanted)]


def headers(picture: Picture) -> Mapping[str, str]:
    """What goes with every picture: it is one patient's, and nothing in it is ever run."""
    return {
        "ETag": f'"{picture.sha256}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-site",
        "X-Content-Type-Options": "nosniff",
    }


def described(picture: Picture, wish: Wanted) -> Response:
    """The answer to HEAD."""
    with_all = {**headers(picture), "Content-Length": str(picture.size)}
    return Response(status_code=304, headers=headers(picture)) if wish.has(with_all["ETag"]) else Jpeg(headers=with_all)


async def shown(picture: Picture, wish: Wanted, storage: Storage, *, by_link: bool) -> Response:
    """The answer to GET.

    Raises:
        RangeNotSatisfiable: the picture has no such part.
        StorageUnavailable: it cannot be fetched now.
    """
    said = dict(headers(picture))
    if wish.has(said["ETag"]):
        return Response(status_code=304, headers=said)
    link = await work(storage.link, picture.key) if by_link else None
    if link:
        return RedirectResponse(link, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    part = wish.part(said["ETag"], picture.size)
    first, length = part or (0, picture.size)
    try:
        content = await storage.stream(picture.key, first, length)
    except BlobMissing:
        raise StorageUnavailable from None
    said["Content-Length"] = str(length)
    if part:
        said["Content-Range"] = f"bytes {first}-{first + length - 1}/{picture.size}"
    return StreamingResponse(content, 206 if part else 200, said, media_type=MEDIA_TYPE)
