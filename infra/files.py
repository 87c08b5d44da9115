"""Files that are there whole after a power cut, or not at all."""

import errno
import os
import secrets
from pathlib import Path

from domain.errors import StorageFull, StorageUnavailable
from infra.settings import make_private

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def meaning(error: OSError) -> StorageFull | StorageUnavailable:
    """What it means for a caller that the disk refused something."""
    return StorageFull() if error.errno in _NO_ROOM else StorageUnavailable()


def write_durably(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, after a power cut too, or not at all.

    obstore's own way of writing a local file does not wait for the disk.
    """
    made = _make_directories(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    for directory in {path.parent, *made}:
        sync_directory(directory)


def _make_directories(directory: Path) -> list[Path]:
    """Make a directory and what is missing above it; the directories that got a new one."""
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    make_private(directory)
    return [one.parent for one in missing]


def sync_directory(directory: Path) -> None:
    """Wait until the names in a directory are on disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
