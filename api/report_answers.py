"""How reports are answered: what each format declares, its headers, its media type."""

from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.conditional import HEADERS
from models.reports import ReportRead
from reports.formats import FORMATS, Format

CREATED, OK, NOT_MODIFIED = 201, 200, 304
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""What a page may do in a browser: show itself, and nothing else."""
SHAPES: dict[Format, type[BaseModel]] = {Format.JSON: ReportRead}
"""The formats whose fields OpenAPI describes."""


class FhirResponse(JSONResponse):
    """FHIR as JSON, whose shape OpenAPI describes."""

    media_type = "application/fhir+json"


def written(form: Format, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an operation that answers a report declares, for OpenAPI."""
    headers = {name: {"schema": {"type": "string"}} for name in ("ETag", *HEADERS)}
    media_type, _, _ = FORMATS[form].media_type.partition(";")
    answer: dict[str, Any] = {"headers": headers}
    if form in SHAPES:
        answer["model"] = SHAPES[form]
    elif not media_type.endswith("json"):
        schema = {"type": "string", "format": "binary"} if form is Format.PDF else {"type": "string"}
        answer["content"] = {media_type: {"schema": schema}}
    if statuses:
        return {status: dict(answer) for status in statuses}
    return {OK: answer, NOT_MODIFIED: {"description": "What you have is still true.", "headers": headers}}


def headers_of(form: Format, tag: str) -> dict[str, str]:
    """What goes with a report in a format, or with the news that it is unchanged."""
    headers = {**HEADERS, "ETag": tag}
    if FORMATS[form].saved:
        headers["Content-Disposition"] = f'attachment; filename="report.{form}"'
    if FORMATS[form].media_type.startswith("text/html"):
        headers["Content-Security-Policy"] = SANDBOX
    return headers


def shown(form: Format, content: bytes, tag: str, *, status: int = OK) -> Response:
    """Answer a report in a format."""
    return Response(content, status, headers_of(form, tag), media_type=FORMATS[form].media_type)


def unchanged_or_shown(form: Format, content: bytes | None, tag: str) -> Response:
    """Answer a report in a format, or 304 without content."""
    if content is None:
        return Response(status_code=NOT_MODIFIED, headers=headers_of(form, tag))
    return shown(form, content, tag)
