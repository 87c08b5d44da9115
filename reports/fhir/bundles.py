"""The document: who it is about, who made it, its sections, and everything they refer to."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.languages import Labels
from reports.documents import Document, Options
from reports.fhir import diary, lesions, photos, symptoms
from reports.fhir.elements import LOCAL, LOINC, Context, Element, coding, concept, local, narrative, reference, text

Made = tuple[UUID, Element]

SUMMARY = coding(LOINC, "34133-9", "Summarization of episode note")
TITLE: Labels = {"en": "Report for the follow-up visit", "de": "Bericht für die Nachsorge"}
ATTENTION: Labels = {"en": "What needs attention", "de": "Was Aufmerksamkeit braucht"}
SYMPTOMS: Labels = {"en": "Symptoms", "de": "Beschwerden"}
LESIONS: Labels = {"en": "Skin lesions", "de": "Hautveränderungen"}
PHOTOS: Labels = {"en": "Photos", "de": "Fotos"}
TREATMENT: Labels = {"en": "Medication and habits", "de": "Medikamente und Lebensgewohnheiten"}
NOTES: Labels = {"en": "Notes", "de": "Notizen"}
METHODS: Labels = {"en": "Methods", "de": "Methoden"}


def bundle(document: Document, options: Options) -> Element:
    """A report as a document bundle."""
    context = Context(document.report, options)
    attention = list(diary.attention(context))
    trends = [*symptoms.trends(context), *symptoms.severities(context), *symptoms.counts(context)]
    places = list(lesions.places(context))
    looks = [*lesions.responses(context), *lesions.looks(context)]
    pictures = list(photos.photos(context))
    others = list(diary.others(context))
    notes = list(diary.notes(context))
    sections = [
        *_section(context, ATTENTION, attention),
        *_section(context, SYMPTOMS, trends),
        *_section(context, LESIONS, [*looks, *places]),
        *_section(context, PHOTOS, pictures),
        *_section(context, TREATMENT, others),
        *_section(context, NOTES, notes),
        {
            "title": context.say(METHODS),
            "text": narrative(*(f"{one.key}: {one.source or '-'}" for one in document.report.methods)),
        },
    ]
    results = [*attention, *trends, *looks, *others, *notes]
    resources = [
        _composition(context, document.sha256, sections),
        _patient(context),
        _device(context),
        _organization(context),
        _diagnostic_report(context, [one for one, _ in results], [one for one, _ in pictures]),
        *results,
        *places,
        *pictures,
    ]
    made_of = context.id("bundle", document.sha256)
    return {
        "resourceType": "Bundle",
        "id": str(made_of),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{made_of}"},
        "type": "document",
        "timestamp": document.report.generated_at.isoformat(),
        "entry": [{"fullUrl": f"urn:uuid:{one}", "resource": resource} for one, resource in resources],
    }


def _section(context: Context, title: Labels, made: Sequence[Made]) -> Iterable[Element]:
    if made:
        yield {"title": context.say(title), "entry": [reference(one) for one, _ in made]}


def _composition(context: Context, sha256: str, sections: list[Element]) -> Made:
    report = context.report
    resource_id = context.id("composition", sha256)
    return resource_id, {
        "resourceType": "Composition",
        "id": str(resource_id),
        "language": report.language,
        "identifier": {"system": f"{LOCAL}:sha256", "value": sha256},
        "status": "final",
        "type": concept(context.say(TITLE), SUMMARY),
        "subject": context.patient(),
        "date": report.generated_at.isoformat(),
        "author": [reference(context.id("device"))],
        "title": context.say(TITLE),
        "custodian": reference(context.id("organization")),
        "event": [{"period": context.period()}],
        "section": sections,
    }


def _patient(context: Context) -> Made:
    patient = context.report.patient
    identifiers = [{"system": f"{LOCAL}:patient", "value": str(patient.id)}]
    if patient.record_number is not None:
        identifiers.append({"system": f"{LOCAL}:record-number", "value": text(patient.record_number)})
    return patient.id, {
        "resourceType": "Patient",
        "id": str(patient.id),
        "identifier": identifiers,
        "name": [{"text": text(patient.name)}],
        **({"birthDate": patient.birth_date.isoformat()} if patient.birth_date else {}),
    }


def _device(context: Context) -> Made:
    resource_id = context.id("device")
    return resource_id, {
        "resourceType": "Device",
        "id": str(resource_id),
        "deviceName": [{"name": "Dermatrend", "type": "user-friendly-name"}],
        "version": [{"value": context.report.software_version}],
    }


def _organization(context: Context) -> Made:
    resource_id = context.id("organization")
    return resource_id, {
        "resourceType": "Organization",
        "id": str(resource_id),
        "name": text(context.report.clinic),
    }


def _diagnostic_report(context: Context, results: Sequence[UUID], photos: Sequence[UUID]) -> Made:
    report = context.report
    resource_id = context.id("diagnostic report")
    return resource_id, {
        "resourceType": "DiagnosticReport",
        "id": str(resource_id),
        "status": "final",
        "code": concept(context.say(TITLE), local("report", "follow-up")),
        "subject": context.patient(),
        "effectivePeriod": context.period(),
        "issued": report.generated_at.isoformat(),
        "performer": [reference(context.id("organization"))],
        "result": [reference(one) for one in results],
        **({"media": [{"link": reference(one)} for one in photos]} if photos else {}),
    }
