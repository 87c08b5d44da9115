"""Bringing the database to the version of this software, once, however many processes try."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import DatabaseUnavailable
from infra.db import Database

_LOCK = 0x6465726D
"""The advisory lock of a migration on PostgreSQL; any number that nothing else uses."""


def config() -> Config:
    """Alembic's configuration, without an ini file."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent.parent / "alembic"))
    return configuration


@lru_cache(maxsize=1)
def head() -> str:
    """The newest version of the schema."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def is_known(revision: str) -> bool:
    """Whether this software knows a version of the schema."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(config()).walk_revisions())


def revision_of(connection: Connection) -> str | None:
    """The version of the schema that a database has; None without one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(database: Database) -> bool:
    """Whether the database has the newest schema.

    Raises:
        DatabaseUnavailable: it cannot be asked.
    """
    try:
        with database.readers.connect() as connection:
            return revision_of(connection) == head()
    except SQLAlchemyError as error:
        raise DatabaseUnavailable from error


@contextmanager
def without_foreign_keys(database: Database, connection: Connection) -> Iterator[None]:
    """On SQLite a table is changed by making it anew; with foreign keys on, dropping the old empties its referrers."""
    if not database.is_sqlite:
        yield
        return
    raw = connection.connection.cursor()
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrate in one transaction, under a lock: whoever comes second finds nothing to do."""
    with database.writers.connect() as connection, without_foreign_keys(database, connection), connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        configuration = config()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
