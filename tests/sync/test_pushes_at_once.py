"""Many pushes at the same instant: each change is made once, one text counts, and all others are kept."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.factories import Body, Person, entry_body, found_clinic, lesion_body, ok
from tests.faults.installations import at_once
from tests.sync.phones import stored

CHANGES = "/v1/patients/{me}/changes"
CROWD = 16


@pytest.fixture
def patient(make_app: Callable[..., FastAPI], database_url: str) -> Iterator[Person]:
    """A patient with many phones."""
    app = make_app(database_url)
    with TestClient(app) as http:
        yield found_clinic(app, http).patient


def change(body: Body, *, kind: str = "entry", base: int | None = None) -> Body:
    """An upsert."""
    return {"kind": kind, "op": "upsert", "id": body["id"], "base_version": base, kind: body}


def results(patient: Person, pushes: list[list[Body]]) -> list[list[str]]:
    """What became of each change of each push, when all are sent at once."""
    answers: list[Any] = at_once([partial(patient.post, CHANGES, {"changes": changes}) for changes in pushes])
    return [[one["result"] for one in ok(answer)["results"]] for answer in answers]


def test_a_push_sent_by_many_at_once_is_carried_out_once(patient: Person) -> None:
    lesion = lesion_body()
    entry = entry_body(lesion_observations=[{"lesion_id": lesion["id"], "state": "gone"}])
    more = [change(entry_body()) for _ in range(20)]
    push = [change(lesion, kind="lesion"), change(entry), change({**entry, "note": "second"}, base=1), *more]

    found = results(patient, [push] * CROWD)

    assert sorted(found) == [["applied"] * len(push)] + [["replayed"] * len(push)] * (CROWD - 1)
    pulled = ok(patient.get(CHANGES, params={"limit": 500}))["changes"]
    assert len({one["id"] for one in pulled}) == len(pulled) == 22
    assert pulled[-1]["revision"] == 23


def test_of_many_texts_one_counts_and_the_others_are_kept(patient: Person) -> None:
    entry = entry_body(note="first")
    ok(patient.post(CHANGES, {"changes": [change(entry)]}))
    notes = [f"from phone {number}" for number in range(CROWD)]

    found = results(patient, [[change({**entry, "note": note}, base=1)] for note in notes])

    assert sorted(found) == [["applied"]] + [["conflict"]] * (CROWD - 1)
    versions = ok(patient.get(f"/v1/patients/{{me}}/entries/{entry['id']}/versions"))["items"]
    assert sorted(one["note"] for one in versions[1:]) == sorted(notes)
    assert [one["applied"] for one in versions].count(False) == CROWD - 1
    assert stored(patient)[entry["id"]]["version"] == 2
