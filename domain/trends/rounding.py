"""Numbers as they leave the calculation, and p-values as they are read."""

from typing import Final

from domain.days import DECIMALS

SMALLEST_P: Final = 0.0001
"""Below this the exact p says nothing more; no p is ever printed as 0."""


def rounded(value: float) -> float:
    """`value` with the decimals that every format prints from; never minus zero."""
    return round(float(value), DECIMALS) + 0.0


def rounded_or_none(value: float | None) -> float | None:
    """`rounded`, where a statistic that cannot be had stays None."""
    return None if value is None else rounded(value)


def p_text(p: float) -> str:
    """A p-value in words: four decimals, or "p < 0.0001"; a p that was rounded to 0 in JSON reads the same."""
    return f"p < {SMALLEST_P}" if p < SMALLEST_P else f"p = {p:.4f}"
