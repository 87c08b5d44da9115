"""The OpenAPI document is what generators of clients need it to be, and every change of it is seen.

`docs/openapi.json` is a snapshot, so that a review sees every change of the contract. After a change on purpose:

    python main.py openapi > docs/openapi.json
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from main import create_app
from tests.clients.openapi import REFERENCE, Body, answers, bodies, nodes, operations, reachable, schemas
from tests.conftest import settings
from tests.support.server import ROOT

SNAPSHOT = ROOT / "docs" / "openapi.json"
LONGEST_OPERATION_ID = 30
UNIONS = ("oneOf", "allOf", "not", "discriminator")
TOO_GENERAL = {"Error", "Method", "Object", "Request", "Response", "Result", "State", "Status", "Type"}
"""Names that generated clients, or their languages, use themselves."""
MAY_GROW = {
    *(("EntryRead", "flags"), ("EntryVersion", "flags"), ("Problem", "type"), ("ServerRead", "features")),
    *(("AttentionRead", "rule"), ("MethodRead", "key"), ("ReportRead", "language")),
}


def test_the_snapshot_is_what_the_program_prints(openapi_document: Path) -> None:
    printed, kept = openapi_document.read_text(encoding="utf-8"), SNAPSHOT.read_text(encoding="utf-8")

    assert printed == kept, "the contract changed: run `python main.py openapi > docs/openapi.json` and review the diff"


def test_it_is_openapi_3_1_with_valid_schemas(document: Body) -> None:
    assert document["openapi"].startswith("3.1.")
    assert len(schemas(document)) > 50
    for schema in schemas(document).values():
        jsonschema_rs.meta.validate(schema)


def test_operation_ids_are_the_short_names_of_functions(document: Body, tmp_path: Path) -> None:
    app = create_app(settings(f"sqlite:///{tmp_path / 'unused.sqlite3'}", tmp_path))
    functions = {(method.lower(), path): name for method, path, name in endpoints(app)}

    ids = {(method, path): operation["operationId"] for method, path, operation in operations(document)}

    assert len(ids) > 40
    assert ids == {place: functions[place] for place in ids}
    assert len(set(ids.values())) == len(ids)
    assert [name for name in ids.values() if not re.fullmatch("[a-z]+(_[a-z]+)*", name)] == []
    assert max(map(len, ids.values())) <= LONGEST_OPERATION_ID


def test_every_shape_has_one_schema_with_a_plain_name(document: Body) -> None:
    shapes = {name: json.dumps(without_words(schema), sort_keys=True) for name, schema in schemas(document).items()}

    assert [name for name in shapes if not re.fullmatch("([A-Z][a-z]+)+", name)] == []
    assert shapes.keys() & TOO_GENERAL == set()
    assert [name for name, shape in shapes.items() if list(shapes.values()).count(shape) > 1] == []


def test_every_reference_leads_to_a_schema_and_every_schema_is_used(document: Body) -> None:
    used = {node["$ref"].removeprefix(REFERENCE) for _, node in nodes(document) if "$ref" in node}

    assert used == schemas(document).keys()


def test_the_only_union_is_something_or_null(document: Body) -> None:
    unions = {pointer: node["anyOf"] for pointer, node in nodes(document) if "anyOf" in node}

    assert len(unions) > 50
    assert [place for place, parts in unions.items() if len(parts) != 2 or {"type": "null"} not in parts] == []
    assert [pointer for pointer, node in nodes(document) if not node.keys().isdisjoint(UNIONS)] == []
    assert [pointer for pointer, node in nodes(document) if isinstance(node.get("type"), list)] == []


def test_every_field_of_an_answer_is_always_there(document: Body) -> None:
    answered = reachable(document, [answer for *_, answer in answers(document)])

    assert {"EntryRead", "TrendsRead", "BatchResult", "InvalidRequestProblem"} <= answered
    for name in answered:
        schema = schemas(document)[name]
        assert schema.get("properties", {}).keys() == set(schema.get("required", [])), name


def test_a_request_has_no_unknown_field(document: Body) -> None:
    sent = reachable(document, [schemas(document)[name] for name in bodies(document).values()]) | {
        *bodies(document).values()
    }
    objects = {name for name in sent if schemas(document)[name]["type"] == "object"}

    assert {"EntryCreate", "EntryBatch", "RatingFields", "TokenRequest"} <= objects
    assert [name for name in objects if schemas(document)[name].get("additionalProperties") is not False] == []


def test_choices_are_named_enums_and_what_may_grow_is_text(document: Body) -> None:
    enums = {name: schema["enum"] for name, schema in schemas(document).items() if "enum" in schema}

    assert {"pain", "skin_atrophy", "sleep"} <= set(enums["Symptom"])
    assert enums["ChangeClass"] == ["worse", "better", "stable", "insufficient"]
    assert enums["Verdict"] == ["rising", "falling", "none", "indeterminate"]
    assert sum("enum" in node for _, node in nodes(document)) == len(enums)
    for name, field in MAY_GROW:
        schema = schemas(document)[name]["properties"][field]
        assert schema.get("items", schema)["type"] == "string"


def test_every_error_is_a_problem_document(document: Body) -> None:
    errors = [(name, status, answer) for name, status, answer in answers(document) if status >= "400"]

    assert len(errors) > 100
    for name, status, answer in errors:
        assert answer["content"].keys() == {"application/problem+json"}, (name, status)
        shape = answer["content"]["application/problem+json"]["schema"]["$ref"].removeprefix(REFERENCE)
        assert {"type", "title", "status", "detail", "request_id"} <= set(schemas(document)[shape]["required"])


def test_every_operation_and_every_shape_is_described(document: Body) -> None:
    assert [operation["operationId"] for *_, operation in operations(document) if "description" not in operation] == []
    assert [name for name, schema in schemas(document).items() if "description" not in schema] == []


def endpoints(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Method, path and function of every route."""
    for context in iter_route_contexts(app.routes):
        for method in context.methods or ():
            path = re.sub(r":\w+\}", "}", str(context.path))  # without the names of convertors
            yield method, path, getattr(context.original_route, "endpoint").__name__  # noqa: B009


def without_words(schema: Any) -> Any:
    """A schema without its titles, descriptions and examples; a field may well be called `title`."""
    if isinstance(schema, dict):
        words = {name for name in ("title", "description", "examples") if not isinstance(schema.get(name), dict)}
        return {name: without_words(value) for name, value in schema.items() if name not in words}
    return [without_words(value) for value in schema] if isinstance(schema, list) else schema
