"""Backups: the whole installation in one directory, and back again as a new generation.

The secret key is not in it: whoever finds a backup must not be able to sign in as anybody (docs/decisions/0015).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from domain.errors import NotMigrated
from infra import archives, dumps, migrations, version
from infra.archives import ArchiveRefused, Manifest
from infra.db import Database
from infra.progress import Progress
from infra.storage import Storage, digest_in
from services import installation, photos


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds, and what the installation itself lacked."""

    manifest: Manifest
    wrong_blobs: list[str]
    """Photo files that are missing or damaged in the installation, by their keys."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has brought back."""

    generation: UUID
    made_at: datetime
    rows: dict[str, int]
    blobs: int
    bytes: int


def make(
    database: Database, storage: Storage, place: Path, *, programs: Path | None, now: datetime, progress: Progress
) -> Made:
    """Copy the whole installation into a new directory, as it is at one moment, while it goes on working.

    Raises:
        ArchiveRefused: it cannot be done, and why; nothing is left of it.
        NotMigrated: there is no installation in this database.
    """
    with archives.new_archive(place) as archive:
        with database.reader() as session:
            database.take_time(session)
            revision = migrations.revision_of(session.connection())
            if revision is None:
                raise NotMigrated
            generation = installation.generation(session)
            rows = dumps.rows(session.connection())
            # Photos of an older schema are copied as well; that none is missing is then not known.
            expected = {one.key for one in photos.expected_blobs(session)} if revision == migrations.head() else set()
            file = archive / dumps.name_of(database)
            dumps.save(database, session.connection(), file, programs, progress)
        # After the database: every blob that a row of it names was there before, and is only gone if deleted since.
        wrong = _save_blobs(storage, archive / archives.BLOBS, expected, progress)
        manifest = Manifest(
            made_at=now,
            software_version=version.SOFTWARE,
            schema_revision=revision,
            generation=generation,
            database="sqlite" if database.is_sqlite else "postgresql",
            rows=rows,
            files=archives.describe(archive, progress),
        )
        archives.seal(archive, manifest)
    return Made(manifest, wrong)


def _save_blobs(storage: Storage, folder: Path, expected: set[str], progress: Progress) -> list[str]:
    found = sorted(blob.key for blob in storage.blobs())
    damaged, copied = [], set()
    for number, key in enumerate(found, start=1):
        try:
            content = storage.read(key)
        except FileNotFoundError:
            continue  # deleted since it was listed
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        copied.add(key)
        if key in expected and hashlib.sha256(content).hexdigest() != digest_in(key):
            damaged.append(key)
        progress("photo files copied", number, len(found))
    return sorted([*damaged, *(expected - copied)])


def restore(
    database: Database, storage: Storage, place: Path, *, programs: Path | None, progress: Progress
) -> Restored:
    """Bring back a backup where there is nothing yet, in a new generation, at the newest schema.

    Raises:
        ArchiveRefused: it cannot be done, and why; no database is left that a server would take for an installation.
    """
    manifest = archives.opened(place)
    kind = "sqlite" if database.is_sqlite else "postgresql"
    if manifest.database != kind:
        message = f"This is a backup of {manifest.database}; the database that is set is {kind}."
        raise ArchiveRefused(message)
    if not migrations.is_known(manifest.schema_revision):
        message = f"This backup needs a newer version of the software: its schema is {manifest.schema_revision}."
        raise ArchiveRefused(message)
    if not dumps.is_empty(database):
        message = "There is a database already; a restore never replaces anything."
        raise ArchiveRefused(message)
    archives.check(place, manifest, progress)
    keys = sorted(file.path.removeprefix(f"{archives.BLOBS}/") for file in manifest.files if "/" in file.path)
    _load_blobs(storage, place / archives.BLOBS, keys, progress)
    file = place / dumps.name_of(database)
    if database.is_sqlite:
        with dumps.staged_sqlite(database, file) as staged:
            generation = _found_anew(staged, manifest)
    else:
        dumps.load_postgresql(database, file, programs, progress)
        generation = _found_anew(database, manifest)
    return Restored(generation, manifest.made_at, manifest.rows, len(keys), sum(file.bytes for file in manifest.files))


def _found_anew(database: Database, manifest: Manifest) -> UUID:
    with database.transaction() as session:
        database.take_time(session)
        if migrations.revision_of(session.connection()) is None:
            dumps.mark(session.connection(), manifest.schema_revision)
        _check_rows(session, manifest)
        generation = installation.renew(session)
    migrations.upgrade(database)
    return generation


def _check_rows(session: Session, manifest: Manifest) -> None:
    found = dumps.rows(session.connection())
    if found != manifest.rows:
        wrong = sorted(name for name in found.keys() | manifest.rows if found.get(name) != manifest.rows.get(name))
        message = f"The restored database is not that of the backup: {', '.join(wrong)} has another number of rows."
        raise ArchiveRefused(message)


def _load_blobs(storage: Storage, folder: Path, keys: list[str], progress: Progress) -> None:
    if {blob.key for blob in storage.blobs()} - set(keys):
        message = "There are photos already that are not in the backup; a restore never replaces anything."
        raise ArchiveRefused(message)
    for number, key in enumerate(keys, start=1):
        storage.write(key, (folder / key).read_bytes())
        progress("photo files restored", number, len(keys))
