"""Blobs as files of a directory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.archives import put_on_disk
from infra.settings import make_private


@dataclass(frozen=True, slots=True)
class FolderBlob:
    """What is known of a blob without reading it."""

    key: str
    size: int


class Folder:
    """A directory that keeps blobs."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def blobs(self) -> Iterator[FolderBlob]:
        """All of them, in any order."""
        for path in self._directory.rglob("*"):
            if path.is_file() and not path.name.startswith("."):
                yield FolderBlob(path.relative_to(self._directory).as_posix(), path.stat().st_size)

    def read(self, key: str) -> bytes:
        """One of them; FileNotFoundError if it is gone."""
        return (self._directory / key).read_bytes()

    def write(self, key: str, content: bytes) -> None:
        """Store one; it is on disk when this returns."""
        file = self._directory / key
        make_private(file.parent)
        unfinished = file.with_name(f".{file.name}.unfinished")
        unfinished.write_bytes(content)
        put_on_disk(unfinished)
        unfinished.replace(file)
        put_on_disk(file.parent)
