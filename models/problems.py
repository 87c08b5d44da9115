"""Problem documents (RFC 9457), as every error is answered."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from domain.errors import Fault

MOST_FAULTS = 100
"""Of one request, or one item of a batch: who has more is not helped by the rest."""


class FaultRead(BaseModel):
    """One place in the request that is not acceptable; the value itself is never repeated."""

    pointer: Annotated[str, Field(description="JSON Pointer into the body; or /query, /path, /header and a name.")]
    detail: str


class Problem(BaseModel):
    """What went wrong, by a name that stays and a sentence that may change."""

    type: Annotated[str, Field(description="/problems/<name>; names may grow.", examples=["/problems/not-found"])]
    title: str
    status: int
    detail: str
    request_id: Annotated[str, Field(description="Quote it when you ask for help.")]


class InvalidRequestProblem(Problem):
    """A request with content that is not acceptable, and where."""

    errors: Annotated[list[FaultRead], Field(description=f"At most the first {MOST_FAULTS}.")]


class VersionConflictProblem(Problem):
    """A change that was based on something older."""

    current_version: int


class TokenProblem(Problem):
    """A refused sign-in, with the error code of RFC 6749, 5.2."""

    error: Annotated[str, Field(examples=["invalid_grant"])]


class ItemProblem(Problem):
    """What is wrong with one item among many."""

    errors: list[FaultRead] | None
    current_version: int | None


_WORDS = {
    "missing": "is needed",
    "extra_forbidden": "is not a known field",
    "json_invalid": "the body is not valid JSON",
    "enum": "must be one of the listed values",
    "literal_error": "must be one of the listed values",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "does not have the form that is described",
    "string_type": "must be text",
    "string_unicode": "must be text in valid Unicode",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "timezone_aware": "must have an offset from UTC",
}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def faults(errors: Sequence[Mapping[str, Any]], *, prefix: str = "") -> list[Fault]:
    """What pydantic found, in words that never hold what was sent.

    A name in a pointer is shown only if it looks like a field's name: keys can hold anything. The first 100 are told.
    """
    return [Fault(prefix + _pointer(error["loc"]), _detail(error)) for error in errors[:MOST_FAULTS]]


def _pointer(location: Sequence[int | str]) -> str:
    parts = []
    for part in location:
        if isinstance(part, str) and not _PLAIN_NAME.fullmatch(part):
            break
        parts.append(f"/{part}")
    return "".join(parts)


def _detail(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind.startswith(("date", "time")):
        return "is not a possible day or time"
    return _WORDS.get(kind, "is not acceptable").format_map(error.get("ctx", {}))
