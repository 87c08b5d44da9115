"""What is said of a symptom, from pandas, scipy and pymannkendall."""

from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction
from math import exp, sqrt
from typing import Final

import numpy as np
import pandas as pd
import pymannkendall
from scipy import stats

from tests.clients.comparison import Near, Words
from tests.clients.posted import Body, Days, longest_gap

ORDER: Final = (
    "pain", "itching", "nodules", "erythema", "edema", "ulceration", "hyperpigmentation", "skin_atrophy", "bleeding",
    "exudate", "odor", "fatigue", "sleep",
)  # fmt: skip
VERDICTS: Final = {"increasing": "rising", "decreasing": "falling", "no trend": "none"}


def symptom_trends(ratings: pd.DataFrame, days: Days, observed: Collection[date]) -> list[Body]:
    """Every symptom that was rated in the period; `ratings` has a row for each rating of the whole diary."""
    expected = days.expected(observed)
    by_day = ratings.groupby(["symptom", "day"])["severity"].max()
    trends = []
    for symptom in ORDER:
        if symptom in by_day.index.get_level_values("symptom"):
            values = _dated(by_day[symptom])
            if len(_inside(values, days)):
                trends.append(_symptom_trend(symptom, values, days, expected))
    return trends


def nodule_count(ratings: pd.DataFrame, days: Days) -> Body:
    """The highest count of each day."""
    counts = _dated(ratings.dropna(subset=["count"]).groupby("day")["count"].max())
    inside = _inside(counts, days)
    return {"n": len(inside), "points": _points(inside), **_ends(counts, days)}


def _symptom_trend(symptom: str, values: pd.Series, days: Days, expected: list[date]) -> Body:
    inside = _inside(values, days)
    ends = _ends(values, days)
    reference = _window(values, days.enrolled_on, 14)
    missing_from = {day.date() for day in values.index}
    return {
        "symptom": symptom,
        "n": len(inside),
        "points": _points(inside),
        "reference": reference,
        "change_from_reference": _less(ends["current"], reference),
        **ends,
        **_class_of_change(symptom, ends["baseline"], ends["current"]),
        **_slope(inside),
        "mann_kendall": _mann_kendall(inside),
        "worst": {"day": inside.idxmax().date().isoformat(), "value": int(inside.max())},
        "severe_days": int((inside >= 7).sum()),
        "longest_gap_days": longest_gap(expected, missing_from),
        "area_above_baseline_per_day": _area(inside, ends["baseline"]),
        "burden": Near(inside.mean()),
        "level_change": _level_change(inside),
        "rolling_median": _points(inside.rolling("7D", min_periods=3).median().dropna(), number=float),
    }


def _dated(values: pd.Series) -> pd.Series:
    return pd.Series(values.to_numpy(dtype=float), index=pd.DatetimeIndex(values.index)).sort_index()


def _inside(values: pd.Series, days: Days) -> pd.Series:
    return values[pd.Timestamp(days.first) : pd.Timestamp(days.last)]


def _points(values: pd.Series, number: type[int] | type[float] = int) -> list[Body]:
    return [{"day": day.date().isoformat(), "value": number(value)} for day, value in values.items()]


def _window(values: pd.Series, first: date, length: int) -> Body | None:
    last = first + timedelta(days=length - 1)
    part = values[pd.Timestamp(first) : pd.Timestamp(last)]
    if len(part) < 3:
        return None
    return {"value": part.median(), "n": len(part), "from": first.isoformat(), "to": last.isoformat()}


def _ends(values: pd.Series, days: Days) -> Body:
    length = 14 if len(days) >= 28 else 7
    if len(days) < 2 * length:
        return {"baseline": None, "current": None}
    last_begins = days.last - timedelta(days=length - 1)
    return {"baseline": _window(values, days.first, length), "current": _window(values, last_begins, length)}


def _less(later: Body | None, earlier: Body | None) -> float | None:
    return None if later is None or earlier is None else float(later["value"] - earlier["value"])


def _class_of_change(symptom: str, baseline: Body | None, current: Body | None) -> Body:
    if baseline is None or current is None:
        return {"change": None, "change_class": "insufficient", "threshold": None, "threshold_source": None}
    before, after = Fraction(baseline["value"]), Fraction(current["value"])
    change, threshold = after - before, Fraction(2)
    if symptom == "pain" and change < 0:
        threshold = max(Fraction(1), min(Fraction(2), Fraction(3, 10) * before))
    name = "stable" if abs(change) < threshold else "worse" if change > 0 else "better"
    return {
        "change": float(change),
        "change_class": name,
        "threshold": float(threshold),
        "threshold_source": Words(),
    }


def _numbers(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Day numbers and values."""
    return np.array([day.toordinal() for day in values.index]), values.to_numpy()


def _variance_of_s(values: pd.Series) -> float:
    """Of the Mann-Kendall S, corrected for ties."""
    n, ties = len(values), values.value_counts()
    return float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18


def _slope(values: pd.Series) -> Body:
    if len(values) < 3:
        return {"slope_per_week": None, "slope_low": None, "slope_high": None}
    days, scores = _numbers(values)
    found = stats.theilslopes(scores, days, 0.95)
    pairs = len(values) * (len(values) - 1) // 2
    reach = stats.norm.ppf(0.975) * sqrt(_variance_of_s(values))
    # scipy takes the outermost slope where a place lies outside, and says nothing.
    is_clipped = reach == 0 or round((pairs - reach) / 2) - 1 < 0 or round((pairs + reach) / 2) > pairs - 1
    low, high = (None, None) if is_clipped else (Near(7 * found.low_slope), Near(7 * found.high_slope))
    return {"slope_per_week": Near(7 * found.slope), "slope_low": low, "slope_high": high}


def _mann_kendall(values: pd.Series) -> Body:
    answer: Body = dict.fromkeys(("s", "variance", "z", "p", "tau")) | {"verdict": "indeterminate"}
    if len(values) < 2:
        return answer
    days, scores = _numbers(values)
    found = pymannkendall.original_test(scores)
    answer |= {"s": int(found.s), "variance": Near(found.var_s)}
    # pymannkendall says "no trend" of constant values, and scipy's tau is NaN there.
    if len(values) >= 3 and found.var_s > 0:
        tau = stats.kendalltau(days, scores, variant="b").statistic
        answer |= {"z": Near(found.z), "p": Near(found.p), "tau": Near(tau)}
        answer["verdict"] = VERDICTS[found.trend] if len(values) >= 10 else "indeterminate"
    return answer


def _area(values: pd.Series, baseline: Body | None) -> Near | None:
    if baseline is None:
        return None
    later = values[values.index > pd.Timestamp(baseline["to"])]
    return Near((later - baseline["value"]).clip(lower=0).mean()) if len(later) else None


def _level_change(values: pd.Series) -> Body | None:
    n = len(values)
    if n < 20:
        return None
    # Pettitt by mid-ranks: U(t) = 2 (sum of the first t ranks) - t (n + 1).
    u = (2 * values.rank().cumsum() - np.arange(1, n + 1) * (n + 1)).abs().iloc[:-1]
    last_before = int(u.to_numpy().argmax())
    p = 2 * exp(-6 * u.max() ** 2 / (n**3 + n**2))
    if p >= 0.05:
        return None
    before, after = values.iloc[: last_before + 1], values.iloc[last_before + 1 :]
    return {
        "day": after.index[0].date().isoformat(),
        "p": Near(p),
        "median_before": before.median(),
        "median_after": after.median(),
        "exploratory": True,
    }
