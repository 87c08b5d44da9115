"""Which days count: the period asked for, the days a diary was expected, and the gaps in it.

The unit is the patient's local calendar day (`counted_day`). What lies outside the days a patient could have
written is neither observed nor missed.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DECIMALS: Final = 6
"""Every number that leaves `domain/` is rounded once, to this many decimals; every format prints from these."""


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar days from `first` to `last`, both included.

    Raises:
        ValueError: if `last` is before `first`.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.last < self.first:
            message = "a period cannot end before it begins"
            raise ValueError(message)

    @classmethod
    def starting(cls, first: date, days: int) -> "Period":
        """The `days` calendar days that begin with `first`; `days` is at least 1."""
        return cls(first, first + timedelta(days=days - 1))

    @classmethod
    def ending(cls, last: date, days: int) -> "Period":
        """The `days` calendar days that end with `last`; `days` is at least 1."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        """Length in calendar days, at least 1."""
        return self.last.toordinal() - self.first.toordinal() + 1

    def __contains__(self, day: date) -> bool:
        """Whether `day` is one of the period's days."""
        return self.first <= day <= self.last

    def covers(self, other: "Period") -> bool:
        """Whether all days of the other are its own."""
        return other.first in self and other.last in self

    def __iter__(self) -> Iterator[date]:
        """Each day once, in order."""
        return map(date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))


@dataclass(frozen=True, slots=True)
class Completion:
    """How much of a diary was written."""

    expected_days: int
    observed_days: int
    """Expected days with at least one rating of any symptom."""
    rate: float | None
    """Observed over expected, 0 to 1; None if no day was expected."""
    longest_gap_days: int
    """Longest run of expected days without a rating."""


def expected_days(period: Period, *, enrolled_on: date, today: date, observed: AbstractSet[date]) -> list[date]:
    """Days of the period on which a diary entry could have been expected.

    Every day from the later of the period's first day and the enrolment to the earlier of its last day and today.
    Today counts only if it is already observed: the day is not over.

    Args:
        period: the days asked for.
        enrolled_on: the patient's first day.
        today: the current day in the patient's time zone.
        observed: days with at least one rating of any symptom; may reach beyond the period.

    Returns:
        The days in order; empty if the period lies before the enrolment or in the future.
    """
    first, last = max(period.first, enrolled_on), min(period.last, today)
    if last < first:
        return []
    return [day for day in Period(first, last) if day != today or day in observed]


def longest_gap(expected: Sequence[date], observed: AbstractSet[date]) -> int:
    """Longest run of unobserved days in the list of expected days, runs at its edges included.

    Args:
        expected: expected days in order; neighbours in the list are neighbours in a run.
        observed: days on which something was observed; others than expected days are ignored.

    Returns:
        Number of expected days; all of them if nothing was observed, 0 if none was expected.
    """
    longest = run = 0
    for day in expected:
        if day in observed:
            longest, run = max(longest, run), 0
        else:
            run += 1
    return max(longest, run)


def completion(expected: Sequence[date], observed: AbstractSet[date]) -> Completion:
    """How many of the expected days were observed, and the longest gap between them.

    Args:
        expected: answer of `expected_days`.
        observed: days with at least one rating of any symptom; others than expected days are ignored.
    """
    seen = sum(day in observed for day in expected)
    return Completion(
        expected_days=len(expected),
        observed_days=seen,
        rate=round(seen / len(expected), DECIMALS) if expected else None,
        longest_gap_days=longest_gap(expected, observed),
    )
