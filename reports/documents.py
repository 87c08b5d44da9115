"""A report as plain JSON values, and the digest that names it whatever the format (docs/decisions/0023)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.report import LesionPhoto, Report, ReportedMedication
from domain.trends import DayMedian, DayValue
from reports.canonical import canonical

Content = dict[str, Any]

SERIES = (DayValue, DayMedian)
RENAMED = {"from_day": "from", "to_day": "to"}
"""Names of JSON that are no names in Python."""
LEFT_OUT = frozenset({(LesionPhoto, "thumbnail"), (LesionPhoto, "thumbnail_key")})
"""What is for pages alone."""
_VALUES = frozenset((type(None), str, int, float, bool))
"""What JSON has itself."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an operator chose about reports."""

    snomed_codes: bool = True
    public_url: str = "http://127.0.0.1:8000"
    font_dir: Path | None = None
    """Further fonts for pages."""


@dataclass(frozen=True, slots=True)
class Document:
    """A report, its content as JSON values and the digest of that."""

    report: Report
    content: Content
    """Without the digest."""
    sha256: str
    """Of the content's canonical JSON (RFC 8785), in hexadecimal digits."""


def document(report: Report) -> Document:
    """A report ready to be written in any format."""
    content = content_of(report)
    return Document(report, content, digest(content))


def digest(content: Content) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of a report without its own digest."""
    return hashlib.sha256(canonical({name: value for name, value in content.items() if name != "sha256"})).hexdigest()


def content_of(report: Report) -> Content:
    """A report in the shape of `models.reports.ReportRead`, without its digest; a superset of the trends document."""
    period = report.period
    return {
        "patient_id": str(report.patient.id),
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "revision": report.revision,
        "patient": {name: value for name, value in plain(report.patient).items() if name != "id"},
        "clinic": report.clinic,
        "chosen": period.chosen.value,
        "since_visit_on": plain(period.since_visit_on),
        "visits": plain(report.visits),
        "completion": plain(report.completion),
        "attention": plain(report.attention),
        "symptoms": plain(report.symptoms),
        "nodule_count": plain(report.nodule_count),
        "lesions": plain(report.lesions),
        "medications": [_medication(one) for one in report.medications],
        "lifestyle": plain(report.lifestyle),
        "notes": plain(report.notes),
        "methods": plain(report.methods),
        "generation": str(report.generation),
        "generated_at": report.generated_at.isoformat(),
        "software_version": report.software_version,
        "language": report.language,
    }


def plain(value: Any) -> Any:  # noqa: ANN401  any part of a report
    """A part of a report as JSON values."""
    kind = type(value)
    if kind in _VALUES:
        return value
    if kind is tuple:
        return _series(value) if value and type(value[0]) in SERIES else [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return {
        name: part if type(part := getattr(value, field)) in _VALUES else plain(part)
        for field, name in _names(value.__class__)
    }


def _series(points: Sequence[DayValue | DayMedian]) -> list[Content]:
    """The same as for all else, but a year has thousands of these."""
    return [{"day": point.day.isoformat(), "value": point.value} for point in points]


@cache
def _names(kind: type) -> tuple[tuple[str, str], ...]:
    if not is_dataclass(kind):
        message = f"{kind.__name__} is no part of a report"
        raise TypeError(message)
    return tuple(
        (one.name, RENAMED.get(one.name, one.name)) for one in fields(kind) if (kind, one.name) not in LEFT_OUT
    )


def _medication(medication: ReportedMedication) -> Content:
    shown: Content = plain(medication)
    doses: Content = shown.pop("doses")
    return {**shown, **doses}
