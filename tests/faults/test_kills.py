"""Killed at the very instant the phone has read its 2xx, the server still has what it acknowledged, and has it once.

Every round kills a whole process group with SIGKILL, starts it again on the same database and looks at all that was
acknowledged so far.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from tests.factories import Body, Person, entry_body, lesion_body, medication_body, ok, problem
from tests.faults import forms
from tests.faults.installations import Answer, Installation, installed, kill_at_answer, wait_for_recording

ROUNDS = forms.either(12, 50)
FEWER_ROUNDS = forms.either(4, 20)
"""For corrections and deletions, which end their transactions just as creations do."""
WORKERS = (1, forms.either(1, 2))
"""Processes of each of the installations that are killed side by side: there are two cores to start them on."""
BATCH = 10
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
    with ExitStack() as leaving, ThreadPoolExecutor(len(WORKERS)) as pool:
        made = [installed(new_database(), environment, "--workers", str(workers)) for workers in WORKERS]
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

        wait_for_recording(lane.installation.server)
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
