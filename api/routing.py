"""What every operation has in common, before its own work begins.

In this order: the database is migrated; the caller is known and the role has the operation (401, 403), before
the body is read; the body is of the kind that is read here (415); no query parameter is unknown (422).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.types import Message

from api.problems import problems
from domain import permissions
from domain.errors import (
    BodyTooLarge,
    BodyTooSlow,
    DatabaseUnavailable,
    DermatrendError,
    Fault,
    InternalError,
    InvalidRequest,
    NotAllowed,
    NotMigrated,
    NotSignedIn,
    StorageFull,
    UnsupportedMediaType,
)
from infra.tokens import Claims
from models.fields import Tagged

EVERY_ROLE = frozenset(permissions.Role)

Handler = Callable[[Request], Awaitable[Response]]

ETAG = {"ETag": {"description": "The version, to send in If-Match.", "schema": {"type": "string"}}}

LARGE_BODIES = {
    "record_entries": "batch_bytes",
    "push_changes": "batch_bytes",
    "add_photo": "photo_bytes",
    "create_upload": "photo_bytes",
    "continue_upload": "photo_bytes",
}
"""The setting that limits an operation's body, where it is not `body_bytes`."""
FORM_BYTES = 65_536
"""What the other fields of a form, and its boundaries, may take beside a file."""
PIECES = "application/offset+octet-stream"
STREAMED = {"create_upload": PIECES, "continue_upload": PIECES}
"""Operations that read their body by themselves while it arrives, and its media type."""
TUS_VERSION = "1.0.0"
SPEAKS_TUS = frozenset({"describe_uploads", "create_upload", "head_upload", "continue_upload", "end_upload"})
"""Operations all answers of which name the version of tus."""
MAY_HAVE_NO_BODY = frozenset({"create_upload"})


class NotABatch(StringConvertor):
    """A part of a path that is no name of another operation: else `.../entries/batch` would be an entry of that id."""

    regex = "(?!batch(?:/|$))[^/]+"


register_url_convertor("not_a_batch", NotABatch())

LEAST_BYTES_PER_S = 8 * 1024
"""How fast a body must come once its first seconds are over."""


class Operation(APIRoute):
    """A route that refuses early what it must refuse anyway, and declares that it may."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  the framework's own long list
        super().__init__(*args, **kwargs)
        for status, common in problems(*_common(self)).items():
            own = self.responses.get(status)
            described = {"description": f"{own['description']}\n\n{common['description']}"} if own else {}
            self.responses[status] = {**common, **described}
        if isinstance(self.response_model, type) and issubclass(self.response_model, Tagged):
            for status in {self.status_code or 200, *self.responses} & {200, 201}:
                self.responses.setdefault(status, {})["headers"] = ETAG
        self.responses = dict(sorted(self.responses.items(), key=lambda item: str(item[0])))

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The framework's handler behind our checks."""
        handle: Handler = super().get_route_handler()
        needs_sign_in = self.name in permissions.OPERATIONS
        known = frozenset(_query_names(self))
        repeatable = frozenset(_query_names(self, repeatable=True))
        media_types = _media_types(self)
        limit = LARGE_BODIES.get(self.name, "body_bytes")
        slack = FORM_BYTES if "multipart/form-data" in media_types else 0
        speaks_tus = self.name in SPEAKS_TUS
        body_is_optional = self.name in MAY_HAVE_NO_BODY

        async def guarded(request: Request) -> Response:
            if speaks_tus:
                request.state.answer_headers = {"Tus-Resumable": TUS_VERSION}
            await _check_migrated(request)
            if needs_sign_in:
                request.state.claims = _claims(request, self.name)
            if not (body_is_optional and _has_no_body(request)):
                _check_media_type(request, media_types)
            _check_query(request, known, repeatable)
            if media_types:
                chosen = request.app.state.settings
                most_bytes = getattr(chosen, limit) + slack
                request = _limited(request, most_bytes, within_s=chosen.body_timeout_seconds)
            return await handle(request)

        return guarded


def router(prefix: str, tag: str) -> APIRouter:
    """A router of operations; the prefix is the whole path, so that a route knows its own."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=Operation)


def _common(route: APIRoute) -> Iterator[type[DermatrendError]]:
    """The errors that an operation may meet whatever it is about."""
    yield from (InvalidRequest, DatabaseUnavailable, NotMigrated, InternalError)
    if route.name in permissions.OPERATIONS:
        yield NotSignedIn
    if permissions.OPERATIONS.get(route.name, EVERY_ROLE) != EVERY_ROLE:
        yield NotAllowed
    if _media_types(route):
        yield from (BodyTooLarge, BodyTooSlow, UnsupportedMediaType)
    if "GET" not in (route.methods or ()):
        yield StorageFull


async def _check_migrated(request: Request) -> None:
    state = request.app.state
    if not state.migrated:
        state.migrated = await run_in_threadpool(state.is_migrated)
    if not state.migrated:
        raise NotMigrated


def _claims(request: Request, operation: str) -> Claims:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    claims: Claims | None = request.app.state.door.tokens.read_access(token.strip(), request.app.state.now())
    if scheme.lower() != "bearer" or claims is None:
        raise NotSignedIn
    if not permissions.allowed(operation, claims.role):
        raise NotAllowed
    return claims


def _check_media_type(request: Request, accepted: Collection[str]) -> None:
    if not accepted:
        return
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent not in accepted:
        detail = f"This operation reads {' or '.join(sorted(accepted))}."
        raise UnsupportedMediaType(detail)


def _limited(request: Request, most_bytes: int, *, within_s: float) -> Request:
    """The same request, whose body cannot be read beyond a limit, whatever its header says, nor for ever.

    The framework's own `max_body_size` answers plain text, and before it is known who is asking
    (docs/decisions/0006).

    Raises:
        BodyTooLarge: at once if the header says so, else while reading.
        BodyTooSlow: while reading; whoever goes on sending a little in time is waited for.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > most_bytes:
        raise BodyTooLarge
    read = 0
    began = time.monotonic()

    async def receive() -> Message:
        nonlocal read
        left = began + within_s + read / LEAST_BYTES_PER_S - time.monotonic()
        try:
            # Most bodies are there at once: anyio's own deadline takes as long as all of this.
            async with asyncio.timeout(left):
                message = await request.receive()
        except TimeoutError:
            raise BodyTooSlow from None
        read += len(message.get("body", b""))
        if read > most_bytes:
            raise BodyTooLarge
        return message

    return Request(request.scope, receive)


def _check_query(request: Request, known: Collection[str], repeatable: Collection[str]) -> None:
    if not request.scope["query_string"]:
        return
    sent = Counter(name for name, _ in request.query_params.multi_items())
    if set(sent) - set(known):
        listed = ", ".join(sorted(known)) or "none"
        raise InvalidRequest(faults=[Fault("/query", f"an unknown parameter was sent; known here: {listed}")])
    twice = sorted(name for name, times in sent.items() if times > 1 and name not in repeatable)
    if twice:
        raise InvalidRequest(faults=[Fault(f"/query/{name}", "must be sent once") for name in twice])


def _query_names(route: APIRoute, *, repeatable: bool = False) -> Iterator[str]:
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        for field in dependant.query_params:
            if not repeatable or getattr(field.field_info.annotation, "__origin__", None) in {list, set, tuple}:
                yield field.alias


def _has_no_body(request: Request) -> bool:
    return "transfer-encoding" not in request.headers and request.headers.get("content-length", "0") == "0"


def _media_types(route: APIRoute) -> frozenset[str]:
    if route.name in STREAMED:
        return frozenset({STREAMED[route.name]})
    if route.body_field is None:
        return frozenset()
    return frozenset({getattr(route.body_field.field_info, "media_type", "application/json")})
