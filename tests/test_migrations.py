"""The schema: migrations make what the models say, and the database itself refuses what the contract forbids."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, DateTime, String, insert, inspect, select, text, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlmodel import SQLModel

from domain.body_sites import Side, Site
from domain.languages import LANGUAGES
from domain.lesions import LesionState, MeasurementMethod
from domain.symptoms import Symptom
from infra import migrations
from infra.db import Database
from infra.settings import Settings
from models.fields import UtcDateTime
from models.lesions import LesionKind
from models.members import MemberRole, MemberStatus
from models.patients import PatientStatus
from models.versions import KINDS
from tests.factories import found_clinic

TABLES = SQLModel.metadata.tables
OF_PATIENTS = {name: table for name, table in TABLES.items() if "patient_id" in table.primary_key.columns}
"""The tables that hold what belongs to patients."""
BOOKKEEPING = {"alembic_version"}
REVISIONS = [script.revision for script in ScriptDirectory.from_config(migrations.config()).walk_revisions()][::-1]
NOW = datetime(2026, 3, 29, 19, 40, tzinfo=UTC)
TODAY = date(2026, 3, 29)
Columns = Mapping[str, Any]


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    """A database without any table."""
    with opened(empty_database_url) as database:
        yield database


@pytest.fixture
def migrated(database_url: str) -> Iterator[Database]:
    """A database with the newest schema."""
    with opened(database_url) as database:
        yield database


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database as the program opens it."""
    database = Database(Settings(database_url=url).database(), connections=2, timeout_s=10)
    try:
        yield database
    finally:
        database.dispose()


def downgrade(database: Database, revision: str) -> None:
    """Migrate backwards."""
    with database.writers.connect() as connection, connection.begin():
        configuration = migrations.config()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, revision)


def table_names(database: Database) -> set[str]:
    """The tables that are there, but for alembic's own."""
    with database.readers.connect() as connection:
        return set(inspect(connection).get_table_names()) - BOOKKEEPING


def differences(connection: Connection) -> list[str]:
    """What alembic would still have to do for the tables to be as the models say."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, SQLModel.metadata)]


def description(connection: Connection) -> dict[str, Any]:
    """What every table is made of, in the database's own words; alembic itself compares no checks."""
    tables = inspect(connection)
    return {
        name: {
            "columns": {one["name"]: (repr(one["type"]), one["nullable"]) for one in tables.get_columns(name)},
            "primary key": tables.get_pk_constraint(name),
            "foreign keys": sorted(map(str, tables.get_foreign_keys(name))),
            "checks": sorted(map(str, tables.get_check_constraints(name))),
            "unique": sorted(map(str, tables.get_unique_constraints(name))),
            "indexes": sorted(map(str, tables.get_indexes(name))),
        }
        for name in TABLES
    }


def constraint_names(connection: Connection, table: str) -> list[str | None]:
    """The names of all constraints and indexes of a table."""
    tables = inspect(connection)
    found: list[Any] = [
        tables.get_pk_constraint(table),
        *tables.get_foreign_keys(table),
        *tables.get_check_constraints(table),
        *tables.get_unique_constraints(table),
        *tables.get_indexes(table),
    ]
    return [one["name"] for one in found]


# Migrations


def test_the_newest_schema_is_what_the_models_say(migrated: Database, empty: Database) -> None:
    SQLModel.metadata.create_all(empty.writers)

    with migrated.readers.connect() as made, empty.readers.connect() as described:
        assert differences(made) == []
        assert description(made) == description(described)
    assert table_names(migrated) == set(TABLES)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE rating ADD COLUMN mood INTEGER",
        "DROP INDEX ix_entry_patient_id_revision",
        "ALTER TABLE entry DROP COLUMN late",
    ],
)
def test_a_schema_that_is_not_what_the_models_say_is_noticed(migrated: Database, change: str) -> None:
    with migrated.writers.connect() as connection:
        before = description(connection)

        connection.execute(text(change))

        assert len(differences(connection)) == 1
        assert description(connection) != before


def test_every_migration_can_be_undone_and_made_again(empty: Database) -> None:
    assert REVISIONS
    for before, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        migrations.upgrade(empty, revision)
        made = table_names(empty)

        downgrade(empty, before)
        migrations.upgrade(empty, revision)

        assert table_names(empty) == made
    with empty.readers.connect() as connection:
        assert differences(connection) == []


def test_undoing_all_migrations_leaves_nothing(empty: Database) -> None:
    migrations.upgrade(empty)
    assert len(table_names(empty)) > 10

    downgrade(empty, "base")

    assert table_names(empty) == set()
    assert not migrations.is_current(empty)
    if not empty.is_sqlite:
        with empty.readers.connect() as connection:
            left = inspect(connection)
            assert (left.get_view_names(), left.get_sequence_names()) == ([], [])
            assert connection.scalar(text("SELECT count(*) FROM pg_type WHERE typtype = 'e'")) == 0


def test_every_migration_keeps_what_is_stored(empty: Database) -> None:
    migrations.upgrade(empty, "0002")  # the first with all the tables that are filled here
    with empty.writers.begin() as connection:
        filled = fill(Rows(connection)).valid
    before = contents(empty, filled)

    migrations.upgrade(empty)

    assert contents(empty, filled) == before
    assert {len(rows) for rows in before.values()} == {1}


def contents(database: Database, tables: Iterable[str]) -> dict[str, Sequence[Any]]:
    """The rows of tables."""
    with database.readers.connect() as connection:
        return {name: connection.execute(select(TABLES[name])).all() for name in tables}


def test_a_migration_that_fails_half_way_leaves_nothing_behind(empty: Database) -> None:
    in_the_way = "sign_in"  # one of the last to be made
    with empty.writers.begin() as connection:
        connection.execute(text(f"CREATE TABLE {in_the_way} (id INTEGER)"))

    with pytest.raises(DBAPIError):
        migrations.upgrade(empty)

    assert table_names(empty) == {in_the_way}


def test_migrating_again_changes_nothing(migrated: Database) -> None:
    generation = text("SELECT generation FROM installation")
    with migrated.reader() as session:
        before = session.scalars(generation).all()

    migrations.upgrade(migrated)

    with migrated.reader() as session:
        assert session.scalars(generation).all() == before
        assert len(before) == 1


# Keys and names


def test_every_constraint_is_named_after_its_kind_and_its_table(migrated: Database) -> None:
    with migrated.readers.connect() as connection:
        named = {table: constraint_names(connection, table) for table in TABLES}

    assert sum(map(len, named.values())) > 60
    for table, names in named.items():
        allowed = tuple(f"{kind}_{table}" for kind in ("pk", "fk", "ck", "uq", "ix"))
        assert [name for name in names if name is None or not name.startswith(allowed)] == []


def test_what_belongs_to_a_patient_is_found_by_the_patient_first() -> None:
    first = {name: next(iter(table.primary_key.columns)).name for name, table in OF_PATIENTS.items()}

    assert set(first) >= {"entry", "rating", "lesion_observation", "intake", "lesion", "medication", "past_version"}
    assert set(first.values()) == {"patient_id"}


def test_what_belongs_to_a_patient_refers_only_to_the_same_patient() -> None:
    within = [
        (constraint.column_keys[0], constraint.elements[0].column.name)
        for table in OF_PATIENTS.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in OF_PATIENTS
    ]

    assert len(within) >= 5
    assert set(within) == {("patient_id", "patient_id")}


def test_every_mention_of_a_patient_is_a_reference_that_the_database_keeps() -> None:
    mentions = [table.columns["patient_id"] for table in TABLES.values() if "patient_id" in table.columns]

    assert len(mentions) > 10
    assert [str(column) for column in mentions if not column.foreign_keys] == []


# What the database itself refuses


@dataclass
class Rows:
    """A valid row in each table, to vary one thing at a time."""

    connection: Connection
    valid: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, table: str, **columns: Any) -> None:
        """Insert the row that others vary."""
        self.valid[table] = columns
        self.connection.execute(insert(TABLES[table]).values(columns))

    def try_another(self, table: str, changes: Columns) -> None:
        """Insert a row like the valid one but for its key and these changes; it does not stay."""
        key = list(TABLES[table].primary_key.columns)[-1].name
        columns = {**self.valid[table], key: uuid4() if key == "id" else 2, **changes}
        with self.connection.begin_nested() as attempt:
            self.connection.execute(insert(TABLES[table]).values(columns))
            attempt.rollback()


@pytest.fixture
def rows(shared_database_url: str) -> Iterator[Rows]:
    """Somebody's diary, in a transaction that is undone."""
    with opened(shared_database_url) as database, database.writers.connect() as connection:
        yield fill(Rows(connection))
        connection.rollback()


def fill(rows: Rows) -> Rows:
    """Write a row into every table that has bounds."""
    clinic, patient, lesion, medication, entry = (uuid4() for _ in range(5))
    new = {"version": 1, "revision": 1, "created_at": NOW}
    person = {"clinic_id": clinic, "name": "Ana Duarte", "version": 1, "created_at": NOW}
    part = {"patient_id": patient, "entry_id": entry, "position": 1}
    rows.add("clinic", id=clinic, name="Clinic", created_at=NOW)
    rows.add("member", id=uuid4(), email="a@example.org", role="admin", status="active", **person)
    rows.add(
        "patient",
        id=patient,
        name_words=" ana duarte ",
        time_zone="Europe/Berlin",
        locale="en",
        enrolled_on=TODAY,
        status="active",
        revision=0,
        **person,
    )
    place = {"site": "back", "side": "left", "kind": "nodule"}
    rows.add("lesion", patient_id=patient, id=lesion, label="Lump", first_noticed_on=TODAY, **place, **new)
    schedule = {"times": ["08:00"], "every_days": 1, "as_needed": False, "starts_on": TODAY}
    rows.add("medication", patient_id=patient, id=medication, name="Capecitabine", **schedule, **new)
    days = {"recorded_at": NOW, "received_at": NOW, "day": TODAY, "counted_day": TODAY, "late": False}
    clock = {"utc_offset_minutes": 120, "time_zone": "Europe/Berlin", "flags": [], "recorded_by": uuid4()}
    rows.add("entry", patient_id=patient, id=entry, version=1, revision=1, **days, **clock)
    rows.add("rating", symptom="pain", severity=6, **part)
    rows.add(
        "lesion_observation",
        lesion_id=lesion,
        state="measured",
        length_tenths=145,
        width_tenths=90,
        method="ruler",
        **part,
    )
    rows.add("intake", medication_id=medication, taken=True, **part)
    visit = {"patient_id": patient, "planned_for": TODAY, "status": "done", "took_place_on": TODAY}
    rows.add("visit", id=uuid4(), change_digests=[], **visit, **new)
    past = {"patient_id": patient, "kind": "entry", "object_id": entry, "version": 1}
    rows.add("past_version", replaced_at=NOW, snapshot={}, **past)
    return rows


@dataclass(frozen=True)
class Rule:
    """What a table takes and what it refuses: columns to change in its valid row."""

    table: str
    about: str
    taken: Sequence[Columns]
    refused: Sequence[Columns]


def between(table: str, column: str, low: float, high: float, *, step: float = 1) -> Rule:
    """A number with two ends, both allowed."""
    return Rule(table, column, [{column: low}, {column: high}], [{column: low - step}, {column: high + step}])


def one_of(table: str, column: str, values: Iterable[object]) -> Rule:
    """One of some words, as they are written."""
    words = list(map(str, values))
    others = ["", words[0].upper(), "something else"]
    return Rule(table, column, [{column: word} for word in words], [{column: word} for word in others])


def at_most(table: str, column: str, characters: int) -> Rule:
    """A text that has an end; every character counts as one."""
    return Rule(table, column, [{column: "ü" * characters}], [{column: "ü" * (characters + 1)}])


MEASURED = {"state": "measured", "length_tenths": 145, "width_tenths": 90, "method": "ruler"}
UNMEASURED = {"length_tenths": None, "width_tenths": None, "method": None}
LENGTHS_GO_WITH_MEASURING = Rule(
    "lesion_observation",
    "lengths_go_with_measuring",
    taken=[MEASURED, {**MEASURED, "width_tenths": None}]
    + [{**UNMEASURED, "state": state} for state in ("too_small", "gone", "unmeasurable")],
    refused=[{**MEASURED, "length_tenths": None}, {**MEASURED, "length_tenths": None, "width_tenths": None}]
    + [{**UNMEASURED, "state": state, "length_tenths": 50} for state in ("too_small", "gone", "unmeasurable")]
    + [{**UNMEASURED, "state": state, "width_tenths": 50} for state in ("too_small", "gone", "unmeasurable")],
)
RULES = [
    between("rating", "severity", 0, 10),
    between("rating", "interference", 0, 10),
    between("rating", "count", 0, 999),
    one_of("rating", "symptom", Symptom),
    one_of("rating", "site", Site),
    one_of("rating", "side", Side),
    between("lesion_observation", "length_tenths", 0, 5000),
    between("lesion_observation", "width_tenths", 0, 5000),
    one_of("lesion_observation", "method", MeasurementMethod),
    Rule("lesion_observation", "state", [MEASURED], [{**UNMEASURED, "state": "shrunk"}, {**MEASURED, "state": "Gone"}]),
    LENGTHS_GO_WITH_MEASURING,
    Rule("lesion_observation", "measured_by_a_method", [MEASURED], [{**MEASURED, "method": None}]),
    between("entry", "cigarettes", 0, 200),
    between("entry", "alcohol_units", 0, 100, step=0.5),
    between("entry", "activity_minutes", 0, 1440),
    between("entry", "balanced_meals", 0, 20),
    at_most("entry", "note", 4000),
    Rule(
        "entry",
        "counted_day",
        [{"counted_day": TODAY}, {"counted_day": TODAY - timedelta(days=1)}],
        [{"counted_day": TODAY + timedelta(days=1)}],
    ),
    Rule(
        "entry",
        "recorded_at",
        [
            {"recorded_at": datetime(2000, 1, 1, tzinfo=UTC)},
            {"recorded_at": datetime(2100, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)},
        ],
        [
            {"recorded_at": datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)},
            {"recorded_at": datetime(2101, 1, 1, tzinfo=UTC)},
        ],
    ),
    one_of("lesion", "site", Site),
    one_of("lesion", "side", Side),
    one_of("lesion", "kind", LesionKind),
    at_most("lesion", "label", 200),
    at_most("medication", "name", 200),
    at_most("medication", "dose", 200),
    between("medication", "every_days", 1, 366),
    between("medication", "cycle_on_days", 1, 366),
    between("medication", "cycle_off_days", 1, 366),
    one_of("patient", "status", PatientStatus),
    at_most("patient", "name", 200),
    at_most("patient", "record_number", 200),
    one_of("member", "role", MemberRole),
    one_of("member", "status", MemberStatus),
    at_most("member", "name", 200),
    one_of("past_version", "kind", KINDS),
    one_of("clinic", "language", LANGUAGES),
    Rule(
        "visit",
        "status",
        [{"status": "done"}, *({"status": status, "took_place_on": None} for status in ("planned", "cancelled"))],
        [{"status": "missed"}, {"status": "DONE"}, {"status": ""}],
    ),
    Rule(
        "visit",
        "took_place_on",
        [{"took_place_on": TODAY}],
        [{"took_place_on": None}, {"status": "planned"}, {"status": "cancelled"}],
    ),
    at_most("visit", "summary", 4000),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table}.{rule.about}")
def test_the_database_itself_takes_what_is_allowed_and_refuses_all_else(rows: Rows, rule: Rule) -> None:
    for changes in rule.taken:
        rows.try_another(rule.table, changes)

    for changes in rule.refused:
        with pytest.raises((IntegrityError, DataError)):
            rows.try_another(rule.table, changes)


def test_every_state_of_a_lesion_is_known_to_the_database(rows: Rows) -> None:
    for state in LesionState:
        rows.try_another(
            "lesion_observation", {**(MEASURED if state is LesionState.MEASURED else UNMEASURED), "state": state}
        )


@pytest.mark.parametrize("part", ["rating", "lesion_observation", "intake"])
def test_nothing_of_one_patient_can_be_hung_on_another(rows: Rows, part: str) -> None:
    somebody_else = uuid4()
    rows.connection.execute(insert(TABLES["patient"]).values({**rows.valid["patient"], "id": somebody_else}))

    with pytest.raises(IntegrityError):
        rows.try_another(part, {"patient_id": somebody_else})


# Instants


def test_every_instant_is_kept_as_utc() -> None:
    instants = [
        column
        for table in TABLES.values()
        for column in table.columns
        if isinstance(getattr(column.type, "impl", column.type), DateTime)
    ]

    assert len(instants) > 20
    assert [str(column) for column in instants if not isinstance(column.type, UtcDateTime)] == []


def test_an_instant_comes_back_as_the_same_instant_in_utc(rows: Rows) -> None:
    in_berlin = datetime(2026, 3, 29, 21, 40, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    entry = TABLES["entry"]
    this = entry.columns.id == rows.valid["entry"]["id"]
    rows.connection.execute(update(entry).where(this).values(recorded_at=in_berlin))

    read = rows.connection.scalar(select(entry.columns.recorded_at).where(this))

    assert read == in_berlin
    assert (read.tzinfo, read.hour) == (UTC, 19)


def test_a_time_without_a_zone_is_no_instant(rows: Rows) -> None:
    with pytest.raises(StatementError, match="A naive datetime is not an instant"):
        rows.try_another("entry", {"recorded_at": NOW.replace(tzinfo=None)})


# Connections


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    with opened(f"sqlite:///{tmp_path / 'dermatrend.sqlite3'}") as database:
        migrations.upgrade(database)
        yield database


def test_on_sqlite_a_commit_is_on_disk_and_references_are_kept(sqlite: Database) -> None:
    with sqlite.writers.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    full = 2
    assert pragmas == ["wal", full, 1]


def test_on_sqlite_a_writer_has_the_lock_from_its_first_statement(sqlite: Database) -> None:
    with sqlite.writer() as session, sqlite3.connect(str(sqlite.url.database), timeout=0) as rival:
        session.scalar(text("SELECT 1"))

        with pytest.raises(sqlite3.OperationalError, match="locked"):
            rival.execute("BEGIN IMMEDIATE")
    rival.close()


def test_a_reader_can_change_nothing(migrated: Database) -> None:
    with migrated.reader() as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM installation"))


def test_a_reader_sees_one_moment(migrated: Database) -> None:
    count = text("SELECT count(*) FROM clinic")
    clinic = insert(TABLES["clinic"]).values(id=uuid4(), name="Clinic", created_at=NOW)
    with migrated.reader() as reader:
        before = reader.scalar(count)

        with migrated.transaction() as writer:
            writer.execute(clinic)

        assert reader.scalar(count) == before == 0
    with migrated.reader() as later:
        assert later.scalar(count) == 1


def test_changing_a_table_on_sqlite_empties_none_that_refers_to_it(
    database_url: str, make_app: Callable[..., FastAPI]
) -> None:
    app = make_app(database_url)
    found_clinic(app, TestClient(app))
    database: Database = app.state.database
    count = text("SELECT count(*) FROM sign_in")
    made_anew: Literal["always", "auto"] = "always" if database.is_sqlite else "auto"

    with database.writers.connect() as connection, migrations.without_foreign_keys(database, connection):
        before = connection.execute(count).scalar_one()
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("account", recreate=made_anew) as batch:
            batch.alter_column("email", type_=String(255))
        after = connection.execute(count).scalar_one()
        connection.rollback()

    assert after == before > 0
