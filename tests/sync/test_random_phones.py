"""Three phones of one patient, at random, over a network that loses, doubles and delays: in the end all say the same.

Meanwhile a clinician keeps visits, and photos arrive by the way of their own. Every push that reaches the server is
judged a second time by `tests/sync/model.py`. `SYNC_FUZZ_RUNS=50` plays more
diaries than the few that every build plays; `SYNC_FUZZ_SEED=7` begins with another one.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from offline_diary import Answer, Phone, Unreachable
from tests.factories import Body, Clinic, entry_body, lesion_body, medication_body, ok, photo_form
from tests.faults import forms
from tests.pictures import photo as picture
from tests.sync.model import TEXT, Model, Thing, outcome
from tests.sync.phones import phone_of, stored

RUNS = int(os.environ.get("SYNC_FUZZ_RUNS", "1"))
FIRST_SEED = int(os.environ.get("SYNC_FUZZ_SEED", "0"))
PHONES, STEPS = 3, 200
FEWEST_TROUBLES = 5
"""Of each kind in every diary: about 20 are to be expected, and one diary of fifty has half as many."""
NOUNS = {"entry": "entries", "lesion": "lesions", "medication": "medications"}
Request = tuple[str, str, dict[str, str], bytes | None]


class BadNetwork:
    """What lies between phones and server."""

    def __init__(self, http: TestClient, random: Random, model: Model) -> None:
        self._http, self._random, self._model = http, random, model
        self.is_good = False
        self.late: list[Request] = []
        self.happened = dict.fromkeys(("lost", "delayed", "answer lost", "doubled", "delivered", "changes"), 0)

    def __call__(self, method: str, url: str, headers: Any, body: bytes | None) -> Answer:
        """Send a request, perhaps; answer, perhaps."""
        request = (method, url, dict(headers), body)
        if self.is_good:
            return self._deliver(request)
        if self.late and self._random.random() < 0.3:
            self._deliver(self.late.pop(self._random.randrange(len(self.late))))
        what = self._random.choices(
            ("lost", "delayed", "answer lost", "doubled", "delivered"), (0.12, 0.08, 0.12, 0.08, 0.6)
        )[0]
        self.happened[what] += 1
        if what == "delayed":
            self.late.append(request)
        if what in {"lost", "delayed"}:
            raise OSError
        answers = [self._deliver(request) for _ in range(2 if what == "doubled" else 1)]
        if what == "answer lost":
            raise OSError
        return self._random.choice(answers)

    def become_good(self) -> None:
        """Deliver what is still under way, in any order, and fail no more."""
        self._random.shuffle(self.late)
        while self.late:
            self._deliver(self.late.pop())
        self.is_good = True

    def _deliver(self, request: Request) -> Answer:
        method, url, headers, body = request
        response = self._http.request(method, url, headers=headers, content=body)
        if method == "POST":
            changes = json.loads(body or b"")["changes"]
            self.happened["changes"] += len(changes)
            assert [outcome(one) for one in ok(response)["results"]] == self._model.push(changes)
        return Answer(response.status_code, dict(response.headers), response.content)


class Diary:
    """One patient with some phones."""

    def __init__(self, clinic: Clinic, directory: Path, seed: int) -> None:
        self.random, self.model = Random(seed), Model()
        self.network = BadNetwork(clinic.http, self.random, self.model)
        self.patient, self.clinician = clinic.patient, clinic.clinician
        self.files = [directory / f"{seed}-{number}.sqlite3" for number in range(PHONES)]
        self.network.is_good = True
        self.phones = [self._open(file) for file in self.files]
        self.network.is_good = False
        self.written: list[tuple[str, str, str]] = []
        self._numbers = count(1)
        self._visit(self.phones[0])
        self._photo(self.phones[0])

    def step(self, number: int) -> None:
        """Let something happen on one phone."""
        phone = self.phones[number]
        do = self.random.choices(
            (self._create, self._change, self._delete, self._sync, self._restart, self._visit, self._photo),
            (34, 30, 8, 18, 4, 5, 1),
        )[0]
        do(phone)

    def settle(self) -> None:
        """Let the network be good, and every phone get what the others gave."""
        self.network.become_good()
        for _ in range(2):
            for phone in self.phones:
                phone.sync()

    def _open(self, file: Path) -> Phone:
        return phone_of(self.patient, file, self.network)[0]

    def _create(self, phone: Phone) -> None:
        kind = self.random.choices(tuple(NOUNS), (6, 2, 1))[0]
        body = self._body(kind)
        lesions = sorted(phone.shown("lesion"))
        if kind == "entry" and lesions and self.random.random() < 0.5:
            body["lesion_observations"] = [{"lesion_id": self.random.choice(lesions), "state": "gone"}]
        self.written.append((kind, phone.create(kind, body), body[TEXT[kind]]))

    def _change(self, phone: Phone) -> None:
        for kind, object_id in self._any(phone):
            body = self._body(kind)
            phone.change(kind, object_id, body)
            self.written.append((kind, object_id, body[TEXT[kind]]))

    def _delete(self, phone: Phone) -> None:
        for kind, object_id in self._any(phone):
            phone.delete(kind, object_id)

    def _sync(self, phone: Phone) -> None:
        with suppress(Unreachable):
            self.random.choice((phone.sync, phone.sync, phone.pull, phone.push))()

    def _restart(self, phone: Phone) -> None:
        phone.store.close()
        place = self.phones.index(phone)
        self.phones[place] = self._open(self.files[place])

    def _visit(self, _phone: Phone) -> None:
        """The clinician plans a visit, changes one or deletes one."""
        visits = f"/v1/patients/{self.patient.id}/visits"
        body = {"planned_for": f"2026-{self.random.randint(4, 12):02}-14", "summary": f"text {next(self._numbers)}"}
        there = ok(self.clinician.get(visits))["items"]
        chosen = self.random.choice(there) if there and self.random.random() < 0.6 else None
        if chosen is None:
            ok(self.clinician.post(visits, body))
        elif self.random.random() < 0.7:
            ok(self.clinician.put(f"{visits}/{chosen['id']}", body, base=chosen["version"]))
        else:
            ok(self.clinician.delete(f"{visits}/{chosen['id']}"))

    def _photo(self, phone: Phone) -> None:
        """A photo is added, or one that the phone shows is deleted."""
        shown = sorted(phone.shown("photo"))
        if shown and self.random.random() < 0.5:
            phone.delete("photo", self.random.choice(shown))
            return
        added = ok(
            self.patient.post(
                "/v1/patients/{me}/photos", **photo_form(picture(next(self._numbers), 64, 64), id=self._new_id())
            )
        )
        self.model.things["photo", added["id"]] = Thing(["a picture"])

    def _any(self, phone: Phone) -> Iterator[tuple[str, str]]:
        """One thing that the phone shows, of those that were touched last: so that phones meet."""
        kind = self.random.choice(tuple(NOUNS))
        shown = sorted(phone.shown(kind))
        if shown:
            yield kind, self.random.choice(shown[:6])

    def _new_id(self) -> str:
        """An id that a seed makes again."""
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def _body(self, kind: str) -> Body:
        make = {"entry": entry_body, "lesion": lesion_body, "medication": medication_body}[kind]
        return make(id=self._new_id(), **{TEXT[kind]: f"text {next(self._numbers)}"})


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + RUNS))
def test_phones_that_do_anything_over_a_bad_network_end_up_with_the_same_diary(
    clinic: Clinic, tmp_path: Path, seed: int
) -> None:
    diary = Diary(clinic, tmp_path, seed)

    turns = [number for number in range(PHONES) for _ in range(STEPS)]
    diary.random.shuffle(turns)
    for number in turns:
        diary.step(number)
    diary.settle()

    happened = diary.network.happened
    forms.count(random_diaries=1, changes_pushed=happened["changes"], answers_lost=happened["answer lost"])
    assert min(happened.values()) >= FEWEST_TROUBLES
    for kind, noun in NOUNS.items():
        there = stored(clinic.patient, noun)
        assert {object_id: one[TEXT[kind]] for object_id, one in there.items()} == diary.model.live(kind)
        for phone in diary.phones:
            assert phone.shown(kind) == there
    for kind, noun in (("visit", "visits"), ("photo", "photos")):
        there = stored(clinic.patient, noun)
        for phone in diary.phones:
            assert phone.shown(kind) == there
            assert any(known.kind == kind for known in phone.store.all_known())
    assert [phone.waiting() for phone in diary.phones] == [[]] * PHONES
    assert_no_text_is_lost(diary, clinic)


def assert_no_text_is_lost(diary: Diary, clinic: Clinic) -> None:
    """Every text is a version of its object, unless that is deleted; then the phone that wrote it has been told."""
    kept: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for (kind, object_id), thing in diary.model.things.items():
        if not thing.is_deleted and kind in NOUNS:
            path = f"/v1/patients/{{me}}/{NOUNS[kind]}/{object_id}/versions"
            items = ok(clinic.patient.get(path, params={"limit": 500}))["items"]
            kept[kind, object_id] = [(item[TEXT[kind]], item["applied"]) for item in items]
            assert [text for text, applied in kept[kind, object_id] if applied] == thing.texts
            assert sorted(text for text, applied in kept[kind, object_id] if not applied) == sorted(thing.late)
    for kind, object_id, text in diary.written:
        versions = {version for version, _ in kept.get((kind, object_id), ())}
        assert text in versions or diary.model.things[kind, object_id].is_deleted
    assert {change.problem and change.problem["type"] for phone in diary.phones for change in phone.aside()} <= {
        "conflict",
        "/problems/deleted",
    }
