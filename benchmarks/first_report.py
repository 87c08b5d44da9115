"""The first report after a start of the server, against the later ones: asked for at once, and some seconds later.

Run it with `python benchmarks/first_report.py [--rounds N]`. SQLite; the report of a full year, each time for another
period. Every figure is from a start of its own.
"""

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from bench import Connection, compiled, databases, machine, service, status, table, timed
from diary import Year
from report import asking
from trends import fill

from reports.formats import Format
from tests.faults.installations import Installation

SECONDS = (0, 5)
LATER = slice(2, 10)


def started(installation: Installation, wires: list[bytes], seconds: int) -> list[float]:
    """How long each of the first reports took, so many seconds after a start."""
    installation.server.restart()
    time.sleep(seconds)
    with Connection(installation.server.port) as connection:

        def ask(wire: bytes) -> None:
            assert status(connection.ask(wire)) == 200

        return [timed(partial(ask, wire)) for wire in wires[: LATER.stop]]


def main() -> None:
    """Measure both formats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{machine()}; {rounds} starts")
    taken: dict[str, list[list[float]]] = {}
    with databases() as ((_, url), *_), compiled() as environment, service(url, environment) as installation:
        year = Year(datetime.now(UTC).date() - timedelta(days=1))
        fill(installation, year)
        for _ in range(rounds):
            for form in (Format.HTML, Format.PDF):
                wires = asking(installation, year, form)
                for seconds in SECONDS:
                    sample = taken.setdefault(f"{form}, {seconds} s after ready", [])
                    sample.append(started(installation, wires, seconds))
    rows = {}
    for name, starts in taken.items():
        first, later = [one[0] for one in starts], [statistics.median(one[LATER]) for one in starts]
        rows[name] = [f"{figure:.0f}" for figure in (statistics.median(first), max(first), statistics.median(later))]
    table("ms", ["first, median", "first, longest", "later, p50"], rows)


if __name__ == "__main__":
    main()
