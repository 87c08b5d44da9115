"""Where reports are made: in processes of their own, few at a time, and no longer than they may take."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from anyio import create_task_group

from api.rendering import Press
from domain.errors import Fault, InvalidRequest, NotFound, ReportNotMade, ReportsBusy
from infra.db import Database
from infra.settings import Settings
from services.report_making import Desk, NotWritten

ROOT = Path(__file__).parents[2]


def told(desk: Desk, word: str) -> tuple[str, int, bool]:
    """What it was told, in which process, and whether the operator wants codes of SNOMED CT."""
    return word, os.getpid(), desk.options.snomed_codes


def sleeps(_desk: Desk, file: str) -> None:
    """Leaves the number of its process behind, and takes long."""
    Path(file).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(60)


def fails(_desk: Desk) -> None:
    """Cannot write a report."""
    kind = "ValueError"
    raise NotWritten(kind)


def finds_nothing(_desk: Desk) -> None:
    """Asks for what is not there."""
    raise NotFound


def ends(_desk: Desk) -> None:
    """Ends as a process that needs too much memory is ended."""
    os._exit(9)


def stands_back(_desk: Desk) -> int:
    """How far it lets others go first."""
    return os.nice(0)


def cores_used(_desk: Desk) -> set[int]:
    """The cores that it may compute on (Linux)."""
    return os.sched_getaffinity(0)


def is_there_since(_desk: Desk) -> float:
    """When its process was started, in seconds since the machine was (Linux)."""
    ticks = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    return int(ticks) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def presses(data_dir: Path) -> Iterator["Presses"]:
    made = Presses(data_dir)
    yield made
    for database in made.databases:
        database.dispose()


class Presses:
    """Makes presses."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.databases: list[Database] = []

    def __call__(self, *, processes: int, seconds: int = 60) -> Press:
        settings = Settings(
            data_dir=self._data_dir, report_processes=processes, report_seconds=seconds, snomed_codes=False
        )
        self.databases.append(Database(settings.database(), connections=2, timeout_s=10))
        return Press(settings, self.databases[-1])


def test_reports_are_made_in_a_process_apart_that_stands_back(presses: Presses) -> None:
    press = presses(processes=1)

    async def both() -> tuple[tuple[str, int, bool], int]:
        return await press.make(told, "a word"), await press.make(stands_back)

    (word, process, snomed_codes), niceness = anyio.run(both)

    assert (word, snomed_codes) == ("a word", False)
    assert process != os.getpid()
    assert niceness == min(19, os.nice(0) + 10)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores can be chosen on Linux only")
@pytest.mark.parametrize("kept", [1, 2])
def test_a_core_is_left_to_the_server_if_there_is_another(presses: Presses, kept: int) -> None:
    all_cores = os.sched_getaffinity(0)
    if len(all_cores) < kept:
        pytest.skip("this machine has too few cores")
    press = presses(processes=1)

    async def make() -> set[int]:
        return await press.make(cores_used)

    os.sched_setaffinity(0, sorted(all_cores)[:kept])
    try:
        used = anyio.run(make)
    finally:
        os.sched_setaffinity(0, all_cores)

    assert used == set(sorted(all_cores)[max(0, kept - 1) : kept])


def test_without_such_a_process_a_thread_makes_them(presses: Presses) -> None:
    assert anyio.run(presses(processes=0).make, told, "a word") == ("a word", os.getpid(), False)


def test_a_process_is_there_before_anybody_waits_for_it(presses: Presses) -> None:
    press = presses(processes=1)

    async def started_and_asked() -> tuple[float, float]:
        await press.warm_up()
        asked = time.clock_gettime(time.CLOCK_BOOTTIME)
        return await press.make(is_there_since), asked

    started, asked = anyio.run(started_and_asked)

    assert started < asked


def test_after_the_rehearsal_a_report_is_written_with_nothing_more_to_load(database_url: str) -> None:
    """In a process of its own: here other tests have loaded what a report needs."""
    play = (
        "import sys",
        "from infra.db import Database",
        "from infra.settings import Settings",
        "from reports.formats import write_all",
        "from services.report_making import rehearse",
        "from api.rendering import desk_of",
        "from tests.reports.samples import sample_report",
        f"settings = Settings(database_url={database_url!r})",
        "database = Database(settings.database(), connections=1, timeout_s=10)",
        "desk = desk_of(settings, database)",
        "reports = [sample_report(length_days=30, language=language) for language in ('en', 'de')]",
        "rehearse(desk)",
        "before = set(sys.modules)",
        "[write_all(report, desk.options) for report in reports]",
        "print(sorted(set(sys.modules) - before))",
    )

    said = subprocess.run([sys.executable, "-c", "\n".join(play)], capture_output=True, text=True, check=True, cwd=ROOT)

    assert said.stdout.splitlines()[-1] == "[]"


def test_a_process_that_takes_too_long_is_ended(presses: Presses, tmp_path: Path) -> None:
    file = tmp_path / "process"

    with pytest.raises(ReportsBusy):
        anyio.run(presses(processes=1, seconds=10).make, sleeps, str(file))

    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


def test_the_next_report_is_made_though_a_process_died(presses: Presses) -> None:
    press = presses(processes=1)

    async def one_after_the_other() -> str:
        with pytest.raises(ReportsBusy):
            await press.make(ends)
        return (await press.make(told, "the next"))[0]

    assert anyio.run(one_after_the_other) == "the next"


def finds_fault(_desk: Desk) -> None:
    """Is asked what cannot be answered."""
    raise InvalidRequest(faults=[Fault("/query/from", "must not be after `to`")])


@pytest.mark.parametrize("processes", [0, 1])
def test_what_is_wrong_with_a_question_is_told_whole(presses: Presses, processes: int) -> None:
    with pytest.raises(InvalidRequest) as told_whole:
        anyio.run(presses(processes=processes).make, finds_fault)

    assert told_whole.value.faults == (Fault("/query/from", "must not be after `to`"),)
    assert told_whole.value.detail == InvalidRequest.sentence()


@pytest.mark.parametrize("processes", [0, 1])
def test_what_went_wrong_is_told_from_wherever_it_happened(presses: Presses, processes: int) -> None:
    press = presses(processes=processes)

    with pytest.raises(ReportNotMade):
        anyio.run(press.make, fails)
    with pytest.raises(NotFound):
        anyio.run(press.make, finds_nothing)


def test_reports_wait_for_each_other_and_not_for_ever(presses: Presses) -> None:
    press = presses(processes=0, seconds=1)
    running: list[int] = []
    most: list[int] = []

    def counts(_desk: Desk) -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.4)
        running.pop()

    outcomes: list[str] = []

    async def one() -> None:
        try:
            await press.make(counts)
            outcomes.append("made")
        except ReportsBusy:
            outcomes.append("busy")

    async def all_at_once() -> None:
        async with create_task_group() as group:
            for _ in range(6):
                group.start_soon(one)

    anyio.run(all_at_once)

    assert max(most) <= 2  # one, and one that was given up and has not noticed
    assert sorted(set(outcomes)) == ["busy", "made"]
