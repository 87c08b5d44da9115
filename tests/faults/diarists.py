"""Phones of the reference client that keep their diaries and sync, whatever else is going on."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event

from offline_diary import Answer, Phone, Server, Store, Unreachable, over_http
from tests.factories import Body, Person, entry_body, lesion_body, medication_body, new_id

TEXT = {"entry": "note", "lesion": "label", "medication": "name"}
"""The field of each kind in which a phone writes what nobody else writes."""
NOUNS = {"entry": "entries", "lesion": "lesions", "medication": "medications"}
_MAKE = {"entry": entry_body, "lesion": lesion_body, "medication": medication_body}


@dataclass
class Diarist:
    """Somebody with a phone, which changes and deletes what it has written itself."""

    phone: Phone
    patient: Person
    chance: random.Random
    met: Counter[str] = field(default_factory=Counter)
    """How often its server answered with which problem."""
    wrote: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """What each object must say in the end; None if it was deleted."""
    _numbers: Iterator[int] = field(default_factory=count)

    def write_until(self, ending: Event) -> None:
        """Write, and sync now and then."""
        while not ending.wait(0.02):
            self.write()
            if self.chance.random() < 0.3:
                with suppress(Unreachable):
                    self.phone.sync()

    def write(self) -> None:
        """Create something, or change or delete something of one's own."""
        own = [(kind, object_id) for (kind, object_id), text in self.wrote.items() if text is not None]
        what = self.chance.choices(("create", "change", "delete"), (6, 3, 1))[0]
        if what == "create" or not own:
            kind = self.chance.choices(tuple(TEXT), (6, 2, 1))[0]
            self._upsert(kind, None, own)
            return
        kind, object_id = self.chance.choice(own)
        if what == "change":
            self._upsert(kind, object_id, own)
        elif kind != "lesion":  # an entry about a lesion that is known nowhere any more could not be brought back
            self.phone.delete(kind, object_id)
            self.wrote[kind, object_id] = None

    def move_to(self, url: str, patient: Person) -> None:
        """Speak to another server from now on."""
        self.patient = patient
        self.phone.server = Server(url, self.phone.store, send=self._send, sleep=lambda _s: None)

    def _upsert(self, kind: str, object_id: str | None, own: Sequence[tuple[str, str]]) -> None:
        text = f"{self.patient.id} {self.chance.getrandbits(32):x} {next(self._numbers)}"
        body: Body = _MAKE[kind](id=object_id or new_id(), **{TEXT[kind]: text})
        lesions = [one for of, one in own if of == "lesion"]
        if kind == "entry" and lesions:
            body["lesion_observations"] = [{"lesion_id": self.chance.choice(lesions), "state": "gone"}]
        if object_id:
            self.phone.change(kind, object_id, body)
        else:
            self.phone.create(kind, body)
        self.wrote[kind, body["id"]] = text

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        answer = over_http(method, url, headers, body)
        if answer.status >= 400:
            self.met[json.loads(answer.body)["type"].removeprefix("/problems/")] += 1
        return answer


def diarist(url: str, patient: Person, file: Path, *, seed: int) -> Diarist:
    """A patient who has signed in on a new phone."""
    store = Store(file)
    one = Diarist(Phone(store, Server(url, store)), patient, random.Random(seed))
    one.move_to(url, patient)
    one.phone.server.accept_tokens({"access_token": patient.token, "refresh_token": patient.refresh_token})
    return one


@contextmanager
def writing(diarists: Sequence[Diarist]) -> Iterator[None]:
    """All of them write and sync for as long as the block lasts."""
    ending = Event()
    with ThreadPoolExecutor(len(diarists)) as pool:
        at_work = [pool.submit(one.write_until, ending) for one in diarists]
        try:
            yield
        finally:
            ending.set()
        for one in at_work:
            one.result()
