"""The trend of a symptom: what a diary says about its course. Formulas and sources: `docs/statistics.md`.

Pure: values, days and thresholds are arguments, and nothing here reads a clock or a database.
"""

from domain.trends.changes import ChangeRule, ShareOfBaseline, change_rule
from domain.trends.results import (
    ChangeClass,
    CountTrend,
    DayMedian,
    DayValue,
    LevelChange,
    MannKendall,
    SymptomTrend,
    Verdict,
    Window,
)
from domain.trends.rounding import p_text
from domain.trends.summaries import count_trend, symptom_trend
from domain.trends.windows import REFERENCE_DAYS

__all__ = [
    "REFERENCE_DAYS",
    "ChangeClass",
    "ChangeRule",
    "CountTrend",
    "DayMedian",
    "DayValue",
    "LevelChange",
    "MannKendall",
    "ShareOfBaseline",
    "SymptomTrend",
    "Verdict",
    "Window",
    "change_rule",
    "count_trend",
    "p_text",
    "symptom_trend",
]
