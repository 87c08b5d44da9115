"""Completion, medication, habits, notes and what needs attention as Observations."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from domain.languages import Labels
from domain.report import Attention
from reports.fhir.elements import Context, Element, components, concept, local, observation, text
from reports.fhir.symptoms import DEFINITIONS

Made = tuple[UUID, Element]

COMPLETION: Labels = {"en": "Completion of the diary", "de": "Vollständigkeit des Tagebuchs"}
ADHERENCE: Labels = {"en": "Doses taken", "de": "Eingenommene Dosen"}
HABITS: Labels = {"en": "Habits", "de": "Lebensgewohnheiten"}
NOTE: Labels = {"en": "Note in the diary", "de": "Notiz im Tagebuch"}
NEEDS_ATTENTION: Labels = {"en": "Needs attention", "de": "Braucht Aufmerksamkeit"}


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


def _calculated(context: Context, key: str, code: Element, kind: str, numbers: dict[str, Any]) -> Made:
    return observation(context, key, code, effectivePeriod=context.period(), component=components(kind, numbers))
