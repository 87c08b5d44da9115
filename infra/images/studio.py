"""The server's side of cleaning pictures: a few worker processes, and no more waiting than is sensible."""

import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Timer
from typing import Any, BinaryIO

from domain.errors import (
    AnimatedPicture,
    DermatrendError,
    PhotosBusy,
    TooManyPixels,
    UnknownPictureKind,
    UnreadablePicture,
)
from domain.photos import PhotoSize
from domain.quality import Measures

ROOT = Path(__file__).parents[2]
MOST_WAITING = 12
"""How many pictures may wait for their turn: each holds a thread."""
LONGEST_S = 30
_PIECE_BYTES = 1024 * 1024
_BLOCKS_KEPT = "4"
"""Of 16 MiB: what a photo of 12 megapixels takes, which a worker keeps for the next. To ask the system for the memory
of each photo anew takes as long as a quarter of the decoding."""
_REASONS: dict[str, type[DermatrendError]] = {
    "unknown": UnknownPictureKind,
    "unreadable": UnreadablePicture,
    "animated": AnimatedPicture,
    "too_large": TooManyPixels,
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture as it is kept: JPEG files by size, and what was measured."""

    width_px: int
    height_px: int
    measures: Measures
    files: dict[PhotoSize, bytes]


class Studio:
    """Cleans pictures in worker processes, which it starts when they are first needed."""

    def __init__(self, *, at_once: int, most_pixels: int) -> None:
        self._most_pixels = most_pixels
        self._turns = BoundedSemaphore(at_once)
        self._queue = BoundedSemaphore(at_once + MOST_WAITING)
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()

    def clean(self, picture: BinaryIO, size: int) -> Cleaned:
        """Clean a picture; call it from a thread.

        Args:
            picture: the file, from its present position on.
            size: its length in bytes.

        Raises:
            UnknownPictureKind: not a JPEG, PNG, HEIC or WebP.
            UnreadablePicture: empty, cut short or damaged.
            AnimatedPicture: more than one picture.
            TooManyPixels: more than are accepted, or than there is memory for.
            PhotosBusy: too many are waiting, or it took too long.
        """
        if not size:
            raise UnreadablePicture
        with self._worker() as worker:
            said, files = worker.ask({"bytes": size, "most_pixels": self._most_pixels}, picture)
        if "refused" in said:
            raise _REASONS[said["refused"]]
        return Cleaned(said["width_px"], said["height_px"], Measures(**said["measures"]), files)

    def close(self) -> None:
        """End the idle workers."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()

    @contextmanager
    def _worker(self) -> Iterator["_Worker"]:
        if not self._queue.acquire(blocking=False):
            raise PhotosBusy
        try:
            with self._turns:
                worker = self._from_idle() or _Worker()
                try:
                    yield worker
                except BaseException:
                    worker.end()
                    raise
                self._idle.put(worker)
        finally:
            self._queue.release()

    def _from_idle(self) -> "_Worker | None":
        with suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.lives():
                    return worker
                worker.end()
        return None


class _Worker:
    """One process of `infra/images/worker.py`."""

    def __init__(self) -> None:
        own = {**dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"), "PILLOW_BLOCKS_MAX": _BLOCKS_KEPT}
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.images.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**kept, **own},
        )

    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: dict[str, int], picture: BinaryIO) -> tuple[dict[str, Any], dict[PhotoSize, bytes]]:
        """Send a picture, and read what became of it.

        Raises:
            UnreadablePicture: it broke the worker.
            PhotosBusy: it took too long, or somebody else ended the worker.
        """
        to, back = self._process.stdin, self._process.stdout
        assert to is not None  # noqa: S101
        assert back is not None  # noqa: S101
        alarm = Timer(LONGEST_S, self._process.kill)
        alarm.start()
        try:
            to.write(json.dumps(question).encode() + b"\n")
            while piece := picture.read(_PIECE_BYTES):
                to.write(piece)
            to.flush()
            said = json.loads(back.readline())
            return said, {PhotoSize(name): _exactly(back, length) for name, length in said.get("files", {}).items()}
        except (BrokenPipeError, json.JSONDecodeError, EOFError):
            killed = self._process.wait() == -signal.SIGKILL
            raise (PhotosBusy if killed else UnreadablePicture) from None
        finally:
            alarm.cancel()

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()


_KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
"""What a worker gets of our environment: no setting, no secret."""


def _exactly(source: Any, length: int) -> bytes:  # noqa: ANN401
    content: bytes = source.read(length)
    if len(content) != length:
        raise EOFError
    return content
