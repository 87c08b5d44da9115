"""Many rows in few statements, whatever their number.

They travel as one JSON document, which the database unfolds: a statement is the same for one row and for a thousand, so
it is built, compiled and prepared once. Only new rows are given to SQLite value by value, many in one statement, as it
reads documents slowly (figures in docs/performance.md).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import (
    JSON,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    FromClause,
    Insert,
    Integer,
    Row,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    not_,
    select,
    union_all,
)
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, SQLModel

Rows = Sequence[Mapping[str, Any]]
Key = tuple[UUID, ...]
Types = tuple[tuple[str, TypeEngine[Any]], ...]
"""Names and types of what each row of a document holds; the same object each time, as it is a key of caches."""
Document = tuple[Types, Rows]
MOST_ROWS_AT_ONCE = 256
"""Whose values are given to SQLite in one statement."""


def insert(session: Session, rows: Mapping[type[SQLModel], Rows]) -> None:
    """Add rows to tables, in this order. Each row has all columns; what else it names is not used."""
    of_tables = {_table(model): of_model for model, of_model in rows.items() if of_model}
    if _dialect(session).name == "sqlite":
        session.flush()
        for table, of_table in of_tables.items():
            _insert_values(session.connection(), table, of_table)
    elif of_tables:
        documents = {table.name: (_types(table), of_table) for table, of_table in of_tables.items()}
        run(session, _insert, tuple(of_tables), documents=documents)


def update(session: Session, model: type[SQLModel], names: tuple[str, ...], rows: Rows) -> None:
    """Set in each row that has one of these primary keys the other columns that are given with it."""
    if rows:
        types = _types(_table(model), names)
        run(session, _update, _table(model), types, documents={_table(model).name: (types, rows)})


def surprises(
    session: Session,
    names: tuple[str, ...],
    *,
    there: Mapping[type[SQLModel], Collection[Key]] | None = None,
    new: Mapping[type[SQLModel], Collection[Key]] | None = None,
) -> dict[type[SQLModel], frozenset[Key]]:
    """Keys, made of these columns, that are missing where they should be `there`, or are there but should be `new`.

    One statement for all tables. Most often it finds nothing, and that is what it is for: with each row that SQLite
    hands over a thread lets go of the interpreter lock, and waits for it.
    """
    asked = [
        (model, keys, is_there)
        for is_there, of in ((True, there), (False, new))
        for model, keys in (of or {}).items()
        if keys
    ]
    found: dict[type[SQLModel], set[Key]] = {model: set() for of in (there, new) for model in of or ()}
    if asked:
        documents = {
            _table(model).name: (_types(_table(model), names), [dict(zip(names, key, strict=True)) for key in keys])
            for model, keys, _ in asked
        }
        tables = tuple((_table(model), is_there) for model, _, is_there in asked)
        for row in run(session, _surprises, tables, names, documents=documents):
            found[asked[row[0]][0]].add(tuple(row[1:]))
    return {model: frozenset(of_model) for model, of_model in found.items()}


def run(
    session: Session, build: Callable[..., Any], *of: object, documents: Mapping[str, Document]
) -> Sequence[Row[Any]]:
    """What a statement returns, given documents by name; `build`, a cached function, gets the dialect's name first."""
    session.flush()  # what was added object by object comes first
    connection: Connection = session.connection()
    written = {name: to_json(rows).decode() for name, (_, rows) in documents.items()}
    result = connection.execute(build(connection.dialect.name, *of), written)
    return result.all() if result.returns_rows else ()


def run_for_many(
    session: Session, build: Callable[[str], Select[Any]], *, documents: Mapping[str, Document]
) -> Sequence[Row[Any]]:
    """As `run`, for a statement that returns many rows: from SQLite they come in one (see `surprises`)."""
    dialect = _dialect(session)
    if dialect.name != "sqlite":
        return run(session, build, documents=documents)
    keys, readers = _columns(build, dialect)
    ((together,),) = run(session, _in_one_row, build, documents=documents)
    rows = (
        tuple(value if read is None else read(value) for read, value in zip(readers, row, strict=True))
        for row in from_json(together)
    )
    result: IteratorResult[Any] = IteratorResult(SimpleResultMetaData(keys), rows)
    return result.all()


def unfolded(dialect_name: str, name: str, types: Types) -> tuple[FromClause, dict[str, ColumnElement[Any]]]:
    """A document as something to select from, and its columns."""
    document = bindparam(name, type_=Text)
    alias = f"given_{name}"
    if dialect_name == "sqlite":
        each = func.json_each(document).table_valued("value").alias(alias)
        return each, {part: _in_sqlite(each.c.value, part, type_) for part, type_ in types}
    typed = [column(part, type_) for part, type_ in types]
    given = func.json_to_recordset(cast(document, JSON)).table_valued(*typed)
    rows = given.render_derived(name=alias, with_types=True)
    return rows, {part: rows.c[part] for part, _ in types}


def _in_sqlite(value: ColumnElement[Any], part: str, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    found: ColumnElement[Any] = value.op("->>")(literal_column(f"'{part}'"))
    if isinstance(type_, Uuid):
        return func.replace(found, "-", "", type_=type_)  # SQLite keeps ids without hyphens
    if isinstance(type_, Integer):
        return found
    message = f"SQLite keeps {type_} in another way than JSON."
    raise TypeError(message)


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _dialect(session: Session) -> Dialect:
    return session.get_bind().dialect


@cache
def _types(table: Table, names: tuple[str, ...] = ()) -> Types:
    return tuple((name, table.c[name].type) for name in names or table.c.keys())


def _insert_values(connection: Connection, table: Table, rows: Rows) -> None:
    binders = _binders(connection.dialect, table)
    for some in _pieces(rows):
        values = tuple(row[name] if bind is None else bind(row[name]) for row in some for name, bind in binders)
        connection.exec_driver_sql(_values(table, len(some)), values)


def _pieces(rows: Rows) -> Iterator[Rows]:
    """By powers of two: each number of rows is a statement of its own, so it takes few to be prepared."""
    start = 0
    while start < len(rows):
        number = min(MOST_ROWS_AT_ONCE, 1 << (len(rows) - start).bit_length() - 1)
        yield rows[start : start + number]
        start += number


@cache
def _binders(dialect: Dialect, table: Table) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """Columns, and what makes of their values what the driver takes."""
    return [(name, type_.dialect_impl(dialect).bind_processor(dialect)) for name, type_ in _types(table)]


@cache
def _values(table: Table, rows: int) -> str:
    columns = table.c.keys()
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"  # noqa: S608  ours


@cache
def _insert(dialect_name: str, tables: tuple[Table, ...]) -> Insert:
    """All in one: the last, with the others as its common table expressions; constraints are checked at its end."""
    *others, last = (_insert_one(dialect_name, table) for table in tables)
    return last.add_cte(*(one.cte(f"added_{number}") for number, one in enumerate(others)))


def _insert_one(dialect_name: str, table: Table) -> Insert:
    given, columns = unfolded(dialect_name, table.name, _types(table))
    rows = select(*columns.values()).select_from(given)
    return insert_into(table).from_select(list(columns), rows, include_defaults=False)


@cache
def _update(dialect_name: str, table: Table, types: Types) -> Update:
    _, columns = unfolded(dialect_name, table.name, types)
    keys = [key.name for key in table.primary_key]
    changed = {name: value for name, value in columns.items() if name not in keys}
    return update_of(table).values(changed).where(*(table.c[name] == columns[name] for name in keys))


@cache
def _surprises(
    dialect_name: str, tables: tuple[tuple[Table, bool], ...], names: tuple[str, ...]
) -> CompoundSelect[Any]:
    parts = []
    for number, (table, is_there) in enumerate(tables):
        given, columns = unfolded(dialect_name, table.name, _types(table, names))
        found = exists().where(*(table.c[name] == value for name, value in columns.items()))
        wanted = (literal_column(str(number)), *columns.values())
        parts.append(select(*wanted).select_from(given).where(not_(found) if is_there else found))
    return union_all(*parts)


@cache
def _in_one_row(dialect_name: str, build: Callable[[str], Select[Any]]) -> Select[Any]:
    rows = build(dialect_name).subquery()
    return select(func.json_group_array(func.json_array(*rows.c), type_=Text))


@cache
def _columns(
    build: Callable[[str], Select[Any]], dialect: Dialect
) -> tuple[list[str], list[Callable[[Any], Any] | None]]:
    """Names of what a statement returns, and what makes values of it."""
    columns = build(dialect.name).selected_columns
    return columns.keys(), [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
