"""What the framework raises, and what of ours reaches it, as problem documents."""

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.problems import STATUSES, respond
from domain import errors
from domain.errors import DermatrendError
from infra import files
from models import problems as shapes

log = structlog.get_logger(__name__)


def install(app: FastAPI) -> None:
    """Let every error of this application be answered as a problem document."""

    @app.exception_handler(DermatrendError)
    async def _known(request: Request, error: DermatrendError) -> Response:
        if isinstance(error, errors.InternalError):
            log.error("unforeseen error", exc_info=error)
        return respond(request, error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        if any(one["type"] == "missing" and one["loc"] == ("header", "If-Match") for one in error.errors()):
            return respond(request, errors.IfMatchRequired())
        return respond(request, errors.InvalidRequest(faults=_faults(error)))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        # Reading a body, the framework wraps whatever is raised, ours too.
        answer = respond(request, _cause(error) or _meaning(error.status_code))
        if error.status_code == STATUSES[errors.WrongMethod]:
            answer.headers["Allow"] = ", ".join(_methods(app, request.url.path))
        return answer


def _cause(error: HTTPException) -> DermatrendError | None:
    match error.__cause__:
        case DermatrendError() as ours:
            return ours
        case OSError() as refused:  # a large form is laid down on disk while it arrives
            return files.meaning(refused)
        case _:
            return None


def _meaning(status: int) -> DermatrendError:
    """What the framework means by a status that it raises by itself."""
    match status:
        case 404:
            return errors.NotFound()
        case 405:
            return errors.MethodNotAllowed()
        case 400:
            # A body that cannot even be parsed: too deep, numbers too long, not text.
            return errors.InvalidRequest(faults=[errors.Fault("", "the body cannot be read")])
        case _:
            return errors.InternalError()


def _faults(error: RequestValidationError) -> list[errors.Fault]:
    found = []
    for one in error.errors()[: shapes.MOST_FAULTS]:
        where, *rest = one["loc"]
        if one["type"] == "json_invalid":
            rest = []
        prefix = "" if where == "body" else f"/{where}"
        found += shapes.faults([{**one, "loc": rest}], prefix=prefix)
    return found


def _methods(app: FastAPI, path: str) -> list[str]:
    """All methods that a path knows, whichever routes they are spread over."""
    found: set[str] = set()
    for context in iter_route_contexts(app.routes):
        scope = {"type": "http", "path": path, "method": "", "path_params": {}, "root_path": ""}
        if context.original_route.matches(scope)[0] is not Match.NONE:
            found |= context.methods or set()
    return sorted(found)
