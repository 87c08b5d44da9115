"""Files of uploads that arrive in pieces. The file's own length is how much is there; its lock says who writes.

The kernel lets go of the lock when the writer ends, in whatever way. All processes that serve uploads need the same
directory, on one host or on a file system that keeps locks (docs/photos.md).
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from domain.errors import UploadLocked
from infra import files
from infra.settings import make_private

_PIECE_BYTES = 1024 * 1024


@contextmanager
def _on_disk() -> Iterator[None]:
    """What the disk refuses is told as an error of ours."""
    try:
        yield
    except OSError as error:
        raise files.meaning(error) from error


class Parts:
    """The directory of unfinished uploads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def size(self, upload_id: UUID) -> int:
        """How many bytes of an upload are on disk."""
        try:
            descriptor = os.open(self._path(upload_id), os.O_RDONLY)
        except FileNotFoundError:
            return 0
        try:
            os.fsync(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    @contextmanager
    def open(self, upload_id: UUID) -> Iterator["Part"]:
        """The file of an upload, for one writer at a time.

        Raises:
            UploadLocked: somebody else is writing.
        """
        part = self.lock(upload_id)
        try:
            yield part
        finally:
            part.close()

    @_on_disk()
    def lock(self, upload_id: UUID) -> "Part":
        """The file of an upload; it must be closed.

        Raises:
            UploadLocked: somebody else is writing.
            StorageFull, StorageUnavailable: there was none, and it cannot be made.
        """
        path = self._path(upload_id)
        make_private(self._directory)
        made = not path.exists()
        file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)  # noqa: PTH123, SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise UploadLocked from None
        if made:
            files.sync_directory(self._directory)
        return Part(file)

    def remove(self, upload_id: UUID) -> None:
        """Remove the file of an upload; one that is not there is fine."""
        self._path(upload_id).unlink(missing_ok=True)

    def older_than(self, instant: float) -> list[UUID]:
        """Uploads whose files were last written before an instant (seconds since 1970)."""
        found = []
        for path in self._directory.glob("*.part"):
            with suppress(FileNotFoundError, ValueError):
                if path.stat().st_mtime < instant:
                    found.append(UUID(path.stem))
        return found

    def _path(self, upload_id: UUID) -> Path:
        return self._directory / f"{upload_id}.part"


class Part:
    """The bytes of an upload that are there, held by one writer."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size

    @_on_disk()
    def append(self, content: bytes) -> None:
        """Write more at the end.

        Raises:
            StorageFull, StorageUnavailable: the disk took no more; what fitted is there.
        """
        view = memoryview(content)
        self._file.seek(self.size)
        while view:
            written = self._file.write(view) or 0
            self.size += written
            view = view[written:]

    @_on_disk()
    def cut(self, size: int) -> None:
        """Forget all beyond a size."""
        if size < self.size:
            self._file.truncate(size)
            self.size = size

    @_on_disk()
    def keep(self) -> None:
        """Wait until all is on disk.

        Raises:
            StorageFull, StorageUnavailable: it is not.
        """
        os.fsync(self._file.fileno())

    def digest(self, algorithm: str, first: int = 0) -> bytes:
        """The digest of what is there, from a byte on."""
        made = hashlib.new(algorithm, usedforsecurity=False)
        self._file.seek(first)
        while piece := self._file.read(_PIECE_BYTES):
            made.update(piece)
        return made.digest()

    def reader(self) -> BinaryIO:
        """The whole, from its beginning."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Let go of it."""
        self._file.close()
