"""The small parts that resources are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

from domain.days import Period
from domain.languages import Labels
from domain.report import Report
from reports.documents import Options

Element = dict[str, Any]

LOINC = "http://loinc.org"
SNOMED_CT = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LOCAL = "urn:dermatrend"
SCORE, MM = "{score}", "mm"


@dataclass(frozen=True, slots=True)
class Context:
    """What every resource of a bundle needs to know."""

    report: Report
    options: Options

    def id(self, *name: object) -> UUID:
        """The id of a resource: the same content gets the same id."""
        return uuid5(self.report.patient.id, " ".join(map(str, name)))

    def say(self, labels: Labels) -> str:
        """A label in the report's language."""
        return labels[self.report.language]

    def snomed(self, code: str | None, display: str) -> list[Element]:
        """A SNOMED CT coding, if there is one and it may be shown."""
        return [coding(SNOMED_CT, code, display)] if code and self.options.snomed_codes else []

    def patient(self) -> Element:
        """Whom it is about."""
        return reference(self.report.patient.id)

    def period(self) -> Element:
        """The days of the report."""
        return period(Period(self.report.period.first, self.report.period.last))


def text(value: str) -> str:
    """A text that FHIR can hold: control characters, which it forbids, are replaced visibly."""
    return "".join(one if one >= " " or one in "\t\r\n" else "\N{REPLACEMENT CHARACTER}" for one in value)


def local(kind: str, code: str) -> Element:
    """A coding of our own."""
    return {"system": f"{LOCAL}:{kind}", "code": code}


def coding(system: str, code: str, display: str) -> Element:
    """A coding of a published system."""
    return {"system": system, "code": code, "display": display}


def concept(words: str, *codings: Element) -> Element:
    """A concept: what it is called, and its codes."""
    return {**({"coding": list(codings)} if codings else {}), "text": text(words)}


def quantity(value: float, unit: str) -> Element:
    """A number with its unit (UCUM)."""
    return {"value": value, "unit": unit.strip("{}"), "system": UCUM, "code": unit}


def reference(to: UUID) -> Element:
    """A reference within the bundle."""
    return {"reference": f"urn:uuid:{to}"}


def period(days: Period) -> Element:
    """Days from first to last."""
    return {"start": days.first.isoformat(), "end": days.last.isoformat()}


def narrative(*paragraphs: str) -> Element:
    """Paragraphs of plain text for people."""
    inner = "".join(f"<p>{escape(text(one))}</p>" for one in paragraphs)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'}


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


def component(kind: str, name: str, value: object, unit: str | None = None) -> Iterator[Element]:
    """One number, day or word of an observation, under the name that it has in the JSON; none if it is not known."""
    if value is not None:
        yield {"code": concept(name, local(kind, name)), **valued(value, unit)}


def components(kind: str, numbers: dict[str, Any]) -> list[Element]:
    """The same for many, with the unit of each."""
    return [one for name, value in numbers.items() for one in component(kind, name, value, UNITS.get(name))]


def valued(value: object, unit: str | None = None) -> Element:
    """A value in the element of its type."""
    match value:
        case bool():
            return {"valueBoolean": value}
        case int() if unit is None:
            return {"valueInteger": value}
        case int() | float():
            return {"valueQuantity": quantity(value, unit or "1")}
        case date():
            return {"valueDateTime": value.isoformat()}
        case _:
            return {"valueString": text(str(value))}


def observation(context: Context, key: str, code: Element, **rest: Any) -> tuple[UUID, Element]:  # noqa: ANN401  JSON
    """An observation that the patient reported, or that was calculated from what the patient reported."""
    resource_id = context.id("observation", key)
    return resource_id, {
        "resourceType": "Observation",
        "id": str(resource_id),
        "status": "final",
        "category": [{"coding": [coding(CATEGORY, "survey", "Survey")]}],
        "code": code,
        "subject": context.patient(),
        **{name: value for name, value in rest.items() if value not in (None, [])},
    }
