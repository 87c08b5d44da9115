"""All that is said about one symptom, or about a count, over a period."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.days import Period, longest_gap
from domain.trends.changes import ChangeRule, judge
from domain.trends.levels import level_change
from domain.trends.results import CountTrend, DayValue, SymptomTrend, Window
from domain.trends.robust import mann_kendall, pair_up, theil_sen
from domain.trends.rounding import rounded, rounded_or_none
from domain.trends.windows import REFERENCE_DAYS, area_above, end_windows, rolling_medians, window

DAYS_PER_WEEK: Final = 7
SEVERE: Final = 7
"""Serlin et al., Pain 61 (1995) 277-284, for cancer pain; borrowed for other symptoms."""


def symptom_trend(
    symptom: str,
    values: Mapping[date, int],
    *,
    period: Period,
    enrolled_on: date,
    expected: Sequence[date],
    rule: ChangeRule,
) -> SymptomTrend:
    """Everything that is said about the course of a symptom in a period.

    Args:
        symptom: its name.
        values: per observed day the highest severity, whole points on 0-10. Days outside the period serve the
            reference window only.
        period: the days asked for, as asked for: neither enrolment nor today moves the windows at its ends.
        enrolled_on: the patient's first day; the reference window begins here.
        expected: expected days in order (`domain.days.expected_days`), for the longest gap.
        rule: what counts as a change.

    Raises:
        ValueError: if no value lies in the period; such a symptom is left out.
    """
    points = _points(values, period)
    if not points:
        message = "a symptom without a value in the period has no trend"
        raise ValueError(message)
    days = [point.day for point in points]
    ordinals = _whole_numbers([day.toordinal() for day in days])
    scores = _whole_numbers([point.value for point in points])
    pairs = pair_up(ordinals, scores)
    slope = theil_sen(pairs)
    reference = window(values, Period.starting(enrolled_on, REFERENCE_DAYS))
    baseline, current = end_windows(values, period)
    judgement = judge(_exact(baseline), _exact(current), rule)
    return SymptomTrend(
        symptom=symptom,
        n=len(points),
        points=points,
        reference=reference,
        change_from_reference=_difference(current, reference),
        baseline=baseline,
        current=current,
        change=_rounded(judgement.change),
        change_class=judgement.change_class,
        threshold=_rounded(judgement.threshold),
        threshold_source=judgement.threshold_source,
        slope_per_week=_per_week(slope.slope),
        slope_low=_per_week(slope.low),
        slope_high=_per_week(slope.high),
        mann_kendall=mann_kendall(pairs),
        worst=max(points, key=lambda point: point.value),
        severe_days=int(np.count_nonzero(scores >= SEVERE)),
        longest_gap_days=longest_gap(expected, values.keys()),
        area_above_baseline_per_day=rounded_or_none(area_above(baseline, ordinals, scores)),
        burden=rounded(int(scores.sum()) / len(points)),
        level_change=level_change(days, scores),
        rolling_median=rolling_medians(days, ordinals, scores),
    )


def count_trend(values: Mapping[date, int], *, period: Period) -> CountTrend:
    """The course of a count, such as the nodules that are seen: its days and its medians at both ends of the period.

    Args:
        values: per day the count; days outside the period are ignored.
        period: the days asked for.
    """
    points = _points(values, period)
    baseline, current = end_windows(values, period)
    return CountTrend(n=len(points), points=points, baseline=baseline, current=current)


def _points(values: Mapping[date, int], period: Period) -> tuple[DayValue, ...]:
    first, last = period.first, period.last
    days = [day for day in sorted(values) if first <= day <= last]
    return tuple(map(DayValue, days, map(values.__getitem__, days)))


def _whole_numbers(numbers: Sequence[int]) -> NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)


def _exact(median: Window | None) -> Fraction | None:
    """A median of whole numbers is whole or a half, which a float holds exactly."""
    return None if median is None else Fraction(median.value)


def _difference(later: Window | None, earlier: Window | None) -> float | None:
    return None if later is None or earlier is None else rounded(later.value - earlier.value)


def _rounded(points: Fraction | None) -> float | None:
    return None if points is None else rounded(float(points))


def _per_week(per_day: float | None) -> float | None:
    return None if per_day is None else rounded(per_day * DAYS_PER_WEEK)
