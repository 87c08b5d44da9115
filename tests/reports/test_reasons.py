"""The reasons of responses, said again in the reader's language with the same numbers."""

import re
from collections.abc import Iterator

import pytest

from domain.courses import COURSES
from domain.languages import LANGUAGES, Language
from reports.phrases import Figure, Phrase, Quote, plain
from reports.reasons import reason
from reports.words import words
from tests.reports.samples import random_report, sample_report


def sentences() -> Iterator[str]:
    """The reasons of all named courses and of many arbitrary ones."""
    for report in [*(sample_report(course) for course in COURSES), *map(random_report, range(60))]:
        yield report.lesions.reason
        yield from (one.reason for one in report.lesions.history)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_understood(language: Language) -> None:
    seen = set(sentences())
    assert len(seen) > 200

    quoted = [one for one in seen if reason(words(language), one, "at") == (Quote(one),)]

    assert quoted == []


def test_in_english_a_reason_stays_what_it_was() -> None:
    for sentence in set(sentences()):
        if not re.search(r"\d{4}-\d\d-\d\d", sentence):
            said = plain(reason(words("en"), sentence, "at")).replace("\N{NO-BREAK SPACE}", " ")
            assert said == sentence.replace(" %", "%")


@pytest.mark.parametrize(
    ("sentence", "german"),
    [
        (
            "sum 36.2 mm, 7.0 mm (23.9 %) above the smallest sum of 29.2 mm",
            "Summe 36,2 mm, 7,0 mm (23,9 %) über der kleinsten Summe von 29,2 mm",
        ),
        (
            "sum at least 45.0 mm without A, B, C and 2 more, 10.0 mm (28.5 %) above the smallest sum of 35.0 mm",
            (
                "Summe mindestens 45,0 mm ohne A, B, C und 2 weitere, "
                "10,0 mm (28,5 %) über der kleinsten Summe von 35,0 mm"
            ),
        ),
        (
            "sum 28.0 mm, 30 % below the baseline of 40.0 mm",
            "Summe 28,0 mm, 30 % unter der Ausgangssumme von 40,0 mm",
        ),
        (
            "there again after all were gone on 2026-08-17: A",
            "wieder da, nachdem am 17. Aug. 2026 alle verschwunden waren: A",
        ),
        ("all lesions are gone", "alle Läsionen sind verschwunden"),
        (
            "sum 31.7 mm, the same as the baseline of 31.7 mm and 0.7 mm (2.2 %) above the smallest sum of 31.0 mm",
            (
                "Summe 31,7 mm, gleich der Ausgangssumme von 31,7 mm und "
                "0,7 mm (2,2 %) über der kleinsten Summe von 31,0 mm"
            ),
        ),
    ],
)
def test_a_reason_in_german_has_german_numbers(sentence: str, german: str) -> None:
    said = reason(words("de"), sentence, "lesions/reason")

    assert plain(said).replace("\N{NO-BREAK SPACE}", " ") == german


def test_a_label_that_looks_like_a_number_stays_a_label() -> None:
    said: Phrase = reason(words("de"), "confirmed new lesion: sum 5.0 mm", "at")

    assert [part for part in said if isinstance(part, Figure)] == []
    assert Quote("sum 5.0 mm") in said


def test_a_reason_of_an_unknown_form_is_quoted() -> None:
    assert reason(words("de"), "because of the weather", "at") == (Quote("because of the weather"),)
