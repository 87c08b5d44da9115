"""What surrounds every request: its id, its line in the log, its metrics, its safety headers."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from domain.errors import InternalError
from infra import metrics

log = structlog.get_logger("dermatrend.access")

SAFETY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Surroundings:
    """Gives a request its id, and logs and counts what became of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status: int | None = None
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id, scope["state"].get("answer_headers", {}))
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            log.exception("unforeseen error")
            if status is not None:
                raise
            answer = problems.respond(Request(scope), InternalError())
            await answer(scope, receive, send_with_headers)
        finally:
            _report(scope, status or 0, time.perf_counter() - started)


def _add_headers(message: Message, request_id: str, named: Mapping[str, str]) -> None:
    headers = [*message["headers"], (b"request-id", request_id.encode())]
    present = {name for name, _ in headers}
    ours = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    message["headers"] = headers + [pair for pair in (*ours, *SAFETY_HEADERS) if pair[0] not in present]


def _report(scope: Scope, status: int, seconds: float) -> None:
    route: Any = scope.get("route")
    path = getattr(route, "path", "unknown")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    metrics.REQUESTS.labels(method, path, str(status)).inc()
    metrics.SECONDS.labels(method, path).observe(seconds)
    log.info("request", method=method, route=path, status=status, milliseconds=round(seconds * 1000, 1))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
