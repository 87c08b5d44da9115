"""Disks of our own that are soon full, or can only be read."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import optional

FULL_DISK_KIB = 2048
"""Room for a database and not much more."""


@contextmanager
def small_disk(place: Path, *, kib: int = FULL_DISK_KIB) -> Iterator[Path]:
    """A new disk of this size; a person who may not mount one sees the test skipped."""
    place.mkdir()
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={kib}k,mode=0700", "tmpfs", str(place))
    except (FileNotFoundError, subprocess.CalledProcessError):
        optional.skip_or_fail("only root may mount a small disk")
    try:
        yield place
    finally:
        _run("umount", "--lazy", str(place))


def remount(disk: Path, options: str) -> None:
    """Change what a disk allows, once nobody who was just killed still holds a file on it."""
    command = ("mount", "-o", f"remount,{options}", str(disk))
    for _ in range(100):
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return
        time.sleep(0.05)
    _run(*command)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
