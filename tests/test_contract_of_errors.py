"""Errors as the contract promises them: each declared, each a problem document, none with anything that was sent."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Request, Response
from sqlalchemy import text

from api.problems import MEDIA_TYPE, document, problems, status_of
from domain import errors, permissions
from domain.errors import DermatrendError, Fault
from domain.permissions import Role
from infra import logs
from models import problems as shapes
from tests.factories import PASSWORD, Clinic, Person, entry_body, found_clinic, new_id, ok, problem
from tests.faults.installations import CHEAP, installed
from tests.recorder import PROBLEM, Recorder, recorded

STATUSES = {400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 416, 422, 423, 428, 429, 460, 500, 503, 507}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
JSON = "application/json"
MARKER = "Morbus4711Marker"
"""Stands for health data; it is easy to find again."""
FIELDS = (
    *("id", "recorded_at", "time_zone", "day", "ratings", "lesion_observations", "intakes", "lifestyle", "note"),
    *("site", "side", "kind", "label", "first_noticed_on", "name", "times", "starts_on", "email", "role", "code"),
    *("birth_date", "locale", "version", "granted", "password", "current_password", "new_password", "entries"),
)
"""Names of fields of all kinds of bodies."""


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in; every answer is held against the OpenAPI document."""
    client, recorder = recorded(app)
    yield client
    recorder.check()


@pytest.fixture
def log() -> Iterator[Callable[[], str]]:
    """What is logged while the test runs, as the program itself configures its logs."""
    root, client = logging.getLogger(), logging.getLogger("httpx2")
    handlers, level = root.handlers, root.level
    logs.configure(level="DEBUG", as_json=True)
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(kept := io.StringIO())
    client.disabled = True  # it would log what it sends
    yield kept.getvalue
    root.handlers, root.level, client.disabled = handlers, level, False
    structlog.reset_defaults()


# What is declared


def test_every_problem_of_every_operation_is_declared_as_a_problem_document(app: FastAPI) -> None:
    declared = {
        (operation, status): answer["content"]
        for operation, one in _operations(app).items()
        for status, answer in one["responses"].items()
        if int(status) >= 400
    }
    found = app.openapi()["components"]["schemas"].keys()

    assert len(declared) > 200
    assert {tuple(content) for content in declared.values()} == {(MEDIA_TYPE,)}
    named = {content[MEDIA_TYPE]["schema"]["$ref"].rpartition("/")[2] for content in declared.values()}
    assert named == {"Problem", "InvalidRequestProblem", "VersionConflictProblem", "TokenProblem"}
    assert named <= found


def test_the_frameworks_own_model_of_errors_is_nowhere_in_the_document(app: FastAPI) -> None:
    everything = json.dumps(app.openapi())

    assert "ValidationError" not in everything
    assert '"default": {"description"' not in everything


def test_every_operation_declares_what_may_go_wrong_whatever_it_is_about(app: FastAPI) -> None:
    found = {name: set(one["responses"]) for name, one in _operations(app).items() if one["tags"] != ["operator"]}

    assert [name for name, statuses in found.items() if not statuses >= {"422", "500", "503"}] == []


@pytest.mark.parametrize("kind_of_error", errors.leaves(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_a_document(kind_of_error: type[DermatrendError]) -> None:
    error = _example(kind_of_error)

    body = document(error, "a request id")
    (declared,) = problems(kind_of_error).values()

    assert status_of(kind_of_error) in STATUSES
    assert body["status"] == status_of(kind_of_error)
    assert re.fullmatch(r"/problems/[a-z0-9]+(-[a-z0-9]+)*", body["type"])
    assert re.fullmatch(r"[A-Z].*[^.]", body["title"])
    assert body["detail"].endswith(".")
    shape = getattr(shapes, declared["content"][MEDIA_TYPE]["schema"]["$ref"].rpartition("/")[2])
    assert shape.model_validate(body).model_dump(mode="json") == body
    assert shape.model_fields.keys() == body.keys()


def test_every_error_has_a_name_of_its_own_and_every_status_an_error() -> None:
    leaves = errors.leaves()

    assert len(leaves) > 20
    assert len({kind.name() for kind in leaves}) == len(leaves)
    assert {status_of(kind) for kind in leaves} == STATUSES


def test_every_error_is_declared_by_an_operation(app: FastAPI) -> None:
    described = json.dumps([one["responses"] for one in _operations(app).values()])

    unheard_of = {kind for kind in errors.leaves() if f"`{kind.name()}`: " not in described}

    # What has the one as its answer is no operation; the other is only ever the problem of one change of a push.
    assert unheard_of == {errors.MethodNotAllowed, errors.ReadOnlyKind}


def test_what_a_client_must_read_from_the_headers_is_declared(app: FastAPI) -> None:
    needed = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}

    missing = [
        (name, status)
        for name, one in _operations(app).items()
        for status, answer in one["responses"].items()
        if status in needed and needed[status] not in answer.get("headers", {})
    ]

    assert missing == []


# The recorder that other tests hold their answers against


@pytest.mark.parametrize(
    ("method", "path", "status", "media_type", "body", "fault"),
    [
        ("GET", "/health/live", 200, "application/json", {"status": "live"}, None),
        ("GET", "/health/live", 200, "application/json", {"status": "live", "more": 1}, "the body is no"),
        ("GET", "/health/live", 200, "application/json", {}, "the body is no"),
        ("GET", "/health/live", 200, "text/html", {"status": "live"}, "text/html is not declared"),
        ("GET", "/health/live", 418, "application/json", {"status": "live"}, "this status is not declared"),
        ("GET", "/v1/server", 500, PROBLEM, {}, "this must never happen"),
        ("POST", "/v1/auth/logout", 204, "", None, None),
        ("POST", "/v1/auth/logout", 204, "application/json", {}, "no body is declared"),
        ("GET", "/v1/unheard-of", 404, PROBLEM, {}, None),
        ("GET", "/v1/unheard-of", 200, "application/json", {}, "404 is expected"),
        ("PUT", "/v1/me", 405, PROBLEM, {}, None),
        ("PUT", "/v1/me", 404, PROBLEM, {}, "405 is expected"),
    ],
)
def test_an_answer_that_is_not_declared_is_noticed(
    app: FastAPI, method: str, path: str, status: int, media_type: str, body: Any, fault: str | None
) -> None:
    recorder = Recorder(app.openapi())
    content = b"" if body is None else json.dumps(body).encode()
    request = Request(method, f"http://testserver{path}")

    recorder(Response(status, headers={"Content-Type": media_type}, content=content, request=request))

    assert [fault in said for said in recorder.faults if fault] == ([True] if fault else [])
    assert bool(recorder.faults) == bool(fault)


# Wrong methods and paths


def test_a_wrong_method_is_told_all_methods_of_the_path(app: FastAPI, http: TestClient) -> None:
    known = {
        re.sub(r"\{\w+\}", new_id(), path): {method.upper() for method in item}
        for path, item in app.openapi()["paths"].items()
    }
    expected = {
        (method, path): (405, methods, MEDIA_TYPE)
        for path, methods in known.items()
        for method in METHODS
        if method not in methods
    }

    answers = {(method, path): http.request(method, path) for method, path in expected}

    assert len(expected) > 150
    assert {
        asked: (answer.status_code, set(answer.headers["allow"].split(", ")), answer.headers["content-type"])
        for asked, answer in answers.items()
    } == expected
    problem(answers["PUT", "/v1/me"], 405, "method-not-allowed")


def test_head_is_no_method_of_what_can_be_got_but_for_pictures(app: FastAPI, http: TestClient) -> None:
    got = [
        re.sub(r"\{\w+\}", new_id(), path)
        for path, item in app.openapi()["paths"].items()
        if "get" in item and "head" not in item
    ]

    answers = {path: http.head(path) for path in got}

    assert len(got) > 20
    assert {answer.status_code for answer in answers.values()} == {405}
    assert all("GET" in answer.headers["allow"] for answer in answers.values())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/me",
        "/v1/me/",
        "/v1//me",
        "/v1/ME",
        "/v1/unheard-of",
        "/v1/patients/a/entries/b/c",
        "/%00",
        "/ü",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_a_problem_too(http: TestClient, method: str, path: str) -> None:
    answer = http.request(method, path)

    body = problem(answer, 404, "not-found")
    assert body.keys() == {"type", "title", "status", "detail", "request_id"}
    assert body["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize("name", ["get_me", "log_out", "get_server"])
def test_a_large_body_that_nobody_asked_for_is_answered_as_declared(app: FastAPI, clinic: Clinic, name: str) -> None:
    method, path = next(
        (method, path)
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
        if operation["operationId"] == name
    )

    answer = clinic.patient.request(method.upper(), path, content=b" " * 1_100_000)

    assert str(answer.status_code) in _operations(app)[name]["responses"]


# What was sent stays with the sender


def test_nothing_that_is_sent_comes_back_or_is_logged(app: FastAPI, clinic: Clinic, log: Callable[[], str]) -> None:
    answers = _to_everything_with_marker(app, clinic)

    logged = log()
    assert len(answers) > 1000
    assert {answer.status_code for answer in answers} >= {400, 401, 404, 415, 422}
    assert _holding_marker(answers) == []
    assert logged.count('"event": "request"') > len(answers)
    assert MARKER not in logged


def test_nothing_that_a_server_is_sent_is_in_its_log(app: FastAPI, empty_database_url: str) -> None:
    with installed(empty_database_url, {**CHEAP, "DERMATREND_LOG_LEVEL": "DEBUG"}) as installation:
        patient = installation.clinic.patient
        stored = patient.post("/v1/patients/{me}/entries", entry_body(note=f"{MARKER} is what I have."))
        read = patient.get("/v1/patients/{me}/entries")
        answers = _to_everything_with_marker(app, installation.clinic)

        logged = installation.server.log()

    assert stored.status_code == 201
    assert MARKER in read.text
    assert _holding_marker(answers) == []
    assert logged.count('"event": "request"') > len(answers) > 1000
    assert MARKER not in logged


def test_an_unforeseen_error_says_nothing_of_what_was_sent(
    make_app: Callable[..., FastAPI], database_url: str, log: Callable[[], str]
) -> None:
    app = make_app(database_url)

    @app.get("/unforeseen")
    def _fail() -> None:
        secret = f"{MARKER} is what she has."
        raise RuntimeError(secret) from ValueError(secret)

    answer = TestClient(app).get("/unforeseen")

    logged = log()
    body = problem(answer, 500, "internal-error")
    assert MARKER not in answer.text
    assert MARKER not in logged
    assert "builtins.RuntimeError" in logged
    assert body["request_id"] in logged


def test_a_failing_database_says_nothing_of_what_was_sent(
    make_app: Callable[..., FastAPI], database_url: str, log: Callable[[], str]
) -> None:
    app = make_app(database_url)
    clinic = found_clinic(app, TestClient(app))
    with app.state.database.writers.begin() as connection:
        connection.execute(text("ALTER TABLE entry RENAME COLUMN note TO remark"))

    answer = clinic.patient.post("/v1/patients/{me}/entries", entry_body(note=MARKER))

    assert answer.status_code >= 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    logged = log()
    assert MARKER not in answer.text
    assert MARKER not in logged
    assert answer.json()["request_id"] in logged


def _operations(app: FastAPI) -> dict[str, Any]:
    found = [operation for item in app.openapi()["paths"].values() for operation in item.values()]
    assert len(found) > 45
    return {operation["operationId"]: operation for operation in found}


def _example(kind: type[DermatrendError]) -> DermatrendError:
    if issubclass(kind, errors.VersionConflict):
        return kind(7)
    if issubclass(kind, errors.OutOfRange):
        return kind(1000)
    if issubclass(kind, errors.InvalidRequest | errors.UnknownReference):
        return kind(faults=[Fault("/ratings/0/severity", "must be at most 10")])
    return kind()


def _to_everything_with_marker(app: FastAPI, clinic: Clinic) -> list[Response]:
    """What every operation answers to somebody who has it, with the marker wherever something can be sent."""
    answers = []
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            person = _again(_who_has(clinic, operation["operationId"]))
            marked = re.sub(r"\{\w+\}", MARKER, path)
            plain = re.sub(r"\{\w+\}", new_id(), path)
            answers += [person.request(method.upper(), marked)] if marked != path else []
            answers += [person.request(method.upper(), plain, **request) for request in _with_marker()]
    return answers


def _holding_marker(answers: list[Response]) -> list[str]:
    return [
        f"{answer.request.method} {answer.request.url.path}: {answer.text}"
        for answer in answers
        if MARKER in f"{answer.headers} {answer.text}"
    ]


def _who_has(clinic: Clinic, operation: str) -> Person:
    people = {Role.PATIENT: clinic.patient, Role.CLINICIAN: clinic.clinician, Role.ADMIN: clinic.admin}
    roles = permissions.OPERATIONS.get(operation, frozenset(people))
    return next(person for role, person in people.items() if role in roles)


def _again(person: Person) -> Person:
    """The person in a session of its own, which may end."""
    form = {"grant_type": "password", "username": person.email, "password": PASSWORD}
    pair = ok(person.http.post("/v1/auth/token", data=form))
    return replace(person, token=pair["access_token"], refresh_token=pair["refresh_token"])


def _with_marker() -> Iterator[dict[str, Any]]:
    """Bodies, query parameters and headers that hold the marker."""
    yield from ({"content": content, "headers": {"Content-Type": JSON}} for content in _bodies_with_marker())
    form = "&".join(f"{name}={MARKER}" for name in ("grant_type", "username", "password", "refresh_token", "scope"))
    yield {"content": form, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    yield {"content": form.replace("grant_type=", "grant_type=password&a="), "headers": {"Content-Type": MARKER}}
    for names in (MARKER,), ("limit", "cursor"), ("from", "to"), ("symptom",), ("status", "q"):
        yield {"params": dict.fromkeys(names, f"{MARKER}\x00")}
    for headers in (
        ("If-Match", "Idempotency-Key", "Client-Time"),
        ("If-None-Match", "Accept-Language", "X-Forwarded-For"),
        ("Authorization", "Cookie", "Origin", "Referer"),
    ):
        yield {"headers": dict.fromkeys(headers, f"Bearer {MARKER}" * 20)}


def _bodies_with_marker() -> Iterator[bytes]:
    values = (MARKER, [MARKER], {f"a {MARKER}": MARKER}, f"{MARKER}\x00", f"{MARKER}\ud800")
    inner = dict.fromkeys(("symptom", "severity", "site", "lesion_id", "state", "medication_id", "taken"), MARKER)
    nested = {"ratings": [inner], "lesion_observations": [inner], "intakes": [inner], "lifestyle": inner}
    bodies: list[Any] = [dict.fromkeys(FIELDS, value) for value in values]
    bodies += [nested, {"entries": [MARKER, inner, nested, {"id": MARKER}]}, {f"a {MARKER}": MARKER}, MARKER, [MARKER]]
    yield from (json.dumps(body).encode() for body in bodies)
    yield from (f'{{"note": "{MARKER}'.encode(), f'{{"note": {MARKER}}}'.encode(), MARKER.encode() + b"\xff")
