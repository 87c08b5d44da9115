"""Killed at the very instant the phone has read its 2xx, the server still has what it acknowledged, and has it once.

Every round kills a whole process group with SIGKILL, starts it again on the same database and looks at all that was
acknowledged so far.
"""

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from tests.factories import Body, Person, entry_body, lesion_body, medication_body, ok, problem
from tests.faults import forms
from tests.faults.installations import (
    Answer,
    Installation,
    at_once,
    installed,
    is_whole,
    kill_at_answer,
    read_answer,
    request,
)

ROUNDS = forms.either(12, 50)
FEWER_ROUNDS = forms.either(4, 20)
"""For corrections and deletions, which end their transactions just as creations do."""
LANES = 2
"""Installations that are killed side by side: there are two cores to start them on."""
BATCH = 10
CROWD = 24
KILLS_UNDER_LOAD = 4
SECONDS_OF_LOAD = 1.5
ENTRIES = "/v1/patients/{me}/entries"
CHANGES = "/v1/patients/{me}/changes"


@dataclass(frozen=True)
class Lane:
    """An installation, and all that it ever acknowledged: what each entry must say, by its id."""

    installation: Installation
    lesion_id: str
    medication_id: str
    acknowledged: dict[str, Body] = field(default_factory=dict)

    @property
    def patient(self) -> Person:
        """Whose diary it is."""
        return self.installation.clinic.patient

    def draft(self) -> Body:
        """An entry that leaves something in every table, on a day of its own."""
        day = date(2020, 1, 1) + timedelta(days=len(self.acknowledged))
        return entry_body(
            recorded_at=f"{day}T21:40:00+01:00",
            day=str(day),
            ratings=[
                {"symptom": "pain", "severity": 6, "interference": 4, "count": None, "site": "back", "side": "left"},
                {"symptom": "nodules", "severity": 3, "interference": None, "count": 4, "site": None, "side": None},
            ],
            lesion_observations=[
                {"lesion_id": self.lesion_id, "state": "measured", "length_mm": 14.5, "width_mm": 9.0}
                | {"method": "ruler", "ulcerated": True, "bleeding": False, "photo_id": None}
            ],
            intakes=[{"medication_id": self.medication_id, "taken": True, "taken_at": f"{day}T08:05:00+01:00"}],
            lifestyle={"cigarettes": 0, "alcohol_units": 1.5, "activity_minutes": 30, "balanced_meals": 2},
            note=f"Dressing stuck on {day}.",
        )

    def kill_at(self, method: str, path: str, body: Body | None = None, *, base: int | None = None) -> Answer:
        """The answer at which the server was killed; it runs again."""
        headers = {} if base is None else {"If-Match": f'"{base}"'}
        server = self.installation.server
        answer = kill_at_answer(server, self.patient, method, path, body, headers=headers)
        server.restart()
        return answer

    def check(self) -> None:
        """Everything that was acknowledged is there, once, with its content, and nothing else."""
        stored = ok(self.patient.get(ENTRIES, params={"limit": 500}))
        assert stored["next_cursor"] is None
        assert sorted(entry["id"] for entry in stored["items"]) == sorted(self.acknowledged)
        for entry in stored["items"]:
            expected = self.acknowledged[entry["id"]]
            assert {name: entry[name] for name in expected} == expected


@pytest.fixture(scope="module")
def lanes(environment: Mapping[str, str], new_database: Callable[[], str]) -> Iterator[list[Lane]]:
    """Installations that need not wait for each other."""
    with ExitStack() as leaving, ThreadPoolExecutor(LANES) as pool:
        made = [installed(new_database(), environment) for _ in range(LANES)]
        yield [_lane(installation) for installation in pool.map(leaving.enter_context, made)]


def _lane(installation: Installation) -> Lane:
    patient = installation.clinic.patient
    lesion = ok(patient.post("/v1/patients/{me}/lesions", lesion_body()))
    medication = ok(patient.post("/v1/patients/{me}/medications", medication_body()))
    return Lane(installation, lesion["id"], medication["id"])


def in_all(lanes: list[Lane], play_round: Callable[[Lane], None], *, rounds: int = ROUNDS) -> None:
    """Play the rounds, shared out among the lanes."""

    def play(lane: Lane) -> int:
        for _ in range(rounds // len(lanes)):
            play_round(lane)
        return rounds // len(lanes)

    with ThreadPoolExecutor(len(lanes)) as pool:
        assert sum(pool.map(play, lanes)) == rounds
    forms.count(kills=rounds)


def test_an_acknowledged_entry_survives_a_kill(lanes: list[Lane]) -> None:
    def play_round(lane: Lane) -> None:
        draft = lane.draft()

        answer = lane.kill_at("POST", ENTRIES, draft)

        assert answer.status == 201
        lane.acknowledged[draft["id"]] = answer.body
        lane.check()
        retried = lane.patient.post(ENTRIES, draft)
        assert (retried.status_code, retried.json()) == (200, answer.body)

    in_all(lanes, play_round)


def test_every_entry_of_an_acknowledged_batch_survives_a_kill(lanes: list[Lane]) -> None:
    def play_round(lane: Lane) -> None:
        drafts = []
        for _ in range(BATCH):
            drafts.append(draft := lane.draft())
            lane.acknowledged[draft["id"]] = draft

        answer = lane.kill_at("POST", f"{ENTRIES}/batch", {"entries": drafts})

        assert answer.status == 200
        assert [result["result"] for result in answer.body["results"]] == ["created"] * BATCH
        lane.check()
        retried = ok(lane.patient.post(f"{ENTRIES}/batch", {"entries": drafts}))
        assert [result["result"] for result in retried["results"]] == ["replayed"] * BATCH
        lane.check()

    in_all(lanes, play_round)


def test_every_change_of_an_acknowledged_push_survives_a_kill(lanes: list[Lane]) -> None:
    def play_round(lane: Lane) -> None:
        made = [lane.draft()]
        lane.acknowledged[made[0]["id"]] = made[0]
        made.append(lane.draft())
        later = {**made[0], "note": "Corrected offline."}
        pushed = [change(made[0]), change(made[1]), change(later, base=1)]
        lane.acknowledged.update({made[0]["id"]: later, made[1]["id"]: made[1]})

        answer = lane.kill_at("POST", CHANGES, {"changes": pushed})

        assert answer.status == 200
        assert [result["result"] for result in answer.body["results"]] == ["applied"] * len(pushed)
        lane.check()
        retried = ok(lane.patient.post(CHANGES, {"changes": pushed}))
        assert [result["result"] for result in retried["results"]] == ["replayed"] * len(pushed)
        lane.check()

    in_all(lanes, play_round)


def change(entry: Body, *, base: int | None = None) -> Body:
    """An entry as a phone pushes it."""
    return {"kind": "entry", "op": "upsert", "id": entry["id"], "base_version": base, "entry": entry}


def test_an_acknowledged_correction_survives_a_kill_with_what_it_replaced(lanes: list[Lane]) -> None:
    def play_round(lane: Lane) -> None:
        draft = lane.draft()
        first = ok(lane.patient.post(ENTRIES, draft))
        path = f"{ENTRIES}/{draft['id']}"
        corrected = {**draft, "ratings": [{"symptom": "itching", "severity": 9}], "note": "It was the itching."}

        answer = lane.kill_at("PUT", path, corrected, base=1)

        assert (answer.status, answer.headers["etag"]) == (200, '"2"')
        lane.acknowledged[draft["id"]] = answer.body
        lane.check()
        versions = ok(lane.patient.get(f"{path}/versions"))["items"]
        assert versions == [{**first, "applied": True}, {**answer.body, "applied": True}]
        retried = lane.patient.put(path, corrected, base=1)
        assert (retried.status_code, retried.json()) == (200, answer.body)

    in_all(lanes, play_round, rounds=FEWER_ROUNDS)


def test_an_entry_whose_deletion_was_acknowledged_stays_deleted_after_a_kill(lanes: list[Lane]) -> None:
    def play_round(lane: Lane) -> None:
        draft = lane.draft()
        ok(lane.patient.post(ENTRIES, draft))
        path = f"{ENTRIES}/{draft['id']}"

        answer = lane.kill_at("DELETE", path)

        assert (answer.status, answer.body) == (204, None)
        lane.check()
        problem(lane.patient.get(path), 404, "not-found")
        assert lane.patient.delete(path).status_code == 204
        problem(lane.patient.post(ENTRIES, draft), 409, "deleted")

    in_all(lanes, play_round, rounds=FEWER_ROUNDS)


@dataclass
class Ledger:
    """What one phone sent, and what of it the server acknowledged."""

    patient: Person
    sent: dict[str, Body] = field(default_factory=dict)
    acknowledged: dict[str, Body] = field(default_factory=dict)

    def post_until_killed(self, port: int) -> None:
        """Post one entry after the other on one connection, until that breaks."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                while self._post(connection, entry_body(note=f"{self.patient.id} {len(self.sent)}")):
                    pass
        except OSError:
            return

    def _post(self, connection: socket.socket, entry: Body) -> bool:
        self.sent[entry["id"]] = entry
        connection.sendall(request(self.patient, "POST", ENTRIES, entry))
        received = b""
        while not is_whole(received):
            more = connection.recv(65536)
            if not more:
                return False
            received += more
        answer = read_answer(received)
        assert answer.status == 201
        self.acknowledged[entry["id"]] = answer.body
        return True

    def check(self) -> None:
        """All that was acknowledged is there as it was answered, nothing twice, and nothing that was not sent."""
        stored = {entry["id"]: entry for entry in _all_entries(self.patient)}
        assert self.acknowledged.items() <= stored.items()
        assert stored.keys() <= self.sent.keys()
        assert all(stored[id_]["note"] == self.sent[id_]["note"] for id_ in stored)
        revisions = sorted(entry["revision"] for entry in stored.values())
        assert revisions == list(range(1, len(stored) + 1)), "a number was given twice, or lost"

    def send_again(self) -> None:
        """What was never answered is sent again, as a phone does."""
        for id_ in self.sent.keys() - self.acknowledged.keys():
            answer = self.patient.post(ENTRIES, self.sent[id_])
            assert answer.status_code in {200, 201}
            self.acknowledged[id_] = answer.json()


def _all_entries(patient: Person) -> list[Body]:
    entries: list[Body] = []
    cursor: dict[str, str] = {}
    while True:
        page = ok(patient.get(ENTRIES, params={"limit": 500, **cursor}))
        entries += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len({entry["id"] for entry in entries}) == len(entries), "an entry is there twice"
    return entries


def test_nothing_acknowledged_to_a_crowd_is_lost_or_doubled_by_kills(
    environment: Mapping[str, str], new_database: Callable[[], str]
) -> None:
    with installed(new_database(), environment) as installation:
        server = installation.server
        ledgers = [Ledger(installation.clinic.add_patient()) for _ in range(CROWD)]

        def kill_later() -> None:
            time.sleep(SECONDS_OF_LOAD)
            server.kill()

        for _ in range(KILLS_UNDER_LOAD):
            before = sum(len(ledger.acknowledged) for ledger in ledgers)
            phones = [lambda ledger=ledger: ledger.post_until_killed(server.port) for ledger in ledgers]

            at_once([*phones, kill_later])

            server.restart()
            assert sum(len(ledger.acknowledged) for ledger in ledgers) > before + CROWD
            for ledger in ledgers:
                ledger.check()
                ledger.send_again()
                ledger.check()
                assert len(ledger.acknowledged) == len(ledger.sent)
