"""Golden files: what a report looks like, kept in the repository so that a review sees every change of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Holds a text against the golden file of that name; with `--update-golden` it becomes the golden file."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(text.encode())
        assert file.exists(), f"run pytest --update-golden to make {name}"
        assert text.encode() == file.read_bytes(), f"{name} has changed; if that is right, run pytest --update-golden"

    return compare
