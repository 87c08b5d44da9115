"""Lesions: where they are, what was seen of them, and how they respond."""

from collections.abc import Iterator
from uuid import UUID

from domain.body_sites import SIDES, SITES
from domain.languages import Labels
from domain.lesions import Assessment
from domain.report import ReportedLesion
from reports.fhir.elements import (
    LOINC,
    MM,
    Context,
    Element,
    coding,
    component,
    concept,
    local,
    observation,
    quantity,
    reference,
    text,
)

Made = tuple[UUID, Element]

SITES_BY_NAME = {one.site.value: one for one in SITES}
SIDES_BY_NAME = {one.side.value: one for one in SIDES}
LENGTH = coding(LOINC, "39126-8", "Length of Wound")
WIDTH = coding(LOINC, "39125-0", "Width of Wound")
SEEN: Labels = {"en": "Skin lesion, measured by the patient", "de": "Hautveränderung, selbst gemessen"}
RESPONSE: Labels = {
    "en": "Response of the skin lesions after RECIST 1.1 (patient-measured; skin only; not a clinical RECIST read)",
    "de": "Ansprechen der Hautveränderungen nach RECIST 1.1 (selbst gemessen; nur Haut; keine klinische Beurteilung)",
}


def places(context: Context) -> Iterator[Made]:
    """A BodyStructure for each lesion, to which what was seen of it refers."""
    for lesion in context.report.lesions.lesions:
        side = SIDES_BY_NAME[lesion.side]
        qualifier = concept(context.say(side.labels), *context.snomed(side.snomed_ct, side.labels["en"]))
        yield (
            lesion.lesion_id,
            {
                "resourceType": "BodyStructure",
                "id": str(lesion.lesion_id),
                "active": True,
                "morphology": concept(lesion.kind, local("lesion-kind", lesion.kind)),
                "location": site_of(context, lesion),
                "locationQualifier": [qualifier],
                "description": text(lesion.label),
                "patient": context.patient(),
            },
        )


def looks(context: Context) -> Iterator[Made]:
    """What was seen of each lesion in the period."""
    for lesion in context.report.lesions.lesions:
        for point in lesion.points:
            lengths = [
                {"code": concept(name, code), "valueQuantity": quantity(value, MM)}
                for name, code, value in (
                    ("length_mm", LENGTH, point.length_mm),
                    ("width_mm", WIDTH, point.width_mm),
                )
                if value is not None
            ]
            yield observation(
                context,
                f"look {lesion.lesion_id} {point.day}",
                concept(context.say(SEEN), local("lesion", "look")),
                effectiveDateTime=point.day.isoformat(),
                performer=[context.patient()],
                focus=[reference(lesion.lesion_id)],
                bodySite=site_of(context, lesion),
                method=concept(point.method, local("method", point.method)) if point.method else None,
                component=[*lengths, *component("lesion", "state", point.state.value)],
            )


def responses(context: Context) -> Iterator[Made]:
    """How the lesions responded: at each assessment of the period, and all in all."""
    lesions = context.report.lesions
    for assessment in lesions.assessments:
        yield _response(context, assessment)
    numbers = {
        name: getattr(lesions, name)
        for name in (
            *("baseline_mm", "baseline_on", "nadir_mm", "nadir_on", "progression_on", "best_response"),
            *("confirmed", "strict_recist", "unconfirmed_new_lesions"),
        )
    }
    yield observation(
        context,
        "response",
        concept(context.say(RESPONSE), local("lesion", "response")),
        effectivePeriod=context.period(),
        valueCodeableConcept=_worded(lesions.response) if lesions.response else None,
        note=[{"text": text(lesions.reason)}],
        component=[
            one
            for name, value in numbers.items()
            for one in component("lesion", name, value, MM if name.endswith("_mm") else None)
        ],
    )


def _response(context: Context, assessment: Assessment) -> Made:
    numbers = (
        *component("lesion", "sum_mm", assessment.sum_mm, MM),
        *component("lesion", "measured", assessment.measured),
        *component("lesion", "targets", assessment.targets),
        *component("lesion", "after_progression", assessment.after_progression),
    )
    return observation(
        context,
        f"assessment {assessment.day}",
        concept(context.say(RESPONSE), local("lesion", "assessment")),
        effectiveDateTime=assessment.day.isoformat(),
        valueCodeableConcept=_worded(assessment.response),
        note=[{"text": text(assessment.reason)}],
        component=list(numbers),
    )


def _worded(response: str) -> Element:
    """The overall response as text and a code of our own: DICOM's codes are for target lesions alone."""
    return concept(response, local("response", response))


def site_of(context: Context, lesion: ReportedLesion) -> Element:
    """Where a lesion is."""
    site, side = SITES_BY_NAME[lesion.site], SIDES_BY_NAME[lesion.side]
    words = f"{context.say(site.labels)}, {context.say(side.labels)}"
    return concept(words, *context.snomed(site.snomed_ct, site.labels["en"]), local("site", lesion.site))
