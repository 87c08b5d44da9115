"""How long the fault tests go on: the short form with all other tests, the long one with `TEST_FAULTS=long`."""

import json
import os
from collections import Counter
from pathlib import Path

from tests.support.postgres import SHARED

LONG = os.environ.get("TEST_FAULTS") == "long"
_TALLIES = "fault-tallies"


def either(short: int, long: int) -> int:
    """A number of rounds or seconds, by the form."""
    return long if LONG else short


def count(**numbers: int) -> None:
    """Add to what is printed at the end of the run."""
    with (Path(os.environ[SHARED]) / _TALLIES).open("a") as file:
        file.write(json.dumps(numbers) + "\n")


def totals() -> Counter[str]:
    """What all fault tests of this run have counted."""
    file = Path(os.environ.get(SHARED, "")) / _TALLIES
    added: Counter[str] = Counter()
    for line in file.read_text().splitlines() if file.is_file() else []:
        added.update(json.loads(line))
    return added
