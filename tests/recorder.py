"""Holds every answer that a test gets against the OpenAPI document: its status, media type and body."""

import re
from functools import cache
from typing import Any

import jsonschema_rs
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

Schema = dict[str, Any]
PROBLEM = "application/problem+json"
INTERNAL_ERROR = 500
NOT_OF_THE_CONTRACT = frozenset({"/openapi.json", "/docs", "/redoc", "/invitation"})
"""Pages for people, and the document itself."""


class Recorder:
    """The event hook of a client: remembers in words what was answered against the document."""

    def __init__(self, document: Schema) -> None:
        self.faults: list[str] = []
        # The concrete before the templated, as OpenAPI has it: `entries/batch` is no entry.
        paths = sorted(document["paths"].items(), key=lambda path: path[0].count("{"))
        self._paths = [(_pattern(path), item) for path, item in paths]
        self._shapes = {name: _closed(shape) for name, shape in document["components"]["schemas"].items()}
        self._validator = cache(self._compiled)

    def __call__(self, response: Response) -> None:
        """Look at one answer."""
        response.read()
        if fault := self._fault(response):
            request = response.request
            self.faults.append(f"{request.method} {request.url.path} answered {response.status_code}: {fault}")

    def check(self) -> None:
        """Fail if anything was answered since the last check that is not declared."""
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)

    def _fault(self, response: Response) -> str | None:
        path, method = response.request.url.path, response.request.method.lower()
        media_type = response.headers.get("content-type", "").partition(";")[0]
        item: Schema = next((item for pattern, item in self._paths if pattern.fullmatch(path)), {})
        operation = item.get(method)
        if operation is None:
            expected = 405 if item else 404
            fits = path in NOT_OF_THE_CONTRACT or (response.status_code, media_type) == (expected, PROBLEM)
            return None if fits else f"this is no operation, so {expected} is expected"
        if response.status_code == INTERNAL_ERROR:
            return "this must never happen, though it is declared"
        declared = operation["responses"].get(str(response.status_code))
        if declared is None:
            return "this status is not declared"
        return self._misfit(declared.get("content", {}), media_type, response)

    def _misfit(self, content: Schema, media_type: str, response: Response) -> str | None:
        if not content:
            return "no body is declared" if response.content else None
        if response.request.method == "HEAD":
            return "a body is answered to HEAD" if response.content else None
        if media_type not in content:
            return f"{media_type or 'a body without media type'} is not declared"
        if not media_type.endswith("json"):
            return None
        reference = content[media_type]["schema"]["$ref"]
        error = next(self._validator(reference).iter_errors(response.json()), None)
        return error and f"the body is no {reference}: {error.message}"

    def _compiled(self, reference: str) -> Any:
        return jsonschema_rs.validator_for({"$ref": reference, "components": {"schemas": self._shapes}})


def recorded(app: FastAPI) -> tuple[TestClient, Recorder]:
    """A client of the application, and the recorder that looks at all that it is answered."""
    recorder = Recorder(app.openapi())
    client = TestClient(app)
    client.event_hooks = {"response": [recorder]}
    return client, recorder


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), re.DOTALL)


def _closed(shape: Schema) -> Schema:
    """A shape that has no other fields than those declared."""
    return {**shape, "additionalProperties": False} if "properties" in shape else shape
