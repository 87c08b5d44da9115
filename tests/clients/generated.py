"""A Python package generated from the OpenAPI document, and somebody who uses it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Self

import attrs

NAME = "dermatrend_client"
BYTES = ("image/jpeg", "application/pdf", "application/offset+octet-stream")
GENERATOR = (sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning")

DAY_TIME_OR_ID = re.compile(r"\d{4}-\d\d-\d\d(T.*)?|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Package:
    """What was generated.

    Attributes:
        models: the module with a class for each shape.
        operations: by operation id, the module with the functions of an operation.
    """

    root: Any
    models: Any
    operations: dict[str, Any]


def generate(document: Path, directory: Path) -> Package:
    """Generate the package, in which no part of the document is left out, and import it."""
    config = directory / "config.yml"
    # Nobody reads it, so it is not formatted; what is no JSON is bytes to this generator only if it is told so.
    overrides = "".join(f"  {kind}: application/octet-stream\n" for kind in BYTES)
    config.write_text(f"post_hooks: []\ncontent_type_overrides:\n{overrides}")
    command = [*GENERATOR, "--path", str(document), "--config", str(config), "--output-path", str(directory / NAME)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(directory))
    try:
        root = import_module(NAME)
        api = import_module(f"{NAME}.api")
        modules = [module.name for module in walk_packages(api.__path__, f"{api.__name__}.") if not module.ispkg]
        operations = {name.rpartition(".")[2]: import_module(name) for name in modules}
        return Package(root, import_module(f"{NAME}.models"), operations)
    finally:
        sys.path.remove(str(directory))


@dataclass(frozen=True)
class App:
    """The generated package in the hands of somebody.

    Attributes:
        leaving: closes the connections in the end.
        id: the patient, or the member of the clinic, who is signed in.
    """

    package: Package
    url: str
    http: Any
    leaving: ExitStack
    id: Any = None

    @classmethod
    def of_a_stranger(cls, package: Package, url: str, leaving: ExitStack) -> Self:
        """Nobody is signed in."""
        http = package.root.Client(base_url=url, raise_on_unexpected_status=True)
        return cls(package, url, leaving.enter_context(http), leaving)

    def signed_in(self, token: str) -> Self:
        """The same app after signing in."""
        http = self.package.root.AuthenticatedClient(base_url=self.url, token=token, raise_on_unexpected_status=True)
        app = replace(self, http=self.leaving.enter_context(http))
        me = app.ask("get_me", status=200)
        return replace(app, id=me.patient_id or me.member_id)

    def shape(self, name: str, body: dict[str, Any]) -> Any:
        """A request body as an instance of its generated class."""
        return getattr(self.package.models, name).from_dict(body)

    def ask(self, operation: str, *ids: Any, status: int, **rest: Any) -> Any:
        """The parsed answer of an operation that must answer this status."""
        answer = self.answer(operation, *ids, **rest)
        assert answer.status_code == status, answer.content
        return answer.parsed

    def answer(self, operation: str, *ids: Any, **rest: Any) -> Any:
        """The whole answer of an operation, of which nothing may be left untyped."""
        answer = self.package.operations[operation].sync_detailed(*ids, client=self.http, **rest)
        assert list(untyped(answer.parsed)) == []
        return answer


def untyped(value: Any, path: str = "") -> Iterator[str]:
    """Where the generated client could not, or did not know how to, make a typed value of what it got."""
    if attrs.has(type(value)):
        yield from (f"{path}/{name}: not declared" for name in getattr(value, "additional_properties", {}))
        for field in attrs.fields(type(value)):
            if field.name != "additional_properties":
                yield from untyped(getattr(value, field.name), f"{path}/{field.name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from untyped(item, f"{path}/{index}")
    elif isinstance(value, dict) or type(value).__name__ == "Unset":
        yield f"{path}: {type(value).__name__}"
    elif isinstance(value, str) and not isinstance(value, Enum) and DAY_TIME_OR_ID.fullmatch(value):
        yield f"{path}: a plain text {value!r}"
