"""The way to the server: tokens, patience and HTTP."""

import http.client
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from .store import Store

ATTEMPTS = 6
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 60.0
WORTH_ANOTHER_TRY = {408, 429, 500, 502, 503, 504, 507}
FORM = "application/x-www-form-urlencoded"


class Unreachable(Exception):
    """No answer, or none that says anything. Nothing is known about what the server did; the queue stays."""


class Refused(Exception):
    """The server answered with a problem."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('type')}: {problem.get('detail')}")
        self.status = status
        self.type = str(problem.get("type"))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes


Send = Callable[[str, str, Mapping[str, str], bytes | None], Answer]
"""Sends method, URL, headers and body once; raises OSError if no answer came."""


def over_http(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """Send one request on a connection of its own."""
    to = urlsplit(url)
    kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
    connection = kind(to.netloc, timeout=30)
    try:
        connection.request(method, f"{to.path}?{to.query}" if to.query else to.path, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    except http.client.HTTPException as broken:
        raise OSError from broken
    finally:
        connection.close()


class Server:
    """One server as one patient's phone sees it."""

    def __init__(
        self,
        url: str,
        store: Store,
        *,
        send: Send = over_http,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = url.rstrip("/")
        self._store = store
        self._send, self._sleep, self._now = send, sleep, now
        self._access_token = ""

    def sign_in(self, email: str, password: str) -> None:
        """Sign in once; from then on the refresh token in the store does."""
        self.accept_tokens(self._token({"grant_type": "password", "username": email, "password": password}))

    def accept_tokens(self, pair: Mapping[str, Any]) -> None:
        """Take a pair of tokens, from signing in or from accepting an invitation."""
        # Kept before it is used: the one before works only for a minute more.
        self._store.keep_note("refresh_token", pair["refresh_token"])
        self._access_token = pair["access_token"]
        if self._store.note("patient_id") is None:
            self._store.keep_note("patient_id", self.call("GET", "/v1/me")["patient_id"])

    @property
    def patient_id(self) -> str:
        """Whose diary it is."""
        found = self._store.note("patient_id")
        if found is None:
            raise Refused(401, {"type": "/problems/not-signed-in", "detail": "Sign in first."})
        return found

    def call(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Ask until there is an answer; what it says, as JSON.

        Raises:
            Unreachable: there was none, after all attempts.
            Refused: asking again would not help.
        """
        url = self._url + path + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body).encode()
        answer = self._patiently(method, url, content, "application/json")
        if answer.status == 401:  # noqa: PLR2004
            self._refresh()
            answer = self._patiently(method, url, content, "application/json")
        return _read(answer)

    def _refresh(self) -> None:
        token = self._store.note("refresh_token")
        self.accept_tokens(self._token({"grant_type": "refresh_token", "refresh_token": token or ""}))

    def _token(self, form: Mapping[str, str]) -> Any:  # noqa: ANN401
        return _read(self._patiently("POST", f"{self._url}/v1/auth/token", urlencode(form).encode(), FORM))

    def _patiently(self, method: str, url: str, content: bytes | None, media_type: str) -> Answer:
        """Ask, and ask again after growing, random pauses, so that phones do not all come back at once."""
        for attempt in range(ATTEMPTS):
            headers = {"Client-Time": datetime.fromtimestamp(self._now(), UTC).isoformat()}
            if content is not None:
                headers["Content-Type"] = media_type
            if self._access_token and media_type != FORM:
                headers["Authorization"] = f"Bearer {self._access_token}"
            try:
                answer = self._send(method, url, headers, content)
            except OSError:
                answer = Answer(0, {}, b"")
            if answer.status and answer.status not in WORTH_ANOTHER_TRY:
                return answer
            if attempt + 1 < ATTEMPTS:
                self._sleep(_pause(attempt, answer.headers.get("retry-after")))
        message = f"{ATTEMPTS} attempts, the last: {answer.status or 'no answer'}"
        raise Unreachable(message)


def _pause(attempt: int, retry_after: str | None) -> float:
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**attempt)
    told = float(retry_after) if retry_after and retry_after.isdigit() else 0.0
    return told + random.uniform(0, longest)


def _read(answer: Answer) -> Any:  # noqa: ANN401
    try:
        body = json.loads(answer.body) if answer.body else None
    except ValueError:
        body = None  # a proxy's page
    if answer.status >= 400:  # noqa: PLR2004
        raise Refused(answer.status, body if isinstance(body, dict) else {})
    return body
