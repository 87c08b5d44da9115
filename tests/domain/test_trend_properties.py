"""What must hold of every course, whatever its values."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.days import Period
from domain.trends import ChangeClass, SymptomTrend, Verdict
from tests.domain.examples import NEW_YEAR, daily, trend_of

LONG = Period.starting(NEW_YEAR, 60)
COURSES = st.dictionaries(st.integers(0, 59), st.integers(0, 10), min_size=1).map(
    lambda course: {NEW_YEAR + timedelta(days=offset): score for offset, score in course.items()}
)
STEADY = settings(
    max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
MIRRORED = {Verdict.RISING: Verdict.FALLING, Verdict.FALLING: Verdict.RISING}


def without_days(trend: SymptomTrend) -> tuple[object, ...]:
    """What a trend says apart from when."""
    windows = (trend.reference, trend.baseline, trend.current)
    return (
        [point.value for point in trend.points],
        [point.value for point in trend.rolling_median],
        [window and (window.value, window.n) for window in windows],
        trend.worst.value,
        trend.level_change and replace(trend.level_change, day=date.min),
        trend.slope_per_week,
        trend.slope_low,
        trend.slope_high,
        trend.mann_kendall,
        trend.change,
        trend.change_class,
        trend.burden,
        trend.area_above_baseline_per_day,
    )


@STEADY
@given(course=COURSES, days=st.integers(-3000, 3000))
def test_a_course_means_the_same_in_another_year(course: dict[date, int], days: int) -> None:
    shift = timedelta(days=days)
    moved = {day + shift: score for day, score in course.items()}

    here = trend_of(course, period=LONG)
    there = trend_of(moved, period=Period(LONG.first + shift, LONG.last + shift))

    assert without_days(here) == without_days(there)


@STEADY
@given(course=COURSES)
def test_a_mirrored_course_has_a_mirrored_trend(course: dict[date, int]) -> None:
    here = trend_of(course, period=LONG)
    mirror = trend_of({day: 10 - score for day, score in course.items()}, period=LONG)

    assert mirror.slope_per_week == _negative(here.slope_per_week)
    assert mirror.change == _negative(here.change)
    assert mirror.mann_kendall.p == here.mann_kendall.p
    assert mirror.mann_kendall.z == _negative(here.mann_kendall.z)
    assert mirror.mann_kendall.tau == _negative(here.mann_kendall.tau)
    assert mirror.mann_kendall.verdict is MIRRORED.get(here.mann_kendall.verdict, here.mann_kendall.verdict)
    assert (mirror.level_change is None) == (here.level_change is None)


@STEADY
@given(course=COURSES, points=st.integers(-5, 5))
def test_a_constant_number_of_points_more_changes_no_slope(course: dict[date, int], points: int) -> None:
    here = trend_of(course, period=LONG)
    higher = trend_of({day: score + points for day, score in course.items()}, period=LONG)

    assert higher.mann_kendall == here.mann_kendall
    assert (higher.slope_per_week, higher.slope_low, higher.slope_high) == (
        here.slope_per_week,
        here.slope_low,
        here.slope_high,
    )


@STEADY
@given(score=st.integers(0, 10), n=st.integers(1, 60))
def test_a_constant_course_never_gets_better_or_worse(score: int, n: int) -> None:
    trend = trend_of(daily([score] * n), period=LONG)

    assert trend.slope_per_week in {None, 0.0}
    assert trend.mann_kendall.verdict is Verdict.INDETERMINATE
    assert trend.change_class in {ChangeClass.STABLE, ChangeClass.INSUFFICIENT}
    assert trend.level_change is None
    assert trend.burden == trend.worst.value == score


@STEADY
@given(course=COURSES)
def test_the_slope_lies_in_its_interval_and_every_median_among_the_values(course: dict[date, int]) -> None:
    trend = trend_of(course, period=LONG)
    values = [point.value for point in trend.points]

    if trend.slope_low is not None:
        assert trend.slope_high is not None
        assert trend.slope_per_week is not None
        assert trend.slope_low <= trend.slope_per_week <= trend.slope_high
    for median in (trend.baseline, trend.current, *trend.rolling_median):
        assert median is None or min(values) <= median.value <= max(values)
    assert trend.n - trend.severe_days >= 0
    assert trend.longest_gap_days <= LONG.days - trend.n


@STEADY
@given(course=st.lists(st.integers(3, 5), min_size=28, max_size=28), day=st.integers(0, 27), bad=st.integers(0, 10))
def test_one_bad_day_hardly_bends_a_full_diary(course: list[int], day: int, bad: int) -> None:
    spoiled = [*course[:day], bad, *course[day + 1 :]]

    here, there = trend_of(daily(course)), trend_of(daily(spoiled))

    assert here.slope_per_week is not None
    assert there.slope_per_week is not None
    assert abs(here.slope_per_week - there.slope_per_week) <= 0.5
    assert here.baseline is not None
    assert there.baseline is not None
    assert abs(here.baseline.value - there.baseline.value) <= 1


def _negative(value: float | None) -> float | None:
    return None if value is None else -value
