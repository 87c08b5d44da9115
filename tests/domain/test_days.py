"""Which days count."""

from datetime import date, timedelta
from random import Random

import pandas as pd
import pytest

from domain.days import Completion, Period, completion, expected_days, longest_gap
from tests.domain.examples import JANUARY, SERIES_P, january

LATER = date(2026, 6, 1)


def test_a_period_has_both_its_ends() -> None:
    assert JANUARY.days == len(list(JANUARY)) == 28
    assert january(1) in JANUARY
    assert january(28) in JANUARY
    assert january(29) not in JANUARY
    assert next(iter(JANUARY)) == january(1)


def test_a_period_counts_calendar_days_over_leap_days_and_the_end_of_time() -> None:
    assert Period(date(2024, 2, 28), date(2024, 3, 1)).days == 3
    assert list(Period(date.max - timedelta(days=1), date.max)) == [date.max - timedelta(days=1), date.max]


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Period(january(2), january(1))


def test_the_worked_diary_is_61_percent_complete_with_a_gap_of_three_days() -> None:
    observed = SERIES_P.keys()
    expected = expected_days(JANUARY, enrolled_on=january(1), today=LATER, observed=observed)

    assert completion(expected, observed) == Completion(
        expected_days=28, observed_days=17, rate=0.607143, longest_gap_days=3
    )


def test_no_day_before_enrolment_is_expected() -> None:
    expected = expected_days(JANUARY, enrolled_on=january(10), today=LATER, observed=set())

    assert expected == list(Period(january(10), january(28)))


def test_no_day_in_the_future_is_expected() -> None:
    expected = expected_days(JANUARY, enrolled_on=january(1), today=january(5), observed={january(5), january(6)})

    assert expected == list(Period(january(1), january(5)))


def test_today_is_not_missed_while_it_lasts() -> None:
    unwritten = expected_days(JANUARY, enrolled_on=january(1), today=january(28), observed=set())
    written = expected_days(JANUARY, enrolled_on=january(1), today=january(28), observed={january(28)})

    assert unwritten[-1] == january(27)
    assert written[-1] == january(28)


def test_the_day_of_enrolment_is_expected_once_something_was_written() -> None:
    today = january(3)

    assert expected_days(JANUARY, enrolled_on=today, today=today, observed=set()) == []
    assert expected_days(JANUARY, enrolled_on=today, today=today, observed={today}) == [today]


@pytest.mark.parametrize(
    ("enrolled_on", "today"), [(date(2026, 3, 1), LATER), (january(1), date(2025, 12, 31))], ids=["later", "future"]
)
def test_completion_is_unknown_where_no_day_was_expected(enrolled_on: date, today: date) -> None:
    expected = expected_days(JANUARY, enrolled_on=enrolled_on, today=today, observed=SERIES_P.keys())

    assert completion(expected, SERIES_P.keys()) == Completion(
        expected_days=0, observed_days=0, rate=None, longest_gap_days=0
    )


def test_a_day_that_was_not_expected_does_not_raise_completion() -> None:
    assert completion([january(2)], {january(1), january(2)}).rate == 1.0


def test_a_gap_at_the_start_or_at_the_end_counts() -> None:
    days = list(JANUARY)

    assert longest_gap(days, {january(6), january(9)}) == 19
    assert longest_gap(days, {january(20), january(27)}) == 19
    assert longest_gap(days, set()) == 28
    assert longest_gap(days, set(days)) == 0


def test_a_gap_runs_over_days_on_which_nothing_was_expected() -> None:
    every_other_day = [january(day) for day in (1, 3, 5, 7, 9)]

    assert longest_gap(every_other_day, {january(1), january(9)}) == 3


def test_gaps_agree_with_pandas() -> None:
    random = Random(7)
    for _ in range(300):
        period = Period.starting(january(1), random.randint(1, 90))
        observed = {day for day in period if random.random() < 0.5}
        seen = pd.Series([day in observed for day in period])
        runs = (~seen).groupby(seen.cumsum()).sum()

        assert longest_gap(list(period), observed) == runs.max()
