"""Where photos are kept: a directory, or any S3. A blob is durable when `write` returns, and never changes.

A key is made of the patient, the SHA-256 of the content and a random part, so that every blob can be verified by
itself and no key is ever used twice (docs/decisions/0018). Everything that is stored passes `write` and `read`: the
place where a key per patient would encrypt.
"""

import re
import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import obstore
import structlog
from anyio import fail_after
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from domain.errors import StorageFull, StorageUnavailable
from infra import files
from infra.settings import Settings, make_private

log = structlog.get_logger(__name__)

T = TypeVar("T")

MEDIA_TYPE = "image/jpeg"
PREFIX = "patients/"
LINK_LIFETIME = timedelta(seconds=60)
PIECE_BYTES = 256 * 1024
FAILS_FAST_S = 2.0
"""After a failure nobody waits for the store for so long: else all would wait for a store that is frozen."""
_CONNECT_WITHIN_S = 3
_KEY = re.compile(r"patients/[0-9a-f-]{36}/([0-9a-f]{64})-[0-9a-f]{16}\.jpg")
_BEGUN = re.compile(r"patients/[0-9a-f-]{36}/\.[0-9a-f]{64}-[0-9a-f]{16}\.jpg\.[0-9a-f]{8}")
"""What is left in a directory of a blob whose writing was cut off (`infra/files.py`)."""
_FULL = re.compile(r"status code: 507\b|<Code>\w*(?:StorageFull|QuotaExceeded)</Code>")
"""What MinIO and Ceph answer when there is no room. SeaweedFS answers 500, as to any trouble."""


class BlobMissing(FileNotFoundError):
    """There is no blob under this key."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What is known of a blob without reading it."""

    key: str
    size: int
    sha256: str | None
    """What the key says; None if the key is not one of ours."""
    changed_at: datetime

    def is_ours(self) -> bool:
        """Whether it is a picture that was stored here, or the beginning of one: others may share the bucket."""
        return self.sha256 is not None or _BEGUN.fullmatch(self.key) is not None


def new_key(patient_id: UUID, sha256: str) -> str:
    """A key for content of this digest that nothing else has."""
    return f"{PREFIX}{patient_id}/{sha256}-{secrets.token_hex(8)}.jpg"


def digest_in(key: str) -> str | None:
    """The digest that a key names."""
    found = _KEY.fullmatch(key)
    return found and found[1]


class Storage:
    """Blobs by key. All calls but `stream` block for as long as the store takes, at most its timeout."""

    def __init__(
        self, open_store: Callable[[], LocalStore | S3Store], *, directory: Path | None, timeout_s: float
    ) -> None:
        self._open_store = open_store
        self._directory = directory
        self._timeout_s = timeout_s
        self._fails_until = 0.0

    @cached_property
    def _store(self) -> LocalStore | S3Store:
        # Opened when it is first used: who only asks what this server is leaves no directory behind.
        return self._open_store()

    def write(self, key: str, content: bytes) -> None:
        """Store a blob; it is durable when this returns.

        Raises:
            StorageUnavailable: it may or may not be stored.
            StorageFull: it is not stored.
        """
        if self._directory is not None:
            self._attempt(lambda: files.write_durably(self._path(key), content))
        else:
            attributes = {"Content-Type": MEDIA_TYPE}
            self._attempt(lambda: obstore.put(self._store, key, content, attributes=attributes, use_multipart=False))

    def read(self, key: str) -> bytes:
        """A whole blob.

        Raises:
            BlobMissing: there is none.
            StorageUnavailable: it cannot be read now.
        """
        return self._attempt(lambda: bytes(obstore.get(self._store, key).bytes()))

    async def stream(self, key: str, first: int, length: int) -> AsyncIterator[bytes]:
        """A part of a blob, piece by piece; the store has answered when this returns.

        Raises:
            BlobMissing: there is none.
            StorageUnavailable: it cannot be read now.
        """
        self._check_open()
        try:
            with fail_after(self._timeout_s):
                found = await obstore.get_async(self._store, key, options={"range": (first, first + length)})
        except FileNotFoundError:
            raise BlobMissing(key) from None
        except (BaseError, OSError, TimeoutError) as error:
            raise self._failed(error) from error
        return self._pieces(found.stream(min_chunk_size=PIECE_BYTES))

    async def _pieces(self, source: AsyncIterable[Any]) -> AsyncIterator[bytes]:
        # A store that stalls half-way cannot be told by a status any more: the connection is cut.
        pieces = aiter(source)
        while True:
            with fail_after(self._timeout_s):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield bytes(piece)

    def link(self, key: str) -> str | None:
        """A link that shows the blob for a minute to whoever has it; None where the store has no links."""
        if self._directory is not None or isinstance(self._store, LocalStore):
            return None
        store = self._store
        return self._attempt(lambda: obstore.sign(store, "GET", key, LINK_LIFETIME))

    def delete(self, key: str) -> None:
        """Remove a blob; one that is not there is fine.

        Raises:
            StorageUnavailable: it may or may not be there.
        """
        with suppress(BlobMissing):
            self._attempt(lambda: obstore.delete(self._store, key))

    def blobs(self, prefix: str = PREFIX) -> Iterator[Blob]:
        """All blobs whose keys begin with a prefix, in any order.

        Raises:
            StorageUnavailable: the list is not complete.
        """
        listing = iter(self._attempt(lambda: obstore.list(self._store, prefix, chunk_size=1000)))
        while chunk := self._attempt(lambda: next(listing, None)):
            for found in chunk:
                key = str(found["path"])
                yield Blob(key, found["size"], digest_in(key), found["last_modified"])

    def _path(self, key: str) -> Path:
        if self._directory is None or digest_in(key) is None:
            message = "This key names no file."
            raise ValueError(message)
        return self._directory / key

    def _attempt(self, step: Callable[[], T]) -> T:
        self._check_open()
        try:
            return step()
        except FileNotFoundError:
            raise BlobMissing from None
        except (BaseError, OSError, TimeoutError) as error:
            raise self._failed(error) from error

    def _check_open(self) -> None:
        if time.monotonic() < self._fails_until:
            raise StorageUnavailable

    def _failed(self, error: Exception) -> StorageFull | StorageUnavailable:
        # Its text names keys, and with them patients: only its kind is logged.
        log.warning("storage error", error=type(error).__name__)
        meant = files.meaning(error) if isinstance(error, OSError) else _meaning(error)
        if isinstance(meant, StorageUnavailable):
            self._fails_until = time.monotonic() + FAILS_FAST_S
        return meant


def _meaning(error: Exception) -> StorageFull | StorageUnavailable:
    return StorageFull() if _FULL.search(str(error)) else StorageUnavailable()


def _open_directory(directory: Path) -> LocalStore:
    make_private(directory)
    return LocalStore(directory)


def open_storage(settings: Settings) -> Storage:
    """The store as set; a directory is made, a bucket must be there."""
    timeout_s = settings.storage_timeout_seconds
    if settings.storage_url is None or not settings.storage_url.startswith("s3://"):
        directory = settings.blob_dir()
        return Storage(partial(_open_directory, directory), directory=directory, timeout_s=timeout_s)
    bucket, _, prefix = settings.storage_url.removeprefix("s3://").partition("/")
    endpoint = settings.storage_endpoint
    open_bucket = partial(
        S3Store,
        bucket,
        prefix=prefix or None,
        config={"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else None,
        client_options={
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
            "connect_timeout": timedelta(seconds=min(_CONNECT_WITHIN_S, timeout_s)),
            "timeout": timedelta(seconds=timeout_s),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=timeout_s)},
    )
    return Storage(open_bucket, directory=None, timeout_s=timeout_s)
