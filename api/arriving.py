"""A piece of an upload while it arrives: written as it comes, acknowledged once it is on disk."""

import base64
import binascii
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Self

from anyio import CancelScope, fail_after
from fastapi import Depends, Header, Request
from starlette.requests import ClientDisconnect

from api.darkroom import work, write
from api.desk import Desk
from domain.errors import (
    BodyTooLarge,
    BodyTooSlow,
    ChecksumAlgorithmUnknown,
    ChecksumMismatch,
    DermatrendError,
    OffsetConflict,
    OutOfSpace,
    Unavailable,
)
from infra.parts import Part
from services.uploads import UploadState

STALLS_AFTER_S = 10
"""A phone that is silent for so long has lost its connection: whoever comes next may write."""
_WRITE_BYTES = 1024 * 1024
_ALGORITHMS = frozenset({"sha256", "sha1", "md5"})


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a piece must be like."""

    algorithm: str
    digest: bytes

    @classmethod
    def read(cls, sent: str) -> Self:
        """The checksum of a header.

        Raises:
            ChecksumAlgorithmUnknown: not one of ours.
            ChecksumMismatch: its digest is none.
        """
        algorithm, _, digest = sent.partition(" ")
        if algorithm not in _ALGORITHMS:
            raise ChecksumAlgorithmUnknown
        try:
            return cls(algorithm, base64.b64decode(digest, validate=True))
        except binascii.Error:
            raise ChecksumMismatch from None


def checksum(
    sent: Annotated[
        str | None,
        Header(
            alias="Upload-Checksum",
            pattern="^[a-z0-9-]{1,20} [A-Za-z0-9+/=]{1,200}$",
            description="Algorithm (sha256, sha1, md5) and digest of this piece in base64.",
        ),
    ] = None,
) -> Checksum | None:
    """What a piece must be like."""
    return None if sent is None else Checksum.read(sent)


TheChecksum = Annotated[Checksum | None, Depends(checksum)]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that are being sent, and where they belong."""

    request: Request
    offset: int
    checksum: Checksum | None

    def is_empty(self) -> bool:
        """Whether nothing is sent."""
        return self.declared() == 0

    def declared(self) -> int | None:
        """How many bytes are announced; None if that is not told."""
        if "transfer-encoding" in self.request.headers:
            return None
        return int(self.request.headers.get("content-length", "0"))

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes in portions to write, until they end or the phone falls silent."""
        source = aiter(self.request.stream())
        waiting = bytearray()
        try:
            while True:
                with fail_after(STALLS_AFTER_S):
                    more = await anext(source, None)
                if more is None:
                    break
                waiting += more
                if len(waiting) >= _WRITE_BYTES:
                    yield bytes(waiting)
                    waiting.clear()
        except (ClientDisconnect, TimeoutError, BodyTooSlow):
            if self.checksum:
                raise ChecksumMismatch from None  # nobody knows what the rest would have been
        if waiting:
            yield bytes(waiting)


async def arrive(desk: Desk, upload: UploadState, piece: Piece) -> UploadState:
    """Write a piece of an upload, and make the photo once all is there.

    A piece that is refused leaves the upload as it was. One that breaks off, or whose photo cannot be made now, is
    kept as far as it came.

    Raises:
        UploadLocked: another request is writing.
        OffsetConflict: the upload is at another offset.
        BodyTooLarge: more is sent than was announced for the whole.
        ChecksumMismatch: the piece is damaged.
        DermatrendError: the whole is no photo, as `services.photos.receive` says.
    """
    if upload.photo_id:
        return _repeated(upload, piece)
    part = await write(desk.parts.lock, upload.id)
    try:
        # Now that nobody else writes: another request may have made the photo in the meantime.
        upload = await work(desk.find, upload.id, to_write=True)
        if upload.photo_id:
            return _repeated(upload, piece)
        before = upload.offset(part.size)
        if piece.offset != before:
            raise OffsetConflict
        await write(part.cut, before)
        try:
            await _take(part, piece, upload.length)
            if part.size < upload.length:
                return upload
            return await work(desk.finish, upload, part)
        except DermatrendError as refusal:
            if not isinstance(refusal, Unavailable | OutOfSpace):
                await write(part.cut, before)
            raise
    finally:
        with CancelScope(shield=True):
            await write(part.close)


def _repeated(upload: UploadState, piece: Piece) -> UploadState:
    """The answer to the last piece was lost: what follows the end is nothing."""
    if piece.offset != upload.length:
        raise OffsetConflict
    return upload


async def _take(part: Part, piece: Piece, length: int) -> None:
    first = part.size
    if (piece.declared() or 0) > length - first:
        raise BodyTooLarge
    try:
        async for portion in piece.content():
            if part.size + len(portion) > length:
                raise BodyTooLarge
            await write(part.append, portion)
        if piece.checksum:
            found = await write(part.digest, piece.checksum.algorithm, first)
            if not hmac.compare_digest(found, piece.checksum.digest):
                raise ChecksumMismatch
    except OutOfSpace:
        if piece.checksum:
            await write(part.cut, first)  # what fitted of the piece cannot be checked
        raise
    finally:
        with CancelScope(shield=True):
            await write(part.keep)
