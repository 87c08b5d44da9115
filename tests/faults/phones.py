"""Phones that go on sending whatever happens, each on its own connection, and write down what they are told."""

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

from tests.factories import Body, Clinic, Person, new_id, ok
from tests.faults import forms
from tests.faults.ledger import ENTRIES, Ledger, Told, stored_entries

MOST_IN_A_BATCH = 5
_RETRYABLE = {408, 429, 500, 502, 503, 504, 507}
_FIRST_DAY = date(2020, 1, 1)


@dataclass
class Household:
    """One patient, the phones that share the diary, and their ledger."""

    patient: Person
    ledger: Ledger

    def settle(self) -> None:
        """Compare the ledger with the server, retry what was not answered, compare again."""
        self.ledger.settle(self._send_again, lambda: stored_entries(self.patient))

    def _send_again(self, drafts: list[Body]) -> None:
        for start in range(0, len(drafts), 100):
            sent = ok(self.patient.post(f"{ENTRIES}/batch", {"entries": drafts[start : start + 100]}))
            assert {result["result"] for result in sent["results"]} <= {"created", "replayed"}, sent


@dataclass
class Crowd:
    """Everybody who is sending, and how it went."""

    url: str
    households: list[Household]
    patience_s: float = 15.0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    """How long each answer took."""
    last_success: float = 0.0
    """When the last 2xx came, by the monotonic clock."""
    _ending: Event = field(default_factory=Event)

    @property
    def sent(self) -> int:
        """How many requests were made."""
        return sum(household.ledger.attempts for household in self.households)

    @contextmanager
    def sending(self, connections: int) -> Iterator[None]:
        """All of them send for as long as the block lasts."""
        self._ending.clear()
        before = self.sent
        phones = [
            Thread(target=self._send, args=(self.households[number % len(self.households)], number), daemon=True)
            for number in range(connections)
        ]
        for phone in phones:
            phone.start()
        try:
            yield
        finally:
            self._ending.set()
            for phone in phones:
                phone.join(self.patience_s + 5)
            forms.count(sent=self.sent - before)
        assert not any(phone.is_alive() for phone in phones), "a phone still waits for an answer"

    def settle(self) -> None:
        """See that nothing is lost and nothing doubled, for each patient."""
        for household in self.households:
            household.settle()

    def wait_for_success(self, within_s: float, *, since: float) -> float:
        """Seconds from an instant to the first 2xx after it."""
        while self.last_success <= since:
            assert time.monotonic() - since < within_s, f"no entry was taken within {within_s} s: {self.statuses}"
            time.sleep(0.01)
        return self.last_success - since

    def _send(self, household: Household, number: int) -> None:
        chance = random.Random(number)
        connection: http.client.HTTPConnection | None = None
        waiting: list[Body] = []
        while not self._ending.is_set():
            if not waiting:
                size = chance.randint(2, MOST_IN_A_BATCH) if chance.random() < 0.2 else 1
                waiting = [draft(chance) for _ in range(size)]
                household.ledger.send(*waiting)
            if connection is None:
                connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=self.patience_s)
            began = time.monotonic()
            try:
                status, answer = _post(connection, household.patient, waiting)
            except ConnectionRefusedError:
                connection = None  # nobody is there: nothing was sent
                self._ending.wait(0.1)
                continue
            except (OSError, http.client.HTTPException):
                household.ledger.attempts += 1
                connection.close()
                connection = None
                waiting = waiting if chance.random() < 0.5 else []  # half of them are left for `settle`
                time.sleep(0.05)
                continue
            household.ledger.attempts += 1
            self.seconds.append(time.monotonic() - began)
            self.statuses[status] += 1
            if status in _RETRYABLE:
                waiting = waiting if chance.random() < 0.5 else []
                self._ending.wait(0.1)
                continue
            assert status in {200, 201}, f"{status} {answer}"
            self.last_success = time.monotonic()
            if len(waiting) > 1:
                assert {result["result"] for result in answer["results"]} <= {"created", "replayed"}, answer
            household.ledger.hear(Told.ACKED, [one["id"] for one in waiting])
            waiting = []
        if connection is not None:
            with suppress(OSError):
                connection.close()


def crowd(url: str, clinic: Clinic, place: Path, *, patients: int = 4) -> Crowd:
    """Some patients of a clinic, ready to send."""
    people = [clinic.add_patient() for _ in range(patients)]
    return Crowd(url, [Household(person, Ledger(place / f"{person.id}.ledger")) for person in people])


def draft(chance: random.Random) -> Body:
    """An entry with something in it to compare, complete, so that it comes back as it was sent."""
    day = _FIRST_DAY + timedelta(days=chance.randrange(2000))
    pain = {"symptom": "pain", "severity": chance.randint(0, 10), "interference": 4, "count": None}
    return {
        "id": new_id(),
        "recorded_at": f"{day}T21:40:00+01:00",
        "time_zone": "Europe/Berlin",
        "day": str(day),
        "ratings": [pain | {"site": "back", "side": "left"}],
        "note": f"{chance.getrandbits(64):x}",
    }


def _post(connection: http.client.HTTPConnection, patient: Person, drafts: list[Body]) -> tuple[int, Body]:
    path, body = (ENTRIES, drafts[0]) if len(drafts) == 1 else (f"{ENTRIES}/batch", {"entries": drafts})
    headers = {**patient.headers(), "Content-Type": "application/json"}
    connection.request("POST", path.replace("{me}", patient.id), json.dumps(body), headers)
    answer = connection.getresponse()
    assert answer.status != 503 or int(answer.headers["Retry-After"]) > 0
    content = answer.read()
    try:
        return answer.status, json.loads(content)
    except ValueError:
        raise http.client.IncompleteRead(content) from None  # cut among the headers
