"""Edges of the trend of a symptom: too few days, ties, thresholds, windows, worst days."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict
from datetime import date, timedelta
from fractions import Fraction
from math import copysign

import numpy as np
import pytest

from domain.days import Period
from domain.trends import (
    ChangeClass,
    ChangeRule,
    DayValue,
    ShareOfBaseline,
    Verdict,
    Window,
    change_rule,
    count_trend,
    p_text,
    symptom_trend,
)
from domain.trends.changes import judge
from domain.trends.robust import pair_up, theil_sen
from domain.trends.rounding import rounded
from tests.domain.examples import NEW_YEAR, SERIES_P, daily, january, random_courses, trend_of, two_levels


def test_a_constant_course_has_slope_0_and_no_verdict() -> None:
    trend = trend_of(daily([4] * 10))

    assert trend.slope_per_week == 0
    assert (trend.slope_low, trend.slope_high) == (None, None)
    kendall = trend.mann_kendall
    assert (kendall.s, kendall.variance) == (0, 0.0)
    assert (kendall.z, kendall.p, kendall.tau) == (None, None, None)
    assert kendall.verdict is Verdict.INDETERMINATE


def test_one_day_has_a_value_but_no_direction() -> None:
    trend = trend_of(daily([7]))

    assert (trend.n, trend.burden, trend.severe_days, trend.worst) == (1, 7.0, 1, DayValue(NEW_YEAR, 7))
    assert (trend.slope_per_week, trend.slope_low, trend.slope_high) == (None, None, None)
    assert (trend.mann_kendall.s, trend.mann_kendall.variance) == (None, None)
    assert trend.mann_kendall.verdict is Verdict.INDETERMINATE
    assert trend.rolling_median == ()


def test_two_days_have_an_order_but_no_slope() -> None:
    trend = trend_of(daily([3, 5]))

    assert trend.mann_kendall.s == 1
    assert trend.slope_per_week is None
    assert (trend.mann_kendall.z, trend.mann_kendall.p, trend.mann_kendall.tau) == (None, None, None)


def test_five_rising_days_have_a_slope_but_are_too_few_for_a_verdict() -> None:
    trend = trend_of(daily([1, 2, 3, 4, 5]))

    assert trend.slope_per_week == 7.0
    assert trend.mann_kendall.s == 10
    assert trend.mann_kendall.z == 2.204541
    assert trend.mann_kendall.tau == 1.0
    assert trend.mann_kendall.verdict is Verdict.INDETERMINATE


def test_four_days_are_too_few_for_an_interval() -> None:
    trend = trend_of(daily([1, 2, 3, 4]))

    assert trend.slope_per_week == 7.0
    assert (trend.slope_low, trend.slope_high) == (None, None)


def test_one_bad_day_does_not_bend_the_trend() -> None:
    trend = trend_of(daily([0] * 29 + [1]))

    assert (trend.slope_per_week, trend.slope_low, trend.slope_high) == (0.0, 0.0, 0.0)
    assert (trend.mann_kendall.z, trend.mann_kendall.p) == (1.61748, 0.105775)
    assert trend.mann_kendall.verdict is Verdict.NONE


def test_nine_falling_days_are_indeterminate_and_ten_are_falling() -> None:
    assert trend_of(daily(range(9, 0, -1))).mann_kendall.verdict is Verdict.INDETERMINATE
    assert trend_of(daily(range(10, 0, -1))).mann_kendall.verdict is Verdict.FALLING


def test_twenty_eight_plainly_falling_scores_are_falling() -> None:
    scores = [10 - round(day / 3) for day in range(28)]

    kendall = trend_of(daily(scores)).mann_kendall

    assert kendall.verdict is Verdict.FALLING
    assert kendall.p is not None
    assert kendall.p < 0.0001


def test_sens_own_example_has_slope_4_and_his_interval() -> None:
    days, scores = np.array([1, 2, 3, 4, 10, 12, 18]), np.array([9, 15, 19, 20, 45, 55, 78])

    slope = theil_sen(pair_up(days, scores), confidence=0.93)

    assert slope.slope == 4.0
    assert slope.low == pytest.approx(3.714, abs=5e-4)
    assert slope.high == 4.375


@pytest.mark.parametrize(
    ("baseline", "current", "expected"),
    [
        ("6", "4", ChangeClass.BETTER),
        ("6", "4.5", ChangeClass.STABLE),
        ("3", "2", ChangeClass.BETTER),
        ("9", "7", ChangeClass.BETTER),
        ("0", "1", ChangeClass.STABLE),
        ("0", "2", ChangeClass.WORSE),
        ("5", "3.5", ChangeClass.BETTER),
        ("1", "0", ChangeClass.BETTER),
        ("0.5", "0", ChangeClass.STABLE),
        ("6", "7.5", ChangeClass.STABLE),
    ],
)
def test_pain_is_called_by_its_medians(baseline: str, current: str, expected: ChangeClass) -> None:
    assert judge(Fraction(baseline), Fraction(current), change_rule("pain")).change_class is expected


@pytest.mark.parametrize(
    ("before", "after", "expected", "threshold"),
    [
        (6, 4, ChangeClass.BETTER, 1.8),
        (3, 2, ChangeClass.BETTER, 1.0),
        (9, 7, ChangeClass.BETTER, 2.0),
        (0, 1, ChangeClass.STABLE, 2.0),
        (0, 2, ChangeClass.WORSE, 2.0),
        (5, 4, ChangeClass.STABLE, 1.5),
    ],
)
def test_the_threshold_is_the_one_on_the_side_of_the_change(
    before: int, after: int, expected: ChangeClass, threshold: float
) -> None:
    trend = trend_of(two_levels(before, after))

    assert (trend.change, trend.change_class, trend.threshold) == (after - before, expected, threshold)


def test_without_a_change_the_threshold_is_the_one_for_the_worse() -> None:
    trend = trend_of(two_levels(4, 4))

    assert (trend.change, trend.change_class, trend.threshold) == (0.0, ChangeClass.STABLE, 2.0)
    assert trend.threshold_source == change_rule("pain").worse_source


def test_itching_that_fell_from_3_to_2_is_stable_because_the_30_percent_rule_is_for_pain() -> None:
    trend = trend_of(two_levels(3, 2), symptom="itching")

    assert (trend.change_class, trend.threshold) == (ChangeClass.STABLE, 2.0)
    assert trend_of(two_levels(3, 1), symptom="itching").change_class is ChangeClass.BETTER


def test_every_threshold_says_whether_it_has_a_source_or_is_ours() -> None:
    for symptom in ("pain", "itching", "nodules", "erythema"):
        rule = change_rule(symptom)
        for source in (rule.worse_source, rule.better_source):
            assert "our convention" in source
    assert "Farrar" in change_rule("pain").better_source
    assert "Farrar" not in change_rule("pain").worse_source
    assert "Farrar" not in change_rule("erythema").better_source


def test_thresholds_are_compared_exactly_for_every_pair_of_medians() -> None:
    for tenths in range(11):
        rule = ChangeRule(
            worse=Fraction(3, 2),
            better=ShareOfBaseline(floor=Fraction(0), cap=Fraction(10), share=Fraction(tenths, 10)),
            worse_source="plan",
            better_source="plan",
        )
        for before in range(21):
            for after in range(21):
                judged = judge(Fraction(before, 2), Fraction(after, 2), rule).change_class
                if after > before:
                    expected = ChangeClass.WORSE if after - before >= 3 else ChangeClass.STABLE
                else:
                    fell_enough = before > after and 10 * (before - after) >= tenths * before
                    expected = ChangeClass.BETTER if fell_enough else ChangeClass.STABLE
                assert judged is expected


def test_a_plan_may_bring_its_own_thresholds() -> None:
    plan = ChangeRule(worse=Fraction(1), better=Fraction(3), worse_source="plan of May", better_source="plan of June")

    worse, better = trend_of(two_levels(4, 5), rule=plan), trend_of(two_levels(6, 4), rule=plan)

    assert (worse.change_class, worse.threshold_source) == (ChangeClass.WORSE, "plan of May")
    assert (better.change_class, better.threshold, better.threshold_source) == (
        ChangeClass.STABLE,
        3.0,
        "plan of June",
    )


def test_no_change_is_stable_even_under_a_plan_that_counts_every_change() -> None:
    plan = ChangeRule(worse=Fraction(0), better=Fraction(0), worse_source="plan", better_source="plan")

    assert trend_of(two_levels(4, 4), rule=plan).change_class is ChangeClass.STABLE
    assert trend_of(two_levels(4, 5), rule=plan).change_class is ChangeClass.WORSE
    assert trend_of(two_levels(5, 4), rule=plan).change_class is ChangeClass.BETTER


def test_a_window_with_two_days_leaves_the_class_insufficient() -> None:
    values = daily([6, 6]) | daily([3] * 14, first=january(15))

    trend = trend_of(values)

    assert trend.baseline is None
    assert trend.current is not None
    assert (trend.change, trend.threshold, trend.threshold_source) == (None, None, None)
    assert trend.change_class is ChangeClass.INSUFFICIENT
    assert trend.area_above_baseline_per_day is None


def test_a_period_of_less_than_two_weeks_has_no_windows() -> None:
    assert trend_of(daily([5] * 13)).change_class is ChangeClass.INSUFFICIENT
    assert trend_of(daily([5] * 13)).baseline is None


def test_a_period_of_exactly_two_weeks_has_windows_of_a_week() -> None:
    trend = trend_of(daily([8] * 7 + [2] * 7))

    assert trend.baseline == Window(value=8.0, n=7, from_day=january(1), to_day=january(7))
    assert trend.current == Window(value=2.0, n=7, from_day=january(8), to_day=january(14))


def test_the_windows_lie_at_the_ends_of_the_period_and_not_of_the_entries() -> None:
    values = daily([5] * 20, first=january(20))

    trend = trend_of(values, period=Period(january(1), january(1) + timedelta(days=89)))

    assert trend.baseline is None
    assert trend.current is None


def test_slow_drift_shows_against_the_first_two_weeks_although_the_period_is_stable() -> None:
    values = daily([2] * 14) | daily([5] * 60, first=date(2026, 6, 1))

    trend = trend_of(values, period=Period(date(2026, 6, 1), date(2026, 7, 30)), enrolled_on=january(1))

    assert trend.change_class is ChangeClass.STABLE
    assert trend.reference == Window(value=2.0, n=14, from_day=january(1), to_day=january(14))
    assert trend.change_from_reference == 3.0
    assert (trend.n, trend.burden) == (60, 5.0)


def test_days_outside_the_period_change_nothing_but_the_reference() -> None:
    period = Period(january(15), january(28))
    inside = {day: value for day, value in SERIES_P.items() if day in period}

    with_others = asdict(trend_of(SERIES_P, period=period, enrolled_on=january(1)))
    alone = asdict(trend_of(inside, period=period, enrolled_on=january(1)))

    differing = {name for name in alone if alone[name] != with_others[name]}
    assert differing == {"reference", "change_from_reference"}


def test_the_area_counts_only_days_after_the_baseline_and_only_what_lies_above_it() -> None:
    trend = trend_of(daily([9, 1, 1, 1, 1, 1, 1, 0, 0, 3, 5, 0, 0, 0]))

    assert trend.area_above_baseline_per_day == round((2 + 4) / 7, 6)


def test_the_area_is_unknown_without_a_day_after_the_baseline() -> None:
    trend = trend_of(daily([4] * 7), period=Period(january(1), january(14)))

    assert trend.baseline is not None
    assert trend.area_above_baseline_per_day is None


def test_the_worst_day_is_the_first_that_had_the_highest_value() -> None:
    assert trend_of(daily([3, 8, 2, 8])).worst == DayValue(january(2), 8)


def test_seven_is_severe_and_six_is_not() -> None:
    assert trend_of(daily([6, 7, 10, 0])).severe_days == 2


def test_the_gap_of_a_symptom_is_that_of_its_own_days() -> None:
    trend = symptom_trend(
        "pain",
        {january(3): 4},
        period=Period(january(1), january(28)),
        enrolled_on=january(1),
        expected=[january(day) for day in range(1, 11)],
        rule=change_rule("pain"),
    )

    assert trend.longest_gap_days == 7


def test_a_symptom_without_a_value_in_the_period_has_no_trend() -> None:
    with pytest.raises(ValueError, match="no trend"):
        trend_of({january(1): 5}, period=Period(january(2), january(5)))


def test_values_may_come_in_any_order() -> None:
    backwards = dict(sorted(SERIES_P.items(), reverse=True))

    assert trend_of(backwards) == trend_of(SERIES_P)


def test_nodules_are_counted_by_themselves() -> None:
    counts = daily([4, 5, 4]) | daily([9, 9, 9, 120], first=january(25))

    trend = count_trend(counts, period=Period(january(1), january(28)))

    assert (trend.n, trend.points[-1]) == (7, DayValue(january(28), 120))
    assert trend.baseline == Window(value=4.0, n=3, from_day=january(1), to_day=january(14))
    assert trend.current == Window(value=9.0, n=4, from_day=january(15), to_day=january(28))


def test_nodules_that_were_never_counted_have_no_points() -> None:
    trend = count_trend({}, period=Period(january(1), january(28)))

    assert (trend.n, trend.points, trend.baseline, trend.current) == (0, (), None, None)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "p < 0.0001"),
        (3e-20, "p < 0.0001"),
        (0.000099, "p < 0.0001"),
        (0.0001, "p = 0.0001"),
        (0.0023107, "p = 0.0023"),
        (1.0, "p = 1.0000"),
    ],
)
def test_a_p_is_never_printed_as_0(p: float, text: str) -> None:
    assert p_text(p) == text


def test_a_trend_cannot_be_changed_after_the_fact() -> None:
    with pytest.raises(FrozenInstanceError):
        trend_of(SERIES_P).n = 3  # type: ignore[misc]


def test_every_number_is_rounded_once_to_six_decimals_and_never_minus_zero() -> None:
    seen = 0
    for period, values in random_courses(seed=3, count=200):
        for number in _floats(asdict(trend_of(values, period=period))):
            seen += 1
            assert number == round(number, 6)
            assert type(number) is float
            assert copysign(1, number) > 0 or number < 0
    assert seen > 1000


def test_a_number_too_small_to_show_is_plain_zero() -> None:
    assert copysign(1, rounded(-1e-9)) == 1.0
    assert rounded(0.0023107) == 0.002311


def test_importing_trends_loads_neither_scipy_nor_pandas() -> None:
    code = (
        "import sys, domain.trends; print(sorted({'scipy', 'pandas', 'pydantic', 'pymannkendall'} & set(sys.modules)))"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


def _floats(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for part in value.values() for number in _floats(part)]
    if isinstance(value, list | tuple):
        return [number for part in value for number in _floats(part)]
    return [value] if isinstance(value, float) else []
