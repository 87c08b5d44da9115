"""Cursors: opaque to callers, bound to the list and the filters they were given out for."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Query, Request

from domain.errors import CursorInvalid
from models.fields import Clean, Page
from services.listing import Listed, Window

P = TypeVar("P", bound=Page)  # type: ignore[type-arg]
T = TypeVar("T")

MOST_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Paging:
    """The part of a list that is asked for, and how to answer it."""

    window: Window
    bound_to: str

    def page(self, shape: Callable[..., P], found: Listed[T]) -> P:
        """A page as it is answered."""
        return shape(items=found.items, next_cursor=found.last and self.cursor(found.last))

    def cursor(self, key: tuple[str, ...]) -> str:
        """A place in the list, to go on after."""
        return base64.urlsafe_b64encode(json.dumps([self.bound_to, *key]).encode()).decode().rstrip("=")


async def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS, description="How many items at most.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before."), Clean
    ] = None,
) -> Paging:
    """The window that a request asks for.

    Raises:
        CursorInvalid: not a cursor of this list and these filters.
    """
    bound_to = _fingerprint(request)
    return Paging(Window(limit, None if cursor is None else _key(cursor, bound_to)), bound_to)


def _fingerprint(request: Request) -> str:
    filters = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in {"limit", "cursor"})
    return hashlib.sha256(json.dumps([request.url.path, filters]).encode()).hexdigest()[:16]


def _key(cursor: str, bound_to: str) -> tuple[str, ...]:
    try:
        bound, *key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError):
        raise CursorInvalid from None
    if bound != bound_to or not all(isinstance(part, str) for part in key):
        raise CursorInvalid
    return tuple(key)


Paged = Annotated[Paging, Depends(paging)]
