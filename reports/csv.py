"""A report's series as CSV: tidy, one row for each day and series, for whoever calculates further.

Columns, as `docs/reports.md` explains them: `COLUMNS`. What was not observed has no row: a gap is not 0.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from domain.lesions import Assessment
from domain.report import Report, ReportedLesion
from reports.documents import Document, Options

COLUMNS = ("patient_id", "day", "kind", "series", "label", "value", "unit", "state", "method", "text")
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula, in full width too."""

Row = dict[str, Any]


def render(document: Document, _options: Options) -> bytes:
    """All rows, in UTF-8 with a header and the line ends of RFC 4180."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    report = document.report
    for row in _rows(document):
        writer.writerow({"patient_id": report.patient.id, **{name: defused(value) for name, value in row.items()}})
    return text.getvalue().encode()


def defused(value: object) -> object:
    """A text that a spreadsheet would take for a formula, made plain by an apostrophe; all else as it is."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _rows(document: Document) -> Iterator[Row]:
    report = document.report
    yield {"day": report.period.last, "kind": "report", "series": "sha256", "text": document.sha256}
    yield from _symptoms(report)
    yield from _nodules(report)
    for lesion in report.lesions.lesions:
        yield from _lesion(lesion)
    for assessment in report.lesions.assessments:
        yield _sum(assessment)
    for note in report.notes:
        yield {"day": note.day, "kind": "note", "series": "note", "text": note.text}


def _symptoms(report: Report) -> Iterator[Row]:
    for trend in report.symptoms:
        what = {"series": str(trend.symptom), "unit": "points 0-10"}
        for value in trend.points:
            yield {"day": value.day, "kind": "severity", "value": value.value, **what}
        for median in trend.rolling_median:
            yield {"day": median.day, "kind": "rolling_median", "value": median.value, **what}


def _nodules(report: Report) -> Iterator[Row]:
    for point in report.nodule_count.points:
        yield {"day": point.day, "kind": "count", "series": "nodules", "value": point.value, "unit": "nodules"}


def _lesion(lesion: ReportedLesion) -> Iterator[Row]:
    for point in lesion.points:
        what = {
            "day": point.day,
            "series": str(lesion.lesion_id),
            "label": lesion.label,
            "unit": "mm",
            "state": point.state.value,
            "method": point.method.value if point.method else None,
        }
        yield {"kind": "length", "value": point.length_mm, **what}
        if point.width_mm is not None:
            yield {"kind": "width", "value": point.width_mm, **what}


def _sum(assessment: Assessment) -> Row:
    return {
        "day": assessment.day,
        "kind": "sum_of_diameters",
        "series": "targets",
        "value": assessment.sum_mm,
        "unit": "mm",
        "state": assessment.response.value,
        "text": assessment.reason,
    }
