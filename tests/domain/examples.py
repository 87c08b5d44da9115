"""Courses that the tests share: the worked example of the clinical content, and random diaries."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from domain.days import Period
from domain.trends import ChangeRule, SymptomTrend, change_rule, symptom_trend

NEW_YEAR = date(2026, 1, 1)
JANUARY = Period(NEW_YEAR, date(2026, 1, 28))


def january(day: int) -> date:
    """The day of the worked example with this number."""
    return date(2026, 1, day)


SERIES_P: Mapping[date, int] = {
    january(day): value
    for day, value in {
        1: 6, 2: 7, 4: 6, 5: 5, 7: 6, 9: 7, 10: 5, 14: 6, 15: 4, 18: 5, 19: 4, 20: 8, 21: 4, 22: 4, 24: 3, 26: 4, 27: 3,
    }.items()
}  # fmt: skip
"""Pain in January 2026; day 20 has two entries, 3 and 8, of which the higher counts."""


def daily(scores: Sequence[int], first: date = NEW_YEAR) -> dict[date, int]:
    """One value a day without gaps."""
    return {first + timedelta(days=index): score for index, score in enumerate(scores)}


def two_levels(before: int, after: int) -> dict[date, int]:
    """Twenty-eight days of which the first half has one value and the second another."""
    return daily([before] * 14 + [after] * 14)


def trend_of(
    values: Mapping[date, int],
    *,
    symptom: str = "pain",
    period: Period | None = None,
    enrolled_on: date | None = None,
    rule: ChangeRule | None = None,
) -> SymptomTrend:
    """The trend over the days from the first to the last value, all of them expected, unless told otherwise."""
    days = period or Period(min(values), max(values))
    return symptom_trend(
        symptom,
        values,
        period=days,
        enrolled_on=enrolled_on or days.first,
        expected=list(days),
        rule=rule or change_rule(symptom),
    )


def random_courses(seed: int, count: int, *, longest: int = 120) -> Iterator[tuple[Period, dict[date, int]]]:
    """Diaries of many kinds: sparse and full, flat and drifting, with few and with many levels, never empty."""
    random = Random(seed)
    for _ in range(count):
        period = Period.starting(date(2024, 1, 1) + timedelta(days=random.randrange(700)), random.randint(1, longest))
        completion, drift, spread = random.choice((0.1, 0.5, 0.9, 1.0)), random.uniform(-0.1, 0.1), random.randint(0, 6)
        start = random.randint(0, 10)
        kept = [day for day in period if random.random() < completion] or [period.first]
        yield (
            period,
            {
                day: min(10, max(0, round(start + drift * (day - period.first).days + random.randint(-spread, spread))))
                for day in kept
            },
        )
