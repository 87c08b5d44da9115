"""The database: how to reach it, how a transaction ends, and what its errors mean.

Writers and readers differ. A writer's transaction takes the write lock at its start on SQLite, where
all writers of a process take turns on one connection; a reader's is one consistent snapshot that cannot write.
Sessions connect at their first statement, so an unused one costs nothing.
"""

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlmodel import Session

from domain.errors import (
    DatabaseUnavailable,
    DermatrendError,
    EmailTaken,
    InternalError,
    StorageFull,
)
from infra import postgresql
from infra.settings import make_private
from infra.turns import FairPool, Turnstile

__all__ = ["Database", "Session"]

log = structlog.get_logger(__name__)

_CONFLICTS: dict[str, type[DermatrendError]] = {"uq_account_email": EmailTaken, "account.email": EmailTaken}
"""What a violated constraint means, by its name (PostgreSQL) or its columns (SQLite)."""

_DISK_FULL = "53100"
_PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=16000")
"""Of every SQLite connection. FULL: with NORMAL a commit in WAL mode is not on disk when it returns (decision 0003).
16,000 pages (64 MiB) in the log before they are copied into the file: what is changed often is copied less often."""
_OF_READERS = (*_PRAGMAS, "query_only=ON")
_OF_WRITERS = (*_PRAGMAS, "cache_size=-65536")
"""64 MiB: an entry changes pages all over the file, each of which would have to be read first."""
_PASSING = ("08", "25006", "40", "53", "55", "57")
"""SQLSTATE classes of faults that pass: connection, read-only, rollback, resources, locks, intervention."""


class Database:
    """Connections to one database, for one process."""

    def __init__(self, url: str, *, connections: int, timeout_s: int, patient: bool = True) -> None:
        self.url = make_url(url)
        self._era = self._let_go_of = 0
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.writers = _sqlite(url, begin="BEGIN IMMEDIATE", connections=1, timeout_s=timeout_s)
            self.readers = _sqlite(url, begin="BEGIN", connections=connections, timeout_s=timeout_s, read_only=True)
            for engine in (self.writers, self.readers):
                event.listen(engine, "handle_error", self._begin_anew)
                event.listen(engine, "do_connect", self._let_go)
                event.listen(engine, "checkout", self._note)
                event.listen(engine, "checkin", self._close_if_old)
        else:
            self.writers = postgresql.engine(url, connections=connections, timeout_s=timeout_s, patient=patient)
            self.readers = self.writers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def reader(self) -> Session:
        """A session that sees one moment and changes nothing."""
        return Session(self.readers, expire_on_commit=False)

    def writer(self) -> Session:
        """A session whose changes are one transaction; end it with `commit` or `abandon`."""
        return Session(self.writers, expire_on_commit=False)

    def take_time(self, session: Session) -> None:
        """Let this transaction last as long as it takes: an operator's work on all of the database."""
        if not self.is_sqlite:
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                session.execute(text(f"SET LOCAL {name} = 0"))

    def commit(self, session: Session) -> None:
        """Make a session's changes lasting, on disk.

        Raises:
            DatabaseUnavailable: the outcome is unknown.
            StorageFull: nothing was stored.
        """
        try:
            self._attempt(session.flush)
            try:
                self._attempt(session.commit)
            except StorageFull:
                raise
            except DermatrendError as error:
                raise DatabaseUnavailable from error
        finally:
            _close(session)

    def abandon(self, session: Session, error: BaseException) -> None:
        """Undo a session's changes after an error, and say what a database error means.

        Raises:
            DermatrendError: the meaning of a database error.
        """
        try:
            if isinstance(error, DermatrendError) and error.keeps_changes:
                self.commit(session)
        finally:
            _close(session)
        if isinstance(error, SQLAlchemyError):
            raise _told(error) from error

    @staticmethod
    def _attempt(step: Callable[[], None]) -> None:
        try:
            step()
        except SQLAlchemyError as error:
            raise _told(error) from error

    @contextmanager
    def look(self) -> Iterator[Session]:
        """A reader for a moment, where the work that follows is long."""
        session = self.reader()
        try:
            yield session
        except BaseException as error:
            self.abandon(session, error)
            raise
        else:
            _close(session)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction, for the command line and for what follows long work."""
        session = self.writer()
        try:
            yield session
        except BaseException as error:
            self.abandon(session, error)
            raise
        else:
            self.commit(session)

    def checkpoint(self) -> None:
        """Copy what SQLite's log holds into its file, as far as others do not stand in the way."""
        # What is wrong is told to who writes; OSError comes of a file that cannot be made.
        with suppress(SQLAlchemyError, sqlite3.Error, OSError), closing(self.readers.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _begin_anew(self, context: ExceptionContext) -> None:
        # What SQLite opened on a disk that failed, or could only be read, stays so when the disk is well again: as long
        # as one connection of the process is left, for it shares memory with all others.
        name = getattr(context.original_exception, "sqlite_errorname", "")
        if name.startswith(("SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
            context.is_disconnect = True
            self._era += 1
            self.dispose()

    def _let_go(self, *_connecting: object) -> None:
        # A closed connection lives on as long as one of its statements, and that as long as the error which it met.
        if self._let_go_of < self._era:
            self._let_go_of = self._era
            gc.collect()

    def _note(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info.setdefault("era", self._era)

    def _close_if_old(self, connection: object, record: ConnectionPoolEntry) -> None:
        if connection is not None and record.info.get("era") != self._era:
            record.invalidate()

    def dispose(self) -> None:
        """Close all connections."""
        self.readers.dispose()
        self.writers.dispose()


def _close(session: Session) -> None:
    try:
        session.close()
    except SQLAlchemyError:
        session.invalidate()


def _told(error: SQLAlchemyError) -> DermatrendError:
    # The statement and its parameters are health data: only the kind of error is logged.
    meaning = _meaning(error)
    cause = getattr(error, "orig", None)
    told = {
        "error": type(error).__name__,
        "state": getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None),
        "constraint": getattr(getattr(cause, "diag", None), "constraint_name", None),
    }
    if isinstance(meaning, InternalError):
        log.error("database error", **told, exc_info=error)
    else:
        log.warning("database error", **told)
    return meaning


def _meaning(error: SQLAlchemyError) -> DermatrendError:
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable()
    if not isinstance(error, DBAPIError):
        return InternalError()
    cause: Any = error.orig
    if isinstance(error, IntegrityError):
        return _conflict(cause)
    if isinstance(cause, sqlite3.Error):
        full = getattr(cause, "sqlite_errorname", "").startswith("SQLITE_FULL")
        passing = isinstance(cause, sqlite3.OperationalError)
    else:
        state = getattr(cause, "sqlstate", None)
        full = state == _DISK_FULL
        passing = state is None or state.startswith(_PASSING) or error.connection_invalidated
    if full:
        return StorageFull()
    return DatabaseUnavailable() if passing else InternalError()


def _conflict(cause: Any) -> DermatrendError:  # noqa: ANN401  each driver has its own exceptions
    name = getattr(getattr(cause, "diag", None), "constraint_name", None) or str(cause).rpartition(": ")[2]
    known = _CONFLICTS.get(name)
    return known() if known else InternalError()


def _sqlite(url: str, *, begin: str, connections: int, timeout_s: int, read_only: bool = False) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool if read_only else FairPool,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=timeout_s,
        connect_args={"timeout": timeout_s, "isolation_level": None, "check_same_thread": False},
    )

    place = Path(f"{engine.url.database}-turn")

    @event.listens_for(engine, "do_connect")
    def _make(_dialect: object, _record: object, arguments: list[str], _named: object) -> None:
        file = Path(arguments[0])
        make_private(file.parent)
        # Made by us, not by SQLite: its files are the owner's alone, as those beside it will be.
        if not file.exists():
            file.touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            with Turnstile(place, timeout_s=timeout_s).passing():  # of two that change a new file one would be refused
                connection.execute("PRAGMA journal_mode=WAL")
        for pragma in _OF_READERS if read_only else _OF_WRITERS:
            connection.execute(f"PRAGMA {pragma}")

    turnstile = Turnstile(place, timeout_s=timeout_s)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401
        with nullcontext() if read_only else turnstile.passing():
            connection.exec_driver_sql(begin)

    return engine
