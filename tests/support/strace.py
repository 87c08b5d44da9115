"""What processes ask of the kernel, in the order in which they ask it."""

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ATTACHED_WITHIN_S = 20
_BEGUN = re.compile(r"(?P<process>\d+) +(?P<name>\w+)\((?P<rest>.*)")
_RESUMED = re.compile(r"(?P<process>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
_UNFINISHED = "<unfinished ...>"


class StraceMissing(Exception):
    """Nothing can be traced here; the message says why."""


@dataclass(frozen=True)
class Call:
    """One call; `began` and `ended` count the events of all processes."""

    process: int
    """Or the thread."""
    name: str
    told: str
    """Arguments and result; files and sockets by name."""
    began: int
    ended: int


@contextmanager
def strace(processes: Iterable[int], calls: str, log: Path) -> Iterator[None]:
    """Note some calls of processes, and of their threads and children, while the block lasts.

    Args:
        processes: their ids.
        calls: names, with commas.
        log: where `read` finds them.

    Raises:
        StraceMissing: there is no strace, or it may not look at them.
    """
    program = shutil.which("strace")
    if program is None:
        message = "strace is not installed"
        raise StraceMissing(message)
    wanted = [str(process) for process in processes]
    command = [program, "-f", "-y", "-s", "32", "-e", f"trace={calls}", "-o", str(log)]
    words = log.with_suffix(".words")
    with words.open("w") as file:
        tracing = subprocess.Popen([*command, *(part for one in wanted for part in ("-p", one))], stderr=file)
    try:
        _wait_until_attached(tracing, words, len(wanted))
        yield
    finally:
        tracing.send_signal(signal.SIGINT)
        tracing.wait()


def _wait_until_attached(tracing: "subprocess.Popen[bytes]", words: Path, processes: int) -> None:
    deadline = time.monotonic() + ATTACHED_WITHIN_S
    while words.read_text().count(" attached") < processes:
        if tracing.poll() is not None or time.monotonic() > deadline:
            message = f"strace cannot attach: {words.read_text()}"
            raise StraceMissing(message)
        time.sleep(0.02)


def read(log: Path) -> list[Call]:
    """All calls that came to their end, in the order in which they did."""
    found: list[Call] = []
    begun: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(log.read_text(errors="replace").splitlines()):
        if resumed := _RESUMED.fullmatch(line):
            began, told = begun.pop(resumed["process"], (number, ""))
            found.append(Call(int(resumed["process"]), resumed["name"], told + resumed["rest"], began, number))
        elif (begins := _BEGUN.fullmatch(line)) and begins["rest"].endswith(_UNFINISHED):
            begun[begins["process"]] = number, begins["rest"].removesuffix(_UNFINISHED)
        elif begins:
            found.append(Call(int(begins["process"]), begins["name"], begins["rest"], number, number))
    return found
