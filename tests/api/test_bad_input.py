"""Bad input: a 4xx problem that says where, nothing stored, and the same on both databases."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from api.routing import LARGE_BODIES
from domain import permissions
from domain.body_sites import SIDES, SITES
from domain.symptoms import CATALOGUE
from tests.api.bad_values import ENTRY, LESION, MEDICATION, SHAPES, Shape, encoded, found, placed, without
from tests.factories import (
    PIECE,
    Body,
    Clinic,
    Person,
    entry_body,
    found_clinic,
    lesion_body,
    medication_body,
    new_id,
    new_upload,
    ok,
    photo_form,
    problem,
    visit_body,
)
from tests.fakes import FakeClock
from tests.pictures import photo
from tests.recorder import Recorder, recorded

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MEDIA = {
    "issue_token": FORM,
    "add_photo": {"Content-Type": "multipart/form-data; boundary=x"},
    "continue_upload": PIECE,
    "create_upload": PIECE,
}
"""Headers of bodies that are no JSON."""
ENTRIES = "/v1/patients/{me}/entries"
BATCH = f"{ENTRIES}/batch"
FOREIGN = "0199d1c4-0000-7000-8000-0000000000ff"
MIB = 1_048_576
INVALID = "/problems/invalid-request"
Refusal = tuple[int, str, list[tuple[str, str]]]
"""Status, type, and the pointer and detail of each error."""
FIRST_SEEN: dict[str, Any] = {}
"""What was refused on the database that came first, by what was sent."""


@dataclass
class Ward:
    """A clinic that is sent bad input; its patient has one of everything, and must have just that afterwards."""

    http: TestClient
    recorder: Recorder
    clinic: Clinic
    elsewhere: Clinic
    """Another clinic, which is sent good input."""
    visit: str
    """The patient's visit, whose id the server made."""
    before: list[Any] = field(default_factory=list)

    def send(
        self, shape: Shape, content: bytes | Iterator[bytes], *, headers: dict[str, str] | None = None
    ) -> Response:
        """Send a body to its operation, as somebody who has it."""
        path = self.path(shape)
        headers = (JSON if headers is None else headers) | shape.headers
        if shape.who is None:
            return self.http.request(shape.method, path, content=content, headers=headers)
        person: Person = getattr(self.clinic, shape.who)
        return person.request(shape.method, path, content=content, headers=headers)

    def path(self, shape: Shape) -> str:
        """Where a body is sent."""
        ids = {"patient": self.clinic.patient.id, "clinician": self.clinic.clinician.id, "visit": self.visit}
        return shape.path.format(me="{me}", **ids)

    def who_has(self, operation: str) -> Person:
        """Somebody who has an operation."""
        people = {"patient": self.clinic.patient, "clinician": self.clinic.clinician, "admin": self.clinic.admin}
        roles = permissions.OPERATIONS.get(operation, set(people))
        return next(person for role, person in people.items() if role in roles)

    def state(self) -> list[Any]:
        """Everything that a request could have changed."""
        patient, admin = self.clinic.patient, self.clinic.admin
        of_patient = (ENTRIES, "/v1/patients/{me}/visits", "/v1/me/consents", "/v1/me/sessions")
        of_clinic = ("/v1/patients", "/v1/members")  # patients with their revision, which counts whatever changes
        return [ok(patient.get(path)) for path in of_patient] + [ok(admin.get(path)) for path in of_clinic]


@pytest.fixture(scope="module")
def ward(shared_app: FastAPI) -> Ward:
    shared_app.state.now = FakeClock()
    http, recorder = recorded(shared_app)
    clinic, elsewhere = found_clinic(shared_app, http), found_clinic(shared_app, http)
    strangers = [clinic.add_patient(), elsewhere.patient]
    for person, what in ((clinic.patient, None), *((stranger, FOREIGN) for stranger in strangers)):
        ok(person.post("/v1/patients/{me}/lesions", lesion_body(id=what or LESION)))
        ok(person.post("/v1/patients/{me}/medications", medication_body(id=what or MEDICATION)))
        ok(person.post(ENTRIES, entry_body(id=what or ENTRY)))
    visit = ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/visits", visit_body()))
    ward = Ward(http, recorder, clinic, elsewhere, visit["id"])
    ward.before = ward.state()
    return ward


@pytest.fixture
def refuses(app: FastAPI, ward: Ward) -> Iterator[Ward]:
    """The ward, of a test that sends only what is refused: every answer is declared, and nothing changes."""
    assert app is ward.clinic.app
    yield ward
    before, ward.before = ward.before, ward.state()
    ward.recorder.check()
    assert ward.before == before


@pytest.fixture
def elsewhere(app: FastAPI, ward: Ward) -> Iterator[Clinic]:
    """A clinic that is sent what just fits; every answer is declared."""
    assert app is ward.clinic.app
    yield ward.elsewhere
    ward.recorder.check()


@pytest.fixture
def patient(elsewhere: Clinic) -> Person:
    """A patient who has a lesion and a medication to refer to."""
    patient = elsewhere.add_patient()
    ok(patient.post("/v1/patients/{me}/lesions", lesion_body(id=LESION)))
    ok(patient.post("/v1/patients/{me}/medications", medication_body(id=MEDICATION)))
    return patient


# Fields


def test_every_json_body_of_the_document_is_tried_here(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    bodies = {
        operation["operationId"]: schemas[
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"][21:]
        ]
        for item in app.openapi()["paths"].values()
        for operation in item.values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }

    assert sorted(bodies) == sorted(SHAPES)
    for name, schema in bodies.items():
        tried = {pointer.split("/")[1] for pointer in SHAPES[name].fields}
        assert tried == set(schema["properties"]), name
        assert {pointer[1:] for pointer in SHAPES[name].required if pointer.count("/") == 1} == set(
            schema.get("required", ())
        )


@pytest.mark.parametrize(("name", "pointer"), [(name, at) for name, shape in SHAPES.items() for at in shape.fields])
def test_what_does_not_fit_a_field_is_refused_there(refuses: Ward, name: str, pointer: str) -> None:
    shape = SHAPES[name]
    bad = shape.fields[pointer]

    refusals = {what: _refusal(refuses.send(shape, encoded(placed(shape.body(), pointer, bad[what])))) for what in bad}

    assert len(bad) > 3
    assert {what: _where(refusal) for what, refusal in refusals.items()} == {
        what: (422, INVALID, [_place(pointer, what)]) for what in bad
    }
    _is_the_same_everywhere(f"{name} {pointer}", refusals)


@pytest.mark.parametrize(
    ("name", "pointer"), [(name, at) for name, one in SHAPES.items() for at in sorted(one.required)]
)
def test_what_is_required_is_neither_null_nor_missing(refuses: Ward, name: str, pointer: str) -> None:
    shape = SHAPES[name]

    null = _refusal(refuses.send(shape, encoded(placed(shape.body(), pointer, None))))
    missing = _refusal(refuses.send(shape, encoded(without(shape.body(), pointer))))

    assert _where(null) == _where(missing) == (422, INVALID, [pointer])
    _is_the_same_everywhere(f"{name} without {pointer}", [null, missing])


@pytest.mark.parametrize(("name", "pointer"), [(name, at) for name, shape in SHAPES.items() for at in shape.objects])
def test_an_unknown_field_is_refused_wherever_it_is(refuses: Ward, name: str, pointer: str) -> None:
    shape = SHAPES[name]
    odd = ["", "with a blank", "x" * 65, "ümlaut", "NUL\x00", "surrogate\ud800", "/", "~0", "0"]

    plain = _refusal(refuses.send(shape, encoded(_with_key(shape.body(), pointer, "colour"))))
    refusals = {key: _refusal(refuses.send(shape, encoded(_with_key(shape.body(), pointer, key)))) for key in odd}

    assert _where(plain) == (422, INVALID, [f"{pointer}/colour"])
    assert {key: _where(refusal) for key, refusal in refusals.items()} == dict.fromkeys(odd, (422, INVALID, [pointer]))
    _is_the_same_everywhere(f"{name} unknown in {pointer}", refusals)


def test_all_that_is_wrong_is_told_at_once(refuses: Ward) -> None:
    shape = SHAPES["record_entry"]
    wrong = ["/recorded_at", "/ratings/0/severity", "/ratings/1/count", "/lifestyle/cigarettes", "/note"]
    body = shape.body()
    for pointer in wrong:
        placed(body, pointer, [])

    refusal = _refusal(refuses.send(shape, encoded(body)))

    assert _where(refusal) == (422, INVALID, wrong)


def test_a_wrong_length_is_told_in_characters_for_text_and_in_items_for_lists(refuses: Ward) -> None:
    entry, acceptance = SHAPES["record_entry"], SHAPES["accept_invitation"]

    long = _refusal(refuses.send(entry, encoded(placed(entry.body(), "/note", "x" * 4001))))
    short = _refusal(refuses.send(acceptance, encoded(placed(acceptance.body(), "/password", "short"))))
    many = _refusal(refuses.send(entry, encoded(placed(entry.body(), "/ratings", entry.full["ratings"] * 31))))

    assert long[2] == [("/note", "must have at most 4000 characters")]
    assert short[2] == [("/password", "must have at least 8 characters")]
    assert many[2] == [("/ratings", "must have at most 60 items")]


# Fields that belong together

MEASURED = {"lesion_id": LESION, "state": "measured", "length_mm": 14.5, "method": "ruler"}
GONE = {"lesion_id": LESION, "state": "gone"}
DOSE = {"medication_id": MEDICATION, "taken": True}
PAIN = {"symptom": "pain", "severity": 6}
HERE = {"site": "back", "side": "left"}
BAD_TOGETHER: dict[str, tuple[str, Body, str]] = {
    "nothing": ("record_entry", {"ratings": []}, ""),
    "a blank note": ("record_entry", {"ratings": [], "note": " \n"}, ""),
    "empty habits": ("record_entry", {"ratings": [], "lifestyle": {}}, ""),
    "habits not answered": ("record_entry", {"ratings": [], "lifestyle": {"cigarettes": None}}, ""),
    "pain twice": ("record_entry", {"ratings": [PAIN, PAIN]}, "/ratings"),
    "pain nowhere twice": ("record_entry", {"ratings": [PAIN, PAIN | {"severity": 3, "site": None}]}, "/ratings"),
    "pain on a side twice": ("record_entry", {"ratings": [PAIN | {"side": "left"}] * 2}, "/ratings"),
    "pain here twice": ("record_entry", {"ratings": [PAIN | HERE, PAIN | HERE | {"severity": 1}]}, "/ratings"),
    "pain counted": ("record_entry", {"ratings": [PAIN | {"count": 3}]}, "/ratings/0/count"),
    "one day after": ("record_entry", {"day": "2026-03-30"}, "/day"),
    "61 days before": ("record_entry", {"day": "2026-01-27"}, "/day"),
    "after the day there": ("record_entry", {"day": "2026-03-31", "recorded_at": "2026-03-29T23:30:00Z"}, "/day"),
    "after the day by offset": ("record_entry", {"day": "2026-03-30", "time_zone": "GMT+02:00"}, "/day"),
    "measured without length": (
        "record_entry",
        {"lesion_observations": [GONE, MEASURED | {"length_mm": None}]},
        "/lesion_observations/1",
    ),
    "measured across only": (
        "record_entry",
        {"lesion_observations": [MEASURED | {"length_mm": None, "width_mm": 3}]},
        "/lesion_observations/0",
    ),
    "measured somehow": (
        "record_entry",
        {"lesion_observations": [MEASURED | {"method": None}]},
        "/lesion_observations/0",
    ),
    **{
        f"{state} with {length}": (
            "record_entry",
            {"lesion_observations": [{"lesion_id": LESION, "state": state, length: 3}]},
            "/lesion_observations/0",
        )
        for state, length in product(("gone", "too_small", "unmeasurable"), ("length_mm", "width_mm"))
    },
    "done on no day": ("plan_visit", {"took_place_on": None}, ""),
    "planned and took place": ("plan_visit", {"status": "planned"}, ""),
    "cancelled and took place": ("change_visit", {"status": "cancelled"}, ""),
    "another entry": ("correct_entry", {"id": FOREIGN}, "/id"),
    "another lesion": ("change_lesion", {"id": FOREIGN}, "/id"),
    "another medication": ("change_medication", {"id": FOREIGN}, "/id"),
    "no times": ("add_medication", {"times": []}, ""),
    "a time twice": ("add_medication", {"times": ["08:00", "08:00"]}, ""),
    "days on without off": ("add_medication", {"cycle_off_days": None}, ""),
    "days off without on": ("add_medication", {"cycle_on_days": None}, ""),
    "an end before the start": ("add_medication", {"ends_on": "2025-12-31"}, ""),
    **{
        f"no {name}": ("change_patient", {name: None}, f"/{name}")
        for name in ("name", "time_zone", "locale", "enrolled_on", "status")
    },
}


@pytest.mark.parametrize("what", BAD_TOGETHER)
def test_what_does_not_go_together_is_refused(refuses: Ward, what: str) -> None:
    name, change, pointer = BAD_TOGETHER[what]
    shape = SHAPES[name]
    body = (entry_body() if name == "record_entry" else shape.body()) | change

    refusal = _refusal(refuses.send(shape, encoded(body)))

    assert _where(refusal) == (422, INVALID, [pointer])
    _is_the_same_everywhere(what, refusal)


@pytest.mark.parametrize(
    ("name", "part", "own", "reference"),
    [
        (name, *noun)
        for name in ("record_entry", "correct_entry")
        for noun in (("lesion_observations", GONE, "lesion_id"), ("intakes", DOSE, "medication_id"))
    ],
)
def test_what_others_have_cannot_be_referred_to_and_looks_like_nothing(
    refuses: Ward, name: str, part: str, own: Body, reference: str
) -> None:
    shape = SHAPES[name]

    to_foreign, to_nothing = (
        _refusal(refuses.send(shape, encoded(shape.body() | {part: [own, own | {reference: of}, own]})))
        for of in (FOREIGN, new_id())
    )

    assert _where(to_foreign) == (422, "/problems/unknown-reference", [f"/{part}/1/{reference}"])
    assert to_nothing == to_foreign


# Bodies


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n",
    "no JSON": b"hello",
    "half an object": b'{"id": ',
    "two objects": b"{}{}",
    "a comma too many": b'{"id": null,}',
    "single quotes": b"{'id': null}",
    "a comment": b"{} // nothing",
    "a list": b"[]",
    "a list of objects": b"[{}]",
    "text": b'"id"',
    "a number": b"5",
    "not a number": b"NaN",
    "null": b"null",
    "true": b"true",
    "no UTF-8": b'{"id": "\xff"}',
    "a NUL byte": b'{"id": "\x00"}',
    "100,000 nested lists": b"[" * 100_000 + b"]" * 100_000,
    "100,000 nested objects": b'{"id":' * 100_000 + b"1" + b"}" * 100_000,
    "100,000 lists that never end": b'{"id":' + b"[" * 100_000,
    "a number of 5,000 digits": b'{"id": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_body_that_cannot_be_read_is_refused_whole(refuses: Ward, name: str) -> None:
    refusals = {what: _refusal(refuses.send(SHAPES[name], content)) for what, content in UNREADABLE.items()}

    assert {what: _where(refusal) for what, refusal in refusals.items()} == dict.fromkeys(
        UNREADABLE, (422, INVALID, [""])
    )
    _is_the_same_everywhere(f"{name} unreadable", refusals)


@pytest.mark.parametrize("name", SHAPES)
def test_a_body_of_another_kind_is_refused(refuses: Ward, name: str) -> None:
    shape = SHAPES[name]
    kinds = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
    kinds += ["", "json", "application/json-patch+json", "application/merge-patch+json", "application/problem+json"]

    answers = [refuses.send(shape, encoded(shape.body()), headers={"Content-Type": kind}) for kind in kinds]
    without_kind = refuses.send(shape, encoded(shape.body()), headers={})

    for answer in (*answers, without_kind):
        assert "application/json" in problem(answer, 415, "unsupported-media-type")["detail"]


@pytest.mark.parametrize("name", SHAPES)
def test_a_body_over_the_limit_is_refused_with_its_length_or_without(refuses: Ward, name: str) -> None:
    shape, limit = SHAPES[name], (16 if name in LARGE_BODIES else 1) * MIB
    content = encoded(shape.body()).ljust(limit + 1)

    with_length = refuses.send(shape, content)
    in_chunks = refuses.send(shape, (content[start : start + 65_536] for start in range(0, len(content), 65_536)))

    assert "content-length" in with_length.request.headers
    assert in_chunks.request.headers["transfer-encoding"] == "chunked"
    problem(with_length, 413, "body-too-large")
    problem(in_chunks, 413, "body-too-large")


def test_a_body_of_just_the_limit_is_read(patient: Person) -> None:
    entry, batch = entry_body(), {"entries": [entry_body()]}

    alone = patient.request("POST", ENTRIES, content=encoded(entry).ljust(MIB), headers=JSON)
    together = patient.request("POST", BATCH, content=encoded(batch).ljust(16 * MIB), headers=JSON)
    in_chunks = patient.request("POST", BATCH, content=iter([b" " * MIB, encoded(batch)]), headers=JSON)

    assert (alone.status_code, together.status_code, in_chunks.status_code) == (201, 200, 200)
    assert len(ok(patient.get(ENTRIES))["items"]) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_json_in_any_encoding_of_unicode_is_read(patient: Person, encoding: str) -> None:
    entry = entry_body(note="Grüße 🔑")

    answer = patient.request(
        "POST", ENTRIES, content=json.dumps(entry, ensure_ascii=False).encode(encoding), headers=JSON
    )

    assert (answer.status_code, answer.json()["note"]) == (201, "Grüße 🔑")


# Batches


def test_every_entry_of_a_batch_is_judged_as_it_would_be_alone(patient: Person) -> None:
    shape = SHAPES["record_entry"]
    bad = [(at, what, values[what]) for at, values in shape.fields.items() for what in values]
    items: list[Any] = []
    for at, _, value in bad:
        items += [placed(shape.body(), at, value), entry_body()]
    assert len(items) > 600

    answers = [
        patient.request("POST", BATCH, content=encoded({"entries": part}), headers=JSON)
        for part in (items[:400], items[400:])
    ]

    results = [result for answer in answers for result in ok(answer)["results"]]
    assert [result["result"] for result in results] == ["rejected", "created"] * len(bad)
    assert {
        (at, what): [error["pointer"] for error in result["problem"]["errors"]]
        for (at, what, _), result in zip(bad, results[::2], strict=True)
    } == {(at, what): [_place(at, what)] for at, what, _ in bad}
    assert [result["id"] for result in results[1::2]] == [item["id"] for item in items[1::2]]
    assert len(ok(patient.get(ENTRIES, params={"limit": 500}))["items"]) == len(bad)


@pytest.mark.parametrize(
    ("item", "pointer"),
    [(None, ""), ("text", ""), (5, ""), ([], ""), ([[]], ""), ({}, "/recorded_at"), (10**400, ""), (float("nan"), "")],
)
def test_an_item_of_a_batch_that_is_no_entry_spoils_no_other(patient: Person, item: Any, pointer: str) -> None:
    entry = entry_body()

    answer = patient.request("POST", BATCH, content=encoded({"entries": [item, entry]}), headers=JSON)

    rejected, created = ok(answer)["results"]
    assert (rejected["result"], rejected["id"], rejected["problem"]["status"]) == ("rejected", None, 422)
    assert rejected["problem"]["errors"][0]["pointer"] == pointer
    assert (created["result"], created["id"]) == ("created", entry["id"])


def test_only_the_first_hundred_faults_are_told(patient: Person) -> None:
    entry = entry_body(ratings=[{"severity": -1} for _ in range(60)], intakes=[{"taken": 2} for _ in range(100)])

    alone = patient.post(ENTRIES, entry)
    in_batch = patient.post(BATCH, {"entries": [entry]})

    assert (alone.status_code, len(alone.json()["errors"])) == (422, 100)
    assert len(ok(in_batch)["results"][0]["problem"]["errors"]) == 100


def test_an_entry_of_a_batch_must_have_an_id(patient: Person) -> None:
    entry = entry_body()

    answer = patient.post(BATCH, {"entries": [entry_body(id=None), without(entry_body(), "/id"), entry]})

    results = ok(answer)["results"]
    assert [result["result"] for result in results] == ["rejected", "rejected", "created"]
    assert [result["problem"]["errors"][0]["pointer"] for result in results[:2]] == ["/id", "/id"]


# The edges of what is accepted


@pytest.mark.parametrize("pointer", sorted(SHAPES["record_entry"].fields.keys() - SHAPES["record_entry"].required))
def test_what_is_optional_in_an_entry_may_be_null(patient: Person, pointer: str) -> None:
    body = SHAPES["record_entry"].body()
    if pointer.endswith(("/length_mm", "/method")):
        body["lesion_observations"][0] |= {"state": "gone", "length_mm": None, "width_mm": None, "method": None}

    answer = patient.post(ENTRIES, placed(body, pointer, None))

    assert answer.status_code == 201, answer.text
    if pointer == "/id":
        return  # the server made one
    empty: Any = [] if isinstance(SHAPES["record_entry"].fields[pointer].get("too many"), list) else None
    assert found(answer.json(), pointer) == ("2026-03-29" if pointer == "/day" else empty)
    assert patient.post(ENTRIES, without(body, pointer)).status_code == 200


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        (name, at)
        for name in ("add_lesion", "add_medication", "register_patient")
        for at in sorted(SHAPES[name].fields.keys() - SHAPES[name].required - {"/times/0"})
    ],
)
def test_what_is_optional_elsewhere_may_be_null_too(elsewhere: Clinic, name: str, pointer: str) -> None:
    shape = SHAPES[name]
    body = placed(shape.body(), pointer, None)
    if pointer == "/times":
        body["as_needed"] = True
    if pointer.startswith("/cycle_"):
        body |= {"cycle_on_days": None, "cycle_off_days": None}
    person: Person = getattr(elsewhere, shape.who or "patient")

    answer = person.post(shape.path, body)

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("pointer", "values"),
    [
        ("/time_zone", ["x" * 64, "GMT+02:00", "🌍" * 64]),
        ("/ratings/0/severity", [0, 10, 6.0, -0.0, 1e1]),
        ("/ratings/0/interference", [0, 10, 4.0]),
        ("/ratings/1/count", [0, 999, 999.0]),
        ("/lesion_observations/0/length_mm", [0, 500, 500.0, 0.1, 499.9, 14.5]),
        ("/lesion_observations/0/width_mm", [0, 500, 0.3]),
        ("/lifestyle/cigarettes", [0, 200]),
        ("/lifestyle/alcohol_units", [0, 100, 0.1, 1 / 3, 1e-300]),
        ("/lifestyle/activity_minutes", [0, 1440]),
        ("/lifestyle/balanced_meals", [0, 20]),
        ("/note", ["x" * 4000, "🔑" * 4000, "e\u0301\u202e\u2028\u200b\ufeff\x01\x7f\n", '"\\/<b>&#0;', " edges "]),
    ],
)
def test_what_just_fits_an_entry_is_stored_as_it_was_sent(patient: Person, pointer: str, values: list[Any]) -> None:
    for value in values:
        body = placed(SHAPES["record_entry"].body(), pointer, value)

        answer = patient.post(ENTRIES, body)

        assert answer.status_code == 201, (value, answer.text)
        assert found(answer.json(), pointer) == value
        assert ok(patient.get(f"{ENTRIES}/{body['id']}")) == answer.json()


@pytest.mark.parametrize(
    "recorded_at",
    [
        "2000-01-01T00:00:00Z",
        "2000-01-01T00:00:00-12:00",
        "2100-12-31T23:59:59.999999Z",
        "2026-03-29T21:40:00.123456+05:45",
        "2026-03-29T23:59:59-00:00",
    ],
)
def test_no_instant_of_the_century_is_refused(patient: Person, recorded_at: str) -> None:
    body = entry_body(recorded_at=recorded_at)

    answer = patient.post(ENTRIES, body)

    assert answer.status_code == 201, answer.text
    stored = ok(patient.get(f"{ENTRIES}/{body['id']}"))
    assert datetime.fromisoformat(stored["recorded_at"]) == datetime.fromisoformat(recorded_at)
    assert stored == answer.json()


def test_as_many_ratings_observations_and_intakes_as_are_allowed_are_stored(patient: Person) -> None:
    places = product((one.symptom for one in CATALOGUE), (one.site for one in SITES), (one.side for one in SIDES))
    ratings = [{"symptom": symptom, "severity": 1, "site": site, "side": side} for symptom, site, side in places]
    entry = entry_body(ratings=ratings[:60], lesion_observations=[MEASURED] * 100, intakes=[DOSE] * 100)

    answer = patient.post(ENTRIES, entry)

    assert answer.status_code == 201, answer.text
    stored = ok(patient.get(f"{ENTRIES}/{entry['id']}"))
    assert [len(stored[part]) for part in ("ratings", "lesion_observations", "intakes")] == [60, 100, 100]
    assert stored == answer.json()


@pytest.mark.parametrize(
    ("name", "pointer", "values"),
    [
        ("add_lesion", "/label", ["x", "x" * 200, "🔑" * 200, "ß" * 200]),
        ("add_lesion", "/first_noticed_on", ["1900-01-01", "2100-12-31", "2024-02-29"]),
        ("add_medication", "/name", ["x", "🔑" * 200]),
        ("add_medication", "/dose", ["", "x" * 200]),
        ("add_medication", "/times", [["00:00", "23:59"], [f"{hour:02}:30" for hour in range(24)]]),
        ("add_medication", "/every_days", [1, 366, 7.0]),
        ("add_medication", "/cycle_on_days", [1, 366]),
        ("add_medication", "/cycle_off_days", [1, 366]),
        ("add_medication", "/starts_on", ["1900-01-01"]),
        ("add_medication", "/ends_on", ["2026-01-01", "2100-12-31"]),
        ("register_patient", "/name", ["x", "x" * 200, "ß" * 200, "İ" * 200, "١٢٣", "-"]),
        ("register_patient", "/name", ["ﬃ" * 200, "ﷺ" * 200]),
        ("register_patient", "/record_number", ["", "x" * 200, "🔑" * 200]),
        ("register_patient", "/birth_date", ["1900-01-01"]),
        ("register_patient", "/enrolled_on", ["1900-01-01", "2100-12-31"]),
        ("register_patient", "/time_zone", ["UTC", "Pacific/Kiritimati", "America/Argentina/ComodRivadavia"]),
        ("register_patient", "/locale", ["de", "pt-BR", "zh-Hant-TW", "de" + "-abcdefgh" * 3 + "-abcde"]),
        ("register_patient", "/email", ["a" * 242 + "@example.org"]),
        ("give_consent", "/version", [1_000_000, 3.0]),
    ],
)
def test_what_just_fits_elsewhere_is_stored_as_it_was_sent(
    elsewhere: Clinic, name: str, pointer: str, values: list[Any]
) -> None:
    shape = SHAPES[name]
    person: Person = getattr(elsewhere, shape.who or "patient")

    for value in values:
        answer = person.post(shape.path, placed(shape.body(), pointer, value))

        assert answer.status_code == 201, (value, answer.text)
        assert found(answer.json(), pointer) == (value or None)


@pytest.mark.parametrize(
    "change",
    [
        {"ratings": [PAIN, PAIN | {"site": "back"}, PAIN | HERE, PAIN | {"side": "left"}]},
        {"ratings": [{"symptom": "nodules", "severity": 0, "count": 0}]},
        {"day": "2026-03-29"},
        {"day": "2026-01-28"},
        {"day": "2026-03-30", "recorded_at": "2026-03-29T23:30:00Z"},
        {"ratings": [], "note": "x"},
        {"ratings": [], "lifestyle": {"cigarettes": 0}},
        {"ratings": [], "intakes": [{"medication_id": MEDICATION, "taken": False}]},
        {"ratings": [], "lesion_observations": [GONE]},
        {"lesion_observations": [GONE, MEASURED | {"width_mm": 20.0}, GONE | {"state": "unmeasurable"}]},
        {"lesion_observations": [GONE | {"photo_id": FOREIGN}]},
        {"id": "0199D1C4-7A3E-7CC2-9D0C-3F5F4B8F2A10"},
    ],
)
def test_what_goes_together_is_accepted(patient: Person, change: Body) -> None:
    answer = patient.post(ENTRIES, entry_body() | change)

    assert answer.status_code == 201, answer.text


# Paths, queries, cursors and headers


def test_an_id_in_a_path_that_is_none_is_refused_there(refuses: Ward) -> None:
    bad = [
        "nonsense",
        "%00",
        "%ED%A0%80",
        "1",
        "9" * 2_000,
        "0199d1c4-0000-7000-8000-00000000000g",
        "%20",
        "%F0%9F%94%91",
    ]
    found_here = []

    for operation, method, path, parameters in _operations(refuses.clinic.app):
        for name in parameters:
            ids = {other: new_id() for other in parameters}
            for value in bad:
                target = path.format(**{**ids, name: value})
                answer = refuses.who_has(operation).request(method, target, **_fitting(operation))
                found_here.append((operation, name, value, _where(_refusal(answer))))

    assert len(found_here) > 300
    assert [one for one in found_here if one[3] != (422, INVALID, [f"/path/{one[1]}"])] == []


def test_an_unknown_or_repeated_parameter_is_refused_by_every_operation(refuses: Ward) -> None:
    unknown, repeated = {}, {}
    for operation, method, path, parameters in _operations(refuses.clinic.app):
        person, target = refuses.who_has(operation), path.format(**{name: new_id() for name in parameters})
        headers = MEDIA.get(operation, JSON)
        for query in ("colour=red", "limits=5", "%00=1", "Limit=5", "=", "limit%20=5"):
            answer = person.request(method, f"{target}?{query}", headers=headers, content=b"")
            unknown[operation, query] = _where(_refusal(answer))
        if operation in LISTS:
            answer = person.request(method, f"{target}?limit=5&limit=5")
            repeated[operation] = _where(_refusal(answer))

    assert len(unknown) > 250
    assert {asked for asked, where in unknown.items() if where != (422, INVALID, ["/query"])} == set()
    assert repeated == dict.fromkeys(LISTS, (422, INVALID, ["/query/limit"]))


LISTS = [
    *("list_members", "list_patients", "list_care_team", "list_sessions", "list_consents"),
    *("list_entries", "list_lesions", "list_medications", "list_photos", "list_lesion_photos"),
    *("list_entry_versions", "list_lesion_versions", "list_medication_versions", "pull_changes"),
]
TRENDS = "/v1/patients/{me}/trends"
BAD_QUERIES: dict[str, tuple[str, list[str]]] = {
    "/query/limit": (ENTRIES, ["limit=0", "limit=501", "limit=-1", "limit=", "limit=1.5", "limit=true", "limit=NaN"]),
    "/query/limit huge": (ENTRIES, [f"limit={'9' * 400}", f"limit={'9' * 5_000}", "limit=9223372036854775808"]),
    "/query/cursor": (ENTRIES, ["cursor=%00", f"cursor={'A' * 1_001}"]),
    "/query/from": (
        ENTRIES,
        ["from=", "from=20260329", "from=1774742400", "from=2026-02-30", "from=2026-03-29T00:00Z"],
    ),
    "/query/to": (ENTRIES, ["to=0001-01-01", "to=9999-12-31", "to=1899-12-31", "to=2101-01-01", "to=%00", "to=today"]),
    "/query/from of trends": (TRENDS, ["from=1774742400", "from=0001-01-01", "from=2026-04-01", "from=2021-03-30"]),
    "/query/to of trends": (TRENDS, ["to=9999-12-31", "to=2026-02-29", "to=", "to=%00"]),
    "/query/symptom/0": (TRENDS, ["symptom=nonsense", "symptom=", "symptom=%00", "symptom=PAIN"]),
    "/query/symptom/1": (TRENDS, ["symptom=pain&symptom=nonsense"]),
    "/query/status": ("/v1/patients", ["status=", "status=nonsense", "status=%00", "status=ACTIVE"]),
    "/query/q": ("/v1/patients", ["q=", "q=%00", "q=ana%00", f"q={'x' * 201}"]),
}


@pytest.mark.parametrize("what", BAD_QUERIES)
def test_a_parameter_that_does_not_fit_is_refused_there(refuses: Ward, what: str) -> None:
    path, queries = BAD_QUERIES[what]
    person = refuses.clinic.clinician if path == "/v1/patients" else refuses.clinic.patient

    refusals = {query: _refusal(person.get(f"{path}?{query}")) for query in queries}

    assert {query: _where(refusal) for query, refusal in refusals.items()} == dict.fromkeys(
        queries, (422, INVALID, [what.split(" ", maxsplit=1)[0]])
    )
    _is_the_same_everywhere(what, refusals)


@pytest.fixture
def cursors(patient: Person) -> dict[str, str]:
    """A cursor that was given out, by the path of its list."""
    versions = f"/v1/patients/{{me}}/lesions/{LESION}/versions"
    ok(patient.put(versions.removesuffix("/versions"), lesion_body(id=None, label="Lump"), base=1))
    for _ in range(2):
        ok(patient.post(ENTRIES, entry_body()))
    return {path: ok(patient.get(f"{path}?limit=1"))["next_cursor"] for path in (ENTRIES, versions)}


def test_a_cursor_that_was_not_given_out_for_this_list_is_refused(patient: Person, cursors: dict[str, str]) -> None:
    own, of_versions = cursors.values()
    (_, *key), (bound_to_versions, *_) = _read(own), _read(of_versions)
    not_keys: list[Any] = [{}, [], None, 5, "x", [[]], [None], float("nan")]
    bad = {
        **{text: text for text in ("", "A", "%", "ü", "5", "nonsense", "[" * 900)},
        **{f"of {value}": _cursor(value) for value in not_keys},
        "cut off": own[:-2],
        "of another list": of_versions,
        "bound to another list": _cursor([bound_to_versions, *key]),
    }

    answers = {what: patient.get(ENTRIES, params={"cursor": cursor}) for what, cursor in bad.items()}
    narrowed = patient.get(ENTRIES, params={"cursor": own, "from": "2026-01-01"})

    assert len(ok(patient.get(ENTRIES, params={"cursor": own, "limit": 1}))["items"]) == 1
    for answer in (*answers.values(), narrowed):
        problem(answer, 422, "cursor-invalid")


def test_a_cursor_that_was_tampered_with_never_breaks_a_list(patient: Person, cursors: dict[str, str]) -> None:
    (versions,) = cursors.keys() - {ENTRIES}
    (bound, day, instant, entry), (bound_to_versions, _, _) = (_read(cursors[path]) for path in (ENTRIES, versions))
    forged: dict[str, Any] = {
        "no key": [bound],
        "half a key": [bound, day],
        "more than a key": [bound, day, instant, entry, entry],
        "a number for the id": [bound, day, instant, 5],
        "NUL for the id": [bound, day, instant, "\x00"],
        "no offset": [bound, day, "2026-03-29T19:40:00", entry],
        "before year 1": [bound, day, "0001-01-01T00:00:00+14:00", entry],
        "after year 9999": [bound, "9999-12-31", "9999-12-31T23:59:59-14:00", entry],
    }
    numbers = ("x", "1.5", "", "\x00", "9" * 20, "9" * 700, "-" + "9" * 30)

    answers = {what: patient.get(ENTRIES, params={"cursor": _cursor(key)}).status_code for what, key in forged.items()}
    of_versions = {
        number: patient.get(versions, params={"cursor": _cursor([bound_to_versions, number, "0"])}).status_code
        for number in numbers
    }

    assert {what: status for what, status in (answers | of_versions).items() if status not in {200, 422}} == {}


@pytest.mark.parametrize("name", [name for name, shape in SHAPES.items() if "If-Match" in shape.headers])
def test_a_change_must_say_what_it_is_based_on(refuses: Ward, name: str) -> None:
    shape = SHAPES[name]
    person = refuses.who_has(name)
    path = refuses.path(shape)
    bad = ['"1', "1.0", "*", '"one"', "", '"-1"', '"1", "2"', '"9999999999"', "W/", "²", "\x00"]

    missing = person.request(shape.method, path, content=encoded(shape.body()), headers=JSON)
    refusals = {
        tag: _refusal(
            person.request(shape.method, path, content=encoded(shape.body()), headers=_raw(JSON | {"If-Match": tag}))
        )
        for tag in bad
    }
    of_the_future = person.request(
        shape.method, path, content=encoded(shape.body()), headers=JSON | {"If-Match": '"999999999"'}
    )

    problem(missing, 428, "if-match-required")
    assert {tag: _where(refusal) for tag, refusal in refusals.items()} == dict.fromkeys(
        bad, (422, INVALID, ["/header/If-Match"])
    )
    assert problem(of_the_future, 412, "version-conflict")["current_version"] == 1


@pytest.mark.parametrize("name", ["register_patient", "invite_member", "plan_visit"])
def test_an_idempotency_key_that_does_not_fit_is_refused(refuses: Ward, name: str) -> None:
    shape = SHAPES[name]
    person = refuses.who_has(name)

    refusals = {
        key: _refusal(
            person.request(
                "POST",
                refuses.path(shape),
                content=encoded(shape.body()),
                headers=_raw(JSON | {"Idempotency-Key": key}),
            )
        )
        for key in ("", "x" * 201, "NUL\x00")
    }

    assert {key: _where(refusal) for key, refusal in refusals.items()} == dict.fromkeys(
        refusals, (422, INVALID, ["/header/Idempotency-Key"])
    )


@pytest.mark.parametrize("header", ["Client-Time", "Accept-Language", "User-Agent", "If-None-Match", "X-Forwarded-For"])
def test_no_header_that_only_informs_is_ever_a_reason_to_refuse(patient: Person, header: str) -> None:
    values = [
        "",
        "nonsense",
        "\x00",
        "ÿ",
        "x" * 5_000,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "q=;;=,",
    ]
    entry = entry_body()

    posted = [patient.request("POST", ENTRIES, json=entry, headers=_raw({header: value})) for value in values]
    read = [patient.request("GET", TRENDS, headers=_raw({header: value})) for value in values]

    assert [answer.status_code for answer in posted] == [201] + [200] * (len(values) - 1)
    assert {answer.status_code for answer in read} == {200}


# The form of signing in


def test_a_form_that_does_not_fit_is_refused_field_by_field(refuses: Ward) -> None:
    most = {"grant_type": 100, "username": 254, "password": 256, "refresh_token": 500}
    most |= {"scope": 1_000, "client_id": 200, "client_secret": 200}
    valid = {"grant_type": "password", "username": refuses.clinic.patient.email, "password": "wrong password"}

    long = {name: _send_form(refuses, valid | {name: "x" * (length + 1)}) for name, length in most.items()}
    nul = {name: _send_form(refuses, valid | {name: "a\x00b"}) for name in most}
    unknown = _send_form(refuses, valid | {"otp": "123456"})
    nothing = _send_form(refuses, {"username": "ana@example.org"})

    expected = {name: (422, INVALID, [f"/{name}"]) for name in most}
    assert {name: _where(_refusal(answer)) for name, answer in long.items()} == expected
    assert {name: _where(_refusal(answer)) for name, answer in nul.items()} == expected
    assert _where(_refusal(unknown)) == (422, INVALID, ["/otp"])
    assert problem(nothing, 400, "invalid-token-request")["error"] == "invalid_request"


def test_a_form_of_another_kind_or_size_is_refused(refuses: Ward) -> None:
    form = {"grant_type": "password", "username": refuses.clinic.patient.email, "password": "wrong password"}

    as_json = refuses.http.post("/v1/auth/token", json=form)
    as_parts = refuses.http.post("/v1/auth/token", files={name: (None, value) for name, value in form.items()})
    large = _send_form(refuses, form | {"scope": "x" * MIB})
    large_in_chunks = refuses.http.post("/v1/auth/token", content=iter([b"scope=", b"x" * MIB, b"x"]), headers=FORM)
    crowded = refuses.http.post("/v1/auth/token", content="&".join(f"a{n}=" for n in range(5_000)), headers=FORM)

    problem(as_json, 415, "unsupported-media-type")
    problem(as_parts, 415, "unsupported-media-type")
    problem(large, 413, "body-too-large")
    problem(large_in_chunks, 413, "body-too-large")
    problem(crowded, 422, "invalid-request")


def _fitting(operation: str) -> Body:
    """What fits an operation, but for its path."""
    if operation == "add_photo":
        return photo_form(photo())
    if operation.endswith(("_upload", "_uploads")):
        return {
            "headers": new_upload(1000) | {"Upload-Offset": "0"} | (PIECE if operation == "continue_upload" else {})
        }
    if operation not in SHAPES:
        return {}
    return {"headers": JSON | {"If-Match": '"1"'}, "content": encoded(SHAPES[operation].body())}


def _refusal(answer: Response) -> Refusal:
    body = answer.json()
    errors = [(error["pointer"], error["detail"]) for error in body.get("errors", ())]
    return answer.status_code, body.get("type", "no problem"), errors


def _where(refusal: Refusal) -> tuple[int, str, list[str]]:
    """A refusal without its words."""
    status, kind, errors = refusal
    return status, kind, [pointer for pointer, _ in errors]


def _place(pointer: str, what: str) -> str:
    """Where the fault is, when some value is put somewhere: a list of wrong things is a list."""
    return f"{pointer}/0" if what in {"lists", "numbers", "nulls"} else pointer


def _is_the_same_everywhere(what: str, refused: Any) -> None:
    """The other database was answered the same, word for word."""
    assert FIRST_SEEN.setdefault(what, refused) == refused


def _with_key(body: Body, pointer: str, key: str) -> Body:
    found(body, pointer)[key] = "red"
    return body


def _operations(app: FastAPI) -> list[tuple[str, str, str, list[str]]]:
    """Id, method, path and names in the path of every operation, but for the operator's."""
    listed = [
        (
            str(operation["operationId"]),
            method.upper(),
            path,
            [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"],
        )
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
        if path.startswith("/v1/") and method != "head"  # whose answers have no body to look at
    ]
    assert len(listed) > 45
    return listed


def _read(cursor: str) -> list[str]:
    key: list[str] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return key


def _cursor(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _raw(headers: dict[str, str]) -> Any:
    """Headers with any byte in them."""
    return {name: value.encode("latin-1") for name, value in headers.items()}


def _send_form(ward: Ward, form: dict[str, str]) -> Response:
    return ward.http.post("/v1/auth/token", data=form)
