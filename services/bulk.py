"""Many rows in one statement, whatever their number: they travel as one JSON document, which the database unfolds.

A statement is the same for one row and for a thousand, so it is built, compiled and prepared once; and the
interpreter lock is free while the database reads the document (figures in docs/performance.md).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    FromClause,
    Insert,
    Row,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of
from sqlmodel import Session, SQLModel

Rows = Sequence[Mapping[str, Any]]
Names = tuple[str, ...]


def insert(session: Session, model: type[SQLModel], rows: Rows) -> None:
    """Add rows, each with all columns of the table; what else it names is not used."""
    table = _table(model)
    if rows:
        _execute(session, _insert, table, tuple(table.c.keys()), rows)


def update(session: Session, model: type[SQLModel], rows: Rows) -> None:
    """Set in each row that has one of these primary keys the other columns that are given with it."""
    if rows:
        _execute(session, _update, _table(model), tuple(rows[0]), rows)


def matching(session: Session, model: type[SQLModel], keys: Rows, columns: Names) -> Sequence[Row[Any]]:
    """These columns of those rows that have one of the keys."""
    return _matching(session, model, keys, columns, _select) if keys else ()


def lock_free(session: Session, model: type[SQLModel], keys: Rows, columns: Names) -> Sequence[Row[Any]]:
    """As `matching`, and the rows are locked; rows that another transaction has locked are left out."""
    return _matching(session, model, keys, columns, _lock_free) if keys else ()


def _matching(
    session: Session, model: type[SQLModel], keys: Rows, columns: Names, make: Callable[..., Select[Any]]
) -> Sequence[Row[Any]]:
    wanted = _execute(session, make, _table(model), tuple(keys[0]), keys, columns)
    rows: Sequence[Row[Any]] = wanted.all()
    return rows


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _execute(session: Session, make: Callable[..., Any], table: Table, names: Names, rows: Rows, *rest: Names) -> Any:  # noqa: ANN401
    session.flush()  # what was added object by object comes first
    connection: Connection = session.connection()
    statement = make(connection.dialect.name, table, names, *rest)
    return connection.execute(statement, {"rows": _document(connection.dialect, table, names, rows)})


def _document(dialect: Dialect, table: Table, names: Names, rows: Rows) -> str:
    if dialect.name == "sqlite":
        # JSON knows no times: they are written as SQLite's driver would get them.
        writers = _writers(dialect, table, names)
        rows = [{**row, **{name: write(row[name]) for name, write in writers}} for row in rows]
    return to_json(rows).decode()


@cache
def _writers(dialect: Dialect, table: Table, names: Names) -> list[tuple[str, Callable[[Any], Any]]]:
    types = ((name, table.c[name].type) for name in names if not isinstance(table.c[name].type, Date | Uuid))
    writers = ((name, type_.dialect_impl(dialect).bind_processor(dialect)) for name, type_ in types)
    return [(name, write) for name, write in writers if write is not None]


def _unfolded(dialect_name: str, table: Table, names: Names) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    """The document as something to select from, and its columns."""
    document = bindparam("rows", type_=Text)
    if dialect_name == "sqlite":
        each = func.json_each(document).table_valued("value").alias("given")
        values: dict[str, ColumnElement[Any]] = {
            name: each.c.value.op("->>")(literal_column(f"'{name}'")) for name in names
        }
        # SQLite keeps ids without hyphens.
        for name in names:
            if isinstance(table.c[name].type, Uuid):
                values[name] = func.replace(values[name], "-", "")
        return each, values
    typed = [column(name, table.c[name].type) for name in names]
    given = func.json_to_recordset(cast(document, JSON)).table_valued(*typed)
    unfolded = given.render_derived(name="given", with_types=True)
    return unfolded, {name: unfolded.c[name] for name in names}


@cache
def _insert(dialect_name: str, table: Table, names: Names) -> Insert:
    given, columns = _unfolded(dialect_name, table, names)
    rows = select(*columns.values()).select_from(given)
    return insert_into(table).from_select(list(columns), rows, include_defaults=False)


@cache
def _update(dialect_name: str, table: Table, names: Names) -> Update:
    _, columns = _unfolded(dialect_name, table, names)
    keys = [key.name for key in table.primary_key]
    changed = {name: value for name, value in columns.items() if name not in keys}
    return update_of(table).values(changed).where(*(table.c[name] == columns[name] for name in keys))


@cache
def _select(dialect_name: str, table: Table, names: Names, wanted: Names) -> Select[Any]:
    given, columns = _unfolded(dialect_name, table, names)
    same = and_(*(table.c[name] == value for name, value in columns.items()))
    return select(*(table.c[name] for name in wanted)).select_from(given).join(table, same)


@cache
def _lock_free(dialect_name: str, table: Table, names: Names, wanted: Names) -> Select[Any]:
    return _select(dialect_name, table, names, wanted).with_for_update(of=table, skip_locked=True, key_share=True)
