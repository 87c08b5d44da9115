"""Conditional GET: an answer that the caller has is not sent again."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Response
from pydantic_core import to_json

_DECLARED = {
    "headers": {name: {"schema": {"type": "string"}} for name in ("ETag", "Cache-Control", "Vary")},
}
CONDITIONAL: dict[int | str, dict[str, Any]] = {
    200: _DECLARED,
    304: {"description": "What you have is still true.", **_DECLARED},
}
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}


class Condition:
    """What the caller has already."""

    def __init__(self, if_none_match: str | None) -> None:
        self.known = frozenset(tag.strip().removeprefix("W/").strip('"') for tag in (if_none_match or "").split(","))
        """What the caller has; `*` for whatever it is."""

    def has(self, tag: str) -> bool:
        """Whether the caller has what the tag names."""
        return not self.known.isdisjoint((tag, "*"))

    def answer(self, tag: str, make: Callable[[], Any]) -> Response:
        """Answer 304 if the caller has what the tag names, else make it and write it as JSON."""
        headers = {**HEADERS, "ETag": f'"{tag}"'}
        if self.has(tag):
            return Response(status_code=304, headers=headers)
        return Response(to_json(make()), media_type="application/json", headers=headers)


async def _condition(
    if_none_match: Annotated[
        str | None, Header(alias="If-None-Match", description="The `ETag` of what you have.")
    ] = None,
) -> Condition:
    # A class would be called in a thread.
    return Condition(if_none_match)


IfNoneMatch = Annotated[Condition, Depends(_condition)]
