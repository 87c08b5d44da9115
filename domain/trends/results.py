"""What a trend answers. Field names are those of the JSON (`from` and `to` are `from_day` and `to_day`).

None always means that the statistic cannot be had from these days, never 0. Floats are rounded to 6 decimals.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ChangeClass(StrEnum):
    """What became of a symptom between the two ends of a period."""

    WORSE = "worse"
    BETTER = "better"
    STABLE = "stable"
    INSUFFICIENT = "insufficient"


class Verdict(StrEnum):
    """What Mann-Kendall says; it supports the class and never makes it."""

    RISING = "rising"
    FALLING = "falling"
    NONE = "none"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class DayValue:
    """What was observed on one day: the highest severity, or a count."""

    day: date
    value: int


@dataclass(frozen=True, slots=True)
class DayMedian:
    """Median of the values observed in the seven days that end with `day`."""

    day: date
    value: float


@dataclass(frozen=True, slots=True)
class Window:
    """Median of the observed days between two days, both included."""

    value: float
    n: int
    """Observed days, at least 3."""
    from_day: date
    to_day: date


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Whether values tend to rise or to fall (Mann 1945, Kendall 1975)."""

    s: int | None
    """Rising pairs of days minus falling ones; None with fewer than two days."""
    variance: float | None
    """Of `s` if there were no trend, corrected for ties; None with fewer than two days."""
    z: float | None
    """None, as `p` and `tau`, with fewer than three days or a variance of 0."""
    p: float | None
    """Two-sided. Rounded like all: a p below 0.0000005 is 0.0 here, print it with `p_text`."""
    tau: float | None
    """Kendall's tau-b, -1 to 1."""
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The day on which the values most likely moved to another level; exploratory."""

    day: date
    """First observed day of the new level."""
    p: float
    """Approximate and two-sided; print it with `p_text`."""
    median_before: float
    median_after: float
    exploratory: bool = True


@dataclass(frozen=True, slots=True)
class SymptomTrend:
    """The course of one symptom over a period."""

    symptom: str
    n: int
    """Observed days of this symptom in the period."""
    points: tuple[DayValue, ...]
    reference: Window | None
    """Over the 14 days from enrolment, whatever the period; None with fewer than 3 observed days there."""
    change_from_reference: float | None
    """Current minus reference; None without either."""
    baseline: Window | None
    """At the start of the period; None if it is too short or the window has fewer than 3 observed days."""
    current: Window | None
    """At the end of the period; None as for `baseline`."""
    change: float | None
    """Current minus baseline, positive is worse; None without either."""
    change_class: ChangeClass
    threshold: float | None
    """Size of a change that counts on the side to which it went (without a change: for the worse)."""
    threshold_source: str | None
    slope_per_week: float | None
    """Typical change in points per week, positive is worse; None with fewer than three days."""
    slope_low: float | None
    """Lower end of the 95 % interval; None, as `slope_high`, if all values are equal or the days too few."""
    slope_high: float | None
    mann_kendall: MannKendall
    worst: DayValue
    """Highest value, on the first day that had it."""
    severe_days: int
    """Observed days with 7 or more, of `n`."""
    longest_gap_days: int
    """Longest run of expected days without a value of this symptom."""
    area_above_baseline_per_day: float | None
    """Points above baseline per observed day after the baseline window; None without either."""
    burden: float
    """Mean of the observed days."""
    level_change: LevelChange | None
    """None with fewer than 20 days or p of 0.05 and more."""
    rolling_median: tuple[DayMedian, ...]


@dataclass(frozen=True, slots=True)
class CountTrend:
    """The course of a count, such as the nodules that are seen."""

    n: int
    points: tuple[DayValue, ...]
    baseline: Window | None
    current: Window | None
