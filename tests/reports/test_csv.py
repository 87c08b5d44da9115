"""The report as CSV: tidy, harmless in a spreadsheet, and with the numbers of the JSON."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.report import Note, Report
from reports.csv import COLUMNS, defused
from reports.documents import Options
from reports.formats import Format, write
from tests.reports.samples import random_report, sample_report

Row = dict[str, str]
OPTIONS = Options()


def rows(report: Report) -> list[Row]:
    """The rows of a report as a program reads them."""
    text = write(report, Format.CSV, OPTIONS).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def as_json(report: Report) -> dict[str, Any]:
    """The same report as JSON."""
    read: dict[str, Any] = json.loads(write(report, Format.JSON, OPTIONS))
    return read


def number_in(text: str) -> float | None:
    """A value as a number; none where there is no value."""
    return float(text) if text else None


def series(shown: dict[str, Any]) -> list[tuple[str, str, str, float | None]]:
    """Kind, series, day and value of every number by day that the JSON has."""
    found = []
    for trend in shown["symptoms"]:
        found += [("severity", trend["symptom"], one["day"], one["value"]) for one in trend["points"]]
        found += [("rolling_median", trend["symptom"], one["day"], one["value"]) for one in trend["rolling_median"]]
    found += [("count", "nodules", one["day"], one["value"]) for one in shown["nodule_count"]["points"]]
    for lesion in shown["lesions"]["lesions"]:
        for one in lesion["points"]:
            found.append(("length", lesion["lesion_id"], one["day"], one["length_mm"]))
            if one["width_mm"] is not None:
                found.append(("width", lesion["lesion_id"], one["day"], one["width_mm"]))
    found += [("sum_of_diameters", "targets", one["day"], one["sum_mm"]) for one in shown["lesions"]["assessments"]]
    return found


@pytest.mark.parametrize("number", range(30))
def test_every_number_by_day_is_that_of_the_json_and_there_is_no_other(number: int) -> None:
    report = random_report(number)
    shown = as_json(report)

    read = [
        (row["kind"], row["series"], row["day"], number_in(row["value"]))
        for row in rows(report)
        if row["kind"] not in {"report", "note"}
    ]

    assert read == series(shown)
    assert {row["patient_id"] for row in rows(report)} == {shown["patient_id"]}


@pytest.mark.parametrize("number", range(30))
def test_notes_states_and_the_digest_are_those_of_the_json(number: int) -> None:
    report = random_report(number)
    shown, read = as_json(report), rows(report)

    assert [(row["day"], row["text"]) for row in read if row["kind"] == "note"] == [
        (note["day"], str(defused(note["text"]))) for note in shown["notes"]
    ]
    assert [(row["state"], row["method"]) for row in read if row["kind"] == "length"] == [
        (point["state"], point["method"] or "") for lesion in shown["lesions"]["lesions"] for point in lesion["points"]
    ]
    assert [row["text"] for row in read if row["kind"] == "report"] == [shown["sha256"]]


def test_a_series_has_one_row_a_day() -> None:
    read = [(row["day"], row["kind"], row["series"]) for row in rows(sample_report()) if row["kind"] != "note"]

    assert len(read) > 500
    assert len(set(read)) == len(read)


def test_a_day_without_a_rating_has_no_row() -> None:
    report = sample_report("half_missing")

    days = {row["day"] for row in rows(report) if row["kind"] == "severity"}

    assert len(days) == report.completion.observed_days < report.completion.expected_days


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 170", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "  @x"]
)
def test_what_a_spreadsheet_would_calculate_is_only_text(text: str) -> None:
    report = replace(sample_report(length_days=30), notes=(Note(date(2026, 6, 1), text),))

    (note,) = [row for row in rows(report) if row["kind"] == "note"]

    assert note["text"] == f"'{text}"


def test_other_text_stays_as_it_is() -> None:
    texts = ["Ärztin: „besser“, 5 - 3", 'a "quoted" word, a comma', "two\nlines", "見本 🙂", "'already'"]
    report = replace(sample_report(length_days=30), notes=tuple(Note(date(2026, 6, 1), text) for text in texts))

    assert [row["text"] for row in rows(report) if row["kind"] == "note"] == texts


def test_the_csv_looks_as_it_did(golden: Callable[[str, str], None]) -> None:
    text = write(sample_report(length_days=42), Format.CSV, OPTIONS).decode()

    assert text.splitlines()[0] == ",".join(COLUMNS)
    golden("worsening.csv", text)
