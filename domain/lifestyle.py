"""Means of what patients report about smoking, alcohol, movement and meals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Final

from domain.days import DECIMALS

DAYS_PER_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the days on which the field was reported."""

    value: float | None
    """None if it was reported on no day: not reported is not zero."""
    n: int
    """Days with a report of this field; each field has its own."""


@dataclass(frozen=True, slots=True)
class Lifestyle:
    """Habits over the days of a period."""

    cigarettes_per_day: Mean
    alcohol_units_per_week: Mean
    activity_minutes_per_week: Mean
    balanced_meals_per_day: Mean


def lifestyle(
    *,
    cigarettes: Mapping[date, float],
    alcohol_units: Mapping[date, float],
    activity_minutes: Mapping[date, float],
    balanced_meals: Mapping[date, float],
) -> Lifestyle:
    """Mean habits over the days with a report, each field by itself.

    Each argument holds, for the days of the period, the last non-null value reported for that day: cigarettes,
    units of alcohol, minutes of movement, balanced meals. What is given per week is the mean of a reported day
    times 7; days without a report are taken to be like the others, not to be zero.
    """
    return Lifestyle(
        cigarettes_per_day=_mean(cigarettes),
        alcohol_units_per_week=_mean(alcohol_units, times=DAYS_PER_WEEK),
        activity_minutes_per_week=_mean(activity_minutes, times=DAYS_PER_WEEK),
        balanced_meals_per_day=_mean(balanced_meals),
    )


def _mean(reported: Mapping[date, float], *, times: int = 1) -> Mean:
    if not reported:
        return Mean(value=None, n=0)
    return Mean(value=round(fsum(reported.values()) * times / len(reported), DECIMALS), n=len(reported))
