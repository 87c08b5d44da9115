"""Where reports are written: in processes of their own, few at a time, and no longer than they may take."""

import os
import time
from pathlib import Path

import anyio
import pytest
from anyio import create_task_group

from api.rendering import Press
from domain.errors import ReportNotMade, ReportsBusy
from domain.report import Report
from infra.settings import Settings
from infra.storage import open_storage
from reports import formats
from reports.documents import Options
from reports.formats import Format
from tests.reports.samples import sample_report

OPTIONS = Options(snomed_codes=False)


def press_of(options: Options = OPTIONS, *, processes: int, seconds: int = 60) -> Press:
    """A press whose reports have no photos."""
    return Press(options, open_storage(Settings(data_dir=Path("nowhere"))), processes=processes, seconds=seconds)


def sleeps(_report: Report, _form: Format, options: Options) -> bytes:
    """Leaves the number of its process behind, and takes long."""
    (options.font_dir or Path()).joinpath("process").write_text(str(os.getpid()))
    time.sleep(60)
    return b""


def quotes(_report: Report, _form: Format, _options: Options) -> bytes:
    """Fails with a note in its message."""
    message = "Slept badly."
    raise ValueError(message)


def ends(_report: Report, _form: Format, _options: Options) -> bytes:
    """Ends as a process that needs too much memory is ended."""
    os._exit(9)


def written(press: Press, form: Format = Format.JSON) -> bytes:
    """What a press makes of a report."""
    return anyio.run(press.write, sample_report(length_days=30), form)


@pytest.fixture
def apart() -> Press:
    """A press with a process of its own."""
    return press_of(processes=1)


def test_a_process_of_its_own_writes_what_the_server_would(apart: Press) -> None:
    within = press_of(processes=0)

    for form in formats.FORMATS:
        assert (
            written(apart, form) == written(within, form) == formats.write(sample_report(length_days=30), form, OPTIONS)
        )


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    press = press_of(Options(font_dir=tmp_path), processes=1, seconds=10)
    monkeypatch.setattr(formats, "write", sleeps)

    with pytest.raises(ReportsBusy):
        written(press)

    process = int((tmp_path / "process").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_next_report_is_written_though_a_process_died(apart: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(formats, "write", ends)
        with pytest.raises(ReportsBusy):
            written(apart)

    assert written(apart).startswith(b'{"patient_id"')


@pytest.mark.parametrize("processes", [0, 1])
def test_what_a_renderer_says_of_a_note_is_told_to_nobody(
    processes: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(formats, "write", quotes)

    with pytest.raises(ReportNotMade) as told:
        written(press_of(processes=processes))

    assert "Slept" not in str(told.value)
    assert "Slept" not in "".join(capsys.readouterr())


def test_reports_wait_for_each_other_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    press = press_of(processes=0, seconds=1)
    running: list[int] = []
    most: list[int] = []

    def counts(_report: Report, _form: Format, _options: Options) -> bytes:
        running.append(1)
        most.append(len(running))
        time.sleep(0.4)
        running.pop()
        return b""

    monkeypatch.setattr(formats, "write", counts)
    outcomes: list[str] = []

    async def one() -> None:
        try:
            await press.write(sample_report(length_days=30), Format.JSON)
            outcomes.append("written")
        except ReportsBusy:
            outcomes.append("busy")

    async def all_at_once() -> None:
        async with create_task_group() as group:
            for _ in range(6):
                group.start_soon(one)

    anyio.run(all_at_once)

    assert max(most) <= 2
    assert sorted(set(outcomes)) == ["busy", "written"]
