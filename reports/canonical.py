"""JSON in its one canonical form (RFC 8785), so that equal content has equal bytes.

For what reports are made of: names in ASCII, numbers of at most six decimals. A year has thousands of numbers, and the
package rfc8785, which the tests hold this against, takes three times as long for them.
"""

from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

_LEAST_PLAIN, _FIRST_LONG = 1e-6, 1e21
"""From and up to where ECMAScript writes a number without an exponent."""


def canonical(value: Any) -> bytes:  # noqa: ANN401  JSON
    """A JSON value in canonical form.

    Raises:
        ValueError: it has a number, or a name, of a kind that no report has.
    """
    return _text(value).encode()


def _text(value: Any) -> str:  # noqa: ANN401
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int:
        return str(value)
    if kind is float:
        return _number(value)
    if kind is dict:
        if not all(map(str.isascii, value)):
            message = "a name that is not ASCII"
            raise ValueError(message)
        return "{" + ",".join([f'"{name}":{_text(value[name])}' for name in sorted(value)]) + "}"
    if kind is list:
        return "[" + ",".join([_text(one) for one in value]) + "]"
    return {None: "null", True: "true", False: "false"}[value]


def _number(value: float) -> str:
    """As ECMAScript writes it: whole numbers without a point, small ones without an exponent."""
    if value.is_integer() and abs(value) < _FIRST_LONG:
        return str(int(value))
    if not _LEAST_PLAIN <= abs(value) < _FIRST_LONG:
        message = f"a number outside {_LEAST_PLAIN} to {_FIRST_LONG}"
        raise ValueError(message)
    shortest = repr(value)
    return f"{Decimal(shortest):f}" if "e" in shortest else shortest
