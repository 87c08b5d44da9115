"""Many rows in one statement, whatever their number: they travel as one JSON document, which the database unfolds.

A statement is the same for one row and for a thousand, so it is built, compiled and prepared once; and the
interpreter lock is free while the database reads the document (figures in docs/performance.md).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    CompoundSelect,
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


def insert(session: Session, rows: Mapping[type[SQLModel], Rows]) -> None:
    """Add rows to tables, in this order. Each row has all columns; what else it names is not used."""
    documents = {_table(model): (_types(_table(model)), of_table) for model, of_table in rows.items() if of_table}
    together = [tuple(documents)] if _dialect(session).name != "sqlite" else [(table,) for table in documents]
    for tables in filter(None, together):
        run(session, _insert, tables, documents={table.name: documents[table] for table in tables})


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
    dialect = connection.dialect
    written = {name: _written(dialect, types, rows) for name, (types, rows) in documents.items()}
    result = connection.execute(build(dialect.name, *of), written)
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
    # SQLite keeps ids without hyphens.
    return func.replace(found, "-", "", type_=type_) if isinstance(type_, Uuid) else found


def _written(dialect: Dialect, types: Types, rows: Rows) -> str:
    if dialect.name == "sqlite":
        # JSON knows no times: they are written as SQLite's driver would get them.
        writers = _writers(dialect, types)
        rows = [{**row, **{name: write(row[name]) for name, write in writers}} for row in rows] if writers else rows
    return to_json(rows).decode()


@cache
def _writers(dialect: Dialect, types: Types) -> list[tuple[str, Callable[[Any], Any]]]:
    others = [(name, type_) for name, type_ in types if not isinstance(type_, Boolean | Date | Uuid)]
    writers = ((name, type_.dialect_impl(dialect).bind_processor(dialect)) for name, type_ in others)
    return [(name, write) for name, write in writers if write is not None]


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _dialect(session: Session) -> Dialect:
    return session.get_bind().dialect


@cache
def _types(table: Table, names: tuple[str, ...] = ()) -> Types:
    return tuple((name, table.c[name].type) for name in names or table.c.keys())


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
