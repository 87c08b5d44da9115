"""The page of a report: the numbers of the JSON, and whatever somebody wrote stays in its place."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.languages import LANGUAGES, Language
from domain.report import LesionPhoto, Note, PhotoMoment, Report
from reports.documents import Options
from reports.formats import Format, write
from tests.reports.pages import agrees, at, read
from tests.reports.samples import random_report, sample_report

OPTIONS = Options()
DIGITS = re.compile(r"\d+")
EXPLAINED = {"0", "10", "1", "28", "256", "20", "7"}
"""Numbers of fixed phrases: the scale, "RECIST 1.1", "SHA-256", "28 days or more", "20 days", "7 days"."""


def page(report: Report) -> str:
    """A report as HTML."""
    return write(report, Format.HTML, OPTIONS).decode()


def as_json(report: Report) -> dict[str, Any]:
    """The same report as JSON."""
    shown: dict[str, Any] = json.loads(write(report, Format.JSON, OPTIONS))
    return shown


@pytest.mark.parametrize("number", range(30))
def test_every_number_on_the_page_is_that_of_the_json(number: int) -> None:
    report = random_report(number)
    shown = as_json(report)

    told = read(page(report)).told

    assert len(told) > 10
    assert [one for one in told if not agrees(one, at(shown, one.path), report.language)] == []


@pytest.mark.parametrize("number", range(30))
def test_no_number_on_the_page_comes_from_anywhere_else(number: int) -> None:
    report = random_report(number)

    rest = read(page(report)).rest

    assert len(rest) > 20
    unexplained = [text for text in rest if set(DIGITS.findall(text)) - EXPLAINED]
    assert unexplained == []


@pytest.mark.parametrize("number", range(30))
def test_every_statistic_of_a_symptom_is_on_the_page_or_an_en_dash(number: int) -> None:
    report = random_report(number)
    shown = as_json(report)

    paths = {one.path for one in read(page(report)).told}

    for index, symptom in enumerate(shown["symptoms"]):
        for key in (
            "change",
            "change_from_reference",
            "slope_per_week",
            "slope_low",
            "slope_high",
            "burden",
            "severe_days",
            "n",
            "longest_gap_days",
            "area_above_baseline_per_day",
        ):
            assert (f"symptoms/{index}/{key}" in paths) == (symptom[key] is not None), (index, key)
        for window in ("reference", "baseline", "current"):
            assert (f"symptoms/{index}/{window}/value" in paths) == (symptom[window] is not None)


def test_a_p_value_is_never_printed_as_0() -> None:
    report = sample_report("worsening")
    ps = [one for one in read(page(report)).told if one.path.endswith("/p")]

    assert {one.text for one in ps if float(one.value) < 0.0001} == {"<\N{NO-BREAK SPACE}0.0001"}
    assert all(one.text.startswith(("=", "<")) for one in ps)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_language_of_the_report(language: Language) -> None:
    shown = page(sample_report(language=language))

    assert f'<html lang="{language}">' in shown
    assert {"en": "What needs attention", "de": "Was Aufmerksamkeit braucht"}[language] in shown
    assert {"en": "55%", "de": "55\N{NO-BREAK SPACE}%"}[language] in shown


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    shown = page(sample_report())
    elements = read(shown).elements

    assert {tag for tag, _ in elements} & {"script", "link", "iframe", "object", "form", "a", "base"} == set()
    assert [name for _, given in elements for name in given if name.startswith("on") or name == "style"] == []
    assert "http" not in re.sub(r'xmlns="[^"]*"|http-equiv', "", shown)
    (policy,) = [given["content"] for _, given in elements if given.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


HOSTILE = "<script>alert(1)</script>\"'&amp;</bdi>{{7*7}}\u202egnp.exe\u2066"


def test_what_somebody_wrote_stays_text() -> None:
    report = sample_report(length_days=30)
    lesion = replace(report.lesions.lesions[0], label=HOSTILE)
    report = replace(
        report,
        clinic=HOSTILE,
        patient=replace(report.patient, name=HOSTILE, record_number=HOSTILE),
        notes=(Note(date(2026, 6, 10), HOSTILE),),
        lesions=replace(report.lesions, lesions=(lesion,), reason=f"confirmed new lesion: {HOSTILE}"),
        medications=tuple(replace(one, name=HOSTILE, dose=HOSTILE) for one in report.medications),
    )

    shown = page(report)

    tags = [tag for tag, _ in read(shown).elements]
    assert "script" not in tags
    assert shown.count("&lt;script&gt;") > 6
    assert "{{7*7}}" in shown
    assert "\u202e" not in shown
    assert "\u2066" not in shown


def test_photos_stand_side_by_side_with_what_they_show() -> None:
    report = with_photos(sample_report(length_days=60))

    shown = read(page(report))

    images = [given for tag, given in shown.elements if tag == "img"]
    assert len(images) == 3
    assert all(str(given["src"]).startswith("data:image/jpeg;base64,/9j/") for given in images)
    assert [str(given["alt"]).partition(":")[0] for given in images] == ["Photo of edge of the scar"] * 3
    assert {one.path for one in shown.told if "/photos/" in one.path} >= {"lesions/lesions/0/photos/2/length_mm"}


def test_without_photos_nothing_speaks_of_them() -> None:
    assert "Photos" not in page(sample_report(length_days=60))


def test_the_page_is_as_it_was(golden: Callable[[str, str], None]) -> None:
    golden("worsening.html", page(sample_report(length_days=30)).replace("><", ">\n<"))


JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d1a"
    "1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc0000b080001000101011100ffc4001f000001050101010101"
    "0100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d01020300041105122131410613516107"
    "227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748494a53545556575859"
    "5a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4"
    "c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fbd0ffd9"
)


def with_photos(report: Report) -> Report:
    """The report with three photos of its first lesion."""
    first, *others = report.lesions.lesions
    photos = tuple(
        LesionPhoto(moment, UUID(int=number), date(2026, 5, 10 + number), 12.5 + number, "ab" * 32, JPEG)
        for number, moment in enumerate(PhotoMoment)
    )
    return replace(report, lesions=replace(report.lesions, lesions=(replace(first, photos=photos), *others)))
