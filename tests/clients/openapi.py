"""The OpenAPI document as data: its operations, its schemas and everything else in it."""

from collections.abc import Iterable, Iterator
from typing import Any

Body = dict[str, Any]

METHODS = {"get", "put", "post", "patch", "delete", "head", "options"}
REFERENCE = "#/components/schemas/"


def schemas(document: Body) -> dict[str, Body]:
    """All schemas by name."""
    found: dict[str, Body] = document["components"]["schemas"]
    return found


def operations(document: Body) -> Iterator[tuple[str, str, Body]]:
    """Method, path and description of every operation."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield method, path, item[method]


def answers(document: Body) -> Iterator[tuple[str, str, Body]]:
    """Operation id, status and description of everything that may be answered."""
    for *_, operation in operations(document):
        for status, answer in operation["responses"].items():
            yield operation["operationId"], status, answer


def bodies(document: Body) -> dict[str, str]:
    """The schema of the body of each operation that has one with fields, by operation id."""
    return {
        operation["operationId"]: content["schema"]["$ref"].removeprefix(REFERENCE)
        for *_, operation in operations(document)
        if "requestBody" in operation
        for content in operation["requestBody"]["content"].values()
        if "$ref" in content["schema"]
    }


def reachable(document: Body, parts: Iterable[Body]) -> set[str]:
    """Names of the schemas to which these parts of the document lead."""
    found: set[str] = set()
    waiting = list(parts)
    while waiting:
        for _, node in nodes(waiting.pop()):
            name = node.get("$ref", "").removeprefix(REFERENCE)
            if name and name not in found:
                found.add(name)
                waiting.append(schemas(document)[name])
    return found


def nodes(part: Any, pointer: str = "") -> Iterator[tuple[str, Body]]:
    """Every object in a part of the document, and where it is; the inside of an example is no part of it."""
    if isinstance(part, dict):
        yield pointer, part
        for name, value in part.items():
            if name != "examples":
                yield from nodes(value, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from nodes(value, f"{pointer}/{index}")
