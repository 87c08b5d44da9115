"""The habits of the house, held by tests: a rule without one is a hope."""

import ast
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import ROOT

PACKAGES = ("api", "services", "domain", "models", "infra", "reports")
NOT_OURS = {".git", ".venv", ".tools", "node_modules", "data"}

MOST_LINES = 400
LINES_OF_CODE_OF_NINE_IN_TEN = 130
FUNCTION_LINES_OF_NINE_IN_TEN = 25

SELECTS = {"select", "get", "get_one", "join", "outerjoin", "select_from", "update", "delete", "aliased", "exists"} | {
    "matching",
    "lock_free",
    "join_from",
}
MAY_SELECT_PATIENTS = {
    "services/access.py": "the one door",
    "services/doors.py": "the one door, for many who come at once",
    "services/accounts/owners.py:me": "the patient is the actor, whose session was just checked",
    "services/verification.py": "an operator's check of all patients at once; it tells ids and nothing else",
    "services/invitations.py:redeem": "whom an invitation is for, before there is an account that could be an actor",
}


def files(*patterns: str) -> list[Path]:
    """Our own files of these forms, of the whole repository."""
    found = (path for pattern in patterns for path in ROOT.rglob(pattern) if path.is_file())
    ours = [path for path in found if not NOT_OURS & set(path.relative_to(ROOT).parts)]
    assert ours, f"no file looks like {patterns}"
    return sorted(ours)


def modules() -> list[Path]:
    """All modules of the six packages."""
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    assert {path.relative_to(ROOT).parts[0] for path in found} == set(PACKAGES)
    return found


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_code(path: Path) -> int:
    """Lines that are neither blank nor comment nor docstring."""
    source = path.read_text(encoding="utf-8")
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def nine_in_ten(sizes: list[int]) -> int:
    """The size that nine of ten do not exceed."""
    assert len(sizes) > 10
    return sorted(sizes)[len(sizes) * 9 // 10]


def named(node: ast.AST) -> str | None:
    """The last name of what is called or referred to."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def mentions(node: ast.AST, name: str) -> bool:
    return any(named(part) == name for part in ast.walk(node))


# Size


def test_nine_files_of_ten_are_small_and_none_is_large() -> None:
    assert nine_in_ten([lines_of_code(path) for path in modules()]) <= LINES_OF_CODE_OF_NINE_IN_TEN

    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_nine_functions_of_ten_fit_a_glance() -> None:
    sizes = [
        (function.end_lineno or function.lineno) - function.lineno + 1
        for path in modules()
        for function in functions(path)
    ]

    assert nine_in_ten(sizes) <= FUNCTION_LINES_OF_NINE_IN_TEN


# Patient data


def selecting_patients(path: Path) -> Iterator[str]:
    """Places of a module that reach for rows of patients: its path, and the function."""
    for function in functions(path):
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and named(call.func) in SELECTS:
                arguments: list[ast.AST] = [*call.args, *(keyword.value for keyword in call.keywords)]
                if any(mentions(argument, "Patient") for argument in arguments):
                    yield f"{path.relative_to(ROOT).as_posix()}:{function.name}"


def test_only_the_one_door_selects_patients() -> None:
    found = {place for path in modules() for place in selecting_patients(path)}

    by_file_or_function = {place if place in MAY_SELECT_PATIENTS else place.partition(":")[0] for place in found}
    assert by_file_or_function == set(MAY_SELECT_PATIENTS)


@pytest.mark.parametrize(
    "statement",
    [
        "session.get(Patient, patient_id)",
        "session.scalars(select(Patient))",
        "select(col(Patient.name))",
        "session.get_one(models.patients.Patient, patient_id)",
        "select(Entry).join(Patient)",
        "bulk.matching(session, Patient, keys, columns)",
    ],
)
def test_another_door_would_be_seen(statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "services" / "backdoor.py"
    module.parent.mkdir()
    module.write_text(f"def peek(session, patient_id):\n    return {statement}\n")
    monkeypatch.setattr("tests.test_house.ROOT", tmp_path)

    assert set(selecting_patients(module)) == {"services/backdoor.py:peek"}


def test_services_leave_the_end_of_a_transaction_to_who_began_it() -> None:
    ends = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in modules()
        if path.relative_to(ROOT).parts[0] == "services"
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and named(call.func) in {"commit", "rollback", "begin", "begin_nested"}
    ]

    assert ends == []


# Modules


def test_every_module_says_what_it_is_for() -> None:
    at_the_top = [ROOT / name for name in ("main.py", "assembly.py", "commands.py")]
    silent = [path for path in [*modules(), *at_the_top] if not ast.get_docstring(tree(path))]

    assert silent == []


def test_no_import_is_hidden_from_the_running_program() -> None:
    hidden = [path for path in files("*.py") for node in ast.walk(tree(path)) if named(node) == "TYPE_CHECKING"]

    assert hidden == []


def test_the_folder_of_migrations_does_not_shadow_alembic() -> None:
    assert list((ROOT / "alembic/versions").glob("*.py"))
    assert not (ROOT / "alembic/__init__.py").exists()


def test_tests_use_fakes_and_the_real_parts_instead_of_mocks() -> None:
    tests = [path for path in files("*.py") if "tests" in path.relative_to(ROOT).parts]

    imported = {
        alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        for path in tests
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert "pytest" in imported
    assert {name for name in imported if "mock" in name.split(".")} == set()


# What must not be in a file


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    somebodys = re.compile(r"(?<![\w.~-])/(?:root|work|Users|home/[a-z]+)/\w")
    elsewhere = {"/home/me/"}
    patterns = ("*.py", "*.md", "*.toml", "*.y*ml", "*.json", "*.ts", "*.txt", "Dockerfile", "dermatrend", "run")

    found = {
        f"{path.relative_to(ROOT)}: {match}"
        for path in files(*patterns)
        for match in somebodys.findall(path.read_text(encoding="utf-8"))
        if not any(match.startswith(place) for place in elsewhere)
    }

    assert found == set()
    assert somebodys.search("see /" + "root/project")


def lock() -> dict[str, Any]:
    return tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))


def test_the_lock_names_the_public_index_and_nothing_else() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")

    assert set(re.findall(r'"([a-z+]+://[^/"]*)', text)) == {"https://pypi.org", "https://files.pythonhosted.org"}
    sources = [package["source"] for package in lock()["package"]]
    assert {"registry": "https://pypi.org/simple"} in sources
    assert [
        source for source in sources if source not in ({"registry": "https://pypi.org/simple"}, {"virtual": "."})
    ] == []


def test_locks_of_npm_name_no_registry_but_the_public_one() -> None:
    locks = {path: json.loads(path.read_text(encoding="utf-8"))["packages"] for path in files("package-lock.json")}
    packages = {
        (path, name): package
        for path, of_lock in locks.items()
        for name, package in of_lock.items()
        if name and not package.get("inBundle")  # what is in a bundle came with a package whose digest is known
    }

    assert {path.parts[-2] for path, _ in packages} >= {"typescript", "parse_server"}
    assert {key for key, package in packages.items() if not package["integrity"].startswith("sha512-")} == set()
    addresses = {package["resolved"] for package in packages.values() if "resolved" in package}
    assert {address for address in addresses if not address.startswith("https://registry.npmjs.org/")} == set()


def test_the_project_names_no_index_of_its_own() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]

    assert settings
    assert {"index", "index-url", "extra-index-url", "find-links", "sources"} & set(settings) == set()
