"""Structured logs on standard output: one JSON object a line, never health data."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def without_messages(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Render an exception as its types and places: messages and local variables can hold health data."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    places: list[str] = []
    while isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        places.append(f"{type(error).__module__}.{type(error).__qualname__}")
        places.extend(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if places:
        event["trace"] = places
    return event


def configure(*, level: str, as_json: bool) -> None:
    """Send our logs and those of the libraries through one renderer."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages,
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # Our own access log has the route instead of the path, whose query may say more than it should.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic").setLevel(max(logging.WARNING, root.level))
