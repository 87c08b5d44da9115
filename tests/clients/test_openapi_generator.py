"""Kotlin, Swift and Dart clients, generated from the OpenAPI document as `docs/clients.md` tells it.

They are not compiled here: that nothing of the contract is left out of them, or left untyped, is what is looked at.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.openapi import operations, reachable
from tests.support.optional import skip_or_fail

GENERATOR = Path(sys.executable).with_name("openapi-generator-cli")


@dataclass(frozen=True)
class Language:
    """What generated sources look like in one language.

    Attributes:
        generator: its name for the generator.
        files: where the sources are.
        function: how the function of an operation begins, with the operation's name to be filled in.
        shape: how the type of a schema begins.
        untyped: a field whose type the generator did not know.
    """

    generator: str
    files: str
    function: str
    shape: str
    untyped: str


LANGUAGES = (
    Language("kotlin", "src/main/**/*.kt", r"\bfun {}\(", r"\bclass {}\b", r"\bval \w+: kotlin\.Any\b"),
    Language(
        "swift6", "Sources/*/[AM]*/*.swift", r"\bfunc {}\(", r"\b(struct|enum) {}\b", r"\bvar \w+: \[?(JSONValue|Any)\b"
    ),
    Language("dart", "lib/**/*.dart", r"\bFuture<.*> {}\(", r"\b(class|enum) {}\b", r"^  (final )?(List<)?Object\b"),
)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.generator)
def test_a_client_is_generated_with_every_operation_and_every_shape(
    language: Language, openapi_document: Path, document: dict[str, Any], tmp_path: Path
) -> None:
    wanted = {operation["operationId"] for *_, operation in operations(document)}
    shapes = reachable(document, [operation for *_, operation in operations(document)]) - forms(document)

    sources = generate(language, openapi_document, tmp_path)

    assert wanted
    assert [name for name in wanted if not re.search(language.function.format(camel_case(name)), sources)] == []
    assert [name for name in shapes if not re.search(language.shape.format(name), sources)] == []
    assert re.findall(language.untyped, sources, re.MULTILINE) == []


def forms(document: dict[str, Any]) -> set[str]:
    """Shapes that are sent as a form: their fields become arguments."""
    contents = [operation.get("requestBody", {}).get("content", {}) for *_, operation in operations(document)]
    return reachable(document, [body for one in contents for kind, body in one.items() if kind != "application/json"])


def generate(language: Language, document: Path, directory: Path) -> str:
    """All generated sources as one text."""
    if shutil.which("java") is None:
        skip_or_fail("java is not installed: openapi-generator needs Java 11 or newer")
    command = [str(part) for part in (GENERATOR, "generate", "-i", document, "-g", language.generator, "-o", directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert not re.search(r"\bERROR\b|Exception", told), told
    return "\n".join(file.read_text(encoding="utf-8") for file in directory.glob(language.files))


def camel_case(name: str) -> str:
    """`record_entry` as these languages write it: `recordEntry`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
