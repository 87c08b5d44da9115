"""The report as a FHIR R4 document: accepted by others' validators, and with the numbers of the JSON."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle

from domain.report import LesionPhoto, Note, PhotoMoment, Report
from reports.documents import Options
from reports.fhir.bindings import REQUIRED, UnknownCode, check
from reports.formats import Format, write
from tests.reports.samples import random_report, random_reports, sample_report
from tests.support.optional import skip_or_fail

VALIDATOR = Path(__file__).parent / "fhir_validator"
LOINC, SNOMED_CT, LOCAL = "http://loinc.org", "http://snomed.info/sct", "urn:dermatrend:"
OPTIONS = Options(public_url="https://diary.example.org")
WITHOUT_SNOMED = replace(OPTIONS, snomed_codes=False)
Element = dict[str, Any]


def bundle(report: Report, options: Options = OPTIONS) -> Element:
    """A report as its FHIR document reads."""
    read: Element = json.loads(write(report, Format.FHIR, options))
    return read


def as_json(report: Report) -> Element:
    """The same report as JSON."""
    read: Element = json.loads(write(report, Format.JSON, OPTIONS))
    return read


def resources(document: Element, kind: str) -> list[Element]:
    """All resources of a kind."""
    return [entry["resource"] for entry in document["entry"] if entry["resource"]["resourceType"] == kind]


def observations(document: Element, system: str) -> Iterator[tuple[str, Element]]:
    """The observations that have a code of ours in a system, with that code."""
    for one in resources(document, "Observation"):
        for coding in one["code"]["coding"]:
            if coding["system"] == f"{LOCAL}{system}":
                yield coding["code"], one


def value(element: Element) -> Any:
    """The value of an observation or a component, whatever its type."""
    (found,) = [part for name, part in element.items() if name.startswith("value")]
    if isinstance(found, dict) and "coding" in found:
        return found["coding"][0]["code"]
    return found["value"] if isinstance(found, dict) else found


def components(one: Element) -> Element:
    """The components of an observation by name."""
    return {part["code"]["text"]: value(part) for part in one.get("component", ())}


def known(numbers: Element) -> Element:
    """What is known of some numbers."""
    return {name: number for name, number in numbers.items() if number is not None}


def photographed(report: Report) -> Report:
    """The report with a photo of each lesion."""
    photos = [
        LesionPhoto(PhotoMoment.LATEST, UUID(int=number), date(2026, 6, 1), 14.5, f"{number:064x}")
        for number, _ in enumerate(report.lesions.lesions)
    ]
    lesions = tuple(replace(one, photos=(photo,)) for one, photo in zip(report.lesions.lesions, photos, strict=True))
    return replace(report, lesions=replace(report.lesions, lesions=lesions))


each_report = pytest.mark.parametrize("number", range(30))


# Numbers


@each_report
def test_every_day_of_a_symptom_is_that_of_the_json(number: int) -> None:
    report = random_report(number)
    document, shown = bundle(report), as_json(report)

    days = [(code, one["effectiveDateTime"], value(one)) for code, one in observations(document, "symptom")]
    counts = [(one["effectiveDateTime"], value(one)) for _, one in observations(document, "count")]

    assert days == [
        (trend["symptom"], one["day"], one["value"]) for trend in shown["symptoms"] for one in trend["points"]
    ]
    assert counts == [(one["day"], one["value"]) for one in shown["nodule_count"]["points"]]


@each_report
def test_every_statistic_of_a_symptom_is_that_of_the_json(number: int) -> None:
    report = random_report(number)
    document, shown = bundle(report), as_json(report)

    trends = {code: components(one) for code, one in observations(document, "trend")}

    expected = {trend["symptom"]: known(flat(trend)) for trend in shown["symptoms"]}
    if shown["nodule_count"]["n"]:
        expected["nodule_count"] = known(flat(shown["nodule_count"]))
    assert trends == expected


def flat(trend: Element) -> Element:
    """The numbers of a trend but for its series, as FHIR's components are called."""
    numbers: Element = {}
    for name, number in trend.items():
        if name in {"points", "rolling_median", "symptom"}:
            continue
        if name in {"reference", "baseline", "current"} and number is not None:
            numbers |= {name: number["value"], **{f"{name}_{part}": number[part] for part in ("n", "from", "to")}}
        elif name == "mann_kendall":
            numbers |= {f"{name}_{part}": one for part, one in number.items()}
        elif name == "worst":
            numbers |= {"worst": number["value"], "worst_day": number["day"]}
        elif name == "level_change" and number is not None:
            numbers |= {"level_change_day": number["day"], "level_change_p": number["p"]}
            numbers |= {"level_before": number["median_before"], "level_after": number["median_after"]}
        elif name != "level_change":
            numbers[name] = number
    return numbers


@each_report
def test_every_number_of_a_lesion_is_that_of_the_json(number: int) -> None:
    report = random_report(number)
    document, shown = bundle(report), as_json(report)["lesions"]

    looks = [
        (one["focus"][0]["reference"], one["effectiveDateTime"], components(one), text_of(one, "method"))
        for code, one in observations(document, "lesion")
        if code == "look"
    ]
    assessments = [
        (one["effectiveDateTime"], value(one), one["note"][0]["text"], components(one))
        for code, one in observations(document, "lesion")
        if code == "assessment"
    ]
    ((_, overall),) = [(code, one) for code, one in observations(document, "lesion") if code == "response"]

    assert looks == [
        (
            f"urn:uuid:{lesion['lesion_id']}",
            point["day"],
            known({name: point[name] for name in ("length_mm", "width_mm", "state")}),
            point["method"],
        )
        for lesion in shown["lesions"]
        for point in lesion["points"]
    ]
    assert assessments == [
        (
            one["day"],
            one["response"],
            one["reason"],
            known({name: one[name] for name in ("sum_mm", "measured", "targets", "after_progression")}),
        )
        for one in shown["assessments"]
    ]
    told = (
        *("baseline_mm", "baseline_on", "nadir_mm", "nadir_on", "progression_on", "best_response"),
        *("confirmed", "strict_recist", "unconfirmed_new_lesions"),
    )
    assert components(overall) == known({name: shown[name] for name in told})
    assert overall.get("valueCodeableConcept", {}).get("text") == shown["response"]


def text_of(one: Element, name: str) -> str | None:
    text: str | None = one.get(name, {}).get("text")
    return text


@each_report
def test_all_else_is_that_of_the_json(number: int) -> None:
    report = random_report(number)
    document, shown = bundle(report), as_json(report)

    (completion,) = [components(one) for code, one in observations(document, "diary") if code == "completion"]
    notes = [(one["effectiveDateTime"], value(one)) for code, one in observations(document, "diary") if code == "note"]
    medications = [components(one) for _, one in observations(document, "medication")]
    (lifestyle,) = [components(one) for _, one in observations(document, "lifestyle")]
    attention = [(code, components(one)) for code, one in observations(document, "attention")]

    assert completion == known(shown["completion"])
    assert notes == [(note["day"], note["text"]) for note in shown["notes"]]
    doses = ("expected", "reported", "taken", "adherence", "coverage", "possible_low", "possible_high")
    assert medications == [known({name: one[name] for name in doses}) for one in shown["medications"]]
    assert lifestyle == known(
        {
            name + end: mean[part]
            for name, mean in shown["lifestyle"].items()
            for end, part in (("", "value"), ("_n", "n"))
        }
    )
    assert attention == [
        (one["rule"], known({name: part for name, part in one.items() if name != "rule"})) for one in shown["attention"]
    ]


# The document


@each_report
def test_the_structure_definitions_accept_every_bundle(number: int) -> None:
    Bundle.model_validate(bundle(photographed(random_report(number))))


@pytest.fixture(scope="session")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program in JavaScript that knows the required value sets too, with exactly the packages of its lock file."""
    npm = shutil.which("npm") or skip_or_fail("npm is not installed: the FHIR validator needs node and npm")
    directory = tmp_path_factory.mktemp("fhir")
    shutil.copytree(VALIDATOR, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode != 0:
        skip_or_fail(f"npm ci failed, perhaps without a network:\n{installed.stderr}")
    return directory


def validated(validator: Path, bundles: list[Element]) -> list[Element]:
    """What the validator has against some bundles; that a code is not among examples is nothing."""
    files = []
    for number, one in enumerate(bundles):
        files.append(validator / f"bundle-{number}.json")
        files[-1].write_text(json.dumps(one), encoding="utf-8")
    node = shutil.which("node") or skip_or_fail("node is not installed")
    command = [node, "validate.mjs", *(file.name for file in files)]
    told = subprocess.run(command, cwd=validator, capture_output=True, text=True, check=True, timeout=300)
    found: dict[str, list[Element]] = json.loads(told.stdout)
    assert len(found) == len(bundles)
    return [
        message
        for messages in found.values()
        for message in messages
        if not (message["severity"] == "warning" and message["message"].endswith("not found in value set"))
    ]


def test_a_stricter_validator_accepts_every_bundle(validator: Path) -> None:
    bundles = [
        bundle(report) for report in [*random_reports(30), sample_report("very_sick"), photographed(sample_report())]
    ]

    assert validated(validator, bundles) == []


def test_that_validator_would_see_what_is_wrong(validator: Path) -> None:
    wrong = bundle(sample_report(length_days=30))
    resources(wrong, "Observation")[0]["status"] = "bogus"

    assert [message["location"] for message in validated(validator, [wrong])] != []


@pytest.mark.parametrize("path", sorted(path for path in REQUIRED if path != "Media.status"))
def test_a_code_that_fhir_does_not_know_is_refused(path: str) -> None:
    wrong = bundle(sample_report(length_days=30))
    check(wrong)
    kind, *way, last = path.split(".")
    element: Any = wrong if kind == "Bundle" else resources(wrong, kind)[0]
    for step in way:
        element = (
            next(one for one in element[step] if last in one or (step == "section" and "text" in one))
            if isinstance(element[step], list)
            else element[step]
        )

    element[last] = "bogus"

    with pytest.raises(UnknownCode, match=path):
        check(wrong)


def test_a_required_code_that_is_missing_is_refused() -> None:
    wrong = bundle(sample_report(length_days=30))
    del resources(wrong, "Observation")[3]["status"]

    with pytest.raises(UnknownCode, match=r"Observation\.status"):
        check(wrong)


def test_a_document_begins_with_its_composition_and_every_reference_leads_somewhere() -> None:
    document = bundle(photographed(sample_report()))
    there = {entry["fullUrl"] for entry in document["entry"]}

    def references(element: Any) -> Iterator[str]:
        if isinstance(element, dict):
            for name, part in element.items():
                if name == "reference":
                    yield part
                else:
                    yield from references(part)
        elif isinstance(element, list):
            for part in element:
                yield from references(part)

    found = list(references(document))
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"
    assert len(found) > 1000
    assert set(found) <= there
    assert len(there) == len(document["entry"])


def test_the_composition_shows_the_digest_of_the_json() -> None:
    report = sample_report(length_days=30)

    (composition,) = resources(bundle(report), "Composition")

    assert composition["identifier"]["value"] == as_json(report)["sha256"]


def test_photos_are_referred_to_and_not_sent() -> None:
    report = photographed(sample_report())

    media = resources(bundle(report), "Media")

    assert len(media) == len(report.lesions.lesions)
    address = f"https://diary.example.org/v1/patients/{report.patient.id}/photos/{UUID(int=0)}/content"
    assert media[0]["content"]["url"] == address
    assert "data" not in media[0]["content"]
    (diagnostic,) = resources(bundle(report), "DiagnosticReport")
    assert len(diagnostic["media"]) == len(media)


# Codes


def codes(document: Element, system: str) -> set[str]:
    """All codes of a system."""
    found = set()
    waiting: list[Any] = [document]
    while waiting:
        element = waiting.pop()
        if isinstance(element, dict):
            if element.get("system") == system and "code" in element:
                found.add(element["code"])
            waiting += element.values()
        elif isinstance(element, list):
            waiting += element
    return found


def test_pain_is_coded_as_a_verbal_rating_and_says_of_which_time() -> None:
    document = bundle(sample_report())

    pain = [one for code, one in observations(document, "symptom") if code == "pain"]

    assert {(coding["system"], coding["code"]) for coding in pain[0]["code"]["coding"]} == {
        (f"{LOCAL}symptom", "pain"),
        (LOINC, "72514-3"),
        (SNOMED_CT, "403598008"),
    }
    assert "worst in 24 h" in pain[0]["code"]["text"]


def test_codes_that_demand_coded_answers_are_not_used() -> None:
    found = set().union(*(codes(bundle(sample_report(course)), LOINC) for course in ("very_sick", "worsening")))

    assert found == {"34133-9", "39125-0", "39126-8", "72514-3"}


def test_dicom_codes_of_target_responses_are_not_used_for_the_overall_response() -> None:
    text = write(sample_report("worsening"), Format.FHIR, OPTIONS).decode()

    assert "11204" not in {code[:5] for code in codes(json.loads(text), "http://dicom.nema.org/resources/ontology/DCM")}
    assert '"valueCodeableConcept":{"coding":[{"system":"urn:dermatrend:response"' in text


def test_snomed_codes_can_be_switched_off() -> None:
    report = photographed(sample_report("very_sick"))

    assert len(codes(bundle(report), SNOMED_CT)) > 10
    assert codes(bundle(report, WITHOUT_SNOMED), SNOMED_CT) == set()
    Bundle.model_validate(bundle(report, WITHOUT_SNOMED))


def test_what_is_shown_is_in_the_language_of_the_report() -> None:
    german = bundle(sample_report(language="de"))

    assert resources(german, "Composition")[0]["title"] == "Bericht für die Nachsorge"
    assert "Schmerzen der Haut" in json.dumps(german, ensure_ascii=False)


def test_a_character_that_fhir_forbids_is_replaced_visibly() -> None:
    report = replace(sample_report(length_days=30), notes=(Note(date(2026, 6, 1), "a\x01b\x0c <b>&\tc\nd"),))

    document = bundle(report)

    (note,) = [value(one) for code, one in observations(document, "diary") if code == "note"]
    assert note == "a\ufffdb\ufffd <b>&\tc\nd"
    Bundle.model_validate(deepcopy(document))


def test_the_bundle_looks_as_it_did(golden: Callable[[str, str], None]) -> None:
    document = bundle(sample_report(length_days=28))

    entries = document.pop("entry")
    lines = [json.dumps(one, ensure_ascii=False) for one in (document, *entries)]
    golden("worsening.fhir.jsonl", "\n".join(lines) + "\n")
