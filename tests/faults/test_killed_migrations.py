"""Migrations that are killed, or started by everybody at once: the old schema or the new one, nothing between."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, column, insert, inspect, select
from sqlalchemy import table as lightweight

from infra import migrations
from infra.db import Database
from infra.settings import Settings
from tests.faults import forms
from tests.faults.installations import at_once
from tests.faults.test_startup import run, surroundings, waiting
from tests.support.server import ROOT
from tests.test_migrations import REVISIONS, TABLES, Rows, fill

PROCESSES = forms.either(3, 8)
STOPPING = """\
import sys, time
import alembic.op
import main
steps = int(sys.argv[1])
def stop_after(step):
    def stopping(*arguments, **named):
        global steps
        done = step(*arguments, **named)
        steps -= 1
        if steps == 0:
            print("midway", flush=True)
            time.sleep(600)
        return done
    return stopping
alembic.op.create_table, alembic.op.create_index = map(stop_after, (alembic.op.create_table, alembic.op.create_index))
sys.exit(main.run(["migrate"]))
"""
"""The migration, which stops and waits after so many tables and indexes."""


class RowsThere(Rows):
    """Rows for the tables that a schema has."""

    def add(self, table: str, **columns: Any) -> None:
        """Insert a row of the columns that there are, if there is such a table."""
        if inspect(self.connection).has_table(table):
            there = {str(one["name"]) for one in inspect(self.connection).get_columns(table)}
            filled = {one.name: default_of(one) for one in TABLES[table].columns if one.default is not None} | columns
            known = (column(name, TABLES[table].columns[name].type) for name in filled.keys() & there)
            values = {name: value for name, value in filled.items() if name in there}
            self.connection.execute(insert(lightweight(table, *known)).values(values))


def default_of(described: Any) -> Any:
    """What the program fills a column with."""
    default = described.default
    return default.arg(None) if default.is_callable else default.arg


@pytest.fixture(params=REVISIONS[:-1])
def old(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> Iterator[Database]:
    """A database of an earlier version, with somebody's diary in it."""
    database = Database(Settings(database_url=new_database()).database(), connections=2, timeout_s=30)
    try:
        migrations.upgrade(database, str(request.param))
        with database.writers.begin() as connection:
            fill(RowsThere(connection))
        yield database
    finally:
        database.dispose()


def contents(connection: Connection, only: Mapping[str, list[str]] | None = None) -> dict[str, list[str]]:
    """All rows of all tables, or of some columns of some."""
    found = MetaData()
    found.reflect(connection)
    tables = {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}
    wanted = only or {name: [column.name for column in table.columns] for name, table in tables.items()}
    return {
        name: sorted(str(tuple(row)) for row in connection.execute(select(*(tables[name].c[one] for one in columns))))
        for name, columns in wanted.items()
    }


def columns_of(connection: Connection) -> dict[str, list[str]]:
    """The columns of all tables."""
    found = inspect(connection)
    return {
        name: [str(column["name"]) for column in found.get_columns(name)]
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def settings_of(database: Database, environment: Mapping[str, str], place: Path) -> dict[str, str]:
    """Settings of a process that works on a database."""
    url = database.url.set(drivername=database.url.get_backend_name()).render_as_string(hide_password=False)
    return {**environment, "DERMATREND_DATABASE_URL": url, "DERMATREND_DATA_DIR": str(place)}


def revision(database: Database) -> str | None:
    """The schema of a database."""
    with database.readers.connect() as connection:
        return migrations.revision_of(connection)


def test_a_diary_survives_the_way_to_the_newest_schema_and_back(old: Database) -> None:
    started_at = revision(old)
    with old.readers.connect() as connection:
        columns, before = columns_of(connection), contents(connection)
    assert sum(map(len, before.values())) > 10

    migrations.upgrade(old)

    with old.readers.connect() as connection:
        assert contents(connection, columns) == before
    with old.writers.connect() as connection, migrations.without_foreign_keys(old, connection), connection.begin():
        configuration = migrations.config()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, str(started_at))
    assert revision(old) == started_at
    with old.readers.connect() as connection:
        assert (columns_of(connection), contents(connection)) == (columns, before)


@pytest.mark.parametrize("old", REVISIONS[: forms.either(1, len(REVISIONS) - 1)], indirect=True)
def test_an_old_database_migrated_by_many_at_once_is_migrated_once(
    old: Database, environment: Mapping[str, str], tmp_path: Path
) -> None:
    with old.readers.connect() as connection:
        columns, before = columns_of(connection), contents(connection)
    settings = settings_of(old, environment, tmp_path)
    with ExitStack() as leaving:
        everybody = [leaving.enter_context(waiting(settings)) for _ in range(PROCESSES)]
        assert [process.stdout and process.stdout.readline() for process in everybody] == ["here\n"] * PROCESSES

        said = at_once([partial(process.communicate, "now\n", 60) for process in everybody])

    assert said == [("", "")] * PROCESSES
    assert [process.returncode for process in everybody] == [0] * PROCESSES
    assert migrations.is_current(old)
    with old.readers.connect() as connection:
        assert contents(connection, columns) == before


@pytest.mark.parametrize("steps", [1, 3, 20] if forms.LONG else [20])
def test_a_migration_killed_midway_leaves_the_old_schema_and_the_next_one_does_it_all(
    new_database: Callable[[], str], environment: Mapping[str, str], tmp_path: Path, steps: int
) -> None:
    database = Database(Settings(database_url=new_database()).database(), connections=2, timeout_s=30)
    settings = settings_of(database, environment, tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", STOPPING, str(steps)],
        cwd=ROOT,
        env=surroundings(settings),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "midway\n"
        process.kill()

    assert revision(database) is None
    with database.readers.connect() as connection:
        assert columns_of(connection) == {}
    assert run(settings, "migrate").returncode == 0
    assert migrations.is_current(database)
    database.dispose()
    forms.count(kills=1)
