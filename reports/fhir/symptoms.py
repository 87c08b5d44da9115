"""Symptoms and nodule counts as Observations: each day, and what the days say."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from domain.languages import Labels
from domain.symptoms import CATALOGUE, Definition
from domain.trends import SymptomTrend, Window
from reports.fhir.elements import (
    LOINC,
    Context,
    Element,
    coding,
    component,
    components,
    concept,
    local,
    observation,
)

Made = tuple[UUID, Element]

DEFINITIONS = {one.symptom.value: one for one in CATALOGUE}
WORST: Labels = {
    "en": "worst in 24 h, 0 none to 10 worst imaginable",
    "de": "das Schlimmste in 24 h, 0 gar nicht bis 10 schlimmste vorstellbare",
}
PAIN = coding(LOINC, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported")
TREND: Labels = {"en": "trend", "de": "Verlauf"}
NODULES_SEEN: Labels = {
    "en": "Number of lumps seen in the skin",
    "de": "Zahl der Knoten, die in der Haut zu sehen sind",
}


def severities(context: Context) -> Iterator[Made]:
    """The worst severity of each day and symptom."""
    for trend in context.report.symptoms:
        code = _code(context, DEFINITIONS[trend.symptom])
        for point in trend.points:
            yield observation(
                context,
                f"{trend.symptom} {point.day}",
                code,
                effectiveDateTime=point.day.isoformat(),
                performer=[context.patient()],
                valueInteger=point.value,
            )


def counts(context: Context) -> Iterator[Made]:
    """The number of nodules that were seen on each day."""
    code = concept(context.say(NODULES_SEEN), local("count", "nodules"))
    for point in context.report.nodule_count.points:
        yield observation(
            context,
            f"nodules seen {point.day}",
            code,
            effectiveDateTime=point.day.isoformat(),
            performer=[context.patient()],
            valueInteger=point.value,
        )


def trends(context: Context) -> Iterator[Made]:
    """What the days of each symptom say, with the days as members."""
    for trend in context.report.symptoms:
        name = f"{context.say(DEFINITIONS[trend.symptom].labels)}: {context.say(TREND)}"
        days = [context.id("observation", f"{trend.symptom} {point.day}") for point in trend.points]
        yield observation(
            context,
            f"trend {trend.symptom}",
            concept(name, local("trend", trend.symptom)),
            effectivePeriod=context.period(),
            hasMember=[{"reference": f"urn:uuid:{one}"} for one in days],
            component=components("trend", _statistics(trend)),
        )
    count = context.report.nodule_count
    if count.n:
        shown = {"n": count.n, **_window("baseline", count.baseline), **_window("current", count.current)}
        code = concept(f"{context.say(NODULES_SEEN)}: {context.say(TREND)}", local("trend", "nodule_count"))
        numbers = [one for name, value in shown.items() for one in component("trend", name, value, _whole_unit(value))]
        yield observation(context, "trend nodule_count", code, effectivePeriod=context.period(), component=numbers)


def _code(context: Context, definition: Definition) -> Element:
    label = context.say(definition.labels)
    codings = [local("symptom", definition.symptom.value)]
    if definition.symptom == "pain":
        codings.append(PAIN)
    return concept(
        f"{label}: {context.say(WORST)}", *codings, *context.snomed(definition.snomed_ct, definition.labels["en"])
    )


def _whole_unit(value: object) -> str | None:
    return "1" if isinstance(value, float) else None


def _window(name: str, window: Window | None) -> dict[str, Any]:
    if window is None:
        return {}
    return {name: window.value, f"{name}_n": window.n, f"{name}_from": window.from_day, f"{name}_to": window.to_day}


def _statistics(trend: SymptomTrend) -> dict[str, Any]:
    """All but the series, flat."""
    test, level = trend.mann_kendall, trend.level_change
    return {
        "n": trend.n,
        **_window("reference", trend.reference),
        "change_from_reference": trend.change_from_reference,
        **_window("baseline", trend.baseline),
        **_window("current", trend.current),
        "change": trend.change,
        "change_class": trend.change_class.value,
        "threshold": trend.threshold,
        "threshold_source": trend.threshold_source,
        "slope_per_week": trend.slope_per_week,
        "slope_low": trend.slope_low,
        "slope_high": trend.slope_high,
        **{f"mann_kendall_{name}": value for name, value in asdict(test).items()},
        "worst": trend.worst.value,
        "worst_day": trend.worst.day,
        "severe_days": trend.severe_days,
        "longest_gap_days": trend.longest_gap_days,
        "area_above_baseline_per_day": trend.area_above_baseline_per_day,
        "burden": trend.burden,
        **({} if level is None else _level(asdict(level))),
    }


def _level(level: dict[str, Any]) -> dict[str, Any]:
    return {
        "level_change_day": level["day"],
        "level_change_p": level["p"],
        "level_before": level["median_before"],
        "level_after": level["median_after"],
    }
