"""The words of a report: every message is translated, and numbers and days are written as the reader writes them."""

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from domain.languages import LANGUAGES, Language
from domain.report import METHODS, MethodKey
from domain.symptoms import CATALOGUE
from reports import figures
from reports.phrases import Quote, plain
from reports.sheets.methods import methods
from reports.words import DOMAIN, IN_THE_CODE, LOCALES, MINUS, Words, catalogue_file, words
from tests.reports.samples import sample_report
from tests.support.server import ROOT

KEYWORDS = {"say": None, "say_many": (1, 2), "say_in": ((1, "c"), 2), "text": None, "N_": None}
TRANSLATED = [language for language in LANGUAGES if language != IN_THE_CODE]
PLACE = re.compile(r"\{(\w+)\}")


def texts_of(said: object) -> tuple[str, ...]:
    """A message or its translation: one text, or one for each grammatical number."""
    return tuple(map(str, said)) if isinstance(said, tuple | list) else (str(said or ""),)


def messages() -> set[tuple[str | None, object]]:
    """Every message of the code, with its context."""
    found = extract_from_dir(ROOT / "reports", method_map=[("**.py", "python")], keywords=KEYWORDS)
    return {(context, message) for _, _, message, _, context in found}


def catalogue(language: Language) -> Catalog:
    """What a translator wrote."""
    return read_po(BytesIO(catalogue_file(language).read_bytes()), locale=language, domain=DOMAIN)


def translations(language: Language) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: Language) -> None:
    known = {(message.context, message.id) for message in translations(language)}

    assert len(known) > 150
    assert messages() - known == set(), "run the commands of docs/reports.md, then translate what is new"
    assert known - messages() == set(), "these are said no more"
    for message in translations(language):
        assert all(texts_of(message.string)), message.id
        assert not message.fuzzy, message.id


def test_the_template_for_translators_is_up_to_date() -> None:
    template = read_po(BytesIO((LOCALES / f"{DOMAIN}.pot").read_bytes()))

    assert {(message.context, message.id) for message in template if message.id} == messages()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_of_its_message(language: Language) -> None:
    for message in translations(language):
        for original, text in zip(texts_of(message.id), texts_of(message.string), strict=True):
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(original)), original


def test_the_documentation_names_the_commands_that_this_test_runs() -> None:
    told = (ROOT / "docs/reports.md").read_text(encoding="utf-8")

    assert "-k say -k say_many:1,2 -k say_in:1c,2 -k text -k N_" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_method_is_described(language: Language) -> None:
    described = methods(sample_report(length_days=10, language=language), words(language))

    assert len(described) == len(METHODS) == len(MethodKey)
    assert all(plain(one.name) and plain(one.value) for one in described)


@pytest.mark.parametrize(
    ("language", "printed"),
    [
        ("en", ["1,234.5", f"{MINUS}0.3", "+2.0", "0.0", "58%", "4 Jan 2026", "Mar"]),
        ("de", ["1.234,5", f"{MINUS}0,3", "+2,0", "0,0", "58 %", "4. Jan. 2026", "Mär"]),
    ],
)
def test_numbers_and_days_are_written_as_the_reader_writes_them(language: Language, printed: list[str]) -> None:
    one = Words(language)

    written = [
        one.decimal(1234.45, 1),
        one.decimal(-0.25, 1),
        one.decimal(2.0, 1, signed=True),
        one.decimal(-0.0, 1, signed=True),
        one.percent(57.7777),
        one.day(date(2026, 1, 4)),
        one.month(date(2026, 3, 1)),
    ]

    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in written] == printed


def test_a_message_keeps_the_origin_of_its_figures() -> None:
    one = words("de")

    said = one.say("then {value}", value=figures.median(one, 2.5, "symptoms/0/reference/value"))

    assert plain(said) == "damals 2,5"
    assert said[1] == figures.median(one, 2.5, "symptoms/0/reference/value")


def test_a_brace_in_a_quotation_is_no_place() -> None:
    said = words("en").say("{label}, first noticed on {day}", label=Quote("{day}"), day="today")

    assert plain(said) == "{day}, first noticed on today"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_symptom_has_a_name_in_every_language(language: Language) -> None:
    assert all(words(language).label(one.labels) for one in CATALOGUE)


def test_a_language_without_a_catalogue_would_be_seen() -> None:
    assert {path.name for path in LOCALES.iterdir() if path.is_dir()} == set(TRANSLATED)
    assert all(
        isinstance(catalogue_file(language), Path) and catalogue_file(language).exists() for language in TRANSLATED
    )
