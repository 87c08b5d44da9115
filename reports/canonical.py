"""Canonical JSON (RFC 8785) by the standard library's encoder, which is three times as fast as the library for it.

The two differ in nothing but numbers (6.0 is 6, 1e-05 is 0.00001) and in the order of keys beyond ASCII, which reports
do not have.
"""

import json
import re
from typing import Any, Final

import rfc8785

_FENCE: Final = "\0"
"""Stands around a number that is written as text first; no text of a report can hold it."""
_FENCED: Final = re.compile(r'"\\u0000([^"\\]*)\\u0000"')
"""The same in JSON. A backslash of a text is doubled there, so none looks like this."""
_LOOKED_INTO: Final = frozenset((dict, list, float))


def canonical(content: dict[str, Any]) -> bytes:
    """The canonical JSON of a report.

    Args:
        content: keys in ASCII, no text with NUL; numbers up to 2^53.

    Source: RFC 8785, JSON Canonicalization Scheme.
    """
    text = json.dumps(_exact(content), ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return _FENCED.sub(r"\1", text).encode()


def _exact(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """The value with numbers that the encoder writes as the canon does."""
    kind = type(value)
    if kind is dict:
        return {name: _exact(one) if type(one) in _LOOKED_INTO else one for name, one in value.items()}
    if kind is list:
        return [_exact(one) if type(one) in _LOOKED_INTO else one for one in value]
    return _exact_number(value) if kind is float else value


def _exact_number(value: float) -> int | float | str:
    text = repr(value)
    if text.endswith(".0"):
        return int(value)
    return f"{_FENCE}{rfc8785.dumps(value).decode()}{_FENCE}" if "e" in text else value
