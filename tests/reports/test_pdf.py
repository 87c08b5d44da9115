"""The PDF of a report: the numbers of the JSON, readable for a screen reader, legible whatever somebody wrote."""

import io
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from domain.languages import LANGUAGES, Language
from domain.report import Note, Report
from reports import glyphs
from reports.documents import Options, document
from reports.formats import Format, write
from reports.words import MINUS, words
from tests.reports.pages import read
from tests.reports.samples import random_report, sample_report
from tests.reports.test_html import page, with_photos

OPTIONS = Options()
SCISSORS = Path(__file__).parent / "fonts" / "scissors.ttf"
NUMBERS = re.compile(rf"[+{MINUS}]?\d+(?:[.,]\d+)*")
MOST_PAGES = 12


def pdf(report: Report, options: Options = OPTIONS) -> PdfReader:
    """A report as PDF, opened."""
    return PdfReader(io.BytesIO(write(report, Format.PDF, options)))


def catalog(opened: PdfReader) -> Any:
    """The properties of a PDF."""
    return opened.trailer["/Root"]


def text(opened: PdfReader) -> str:
    """What a PDF says."""
    return "\n".join(one.extract_text() for one in opened.pages)


def numbers(said: str) -> Counter[str]:
    """The numbers in a text, each as often as it stands there; hyphenated line ends do not tear them apart."""
    return Counter(NUMBERS.findall(said))


@pytest.mark.parametrize("number", range(30))
def test_every_number_of_the_page_is_in_the_pdf(number: int) -> None:
    """The page's numbers are held against the JSON in test_html.py."""
    report = random_report(number)

    expected = numbers(" ".join(one.text for one in read(page(report)).told if one.path != "sha256"))
    printed = numbers(text(pdf(report)))

    assert len(expected) > 10
    assert expected - printed == Counter()


def test_a_screen_reader_finds_its_way() -> None:
    opened = pdf(sample_report(language="de"))

    root = catalog(opened)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/StructTreeRoot"]
    assert opened.metadata is not None
    assert opened.metadata.title == "Bericht zum Kontrolltermin – Małgorzata Przykładowska"
    assert re.search(r'pdfuaid:part(?:="1"|>1<)', root["/Metadata"].get_data().decode())


def test_every_chart_is_told_in_words() -> None:
    report = sample_report(length_days=60)
    root = catalog(pdf(report))

    told = list(alternatives(root["/StructTreeRoot"]))

    assert len(told) >= 2 * len(report.symptoms)
    assert all("–" in one or any(character.isdigit() for character in one) for one in told)
    assert any(one.startswith("Pain of the skin. Daily values from") for one in told)


def alternatives(node: object) -> list[str]:
    """The texts that stand for pictures, below a part of the structure."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            if "/Alt" in one:
                found.append(str(one["/Alt"]))
            if "/K" in one:
                waiting.append(one["/K"])
    return found


def test_the_same_report_makes_the_same_bytes() -> None:
    report = sample_report(length_days=30)

    assert write(report, Format.PDF, OPTIONS) == write(report, Format.PDF, OPTIONS)


def test_the_digest_is_printed_and_in_the_properties() -> None:
    report = sample_report(length_days=30)
    opened = pdf(report)

    sha256 = document(report).sha256
    assert sha256 in text(opened).replace("\n", "")
    assert opened.metadata is not None
    assert str(opened.metadata["/Keywords"]) == f"SHA-256 {sha256}"


@pytest.mark.parametrize("course", ["improving", "very_sick"])
def test_a_report_has_few_pages(course: str) -> None:
    assert 2 <= len(pdf(sample_report(course)).pages) <= MOST_PAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_what_it_said(language: Language, golden: Callable[[str, str], None]) -> None:
    golden(f"worsening.{language}.pdf.txt", text(pdf(sample_report(length_days=30, language=language))))


def test_the_lesions_of_an_ordinary_report_are_on_the_first_page() -> None:
    report = sample_report("worsening")
    progression = report.lesions.progression_on

    first = pdf(report).pages[0].extract_text()

    assert len(report.symptoms) == 6
    assert progression
    assert words("en").day(progression) in first


def test_notes_stay_in_order_where_they_go_on_overleaf() -> None:
    report = sample_report("stable", length_days=60)
    notes = tuple(Note(date(2026, 6, 1), f"note {number:03}") for number in range(120))

    said = [one.extract_text() for one in pdf(replace(report, notes=notes)).pages]

    found = [[int(number) for number in re.findall(r"note (\d{3})", one)] for one in said]
    pages = [numbers for numbers in found if numbers]
    assert len(pages) > 1
    assert all(max(before) < min(after) for before, after in pairwise(pages))


def test_photos_are_told_in_words_too() -> None:
    opened = pdf(with_photos(sample_report(length_days=60)))

    assert sum(one.startswith("Photo of") for one in alternatives(catalog(opened)["/StructTreeRoot"])) == 3


# Whatever somebody wrote


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Zoë Ångström-Łukasiewicz", "Zoë Ångström-Łukasiewicz"),
        ("Nguyễn Văn Đức", "Nguyễn Văn Đức"),
        ("Ελένη Дмитриевна", "Ελένη Дмитриевна"),
        ("e\u0301toile", "étoile"),
        ("sticky 😀 dressing", f"sticky {glyphs.REPLACEMENT} dressing"),
        ("王秀英", glyphs.REPLACEMENT * 3),
        ("bell\u0007", f"bell{glyphs.REPLACEMENT}"),
        ("#set page(fill: red) $x$ *bold* \\ @x", "#set page(fill: red) $x$ *bold* \\ @x"),
        ("<script>", "<script>"),
    ],
)
def test_a_name_is_printed_or_what_no_font_has_is_seen_to_be_missing(written: str, printed: str) -> None:
    report = sample_report("stable", length_days=10)

    said = text(pdf(replace(report, patient=replace(report.patient, name=written))))

    assert printed in said


@pytest.mark.parametrize(
    "written", ["شمسي الصغير", "רות כהן", "A\u202eB\u2067C", "x\u0323\u0301\u0489", "W" * 200, "a\nb\n\nc"]
)
def test_a_name_in_any_direction_and_of_any_length_makes_a_pdf(written: str) -> None:
    report = sample_report("stable", length_days=10)

    opened = pdf(replace(report, patient=replace(report.patient, name=written)))

    assert 1 <= len(opened.pages) <= MOST_PAGES
    assert glyphs.REPLACEMENT not in text(opened) or "\u0489" in written


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
def test_no_note_keeps_a_report_from_being_made(note: str) -> None:
    report = replace(sample_report("stable", length_days=10), notes=(Note(date(2026, 6, 25), note),))

    assert write(report, Format.PDF, OPTIONS).startswith(b"%PDF-")


def test_every_character_that_a_font_claims_can_be_printed() -> None:
    known = sorted(frozenset().union(*map(glyphs.characters, glyphs.font_files([glyphs.BUNDLED]))))
    assert len(known) > 3000
    note = " ".join(map(chr, known))

    report = replace(sample_report("stable", length_days=10), notes=(Note(date(2026, 6, 25), note),))

    assert write(report, Format.PDF, OPTIONS).startswith(b"%PDF-")


def test_a_folder_of_further_fonts_makes_more_legible(tmp_path: Path) -> None:
    report = sample_report("stable", length_days=10)
    report = replace(report, patient=replace(report.patient, name="✂ and 中"))
    (tmp_path / "broken.ttf").write_bytes(b"not a font")
    shutil.copy(SCISSORS, tmp_path)

    plain, richer = text(pdf(report)), text(pdf(report, replace(OPTIONS, font_dir=tmp_path)))

    assert "✂" not in plain
    assert "✂ and \N{REPLACEMENT CHARACTER}" in richer
