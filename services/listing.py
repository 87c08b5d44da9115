"""Lists that stay whole while they grow: pages by keyset, never by offset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, SQLColumnExpression, tuple_
from sqlmodel import Session

from domain.errors import CursorInvalid

T = TypeVar("T")
R = TypeVar("R")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for."""

    limit: int
    after: Key | None
    """Key of the last item of the page before; None for the first page."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """Some items, and the key to continue after; None at the end."""

    items: list[T]
    last: Key | None

    def map(self, shape: Callable[[T], R]) -> "Listed[R]":
        """The same page with each item in another shape."""
        return Listed([shape(item) for item in self.items], self.last)


def listed(
    session: Session,
    statement: Select[T],
    keys: Sequence[SQLColumnExpression[Any]],
    window: Window,
    *,
    descending: bool = False,
) -> Listed[T]:
    """One page of a statement's rows, ordered by the keys, which must be unique together.

    Raises:
        CursorInvalid: the window's key does not fit the columns.
    """
    if window.after is not None:
        place = tuple_(*_values(keys, window.after))
        statement = statement.where(tuple_(*keys) < place if descending else tuple_(*keys) > place)
    ordered = statement.order_by(*(key.desc() if descending else key.asc() for key in keys))
    rows = list(session.scalars(ordered.limit(window.limit + 1)))
    if len(rows) <= window.limit:
        return Listed(rows, None)
    last = rows[window.limit - 1]
    return Listed(rows[: window.limit], tuple(_text(getattr(last, name)) for name in _names(keys)))


def _text(value: Any) -> str:  # noqa: ANN401
    return value.isoformat() if isinstance(value, date) else str(value)


_PARSERS: dict[type, Callable[[str], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    UUID: UUID,
    int: int,
}


def _names(keys: Sequence[Any]) -> list[str]:
    return [key.key for key in keys]


def _types(keys: Sequence[Any]) -> list[type]:
    return [key.type.python_type for key in keys]


def _values(keys: Sequence[SQLColumnExpression[Any]], after: Key) -> list[Any]:
    try:
        return [_PARSERS[kind](text) for kind, text in zip(_types(keys), after, strict=True)]
    except (ValueError, KeyError):
        raise CursorInvalid from None
