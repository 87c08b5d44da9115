"""How many doses a regimen asks for on a day, and how many of them were taken.

A missing report is not a missed dose: adherence is measured on reported doses, coverage says how many were
reported, and the possible range says what the unreported ones could make of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.days import DECIMALS


@dataclass(frozen=True, slots=True)
class Regimen:
    """How a medication is to be taken."""

    times_per_day: int
    every_days: int
    """1 is daily, 2 every other day; at least 1, counted from `starts_on` or from the start of the cycle."""
    cycle_on_days: int | None
    """Days of taking in each cycle, at least 1; None without a cycle."""
    cycle_off_days: int | None
    """Days of pause that follow; None without a cycle."""
    as_needed: bool
    starts_on: date
    ends_on: date | None
    """Last day of taking; None if it goes on."""


@dataclass(frozen=True, slots=True)
class Adherence:
    """Doses of one medication over the days of a period."""

    expected: int | None
    """Doses that the regimen asks for; None if taken as needed."""
    reported: int
    """Expected doses about which the patient said something; as needed: all reports."""
    taken: int
    """Reported doses that were taken."""
    adherence: float | None
    """Taken over reported, 0 to 1; None if nothing expected was reported, or if taken as needed."""
    coverage: float | None
    """Reported over expected, 0 to 1; None if nothing was expected, or if taken as needed."""
    possible_low: float | None
    """Share taken of all expected doses if no unreported dose was taken; None as for `coverage`."""
    possible_high: float | None
    """Share taken of all expected doses if every unreported dose was taken; None as for `coverage`."""


def expected_doses(regimen: Regimen, day: date) -> int:
    """Doses that the regimen asks for on `day`.

    Days are counted from `starts_on`. With a cycle, its days of taking come first and its pause follows, and
    `every_days` starts anew with each cycle. Before the start, after the end and as needed: 0.
    """
    index = day.toordinal() - regimen.starts_on.toordinal()
    over = regimen.ends_on is not None and day > regimen.ends_on
    if regimen.as_needed or index < 0 or over:
        return 0
    if regimen.cycle_on_days is not None and regimen.cycle_off_days is not None:
        index %= regimen.cycle_on_days + regimen.cycle_off_days
        if index >= regimen.cycle_on_days:
            return 0
    return regimen.times_per_day if index % regimen.every_days == 0 else 0


def adherence(regimen: Regimen, reports: Mapping[date, tuple[int, int]], *, days: Sequence[date]) -> Adherence:
    """How much of what was asked for was taken, and how sure one can be of it.

    With E expected, R = min(E, reported) and T = min(R, taken) doses of a day, all summed over `days`:
    adherence T / R, coverage R / E, and possible from T / E to (T + E - R) / E. A dose beyond what was expected
    never makes up for one that was left out on another day.

    Args:
        regimen: how it is to be taken.
        reports: per day the doses about which something was reported, and those of them that were taken.
        days: the days that count, each once; reports of other days are ignored.
    """
    reported_and_taken = [reports.get(day, (0, 0)) for day in days]
    if regimen.as_needed:
        return _as_needed(reported_and_taken)
    expected = reported = taken = 0
    for day, (said, swallowed) in zip(days, reported_and_taken, strict=True):
        asked = expected_doses(regimen, day)
        expected += asked
        reported += min(asked, said)
        taken += min(asked, said, swallowed)
    return Adherence(
        expected=expected,
        reported=reported,
        taken=taken,
        adherence=_share(taken, reported),
        coverage=_share(reported, expected),
        possible_low=_share(taken, expected),
        possible_high=_share(taken + expected - reported, expected),
    )


def _as_needed(reported_and_taken: Sequence[tuple[int, int]]) -> Adherence:
    return Adherence(
        expected=None,
        reported=sum(said for said, _ in reported_and_taken),
        taken=sum(swallowed for _, swallowed in reported_and_taken),
        adherence=None,
        coverage=None,
        possible_low=None,
        possible_high=None,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DECIMALS) if whole else None
