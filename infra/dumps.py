"""A database as one file, and back: SQLite's online backup, PostgreSQL's own programs."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL

from infra.archives import ArchiveRefused
from infra.db import Database
from infra.files import sync_directory as sync
from infra.progress import Progress
from infra.settings import make_private

_PAGES_AT_ONCE = 1024
_PIECE_BYTES = 1 << 20
_LOOKS_EVERY_S = 0.2
_SCHEMA_MARK = " TABLE DATA public alembic_version "


def name_of(database: Database) -> str:
    """The file of a database in a backup."""
    return "database.sqlite3" if database.is_sqlite else "database.dump"


def save(database: Database, connection: Connection, file: Path, programs: Path | None, progress: Progress) -> None:
    """Write what a connection's open transaction sees, while others go on writing.

    Raises:
        ArchiveRefused: it cannot be done, and why.
    """
    if database.is_sqlite:
        _save_sqlite(connection, file, progress)
        return
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    parts = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"]
    with _running(programs, "pg_dump", parts, database.url) as pg_dump:
        while pg_dump.poll() is None:
            progress("bytes of the database written", file.stat().st_size if file.exists() else 0, None)
            time.sleep(_LOOKS_EVERY_S)
    size = file.stat().st_size
    progress("bytes of the database written", size, size)


def _save_sqlite(connection: Connection, file: Path, progress: Progress) -> None:
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)  # noqa: S101  for the type checker: we made it
    page_bytes: int = source.execute("PRAGMA page_size").fetchone()[0]

    def tell(_status: int, remaining: int, total: int) -> None:
        progress("bytes of the database written", (total - remaining) * page_bytes, total * page_bytes)

    file.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as copy:
        # The reader's transaction is open: what others commit meanwhile neither appears in the copy nor restarts it.
        source.backup(copy, pages=_PAGES_AT_ONCE, progress=tell)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            message = f"The database is damaged: {found}"
            raise ArchiveRefused(message)


@contextmanager
def staged_sqlite(database: Database, file: Path) -> Iterator[Database]:
    """A copy of a backup's SQLite database to work on, which gets the name of the database when all went well."""
    place = Path(str(database.url.database))
    make_private(place.parent)
    staged = place.with_name(f".{place.name}.{secrets.token_hex(4)}.restoring")
    try:
        with staged.open("xb") as copy, file.open("rb") as source:
            staged.chmod(0o600)
            shutil.copyfileobj(source, copy, _PIECE_BYTES)
        opened = Database(f"sqlite:///{staged}", connections=2, timeout_s=60)
        try:
            yield opened
        finally:
            opened.dispose()
        sync(staged)
        try:
            os.link(staged, place)  # unlike a rename it replaces nothing
        except FileExistsError:
            message = "There is a database already; a restore never replaces anything."
            raise ArchiveRefused(message) from None
    finally:
        for end in ("", "-wal", "-shm"):
            staged.with_name(staged.name + end).unlink(missing_ok=True)
        sync(place.parent)


def load_postgresql(database: Database, file: Path, programs: Path | None, progress: Progress) -> None:
    """Fill an empty PostgreSQL database, all of it or nothing, but for the mark that says which schema it has.

    Without that mark no server takes it for an installation (`mark`).

    Raises:
        ArchiveRefused: it cannot be done, and why.
    """
    with tempfile.TemporaryDirectory() as place:
        contents, wanted = Path(place) / "contents", Path(place) / "wanted"
        with _running(programs, "pg_restore", ["--list", f"--file={contents}", str(file)], None):
            pass
        lines = contents.read_text(encoding="utf-8").splitlines(keepends=True)
        wanted.write_text("".join(line for line in lines if _SCHEMA_MARK not in line), encoding="utf-8")
        how = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--use-list={wanted}"]
        started = time.monotonic()
        with _running(programs, "pg_restore", [*how, str(file)], database.url) as pg_restore:
            while pg_restore.poll() is None:
                progress("seconds of restoring the database", round(time.monotonic() - started), None)
                time.sleep(_LOOKS_EVERY_S)
    progress("seconds of restoring the database", seconds := round(time.monotonic() - started), seconds)


def mark(connection: Connection, revision: str) -> None:
    """Say which schema a loaded PostgreSQL database has."""
    connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


def is_empty(database: Database) -> bool:
    """Whether there is nothing yet where a database is to be restored."""
    if database.is_sqlite:
        file = Path(str(database.url.database))
        return not any(file.with_name(file.name + end).exists() for end in ("", "-wal", "-shm", "-journal"))
    with database.readers.connect() as connection:
        found = inspect(connection)
        return not (found.get_table_names() or found.get_view_names() or found.get_sequence_names())


def rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    quoted = connection.dialect.identifier_preparer.quote
    names = sorted(inspect(connection).get_table_names())
    return {name: int(connection.scalar(text(f"SELECT count(*) FROM {quoted(name)}")) or 0) for name in names}  # noqa: S608  names of our tables


@contextmanager
def _running(
    programs: Path | None, tool: str, options: Sequence[str], url: URL | None
) -> "Iterator[subprocess.Popen[str]]":
    """A program of PostgreSQL while it works; its password is in its environment, where others cannot read it."""
    program = shutil.which(tool, path=None if programs is None else str(programs))
    if program is None:
        message = f"{tool} is not there: install PostgreSQL's client programs, or set DERMATREND_POSTGRESQL_PROGRAMS."
        raise ArchiveRefused(message)
    environment = dict(os.environ)
    command = [program, *options]
    if url is not None:
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
        # Not `set`, which would write *** for a password that is not there.
        plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        command.append(f"--dbname={plain.render_as_string()}")
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        with subprocess.Popen(  # noqa: S603  PostgreSQL's own program
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, env=environment, text=True
        ) as process:
            try:
                yield process
            except BaseException:
                process.terminate()
                raise
            process.wait()
        if process.returncode != 0:
            said.seek(0)
            # The first line says what is wrong; those that follow may quote rows.
            message = f"{tool} failed: {said.readline().strip()}"
            raise ArchiveRefused(message)
