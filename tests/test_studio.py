"""Pictures are cleaned in a few processes with little memory, and not everybody is let in to wait."""

import io
import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import BinaryIO

import pytest

from domain.errors import PhotosBusy
from infra.images import Studio
from infra.images.studio import MOST_WAITING, Cleaned
from infra.images.worker import MEMORY_BYTES, NICENESS
from tests.pictures import photo

AT_ONCE = 2
PICTURE = photo()


class Slow(io.BytesIO):
    """A file that comes when it may."""

    def __init__(self, may_come: threading.Event) -> None:
        super().__init__(PICTURE)
        self._may_come = may_come

    def read(self, size: int | None = -1, /) -> bytes:
        """Wait, then read."""
        assert self._may_come.wait(60)
        return super().read(size)


@pytest.fixture
def studio() -> Iterator[Studio]:
    opened = Studio(at_once=AT_ONCE, most_pixels=1_000_000)
    yield opened
    opened.close()


@pytest.fixture
def others() -> set[Path]:
    """Such processes of an application that other tests share."""
    return workers()


def clean(studio: Studio, picture: BinaryIO) -> Cleaned:
    return studio.clean(picture, len(PICTURE))


def workers() -> set[Path]:
    """The processes of this one that clean pictures (Linux)."""
    return {
        process
        for process in Path("/proc").glob("[0-9]*")
        if _is_worker(process) and f"\nPPid:\t{os.getpid()}\n" in (process / "status").read_text()
    }


def _is_worker(process: Path) -> bool:
    try:
        return b"infra.images.worker" in (process / "cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return False


def test_many_pictures_are_cleaned_by_few_processes_and_who_comes_too_late_is_told_to_come_again(
    studio: Studio, others: set[Path]
) -> None:
    may_come = threading.Event()
    one_too_many = AT_ONCE + MOST_WAITING + 1
    with ThreadPoolExecutor(one_too_many) as pool:
        cleaned = [pool.submit(clean, studio, Slow(may_come)) for _ in range(one_too_many)]
        try:
            done, waiting = wait(cleaned, 60, FIRST_COMPLETED)
        finally:
            may_come.set()

        assert [type(one.exception()) for one in done] == [PhotosBusy]
        assert all(one.result(60).width_px for one in waiting)
    assert len(workers() - others) == AT_ONCE
    assert clean(studio, io.BytesIO(PICTURE)).width_px


def test_a_process_that_cleans_pictures_has_little_memory_and_stands_back(studio: Studio, others: set[Path]) -> None:
    clean(studio, io.BytesIO(PICTURE))

    (worker,) = workers() - others

    (limit,) = (line for line in (worker / "limits").read_text().splitlines() if line.startswith("Max address space"))
    assert limit.split()[3:5] == [str(MEMORY_BYTES), str(MEMORY_BYTES)]
    assert os.getpriority(os.PRIO_PROCESS, int(worker.name)) == NICENESS
