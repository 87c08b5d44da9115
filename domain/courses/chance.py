"""Chance in the shapes that diaries need; every draw comes from the generator that is handed in."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

_VARIANT = 0b10 << 62
_WRITTEN_AS_NULL = 0.5


def wander(rng: Random, length: int, *, spread: float, memory: float) -> list[float]:
    """A stationary first-order autoregressive series around 0.

    Args:
        rng: source of chance.
        length: number of values.
        spread: standard deviation of the values.
        memory: correlation of neighbours, 0 up to 1.
    """
    fresh = (1.0 - memory * memory) ** 0.5
    value = rng.gauss(0.0, 1.0)
    values = []
    for _ in range(length):
        values.append(spread * value)
        value = memory * value + fresh * rng.gauss(0.0, 1.0)
    return values


def some(rng: Random, mean: float) -> int:
    """A whole number around a mean, never negative."""
    return max(0, round(rng.gauss(mean, 0.5 * mean)))


def phone_id(rng: Random, made_at: datetime | None) -> str:
    """A UUID as a phone would make it: version 7 of an instant, version 4 without one."""
    if made_at is None:
        bits, version = rng.getrandbits(128), 4
    else:
        bits, version = int(made_at.timestamp() * 1000) << 80 | rng.getrandbits(80), 7
    bits = bits & ~(0xF << 76) | version << 76
    return str(UUID(int=bits & ~(0b11 << 62) | _VARIANT))


def optional(rng: Random, body: dict[str, object], name: str, values: Sequence[object]) -> None:
    """Put a field with one of these values; a None among them is written as null or left out."""
    value = rng.choice(values)
    if value is not None or rng.random() < _WRITTEN_AS_NULL:
        body[name] = value
