"""From nothing to ready: how long `python main.py serve` takes until /health/ready answers 200.

Run it with `python benchmarks/startup.py [--rounds N]`. The database is migrated before. "Compiled" is how the image
and `uv sync --compile-bytecode` leave it; "from source" is a first start, or one where nothing may be written.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path

from bench import ROOT, machine, percentile, table, timed

from tests.faults.installations import CHEAP
from tests.support.server import Server

GOAL_S = 2
LIBRARIES = "import alembic.command, fastapi, numpy, psycopg, sqlmodel, uvicorn"


def main() -> None:
    """Measure both states of the bytecode, in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"{machine()}; {rounds} rounds")
    with tempfile.TemporaryDirectory() as directory:
        states = _states(Path(directory))
        for environment in states.values():
            for call in _steps(environment).values():
                call()
        taken: dict[str, dict[str, list[float]]] = {}
        for _ in range(rounds):
            for state, environment in states.items():
                for step, call in _steps(environment).items():
                    taken.setdefault(step, {}).setdefault(state, []).append(timed(call) / 1000)
    columns = [f"{state}, {what}" for state in states for what in ("median s", "longest s")]
    table(
        "until",
        columns,
        {
            step: [f"{figure:.2f}" for sample in of_state.values() for figure in (percentile(sample, 50), max(sample))]
            for step, of_state in taken.items()
        },
    )
    print(f"\nGoal: ready in less than {GOAL_S} s when compiled.")


def _states(directory: Path) -> dict[str, dict[str, str]]:
    """Environments by the state of the bytecode: all of it is kept in a place of ours, or none."""
    nothing, kept = directory / "nothing", directory / "bytecode"
    common = {**CHEAP, "DERMATREND_DATA_DIR": str(directory / "data")}
    return {
        "compiled": {**common, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(kept)},
        "from source": {**common, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(nothing)},
    }


def _steps(environment: Mapping[str, str]) -> dict[str, Callable[[], None]]:
    """What is timed: parts of a start, and all of it."""
    return {
        "Python runs": partial(_run, environment, "pass"),
        "the libraries are imported": partial(_run, environment, LIBRARIES),
        "the application is made": partial(_run, environment, "import main; main.create_app()"),
        "the server is ready": partial(_serve, environment),
    }


def _run(environment: Mapping[str, str], script: str) -> None:
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **environment}, check=True)


def _serve(environment: Mapping[str, str]) -> None:
    server = Server(environment)
    server.__enter__()
    with redirect_stdout(StringIO()):
        server.__exit__()


if __name__ == "__main__":
    main()
