"""A backup as a directory: written whole or not at all, with a manifest that has the SHA-256 of every file in it."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from infra.files import sync_directory as sync
from infra.progress import Progress

MANIFEST = "manifest.json"
BLOBS = "blobs"
_PIECE_BYTES = 1 << 20


class ArchiveRefused(Exception):
    """This backup or restore is not made; the message is one sentence for the operator."""


class File(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What a backup is of, and every file in it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: Literal[1] = 1
    made_at: datetime
    software_version: str
    schema_revision: str
    generation: UUID
    database: Literal["sqlite", "postgresql"]
    rows: dict[str, int]
    """How many rows each table has."""
    files: list[File]


@contextmanager
def new_archive(place: Path) -> Iterator[Path]:
    """A directory to fill, which gets its name when all of it is on disk.

    Raises:
        ArchiveRefused: there is something of this name.
    """
    _refuse_existing(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}.{secrets.token_hex(4)}.unfinished")
    unfinished.mkdir(mode=0o700)
    try:
        yield unfinished
        for folder, _, names in os.walk(unfinished):
            for name in names:
                sync(Path(folder) / name)
            sync(Path(folder))
        _refuse_existing(place)
        unfinished.rename(place)
        sync(place.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _refuse_existing(place: Path) -> None:
    if place.exists() or place.is_symlink():
        message = f"{place} exists already; a backup never replaces anything."
        raise ArchiveRefused(message)


def describe(archive: Path, progress: Progress) -> list[File]:
    """Every file in a backup, as the manifest names it."""
    found = sorted(path for path in archive.rglob("*") if path.is_file())
    total, done = sum(path.stat().st_size for path in found), 0
    files = []
    for path in found:
        digest = _digest(path)
        files.append(File(path=path.relative_to(archive).as_posix(), bytes=path.stat().st_size, sha256=digest))
        done += files[-1].bytes
        progress("bytes digested", done, total)
    return files


def seal(archive: Path, manifest: Manifest) -> None:
    """Put the manifest into a backup."""
    (archive / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def opened(archive: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        ArchiveRefused: this is no backup, or one of a format that is not known here.
    """
    try:
        manifest = Manifest.model_validate_json((archive / MANIFEST).read_bytes())
    except OSError:
        message = f"{archive} is no backup: it has no {MANIFEST} that can be read."
        raise ArchiveRefused(message) from None
    except ValidationError:
        message = f"{archive / MANIFEST} is damaged, or of a newer version of this software."
        raise ArchiveRefused(message) from None
    for file in manifest.files:
        inside = PurePosixPath(file.path)
        if inside.is_absolute() or ".." in inside.parts:
            message = f"{archive / MANIFEST} names a file outside the backup."
            raise ArchiveRefused(message)
    return manifest


def check(archive: Path, manifest: Manifest, progress: Progress) -> None:
    """Read every file of a backup and compare it with the manifest.

    Raises:
        ArchiveRefused: a file is missing, damaged, or too many.
    """
    total, done = sum(file.bytes for file in manifest.files), 0
    for file in manifest.files:
        path = archive / file.path
        if not path.is_file():
            message = f"{file.path} is missing from the backup."
            raise ArchiveRefused(message)
        if path.stat().st_size != file.bytes or _digest(path) != file.sha256:
            message = f"{file.path} is damaged: its size or SHA-256 is not that of the manifest."
            raise ArchiveRefused(message)
        done += file.bytes
        progress("bytes verified", done, total)
    known = {file.path for file in manifest.files} | {MANIFEST}
    strange = [
        path for path in archive.rglob("*") if path.is_file() and path.relative_to(archive).as_posix() not in known
    ]
    if strange:
        message = f"{strange[0].relative_to(archive)} is not in the manifest of the backup."
        raise ArchiveRefused(message)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
