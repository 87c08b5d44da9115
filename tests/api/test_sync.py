"""Sync: a phone that was away gets what changed, and gives what it changed; nothing is lost, doubled or overwritten."""

import base64
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, update

from models.server import Installation
from tests.factories import (
    Body,
    Clinic,
    Person,
    entry_body,
    found_clinic,
    lesion_body,
    medication_body,
    new_id,
    ok,
    photo_form,
    problem,
)
from tests.pictures import photo

ENTRIES = "/v1/patients/{me}/entries"
LESIONS = "/v1/patients/{me}/lesions"
CHANGES = "/v1/patients/{me}/changes"
KINDS = ("entry", "lesion", "medication", "visit", "plan", "photo")


def pull(person: Person, cursor: str | None = None, limit: int = 500) -> Any:
    """One page of changes."""
    return ok(person.get(CHANGES, params={"limit": limit, **({"cursor": cursor} if cursor else {})}))


def push(person: Person, *changes: Any, **rest: Any) -> list[Body]:
    """What became of some changes."""
    return list(ok(person.post(CHANGES, {"changes": list(changes)}, **rest))["results"])


def upsert(kind: str, body: Body, *, base: int | None = None) -> Body:
    """A change that writes something; its id is told once."""
    content = {name: value for name, value in body.items() if name != "id"}
    return {"kind": kind, "op": "upsert", "id": body["id"], "base_version": base, kind: content}


def deletion(kind: str, object_id: str, *, base: int | None = None) -> Body:
    """A change that deletes something."""
    return {"kind": kind, "op": "delete", "id": object_id, "base_version": base}


def told(changes: list[Body]) -> list[tuple[str, str, str, int]]:
    """Kind, operation, id and version of some changes."""
    return [(one["kind"], one["op"], one["id"], one["version"]) for one in changes]


def outcomes(results: list[Body]) -> list[tuple[str, int | None, str | None]]:
    """Result, version and name of the problem of some results."""
    return [
        (one["result"], one["version"], one["problem"] and one["problem"]["type"].removeprefix("/problems/"))
        for one in results
    ]


def versions(person: Person, path: str) -> list[tuple[int, Any, bool]]:
    """Version, note or label, and whether it counted, of all versions of something."""
    items = ok(person.get(f"{path}/versions"))["items"]
    return [(one["version"], one.get("note", one.get("label")), one["applied"]) for one in items]


# Pull


def test_a_new_phone_gets_everything_once_in_the_order_of_the_changes(clinic: Clinic) -> None:
    lesion, medication, entries = lesion_body(), medication_body(), [entry_body() for _ in range(3)]
    ok(clinic.patient.post(ENTRIES, entries[0]))
    ok(clinic.patient.post(LESIONS, lesion))
    ok(clinic.patient.post(ENTRIES, entries[1]))
    ok(clinic.patient.post("/v1/patients/{me}/medications", medication))
    ok(clinic.patient.post(ENTRIES, entries[2]))
    ok(clinic.patient.put(f"{ENTRIES}/{entries[0]['id']}", {**entries[0], "note": "later"}, base=1))

    page = pull(clinic.patient)

    assert told(page["changes"]) == [
        ("lesion", "upsert", lesion["id"], 1),
        ("entry", "upsert", entries[1]["id"], 1),
        ("medication", "upsert", medication["id"], 1),
        ("entry", "upsert", entries[2]["id"], 1),
        ("entry", "upsert", entries[0]["id"], 2),
    ]
    assert [one["revision"] for one in page["changes"]] == [2, 3, 4, 5, 6]
    assert page["has_more"] is False
    for one in page["changes"]:
        assert [kind for kind in KINDS if one[kind] is not None] == [one["kind"]]
    assert page["changes"][-1]["entry"] == ok(clinic.patient.get(f"{ENTRIES}/{entries[0]['id']}"))


def test_a_phone_gets_only_what_changed_since_and_learns_what_was_deleted(clinic: Clinic) -> None:
    entry, lesion = entry_body(), lesion_body()
    ok(clinic.patient.post(ENTRIES, entry))
    ok(clinic.patient.post(LESIONS, lesion))
    cursor = pull(clinic.patient)["next_cursor"]
    ok(clinic.patient.delete(f"{ENTRIES}/{entry['id']}"))
    ok(
        clinic.clinician.put(
            f"{LESIONS.format(me=clinic.patient.id)}/{lesion['id']}", {**lesion, "target": True}, base=1
        )
    )

    page = pull(clinic.patient, cursor)

    assert told(page["changes"]) == [("entry", "delete", entry["id"], 2), ("lesion", "upsert", lesion["id"], 2)]
    assert [page["changes"][0][kind] for kind in KINDS] == [None] * len(KINDS)
    assert page["changes"][1]["lesion"]["target"] is True
    assert pull(clinic.patient, page["next_cursor"])["changes"] == []


def test_a_phone_gets_the_visits_that_clinicians_keep(clinic: Clinic) -> None:
    visits = f"/v1/patients/{clinic.patient.id}/visits"
    kept = ok(clinic.clinician.post(visits, {"planned_for": "2026-04-14"}))
    gone = ok(clinic.clinician.post(visits, {"planned_for": "2026-05-14", "summary": "by mistake"}))
    done = {"planned_for": "2026-04-14", "status": "done", "took_place_on": "2026-04-15", "summary": "better"}
    ok(clinic.clinician.delete(f"{visits}/{gone['id']}"))
    changed = ok(clinic.clinician.put(f"{visits}/{kept['id']}", done, base=1))

    changes = pull(clinic.patient)["changes"]

    assert told(changes) == [("visit", "delete", gone["id"], 2), ("visit", "upsert", kept["id"], 2)]
    assert [one["visit"] for one in changes] == [None, changed]


def test_photos_are_pulled_and_their_deletion_is_pushed(clinic: Clinic) -> None:
    kept, gone = (ok(clinic.patient.post("/v1/patients/{me}/photos", **photo_form(photo(seed)))) for seed in (1, 2))

    refused, deleted = push(
        clinic.patient,
        {"kind": "photo", "op": "upsert", "id": new_id(), "base_version": None, "photo": {"taken_at": "now"}},
        deletion("photo", gone["id"], base=1),
    )
    changes = pull(clinic.patient)["changes"]

    assert outcomes([refused, deleted]) == [("rejected", None, "read-only-kind"), ("applied", 2, None)]
    assert told(changes) == [("photo", "upsert", kept["id"], 1), ("photo", "delete", gone["id"], 2)]
    assert [one["photo"] for one in changes] == [kept, None]
    problem(clinic.patient.get(f"/v1/patients/{{me}}/photos/{gone['id']}"), 404, "not-found")


def test_pages_of_any_size_tell_the_same_story(clinic: Clinic) -> None:
    bodies = [upsert(*one) for _ in range(4) for one in (("entry", entry_body()), ("lesion", lesion_body()))]
    push(clinic.patient, *bodies)
    push(clinic.patient, deletion("entry", bodies[0]["id"]))
    whole = pull(clinic.patient)["changes"]

    for limit in (1, 2, 3, 7, 8):
        seen, cursor, more = [], None, True
        while more:
            page = pull(clinic.patient, cursor, limit)
            seen += page["changes"]
            cursor, more = page["next_cursor"], page["has_more"]
            assert len(page["changes"]) <= limit
        assert seen == whole
    assert len(whole) == 8


def test_what_changes_between_two_pages_is_told_again_and_nothing_is_skipped(clinic: Clinic) -> None:
    entries = [entry_body() for _ in range(4)]
    push(clinic.patient, *(upsert("entry", entry) for entry in entries))
    first = pull(clinic.patient, limit=2)
    push(clinic.patient, upsert("entry", {**entries[0], "note": "x"}, base=1), deletion("entry", entries[2]["id"]))

    rest = pull(clinic.patient, first["next_cursor"])

    assert told(rest["changes"]) == [
        ("entry", "upsert", entries[3]["id"], 1),
        ("entry", "upsert", entries[0]["id"], 2),
        ("entry", "delete", entries[2]["id"], 2),
    ]


def test_a_cursor_of_another_generation_is_gone(make_app: Callable[..., FastAPI], database_url: str) -> None:
    app = make_app(database_url)
    clinic = found_clinic(app, TestClient(app))
    push(clinic.patient, upsert("entry", entry_body()))
    cursor = pull(clinic.patient)["next_cursor"]
    with app.state.database.transaction() as session:
        session.execute(update(Installation).values(generation=uuid4()))

    answer = clinic.patient.get(CHANGES, params={"cursor": cursor})

    problem(answer, 410, "cursor-gone")
    assert len(pull(clinic.patient)["changes"]) == 1


def test_a_cursor_ahead_of_the_patient_is_gone(clinic: Clinic) -> None:
    push(clinic.patient, upsert("entry", entry_body()))
    cursor = pull(clinic.patient)["next_cursor"]
    bound, generation, place = json.loads(base64.b64decode(cursor + "=="))
    ahead = base64.urlsafe_b64encode(json.dumps([bound, generation, str(int(place) + 1)]).encode()).decode()

    answer = clinic.patient.get(CHANGES, params={"cursor": ahead})

    problem(answer, 410, "cursor-gone")


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "", "e30", "WyJhIl0", "=", "💥"])
def test_a_garbled_cursor_is_refused(clinic: Clinic, cursor: str) -> None:
    problem(clinic.patient.get(CHANGES, params={"cursor": cursor}), 422, "cursor-invalid")


def test_a_cursor_belongs_to_its_patient_and_to_this_list(clinic: Clinic) -> None:
    other = clinic.add_patient()
    push(clinic.patient, *(upsert("entry", entry_body()) for _ in range(2)))
    mine = pull(clinic.patient)["next_cursor"]
    of_a_list = ok(clinic.patient.get(f"{ENTRIES}?limit=1"))["next_cursor"]

    problem(other.get(CHANGES, params={"cursor": mine}), 422, "cursor-invalid")
    problem(clinic.patient.get(CHANGES, params={"cursor": of_a_list}), 422, "cursor-invalid")


def test_a_cursor_with_a_place_that_is_none_is_refused(clinic: Clinic) -> None:
    bound, generation, _ = json.loads(base64.b64decode(pull(clinic.patient)["next_cursor"] + "=="))

    for place in ("-1", "1.0", "x", "", "9" * 400, "\u0661"):
        garbled = base64.urlsafe_b64encode(json.dumps([bound, generation, place]).encode()).decode()
        problem(clinic.patient.get(CHANGES, params={"cursor": garbled}), 422, "cursor-invalid")


# Push


def test_a_push_does_what_single_requests_would(clinic: Clinic) -> None:
    lesion, medication, entry = lesion_body(), medication_body(), entry_body(note="first")
    observed = entry_body(lesion_observations=[{"lesion_id": lesion["id"], "state": "gone"}])

    answer = ok(
        clinic.patient.post(
            CHANGES,
            {
                "changes": [
                    upsert("lesion", lesion),
                    upsert("entry", observed),
                    upsert("entry", entry),
                    upsert("medication", medication),
                    upsert("entry", {**entry, "note": "second"}, base=1),
                    upsert("lesion", {**lesion, "label": "The lump"}, base=1),
                    deletion("medication", medication["id"], base=1),
                    deletion("entry", observed["id"]),
                ]
            },
        )
    )

    assert outcomes(answer["results"]) == [("applied", version, None) for version in (1, 1, 1, 1, 2, 2, 2, 2)]
    assert [one["index"] for one in answer["results"]] == list(range(8))
    assert answer["revision"] == 8
    assert ok(clinic.patient.get(f"{ENTRIES}/{entry['id']}")) == answer["results"][4]["current"]["entry"]
    assert ok(clinic.patient.get(f"{LESIONS}/{lesion['id']}")) == answer["results"][5]["current"]["lesion"]
    assert versions(clinic.patient, f"{ENTRIES}/{entry['id']}") == [(1, "first", True), (2, "second", True)]
    assert answer["results"][7]["current"] == pull(clinic.patient)["changes"][-1]


def test_a_push_sent_again_changes_nothing(clinic: Clinic) -> None:
    lesion, entry, gone = lesion_body(), entry_body(), entry_body()
    changes = [
        upsert("lesion", lesion),
        upsert("entry", entry),
        upsert("entry", {**entry, "note": "second"}, base=1),
        upsert("entry", {**entry, "note": "third"}, base=2),
        upsert("entry", gone),
        deletion("entry", gone["id"], base=1),
    ]
    push(clinic.patient, *changes)
    before = pull(clinic.patient)

    results = push(clinic.patient, *changes)

    assert outcomes(results) == [
        ("replayed", 1, None),
        ("replayed", 3, None),
        ("replayed", 3, None),
        ("replayed", 3, None),
        ("rejected", None, "deleted"),
        ("replayed", 2, None),
    ]
    assert pull(clinic.patient) == before


def test_an_entry_is_created_corrected_and_deleted_in_one_push(clinic: Clinic) -> None:
    entry = entry_body()

    results = push(
        clinic.patient,
        upsert("entry", entry),
        upsert("entry", {**entry, "note": "second"}, base=1),
        deletion("entry", entry["id"], base=2),
        upsert("entry", entry),
        upsert("entry", {**entry, "note": "third"}, base=3),
    )

    assert outcomes(results) == [
        ("applied", 1, None),
        ("applied", 2, None),
        ("applied", 3, None),
        ("rejected", None, "deleted"),
        ("rejected", None, "deleted"),
    ]
    assert told(pull(clinic.patient)["changes"]) == [("entry", "delete", entry["id"], 3)]


def test_of_two_phones_the_later_one_gets_a_conflict_and_its_text_is_kept(clinic: Clinic) -> None:
    entry = entry_body(note="first")
    push(clinic.patient, upsert("entry", entry))
    push(clinic.patient, upsert("entry", {**entry, "note": "from one phone"}, base=1))
    late = upsert("entry", {**entry, "note": "from the other"}, base=1)

    (result,) = push(clinic.patient, late)
    again = push(clinic.patient, late, late)

    assert outcomes([result, *again]) == [("conflict", 2, None)] * 3
    assert result["current"]["entry"] == ok(clinic.patient.get(f"{ENTRIES}/{entry['id']}"))
    assert result["current"]["entry"]["note"] == "from one phone"
    assert versions(clinic.patient, f"{ENTRIES}/{entry['id']}") == [
        (1, "first", True),
        (2, "from one phone", True),
        (2, "from the other", False),
    ]
    assert pull(clinic.patient)["changes"][0]["version"] == 2


def test_a_conflicting_lesion_or_medication_is_kept_too(clinic: Clinic) -> None:
    lesion, medication = lesion_body(target=None), medication_body()
    push(clinic.patient, upsert("lesion", lesion), upsert("medication", medication))
    push(
        clinic.patient,
        upsert("lesion", {**lesion, "label": "one"}, base=1),
        upsert("medication", {**medication, "name": "one"}, base=1),
    )

    results = push(
        clinic.patient,
        upsert("lesion", {**lesion, "label": "other"}, base=1),
        upsert("medication", {**medication, "name": "other"}, base=1),
    )

    assert outcomes(results) == [("conflict", 2, None)] * 2
    assert versions(clinic.patient, f"{LESIONS}/{lesion['id']}")[1:] == [(2, "one", True), (2, "other", False)]
    kept = ok(clinic.patient.get(f"/v1/patients/{{me}}/medications/{medication['id']}/versions"))["items"]
    assert [(one["name"], one["applied"]) for one in kept] == [("Capecitabine", True), ("one", True), ("other", False)]


def test_a_base_above_the_servers_is_a_conflict(clinic: Clinic) -> None:
    entry = entry_body()
    push(clinic.patient, upsert("entry", entry))

    results = push(
        clinic.patient,
        upsert("entry", {**entry, "note": "from a future that was lost"}, base=7),
        deletion("entry", entry["id"], base=7),
    )

    assert outcomes(results) == [("conflict", 1, None)] * 2
    assert versions(clinic.patient, f"{ENTRIES}/{entry['id']}") == [
        (1, None, True),
        (8, "from a future that was lost", False),
    ]


def test_what_builds_on_a_conflicting_text_does_not_overwrite_the_other_by_counting(clinic: Clinic) -> None:
    entry = entry_body(note="first")
    push(clinic.patient, upsert("entry", entry))
    push(clinic.patient, upsert("entry", {**entry, "note": "from one phone"}, base=1))

    results = push(
        clinic.patient,
        upsert("entry", {**entry, "note": "from the other"}, base=1),
        upsert("entry", {**entry, "note": "from the other, again"}, base=2),
        deletion("entry", entry["id"], base=3),
    )

    assert outcomes(results) == [("conflict", 2, None)] * 3
    assert [(note, applied) for _, note, applied in versions(clinic.patient, f"{ENTRIES}/{entry['id']}")] == [
        ("first", True),
        ("from one phone", True),
        ("from the other", False),
        ("from the other, again", False),
    ]


def test_what_was_deleted_after_a_conflict_stays_deleted(clinic: Clinic) -> None:
    entry = entry_body()
    push(clinic.patient, upsert("entry", entry), upsert("entry", {**entry, "note": "from one phone"}, base=1))

    results = push(
        clinic.patient,
        upsert("entry", {**entry, "note": "from the other"}, base=1),
        deletion("entry", entry["id"]),
        upsert("entry", {**entry, "note": "from the other, again"}, base=2),
    )

    assert outcomes(results) == [("conflict", 2, None), ("applied", 3, None), ("rejected", None, "deleted")]


def test_the_versions_that_never_counted_are_paged_with_the_others(clinic: Clinic) -> None:
    entry = entry_body(note="1")
    path = f"{ENTRIES}/{entry['id']}"
    push(
        clinic.patient,
        upsert("entry", entry),
        *(upsert("entry", {**entry, "note": str(n)}, base=n - 1) for n in (2, 3)),
    )
    push(clinic.patient, *(upsert("entry", {**entry, "note": f"late {n}"}, base=1) for n in range(3)))
    whole = ok(clinic.patient.get(f"{path}/versions"))["items"]

    for limit in (1, 2, 3):
        seen: list[Body] = []
        page = ok(clinic.patient.get(f"{path}/versions?limit={limit}"))
        seen += page["items"]
        while page["next_cursor"]:
            page = ok(clinic.patient.get(f"{path}/versions?limit={limit}&cursor={page['next_cursor']}"))
            seen += page["items"]
        assert seen == whole

    assert [one["note"] for one in whole] == ["1", "2", "late 0", "late 1", "late 2", "3"]


def test_a_stale_deletion_is_a_conflict_and_deletes_nothing(clinic: Clinic) -> None:
    entry = entry_body()
    push(clinic.patient, upsert("entry", entry), upsert("entry", {**entry, "note": "second"}, base=1))

    (result,) = push(clinic.patient, deletion("entry", entry["id"], base=1))

    assert outcomes([result]) == [("conflict", 2, None)]
    assert result["current"]["op"] == "upsert"


def test_deleting_what_is_missing_is_a_replay_and_changing_it_is_refused(clinic: Clinic) -> None:
    never, gone = entry_body(), lesion_body()
    push(clinic.patient, upsert("lesion", gone), deletion("lesion", gone["id"]))

    results = push(
        clinic.patient,
        deletion("entry", never["id"]),
        deletion("medication", new_id(), base=4),
        deletion("lesion", gone["id"], base=1),
        upsert("entry", never, base=1),
        upsert("lesion", gone, base=1),
        upsert("lesion", gone),
    )

    assert outcomes(results) == [
        ("replayed", None, None),
        ("replayed", None, None),
        ("replayed", 2, None),
        ("rejected", None, "not-found"),
        ("rejected", None, "deleted"),
        ("rejected", None, "deleted"),
    ]
    assert [one["current"] and one["current"]["op"] for one in results] == [None, None, "delete", None, None, None]


def test_nothing_that_is_rejected_blocks_what_follows(clinic: Clinic) -> None:
    entry, good, lesion = entry_body(), entry_body(), lesion_body()
    push(clinic.patient, upsert("entry", entry))
    changes: list[Any] = [
        upsert("entry", {**entry, "note": "other"}),
        "not a change",
        None,
        {"kind": "entry"},
        {**upsert("entry", entry_body()), "kind": "poem"},
        {**upsert("entry", entry_body()), "surprise": 1},
        {**upsert("entry", entry_body()), "id": "not an id"},
        upsert("entry", entry_body(ratings=[{"symptom": "pain", "severity": 11}])),
        upsert("entry", entry_body(lesion_observations=[{"lesion_id": lesion["id"], "state": "gone"}])),
        upsert("entry", {**entry_body(), "ratings": []}),
        {"kind": "entry", "op": "upsert", "id": new_id(), "base_version": None},
        {**upsert("entry", entry_body()), "lesion": lesion},
        {**deletion("entry", entry["id"]), "entry": entry},
        {**upsert("entry", entry_body()), "base_version": 0},
        {**upsert("entry", entry_body()), "base_version": "1"},
        {"kind": "entry", "op": "upsert", "id": new_id(), "entry": entry_body()},
        upsert("lesion", lesion),
        upsert("entry", good),
    ]

    results = push(clinic.patient, *changes)

    names = [one["problem"] and one["problem"]["type"].removeprefix("/problems/") for one in results]
    assert names == [
        "id-reused",
        *["invalid-request"] * 7,
        "unknown-reference",
        *["invalid-request"] * 7,
        None,
        None,
    ]
    assert [one["id"] for one in results[1:4]] == [None, None, None]
    assert results[7]["problem"]["errors"][0]["pointer"] == "/entry/ratings/0/severity"
    assert results[8]["problem"]["errors"][0]["pointer"] == "/entry/lesion_observations/0/lesion_id"
    assert results[15]["problem"]["errors"][0]["pointer"] == "/entry/id"
    assert {one["result"] for one in results[:16]} == {"rejected"}
    assert outcomes(results[16:]) == [("applied", 1, None)] * 2
    assert len(pull(clinic.patient)["changes"]) == 3


@pytest.mark.parametrize("read_only", ["visit", "plan"])
def test_what_a_patient_only_reads_cannot_be_pushed(clinic: Clinic, read_only: str) -> None:
    results = push(
        clinic.patient,
        {"kind": read_only, "op": "upsert", "id": new_id(), "base_version": None, read_only: {"summary": "mine"}},
        deletion(read_only, new_id()),
    )

    assert outcomes(results) == [("rejected", None, "read-only-kind")] * 2


def test_only_an_unreadable_envelope_is_refused_whole(clinic: Clinic) -> None:
    bodies: list[Any] = [{}, {"changes": []}, {"changes": {}}, [], {"changes": [1] * 501}, {"changes": [1], "more": 1}]
    for body in bodies:
        problem(clinic.patient.post(CHANGES, body), 422, "invalid-request")


def test_without_consent_a_push_is_refused_whole_and_pulling_and_deleting_work(clinic: Clinic) -> None:
    entry = entry_body()
    push(clinic.patient, upsert("entry", entry))
    ok(clinic.patient.post("/v1/me/consents", {"version": 1, "granted": False}))

    refused = clinic.patient.post(CHANGES, {"changes": [deletion("entry", entry["id"]), upsert("entry", entry_body())]})
    pulled = pull(clinic.patient)
    (deleted,) = push(clinic.patient, deletion("entry", entry["id"]))

    problem(refused, 403, "consent-required")
    assert told(pulled["changes"]) == [("entry", "upsert", entry["id"], 1)]
    assert outcomes([deleted]) == [("applied", 2, None)]


def test_a_patients_push_leaves_the_clinicians_fields_of_a_lesion_as_they_are(clinic: Clinic) -> None:
    lesion = lesion_body()
    push(clinic.patient, upsert("lesion", lesion))
    path = f"{LESIONS.format(me=clinic.patient.id)}/{lesion['id']}"
    ok(clinic.clinician.put(path, {**lesion, "target": True}, base=1))

    results = push(
        clinic.patient,
        upsert("lesion", {**lesion, "label": "The lump", "target": False}, base=2),
        upsert("lesion", {**lesion, "kind": "ulcer"}, base=3),
        upsert("lesion", {**lesion, "kind": "red_patch"}, base=4),
    )

    current = ok(clinic.patient.get(f"{LESIONS}/{lesion['id']}"))
    assert outcomes(results[:2]) == [("applied", 3, None), ("applied", 4, None)]
    assert outcomes(results[2:]) == [("rejected", None, "not-measurable")]
    assert (current["target"], current["kind"], current["version"], current["revision"]) == (True, "ulcer", 4, 4)
    assert len(versions(clinic.patient, f"{LESIONS}/{lesion['id']}")) == 4


def test_another_patients_ids_are_free_and_nothing_is_learned_of_them(clinic: Clinic) -> None:
    other = clinic.add_patient()
    entry = entry_body(note="mine")
    push(clinic.patient, upsert("entry", entry))

    results = push(other, upsert("entry", {**entry, "note": "hers"}), deletion("entry", entry["id"], base=1))
    answer = other.get(f"/v1/patients/{clinic.patient.id}/changes")

    assert outcomes(results) == [("applied", 1, None), ("applied", 2, None)]
    assert pull(clinic.patient)["changes"][0]["entry"]["note"] == "mine"
    problem(answer, 404, "not-found")
    problem(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}/changes"), 403, "not-allowed")


def test_the_phones_clock_is_judged_in_a_push_as_in_a_single_entry(clinic: Clinic) -> None:
    entry = entry_body()

    results = push(
        clinic.patient,
        upsert("entry", entry),
        upsert("entry", {**entry, "note": "second"}, base=1),
        headers={"Client-Time": "2019-01-01T00:00:00Z"},
    )

    assert [one["current"]["entry"]["flags"] for one in results] == [["clock_wrong"]] * 2


def test_five_hundred_new_entries_take_a_handful_of_statements(clinic: Clinic) -> None:
    changes = [upsert("entry", entry_body(note=None if number % 2 else "note")) for number in range(500)]
    statements: list[str] = []
    engine = clinic.app.state.database.writers

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        first = push(clinic.patient, *changes)
        created = len(statements)
        again = push(clinic.patient, *changes)
    finally:
        event.remove(engine, "before_cursor_execute", count)

    assert {one["result"] for one in first} == {"applied"}
    assert {one["result"] for one in again} == {"replayed"}
    assert created < 20
    assert len(statements) - created < 20
    assert len(pull(clinic.patient)["changes"]) == 500
