"""The formats in which a report is written: one table, from which the server answers and freezes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.report import Report
from reports import csv, fhir, html, json, pdf
from reports.documents import Document, Options, document

Render = Callable[[Document, Options], bytes]


class Format(StrEnum):
    """How a report is written; also the end of its path."""

    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    FHIR = "fhir"


@dataclass(frozen=True, slots=True)
class Writing:
    """How one format is made and called."""

    media_type: str
    render: Render
    saved: bool = False
    """Whether browsers save it instead of showing it."""
    pictures: bool = False
    """Whether it shows the photos themselves."""


FORMATS: dict[Format, Writing] = {
    Format.JSON: Writing("application/json", json.render),
    Format.HTML: Writing("text/html; charset=utf-8", html.render, pictures=True),
    Format.PDF: Writing("application/pdf", pdf.render, pictures=True),
    Format.CSV: Writing("text/csv; charset=utf-8", csv.render, saved=True),
    Format.FHIR: Writing("application/fhir+json", fhir.render),
}


def write(report: Report, form: Format, options: Options) -> bytes:
    """A report in one format."""
    return FORMATS[form].render(document(report), options)


def write_all(report: Report, options: Options) -> tuple[str, dict[str, bytes]]:
    """A report in every format, and the digest that all of them show."""
    written = document(report)
    return written.sha256, {form.value: writing.render(written, options) for form, writing in FORMATS.items()}
