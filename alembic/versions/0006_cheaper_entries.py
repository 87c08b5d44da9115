"""What made an entry dear to store, on SQLite above all, and was not needed (docs/performance.md).

- No index on the day that an entry counts on: it is never after the entry's own day, which has one.
- On SQLite, lists of known words in constraints are written out: it makes a table of a list for each row it checks.

Revision ID: 0006
Revises: 0005
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LIST = re.compile(r"CHECK \((\w+) IN \(([^)]*)\)\)")


def upgrade() -> None:
    op.drop_index(op.f("ix_entry_patient_id_counted_day"), table_name="entry")
    if op.get_bind().dialect.name == "sqlite":
        for table, statement in _made_with("table"):
            if LIST.search(statement):
                _make_anew(table, LIST.sub(_written_out, statement))


def downgrade() -> None:
    # The constraints mean what they meant.
    op.create_index(op.f("ix_entry_patient_id_counted_day"), "entry", ["patient_id", "counted_day"])


def _written_out(found: re.Match[str]) -> str:
    column, words = found.groups()
    return f"CHECK ({' OR '.join(f'{column} = {word}' for word in words.split(', '))})"


def _make_anew(table: str, statement: str) -> None:
    """In the order of the key, for a table of millions whose index is filled here and there takes hours."""
    key = ", ".join(sa.inspect(op.get_bind()).get_pk_constraint(table)["constrained_columns"])
    indexes = [statement for of, statement in _made_with("index") if of == table]
    run = op.get_bind().exec_driver_sql
    run(re.sub(rf'CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", statement))
    run(f"INSERT INTO {table}_anew SELECT * FROM {table} ORDER BY {key}")  # noqa: S608  our own tables
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)
    for index in indexes:
        run(index)


def _made_with(kind: str) -> list[tuple[str, str]]:
    """Tables, and the statement with which each, or each index of theirs, was made."""
    found = sa.text("SELECT tbl_name, sql FROM sqlite_master WHERE type = :kind AND sql IS NOT NULL ORDER BY tbl_name")
    return [(table, statement) for table, statement in op.get_bind().execute(found, {"kind": kind})]
