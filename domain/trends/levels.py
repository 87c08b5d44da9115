"""Where a course moved from one level to another (Pettitt); exploratory."""

from collections.abc import Sequence
from datetime import date
from math import exp
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.trends.results import LevelChange
from domain.trends.rounding import rounded

FEWEST_DAYS: Final = 20
SIGNIFICANT: Final = 0.05


def level_change(days: Sequence[date], scores: NDArray[np.int64]) -> LevelChange | None:
    """The likeliest day of one change of level, if there is any.

    U(t) is the number of pairs that fall minus those that rise from the first t days to the others, K the largest
    size of U, p = 2 exp(-6 K^2 / (n^3 + n^2)), without a correction for ties. Of several days with the same K the
    first is answered. The days are taken in order, their distances ignored, and to be independent.

    Args:
        days: observed days in order; length n.
        scores: whole numbers observed on those days; shape (n,).

    Returns:
        None with fewer than 20 days or p of 0.05 and more.

    Source: Pettitt, Appl Statist 28 (1979) 126-135.
    """
    n = scores.size
    if n < FEWEST_DAYS:
        return None
    sizes = np.abs(_pettitt_u(scores))
    split = int(np.argmax(sizes)) + 1
    k = int(sizes[split - 1])
    p = 2 * exp(-6 * k**2 / (n**3 + n**2))
    if p >= SIGNIFICANT:
        return None
    return LevelChange(
        day=days[split],
        p=rounded(p),
        median_before=rounded(np.median(scores[:split])),
        median_after=rounded(np.median(scores[split:])),
    )


def _pettitt_u(scores: NDArray[np.int64]) -> NDArray[np.int64]:
    """U(t) for t from 1 to n - 1; shape (n - 1,). Pairs within the first t days cancel out, so ranks suffice."""
    ranks = scores - scores.min()
    at_most = np.cumsum(np.bincount(ranks))
    below, above = (np.concatenate(([0], at_most)))[ranks], scores.size - at_most[ranks]
    return np.cumsum(below - above)[:-1]
