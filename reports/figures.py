"""How each kind of number is printed, the same on every page: decimals, signs and units."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from domain.trends.rounding import SMALLEST_P
from reports.phrases import Figure
from reports.words import Words

MEDIAN_DIGITS: Final = 1
SLOPE_DIGITS: Final = 2
TAU_DIGITS: Final = 2
MEAN_DIGITS: Final = 1
P_DIGITS: Final = 4
MM_DIGITS: Final = 1


def count(words: Words, value: int, path: str) -> Figure:
    """Days, doses, a severity of one day."""
    return Figure(words.decimal(value, 0), value, path)


def median(words: Words, value: float, path: str) -> Figure:
    """Severity points of several days."""
    return Figure(words.decimal(value, MEDIAN_DIGITS), value, path)


def change(words: Words, value: float, path: str) -> Figure:
    """Points between two medians, with its sign."""
    return Figure(words.decimal(value, MEDIAN_DIGITS, signed=True), value, path)


def mean(words: Words, value: float, path: str) -> Figure:
    """A mean of days."""
    return Figure(words.decimal(value, MEAN_DIGITS), value, path)


def area(words: Words, value: float, path: str) -> Figure:
    """Points above baseline per day."""
    return Figure(words.decimal(value, SLOPE_DIGITS), value, path)


def slope(words: Words, value: float, path: str) -> Figure:
    """Points per week, with its sign."""
    return Figure(words.decimal(value, SLOPE_DIGITS, signed=True), value, path)


def tau(words: Words, value: float, path: str) -> Figure:
    """A rank correlation, with its sign."""
    return Figure(words.decimal(value, TAU_DIGITS, signed=True), value, path)


def p_value(words: Words, value: float, path: str) -> Figure:
    """With its sign of comparison: "= 0.0023", and never 0: "< 0.0001"."""
    if value < SMALLEST_P:
        return Figure(f"<\N{NO-BREAK SPACE}{words.decimal(SMALLEST_P, P_DIGITS)}", value, path)
    return Figure(f"=\N{NO-BREAK SPACE}{words.decimal(value, P_DIGITS)}", value, path)


def percent(words: Words, share: float, path: str) -> Figure:
    """A share of one."""
    return Figure(words.percent(float(Decimal(repr(share)) * 100)), share, path)


def millimetres(words: Words, value: float, path: str) -> Figure:
    """A length with its unit."""
    return Figure(f"{words.decimal(value, MM_DIGITS)}\N{NO-BREAK SPACE}mm", value, path)


def day(words: Words, value: date, path: str) -> Figure:
    """A day with its year."""
    return Figure(words.day(value), value, path)


def written(text: str, path: str) -> Figure:
    """A time of day, as it was entered."""
    return Figure(text, text, path)


def moment(words: Words, at: datetime, path: str) -> Figure:
    """A moment in UTC."""
    utc = at.astimezone(UTC)
    return Figure(words.moment(utc), at, path)
