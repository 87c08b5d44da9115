"""Hundreds of random diaries against scipy, pymannkendall and pandas."""

from collections.abc import Mapping
from datetime import date
from math import sqrt

import numpy as np
import pandas as pd
import pymannkendall
import pytest
from scipy import stats

from domain.days import Period
from domain.trends import SymptomTrend, Verdict, Window
from domain.trends.robust import pair_up
from tests.domain.examples import random_courses, trend_of

COURSES = [(period, values, trend_of(values, period=period)) for period, values in random_courses(seed=1, count=500)]
CLOSE = 1e-6


def arrays(values: Mapping[date, int]) -> tuple[np.ndarray, np.ndarray]:
    """Day numbers and values in order."""
    days = sorted(values)
    return np.array([day.toordinal() for day in days]), np.array([values[day] for day in days])


def series(period: Period, values: Mapping[date, int]) -> pd.Series:
    """One place per calendar day of the period, NaN where nothing was observed."""
    index = pd.DatetimeIndex([pd.Timestamp(day) for day in period])
    return pd.Series([float(values.get(day, np.nan)) for day in period], index=index)


def test_slopes_agree_with_scipy() -> None:
    compared = 0
    for _, values, trend in COURSES:
        if trend.n < 3:
            assert trend.slope_per_week is None
            continue
        days, scores = arrays(values)
        oracle = stats.theilslopes(scores, days, 0.95)
        assert trend.slope_per_week == pytest.approx(7 * oracle.slope, abs=CLOSE)
        if trend.slope_low is not None:
            compared += 1
            assert trend.slope_low == pytest.approx(7 * oracle.low_slope, abs=CLOSE)
            assert trend.slope_high == pytest.approx(7 * oracle.high_slope, abs=CLOSE)
    assert compared > 300


def test_the_interval_is_missing_exactly_where_scipy_would_have_clipped_it() -> None:
    missing = 0
    for _, values, trend in COURSES:
        if trend.n < 3:
            continue
        _, scores = arrays(values)
        groups = np.unique(scores, return_counts=True)[1]
        n, pairs = len(scores), len(scores) * (len(scores) - 1) // 2
        variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in groups)) / 18
        reach = stats.norm.ppf(0.975) * sqrt(variance)
        low, high = np.round((pairs - reach) / 2) - 1, np.round((pairs + reach) / 2)
        outside = variance == 0 or low < 0 or high > pairs - 1
        missing += outside
        assert (trend.slope_low is None) == (trend.slope_high is None) == outside
    assert missing > 20


def test_mann_kendall_agrees_with_pymannkendall() -> None:
    compared = 0
    for _, values, trend in COURSES:
        _, scores = arrays(values)
        kendall = trend.mann_kendall
        if kendall.p is None:
            assert kendall.verdict is Verdict.INDETERMINATE
            assert trend.n < 3 or len(set(scores)) == 1
            continue
        compared += 1
        oracle = pymannkendall.original_test(scores)
        assert kendall.s == oracle.s
        assert kendall.variance == pytest.approx(oracle.var_s, abs=CLOSE)
        assert kendall.z == pytest.approx(oracle.z, abs=CLOSE)
        assert kendall.p == pytest.approx(oracle.p, abs=CLOSE)
        if trend.n >= 10:
            names = {"increasing": Verdict.RISING, "decreasing": Verdict.FALLING, "no trend": Verdict.NONE}
            assert kendall.verdict is names[oracle.trend]
        else:
            assert kendall.verdict is Verdict.INDETERMINATE
    assert compared > 300


def test_tau_b_agrees_with_scipy() -> None:
    compared = 0
    for _, values, trend in COURSES:
        if trend.mann_kendall.tau is not None:
            compared += 1
            oracle = stats.kendalltau(*arrays(values), variant="b")
            assert trend.mann_kendall.tau == pytest.approx(oracle.statistic, abs=CLOSE)
    assert compared > 300


def test_windows_and_change_agree_with_pandas() -> None:
    compared = 0
    for period, values, trend in COURSES:
        observed = series(period, values)
        length = 14 if period.days >= 28 else 7
        for answer, part in ((trend.baseline, observed.iloc[:length]), (trend.current, observed.iloc[-length:])):
            if period.days < 2 * length or part.count() < 3:
                assert answer is None
            else:
                assert answer == Window(part.median(), part.count(), part.index[0].date(), part.index[-1].date())
        if trend.baseline is not None and trend.current is not None:
            compared += 1
            assert trend.change == observed.iloc[-length:].median() - observed.iloc[:length].median()
        else:
            assert trend.change is None
    assert compared > 150


def test_rolling_medians_agree_with_pandas() -> None:
    compared = 0
    for period, values, trend in COURSES:
        observed = series(period, values).dropna()
        oracle = observed.rolling("7D", min_periods=3).median().dropna()
        compared += len(oracle)
        assert [point.day for point in trend.rolling_median] == [stamp.date() for stamp in oracle.index]
        assert [point.value for point in trend.rolling_median] == oracle.tolist()
    assert compared > 5000


def test_burden_worst_severe_days_and_gaps_agree_with_pandas() -> None:
    for period, values, trend in COURSES:
        observed = series(period, values)
        missing = observed.isna()
        assert trend.n == observed.count()
        assert trend.burden == pytest.approx(observed.mean(), abs=CLOSE)
        assert (trend.worst.day, trend.worst.value) == (observed.idxmax().date(), observed.max())
        assert trend.severe_days == (observed >= 7).sum()
        assert trend.longest_gap_days == missing.groupby((~missing).cumsum()).sum().max()


def test_the_area_above_baseline_agrees_with_pandas() -> None:
    compared = 0
    for period, values, trend in COURSES:
        later = _after_baseline(trend, series(period, values))
        if trend.baseline is None or later.empty:
            assert trend.area_above_baseline_per_day is None
            continue
        compared += 1
        area = (later - trend.baseline.value).clip(lower=0).mean()
        assert trend.area_above_baseline_per_day == pytest.approx(area, abs=CLOSE)
    assert compared > 150


def test_five_years_of_days_are_counted_without_a_rounding_error() -> None:
    random = np.random.default_rng(5)
    days = np.sort(random.choice(1827, size=1700, replace=False))
    scores = random.integers(0, 11, size=days.size)
    first, second = np.triu_indices(days.size, 1)
    slopes = np.sort((scores[second] - scores[first]) / (days[second] - days[first]))

    pairs = pair_up(days, scores)

    assert pairs.total == slopes.size == pairs.up_to[-1]
    assert pairs.s == np.sign(slopes).sum()
    assert pairs.untied == np.count_nonzero(slopes)
    assert np.array_equal(np.repeat(pairs.slopes, np.diff(pairs.up_to, prepend=0)), slopes)


def _after_baseline(trend: SymptomTrend, observed: pd.Series) -> pd.Series:
    if trend.baseline is None:
        return observed.iloc[:0]
    return observed[observed.index > pd.Timestamp(trend.baseline.to_day)].dropna()
