"""The program itself, run as its users run it: a process with its own settings, asked over HTTP."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NoReturn, Self

from tests.support import free_port, keeper, tail

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "main.py", "serve")
SETTINGS = "DERMATREND_"
READY = "/health/ready"

# $said is the process group of the program while it runs; $1 is the directory of the server.
CLEAR_UP = '[ -z "$said" ] || kill -s KILL -- "-$said"\nrm -rf "$1"'


class ServerFailed(Exception):
    """The program did not start or did not stop; the message ends with its log."""


class Server:
    """The program while the block lasts, as a process group on a free port of 127.0.0.1; afterwards nothing of it.

    It sees our environment without our `DERMATREND_` settings, then `environment`; unless that says otherwise its
    data directory is temporary, and survives `kill`, `terminate` and `restart` within the block.

    Attributes:
        url: where it answers, without a slash at the end.
        process: the leader of its group.
        workers: how many it has, as the command says.

    Raises:
        ServerFailed: it did not answer 200 on /health/ready in `ready_within` seconds, or ended before.
    """

    process: subprocess.Popen[bytes]

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *extra: str,
        command: Sequence[str] = PROGRAM,
        ready_within: float = 60,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = int(extra[extra.index("--workers") + 1]) if "--workers" in extra else 1
        self._command = [*command, "--host", "127.0.0.1", "--port", str(self.port), *extra]
        self._environment = dict(environment or {})
        self._ready_within = ready_within
        self._group: int | None = None
        self._leaving = ExitStack()

    def __enter__(self) -> Self:
        """Start the program and wait until it is ready."""
        with ExitStack() as leaving:
            self.directory = Path(tempfile.mkdtemp(prefix="dermatrend_test_"))
            self._log = self.directory / "log"
            self._tell_keeper = leaving.enter_context(keeper(CLEAR_UP, str(self.directory)))
            leaving.callback(self.kill)
            self._start()
            self._leaving = leaving.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Kill what still runs, and remove its directory."""
        sys.stdout.write(self._last_words())  # pytest shows it with a test that failed
        self._leaving.close()

    def kill(self) -> None:
        """End the whole group with SIGKILL, now: no goodbye, no flush."""
        if self._group:
            with suppress(ProcessLookupError):
                os.killpg(self._group, signal.SIGKILL)
            self.process.wait()
            self._note_group(None)

    def terminate(self, *, within: float = 30) -> int:
        """Ask the program with SIGTERM to end, as systemd and Docker do; returns its exit code.

        The code is negative for a signal, as in `subprocess`; uvicorn, once it has shut down, ends by SIGTERM itself.

        Raises:
            ServerFailed: it still ran after `within` seconds, and was killed.
        """
        self.process.terminate()
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self._fail(f"still running {within} s after SIGTERM")
        finally:
            self.kill()  # what the program left of its group

    def restart(self) -> None:
        """Terminate the program, unless it has ended, and start it again on the same port with the same data."""
        if self.process.poll() is None:
            self.terminate()
        self.kill()
        self._start()

    def log(self) -> str:
        """All that it wrote to stdout and stderr, across restarts."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, words: str, *, times: int = 1, within: float = 60) -> None:
        """Wait until it has said these words so often since it was last started.

        Raises:
            ServerFailed: it did not.
        """
        deadline = time.monotonic() + within
        while self._log.read_bytes()[self._said_before :].count(words.encode()) < times:
            if time.monotonic() > deadline:
                self._fail(f"did not say {words!r} in {within} s")
            time.sleep(0.02)

    def _start(self) -> None:
        ours = {name: value for name, value in os.environ.items() if not name.upper().startswith(SETTINGS)}
        always = {f"{SETTINGS}DATA_DIR": str(self.directory / "data"), "PYTHONUNBUFFERED": "1"}
        with self._log.open("ab") as log:
            self._said_before = log.tell()
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=ours | always | self._environment,
                start_new_session=True,
            )
        self._note_group(self.process.pid)
        deadline = time.monotonic() + self._ready_within
        while not self._is_ready():
            if (code := self.process.poll()) is not None:
                self._fail(f"ended with exit code {code} before it was ready")
            if time.monotonic() > deadline:
                self._fail(f"not ready after {self._ready_within} s")
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)  # never through a proxy
        try:
            connection.request("GET", READY)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _note_group(self, group: int | None) -> None:
        self._group = group
        self._tell_keeper(str(group or ""))

    def _last_words(self) -> str:
        """The end of its log without our own asking, which would push everything else out."""
        return tail("\n".join(line for line in self.log().splitlines() if READY not in line))

    def _fail(self, what: str) -> NoReturn:
        message = f"{' '.join(self._command)}: {what}:\n{self._last_words()}"
        raise ServerFailed(message)
