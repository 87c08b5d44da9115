"""Symptoms, nodule counts, completion, medication, habits, notes and what needs attention, as Observations."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from domain.languages import Labels
from domain.report import Attention
from domain.symptoms import CATALOGUE, Definition
from domain.trends import SymptomTrend, Window
from reports.fhir.elements import (
    LOINC,
    MM,
    SCORE,
    Context,
    Element,
    coding,
    component,
    concept,
    local,
    observation,
    text,
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
COMPLETION: Labels = {"en": "Completion of the diary", "de": "Vollständigkeit des Tagebuchs"}
ADHERENCE: Labels = {"en": "Doses taken", "de": "Eingenommene Dosen"}
HABITS: Labels = {"en": "Habits", "de": "Lebensgewohnheiten"}
NOTE: Labels = {"en": "Note in the diary", "de": "Notiz im Tagebuch"}
NEEDS_ATTENTION: Labels = {"en": "Needs attention", "de": "Braucht Aufmerksamkeit"}
UNITS = {
    **dict.fromkeys(("reference", "baseline", "current", "change", "change_from_reference", "threshold"), SCORE),
    **dict.fromkeys(("worst", "burden", "area_above_baseline_per_day", "level_before", "level_after", "value"), SCORE),
    **dict.fromkeys(("slope_per_week", "slope_low", "slope_high"), "{score}/wk"),
    **dict.fromkeys(("sum_mm", "nadir_mm"), MM),
    "activity_minutes_per_week": "min/wk",
    "cigarettes_per_day": "{cigarettes}/d",
    "alcohol_units_per_week": "{units}/wk",
    "balanced_meals_per_day": "{meals}/d",
}
"""By name of the component; others are pure numbers."""


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
            component=_components("trend", _statistics(trend)),
        )
    count = context.report.nodule_count
    if count.n:
        shown = {"n": count.n, **_window("baseline", count.baseline), **_window("current", count.current)}
        code = concept(f"{context.say(NODULES_SEEN)}: {context.say(TREND)}", local("trend", "nodule_count"))
        components = [
            one for name, value in shown.items() for one in component("trend", name, value, _whole_unit(value))
        ]
        yield observation(context, "trend nodule_count", code, effectivePeriod=context.period(), component=components)


def others(context: Context) -> Iterator[Made]:
    """Completion, medication, habits and notes."""
    report = context.report
    completion = concept(context.say(COMPLETION), local("diary", "completion"))
    yield _calculated(context, "completion", completion, "diary", asdict(report.completion))
    for one in report.medications:
        code = concept(f"{context.say(ADHERENCE)}: {one.name}", local("medication", "adherence"))
        yield _calculated(context, f"medication {one.medication_id}", code, "medication", asdict(one.doses))
    habits = {
        key: value
        for name, mean in asdict(report.lifestyle).items()
        for key, value in ((name, mean["value"]), (f"{name}_n", mean["n"]))
    }
    code = concept(context.say(HABITS), local("lifestyle", "habits"))
    yield _calculated(context, "lifestyle", code, "lifestyle", habits)


def notes(context: Context) -> Iterator[Made]:
    """What the patient wrote."""
    code = concept(context.say(NOTE), local("diary", "note"))
    for number, note in enumerate(context.report.notes):
        yield observation(
            context,
            f"note {number}",
            code,
            effectiveDateTime=note.day.isoformat(),
            performer=[context.patient()],
            valueString=text(note.text),
        )


def attention(context: Context) -> Iterator[Made]:
    """What needs attention, each with the numbers of its reason."""
    for number, one in enumerate(context.report.attention):
        words = f"{context.say(NEEDS_ATTENTION)}: {_what(context, one)}"
        rest = {name: value for name, value in asdict(one).items() if name != "rule"}
        yield _calculated(
            context, f"attention {number}", concept(words, local("attention", one.rule.value)), "attention", rest
        )


def _what(context: Context, one: Attention) -> str:
    if one.symptom is not None:
        return f"{one.rule}, {context.say(DEFINITIONS[one.symptom].labels)}"
    return f"{one.rule}, {one.label}" if one.label else one.rule.value


def _code(context: Context, definition: Definition) -> Element:
    label = context.say(definition.labels)
    codings = [local("symptom", definition.symptom.value)]
    if definition.symptom == "pain":
        codings.append(PAIN)
    return concept(
        f"{label}: {context.say(WORST)}", *codings, *context.snomed(definition.snomed_ct, definition.labels["en"])
    )


def _calculated(context: Context, key: str, code: Element, kind: str, numbers: dict[str, Any]) -> Made:
    return observation(context, key, code, effectivePeriod=context.period(), component=_components(kind, numbers))


def _components(kind: str, numbers: dict[str, Any]) -> list[Element]:
    return [one for name, value in numbers.items() for one in component(kind, name, value, UNITS.get(name))]


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
