"""The only place that knows HTTP status numbers: errors become problem documents (RFC 9457) here."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from domain import errors
from domain.errors import DermatrendError
from models import problems as shapes

MEDIA_TYPE = "application/problem+json"

STATUSES: dict[type[DermatrendError], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Missing: 404,
    errors.WrongMethod: 405,
    errors.TooSlow: 408,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.StaleBase: 412,
    errors.PreconditionUnmet: 412,
    errors.TooLarge: 413,
    errors.WrongMediaType: 415,
    errors.OutOfRange: 416,
    errors.Unprocessable: 422,
    errors.InUse: 423,
    errors.ConditionMissing: 428,
    errors.TooMany: 429,
    errors.Damaged: 460,
    errors.Fatal: 500,
    errors.Unavailable: 503,
    errors.OutOfSpace: 507,
}


class ProblemResponse(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def status_of(kind: type[DermatrendError]) -> int:
    """The HTTP status of an error, by its kind."""
    return next(status for base, status in STATUSES.items() if issubclass(kind, base))


def document(error: DermatrendError, request_id: str) -> dict[str, Any]:
    """An error as the members of its problem document."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.name()}",
        "title": error.title(),
        "status": status_of(type(error)),
        "detail": error.detail,
        "request_id": request_id,
    }
    if isinstance(error, errors.Unprocessable):
        body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.faults]
    if isinstance(error, errors.VersionConflict):
        body["current_version"] = error.current_version
    if isinstance(error, errors.BadRequest) and hasattr(error, "error"):
        body["error"] = error.error
    return body


def item(error: DermatrendError, request_id: str) -> shapes.ItemProblem:
    """An error as the problem of one item among many."""
    return shapes.ItemProblem.model_validate({"errors": None, "current_version": None, **document(error, request_id)})


def problems(*kinds: type[DermatrendError]) -> dict[int | str, dict[str, Any]]:
    """What an operation may answer besides success, for OpenAPI."""
    by_status: dict[int, list[type[DermatrendError]]] = {}
    for kind in kinds:
        by_status.setdefault(status_of(kind), []).append(kind)
    return {status: _declared(of_status) for status, of_status in sorted(by_status.items())}


def _declared(kinds: Sequence[type[DermatrendError]]) -> dict[str, Any]:
    shape = _shape(kinds[0]).__name__
    declared: dict[str, Any] = {
        "description": "\n\n".join(f"`{kind.name()}`: {kind.sentence()}" for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
    }
    if names := _header_names(kinds[0]):
        declared["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    return declared


def _header_names(kind: type[DermatrendError]) -> tuple[str, ...]:
    if issubclass(kind, errors.Unauthenticated):
        return ("WWW-Authenticate",)
    if issubclass(kind, errors.TusVersionUnknown):
        return ("Tus-Version",)
    if issubclass(kind, errors.OutOfRange):
        return ("Content-Range",)
    return ("Retry-After",) if issubclass(kind, errors.TooMany | errors.Unavailable) else ()


def _shape(kind: type[DermatrendError]) -> type[shapes.Problem]:
    if issubclass(kind, errors.Unprocessable):
        return shapes.InvalidRequestProblem
    if issubclass(kind, errors.StaleBase):
        return shapes.VersionConflictProblem
    if hasattr(kind, "error"):
        return shapes.TokenProblem
    return shapes.Problem


def _headers(error: DermatrendError) -> dict[str, str]:
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.TooSlow):
        return {"Connection": "close"}  # what is left of the body is not waited for
    if isinstance(error, errors.TooMany | errors.Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, errors.TusVersionUnknown):
        return {"Tus-Version": "1.0.0"}
    if isinstance(error, errors.OutOfRange):
        return {"Content-Range": f"bytes */{error.size}"}
    return {}


def respond(request: Request, error: DermatrendError) -> Response:
    """Answer an error."""
    body = document(error, request.state.request_id)
    return ProblemResponse(body, status_code=body["status"], headers=_headers(error))
