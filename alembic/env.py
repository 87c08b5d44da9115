"""Runs the migrations on the connection it is handed, or on the configured database."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import AutoString, SQLModel

import models
from infra import settings
from infra.db import Database
from models.fields import UtcDateTime

assert models.__all__, "importing the package registers the tables"


def _render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write plain types into migrations: what they did must not change with our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})"
    return False


def _run(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=_render,
        compare_type=True,
        transactional_ddl=True,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    chosen = settings.load()
    database = Database(chosen.database(), connections=2, timeout_s=60)
    with database.writers.begin() as own:
        _run(own)
