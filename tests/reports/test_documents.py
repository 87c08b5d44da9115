"""The report as JSON: the shape that OpenAPI describes, and a digest that holds."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
import rfc8785

from domain.report import LesionPhoto, PhotoMoment, Report
from models.reports import ReportRead
from reports.documents import Options, digest, document, plain
from reports.formats import FORMATS, Format, write, write_all
from tests.reports.samples import random_report, sample_report

OPTIONS = Options()


def as_json(report: Report) -> dict[str, object]:
    """A report as its JSON reads."""
    read: dict[str, object] = json.loads(write(report, Format.JSON, OPTIONS))
    return read


@pytest.mark.parametrize("number", range(10))
def test_the_json_is_what_its_shape_says_no_more_and_no_less(number: int) -> None:
    shown = as_json(random_report(number))

    read = ReportRead.model_validate(shown)

    assert json.loads(read.model_dump_json(by_alias=True)) == json.loads(json.dumps(shown).replace('+00:00"', 'Z"'))


def test_whoever_writes_the_json_canonically_finds_the_digest_true() -> None:
    shown = as_json(sample_report())

    told = shown.pop("sha256")

    assert told == hashlib.sha256(rfc8785.dumps(shown)).hexdigest()  # type: ignore[arg-type]


def test_every_format_is_written_from_one_digest() -> None:
    report = sample_report(length_days=30)

    sha256, written = write_all(report, OPTIONS)

    assert set(written) == {form.value for form in FORMATS}
    as_text = written.keys() - {Format.PDF}  # what a PDF shows is compressed
    assert all(sha256.encode() in written[form] for form in as_text)


def test_another_number_makes_another_digest() -> None:
    report = sample_report(length_days=30)

    changed = replace(report, completion=replace(report.completion, observed_days=report.completion.observed_days + 1))

    assert document(changed).sha256 != document(report).sha256


def test_a_digest_does_not_depend_on_the_order_of_the_fields() -> None:
    shown = as_json(sample_report(length_days=30))

    assert digest(dict(reversed(shown.items()))) == shown["sha256"]


def test_a_thumbnail_is_no_part_of_the_json() -> None:
    photo = LesionPhoto(PhotoMoment.BASELINE, UUID(int=1), date(2026, 3, 1), 14.5, "ab" * 32, b"\xff\xd8")

    assert plain(photo) == {
        "moment": "baseline",
        "photo_id": str(UUID(int=1)),
        "day": "2026-03-01",
        "length_mm": 14.5,
        "sha256": "ab" * 32,
    }


def test_a_part_that_nobody_foresaw_is_refused() -> None:
    with pytest.raises(TypeError, match="no part of a report"):
        plain(object())


def test_the_json_looks_as_it_did(golden: Callable[[str, str], None]) -> None:
    shown = as_json(sample_report(length_days=42))

    golden("worsening.json", json.dumps(shown, indent=1, ensure_ascii=False) + "\n")
