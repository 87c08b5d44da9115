"""What the phone keeps: one SQLite file, which survives that the app is killed at any moment."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Body = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS known (  -- what the server has, as it last said
    kind TEXT, id TEXT, version INTEGER NOT NULL, object TEXT, since REAL NOT NULL, PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS change (  -- what the server has not acknowledged, in the order in which it was made
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL, base_version INTEGER,
    content TEXT, restores INTEGER, problem TEXT
);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL);  -- tokens, the cursor
"""


@dataclass(frozen=True)
class Known:
    """An object as the server last told it; `object` is None if it was deleted."""

    kind: str
    id: str
    version: int
    object: Body | None


@dataclass(frozen=True)
class Change:
    """A change that the server has not acknowledged."""

    number: int
    kind: str
    id: str
    op: str
    base_version: int | None
    """The version it builds on; None creates."""
    content: Body | None
    restores: int | None = None
    """The version that a server acknowledged before it went back to a backup."""
    problem: Body | None = None
    """Why it was put aside for a person to look at; None while it waits."""

    @property
    def makes_version(self) -> int:
        """The version that it makes, if nobody is quicker."""
        return (self.base_version or 0) + 1


class Store:
    """The file. Whatever `with store.saving():` encloses is on disk when the block is left, or not at all."""

    def __init__(self, file: Path | str) -> None:
        self._sql = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._sql.execute("PRAGMA journal_mode=WAL")
        self._sql.execute("PRAGMA synchronous=FULL")  # with less, the newest is lost when the battery dies
        self._sql.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """One transaction."""
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")

    # Notes

    def note(self, name: str) -> str | None:
        """Something small that was kept by name."""
        row = self._sql.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return row and str(row[0])

    def keep_note(self, name: str, value: str) -> None:
        """Keep something small by name."""
        self._sql.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    # What the server has

    def known(self, kind: str, object_id: str) -> Known | None:
        """One object."""
        row = self._sql.execute("SELECT * FROM known WHERE kind = ? AND id = ?", (kind, object_id)).fetchone()
        return row and _known(row)

    def all_known(self) -> list[Known]:
        """All objects, tombstones too."""
        return [_known(row) for row in self._sql.execute("SELECT * FROM known ORDER BY rowid")]

    def know(self, kind: str, object_id: str, version: int, found: Body | None, now: float) -> None:
        """Take what the server said, unless what is here is newer: answers may come out of order."""
        self._sql.execute(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version,"
            " object = excluded.object, since = excluded.since WHERE excluded.version > known.version",
            (kind, object_id, version, _text(found), now),
        )

    def forget_all_known(self) -> None:
        """Before all is told anew."""
        self._sql.execute("DELETE FROM known")

    def forget_known(self, kind: str, *, until: float) -> None:
        """Make room: drop what was acknowledged long ago."""
        self._sql.execute("DELETE FROM known WHERE kind = ? AND since < ?", (kind, until))

    # What it has not acknowledged

    def waiting(self) -> list[Change]:
        """What is to be sent, in order."""
        return [change for change in self._changes() if change.problem is None]

    def aside(self) -> list[Change]:
        """What the server refused or kept as another's text: for a person to look at."""
        return [change for change in self._changes() if change.problem is not None]

    def first_number(self) -> int:
        """A number before which nothing waits."""
        return int(self._sql.execute("SELECT coalesce(min(number), 1) FROM change").fetchone()[0])

    def next_number(self) -> int:
        """A number after all that waits."""
        return int(self._sql.execute("SELECT coalesce(max(number), 0) + 1 FROM change").fetchone()[0])

    def queue(self, change: Change) -> None:
        """Add a change at the place that its number says."""
        self._sql.execute(
            "INSERT INTO change (number, kind, id, op, base_version, content, restores) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(change.number, change.kind, change.id, change.op, change.base_version),
                *(_text(change.content), change.restores),
            ),
        )

    def rebase(self, change: Change, base_version: int) -> None:
        """Let a change build on another version."""
        self._sql.execute("UPDATE change SET base_version = ? WHERE number = ?", (base_version, change.number))

    def put_aside(self, change: Change, problem: Body) -> None:
        """Stop sending a change."""
        self._sql.execute("UPDATE change SET problem = ? WHERE number = ?", (_text(problem), change.number))

    def send_again(self, change: Change) -> None:
        """Let what was put aside wait again."""
        self._sql.execute("UPDATE change SET problem = NULL WHERE number = ?", (change.number,))

    def drop(self, change: Change) -> None:
        """Forget a change: it is acknowledged, or a person has dealt with it."""
        self._sql.execute("DELETE FROM change WHERE number = ?", (change.number,))

    def _changes(self) -> list[Change]:
        return [_change(row) for row in self._sql.execute("SELECT * FROM change ORDER BY number")]


def _known(row: tuple[Any, ...]) -> Known:
    kind, object_id, version, found, _since = row
    return Known(kind, object_id, version, _body(found))


def _change(row: tuple[Any, ...]) -> Change:
    number, kind, object_id, op, base_version, content, restores, problem = row
    return Change(number, kind, object_id, op, base_version, _body(content), restores, _body(problem))


def _text(body: Body | None) -> str | None:
    return None if body is None else json.dumps(body)


def _body(text: str | None) -> Body | None:
    return None if text is None else json.loads(text)
