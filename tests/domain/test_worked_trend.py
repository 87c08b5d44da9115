"""Series P: the pain of one January, worked out by hand in the clinical content."""

import numpy as np
import pytest

from domain.days import Period
from domain.trends import ChangeClass, DayMedian, DayValue, MannKendall, Verdict, Window
from domain.trends.windows import area_above, end_windows, window
from tests.domain.examples import JANUARY, SERIES_P, january, trend_of

P = trend_of(SERIES_P, period=JANUARY)


def test_the_points_are_the_days_that_were_written_in_order() -> None:
    assert P.symptom == "pain"
    assert P.n == len(P.points) == 17
    assert P.points[0] == DayValue(january(1), 6)
    assert P.points[-1] == DayValue(january(27), 3)
    assert [point.day for point in P.points] == sorted(SERIES_P)


def test_two_weeks_at_the_start_are_compared_with_two_weeks_at_the_end() -> None:
    assert P.baseline == Window(value=6.0, n=8, from_day=january(1), to_day=january(14))
    assert P.current == Window(value=4.0, n=9, from_day=january(15), to_day=january(28))
    assert P.change == -2.0


def test_single_weeks_would_say_6_and_3_and_a_half() -> None:
    start = window(SERIES_P, Period(january(1), january(7)))
    end = window(SERIES_P, Period(january(22), january(28)))

    assert start is not None
    assert end is not None
    assert (start.value, start.n) == (6.0, 5)
    assert (end.value, end.n) == (3.5, 4)


def test_pain_that_fell_by_2_from_6_is_better_by_the_30_percent_rule() -> None:
    assert P.change_class is ChangeClass.BETTER
    assert P.threshold == 1.8
    assert P.threshold_source is not None
    assert "Farrar 2001" in P.threshold_source


def test_the_slope_uses_calendar_days_and_not_the_order_of_entries() -> None:
    assert (P.slope_per_week, P.slope_low, P.slope_high) == (-0.815611, -1.235294, -0.411765)


def test_mann_kendall_finds_it_falling() -> None:
    assert P.mann_kendall == MannKendall(
        s=-73, variance=558.333333, z=-3.047093, p=0.002311, tau=-0.58372, verdict=Verdict.FALLING
    )
    assert P.mann_kendall.p == pytest.approx(0.0023107, abs=5e-7)


def test_the_area_above_baseline_is_two_points_over_nine_days() -> None:
    assert P.area_above_baseline_per_day == 0.222222


def test_with_a_week_as_baseline_the_area_is_three_points_over_twelve_days() -> None:
    week = window(SERIES_P, Period(january(1), january(7)))
    ordinals, scores = np.array([(point.day.toordinal(), point.value) for point in P.points]).T

    assert area_above(week, ordinals, scores) == 3 / 12


def test_the_rolling_median_is_that_of_the_worked_example() -> None:
    worked = {
        4: 6.0, 5: 6.0, 7: 6.0, 9: 6.0, 10: 6.0, 14: 6.0, 15: 5.5, 18: 5.0, 19: 4.5, 20: 5.0, 21: 4.0, 22: 4.0, 24: 4.0,
        26: 4.0, 27: 4.0,
    }  # fmt: skip

    assert P.rolling_median == tuple(DayMedian(january(day), value) for day, value in worked.items())


def test_the_worst_day_and_the_severe_days_are_counted_on_the_higher_of_two_entries() -> None:
    assert P.worst == DayValue(january(20), 8)
    assert P.severe_days == 3


def test_the_longest_gap_is_three_days() -> None:
    assert P.longest_gap_days == 3


def test_the_burden_is_the_mean_of_the_days_that_were_written() -> None:
    assert P.burden == round(sum(SERIES_P.values()) / 17, 6) == 5.117647


def test_seventeen_days_are_too_few_for_a_change_of_level() -> None:
    assert P.level_change is None


def test_a_course_from_enrolment_has_its_baseline_as_reference() -> None:
    assert P.reference == P.baseline
    assert P.change_from_reference == P.change


def test_a_period_of_27_days_is_compared_by_single_weeks() -> None:
    start, end = end_windows(SERIES_P, Period(january(1), january(27)))

    assert start == Window(value=6.0, n=5, from_day=january(1), to_day=january(7))
    assert end == Window(value=4.0, n=5, from_day=january(21), to_day=january(27))
