"""What does not fit a field, by the kind of field; and every field that callers send, with its kind."""

import copy
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid1

from tests.factories import (
    PASSWORD,
    Body,
    entry_body,
    lesion_body,
    medication_body,
    new_email,
    new_id,
    patient_body,
    visit_body,
)

Values = dict[str, Any]
BEYOND_FLOATS = "@1e999@"
"""Stands for the number 1e999, which is JSON and no float."""
ENTRY, LESION, MEDICATION = (f"0199d1c4-0000-7000-8000-00000000000{digit}" for digit in "123")

NO_NUMBER: Values = {
    "a number as text": "5",
    "true": True,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "1e999": BEYOND_FLOATS,
    "10 to the 400": 10**400,
    "minus 10 to the 400": -(10**400),
    "2 to the 63": 2**63,
    "a list": [5],
    "an object": {},
}
NO_TEXT: Values = {
    "a number": 5,
    "true": True,
    "a list": ["text"],
    "an object": {"text": "text"},
    "NUL": "\x00",
    "text with NUL": "te\x00xt",
    "a lone surrogate": "\ud800",
    "text with a lone surrogate": "te\udfffxt",
}
NO_TRUTH: Values = {"1": 1, "0": 0, "1.0": 1.0, "true as text": "true", "yes": "yes", "a list": [True], "an object": {}}
NO_LIST: Values = {
    "an object": {},
    "text": "text",
    "a number": 5,
    "true": True,
    "lists": [[]],
    "numbers": [5],
    "nulls": [None],
}
NO_OBJECT: Values = {"a list": [], "text": "text", "a number": 5, "true": True}
NO_ID: Values = {**NO_TEXT, "no UUID": "nonsense", "too short": "0199d1c4-0000-7000-8000-00000000000", "empty": ""}
NO_PHONE_ID: Values = {
    **NO_ID,
    "version 1": str(uuid1()),
    "the nil UUID": "00000000-0000-0000-0000-000000000000",
    "the max UUID": "ffffffff-ffff-ffff-ffff-ffffffffffff",
}
NO_DAY: Values = {
    **NO_TEXT,
    "a number of seconds": 1774742400,
    "a number of seconds as text": "1774742400",
    "digits": "20260329",
    "no leading zero": "2026-3-9",
    "a time": "2026-03-29T00:00:00Z",
    "30 February": "2026-02-30",
    "29 February of a common year": "2026-02-29",
    "month 13": "2026-13-01",
    "day 0": "2026-03-00",
    "year 0": "0000-01-01",
    "year 1": "0001-01-01",
    "year 1899": "1899-12-31",
    "year 2101": "2101-01-01",
    "year 9999": "9999-12-31",
    "empty": "",
}
NO_INSTANT: Values = {
    **NO_TEXT,
    "seconds": 1774813200,
    "seconds with a fraction": 1774813200.5,
    "seconds as text": "1774813200",
    "a day": "2026-03-29",
    "no offset": "2026-03-29T21:40:00",
    "no seconds": "2026-03-29T21:40+02:00",
    "a space for the T": "2026-03-29 21:40:00+02:00",
    "30 February": "2026-02-30T10:00:00Z",
    "hour 24": "2026-03-29T24:00:00Z",
    "minute 60": "2026-03-29T21:60:00Z",
    "second 61": "2026-03-29T21:40:61Z",
    "offset of a day": "2026-03-29T21:40:00+24:00",
    "year 1": "0001-01-01T00:00:00Z",
    "year 1 before it in UTC": "0001-01-01T00:00:00+14:00",
    "year 1999": "1999-12-31T23:59:59Z",
    "year 2101": "2101-01-01T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59Z",
    "year 9999 after it in UTC": "9999-12-31T23:59:59-14:00",
    "empty": "",
}
NO_CHOICE: Values = {**NO_TEXT, "another word": "nonsense", "capitals": "PAIN", "empty": "", "blank": " "}
NO_ZONE: Values = {**NO_TEXT, "unknown": "Mars/Olympus_Mons", "an offset": "GMT+02:00", "a path": "../UTC", "empty": ""}
NO_LOCALE: Values = {
    **NO_TEXT,
    "capitals": "DE",
    "a sentence": "in German",
    "empty": "",
    "long": "de" + "-abcdefgh" * 5,
}
NO_EMAIL: Values = {
    **NO_TEXT,
    "no at": "ana.example.org",
    "two ats": "ana@duarte@example.org",
    "no domain": "ana@",
    "blanks": "ana duarte@example.org",
    "a control character": "ana\b@example.org",
    "empty": "",
    "255 characters": "a" * 243 + "@example.org",
    "too long once in lower case": "İ" * 200 + "@example.org",
}
NO_TIME_OF_DAY: Values = {
    **NO_TEXT,
    "hour 24": "24:00",
    "minute 60": "08:60",
    "seconds": "08:00:00",
    "one digit": "8:00",
}


def whole(low: int, high: int) -> Values:
    """What is no whole number in a range."""
    return {**NO_NUMBER, "a half": low + 0.5, "below": low - 1, "above": high + 1, "above as float": high + 1.0}


def number(low: int, high: int) -> Values:
    """What is no number in a range."""
    return {**NO_NUMBER, "below": low - 0.001, "above": high + 0.001}


def text(most: int, *, least: int = 0) -> Values:
    """What is no text of some length."""
    return {**NO_TEXT, "too long": "x" * (most + 1), **({"too short": "x" * (least - 1)} if least else {})}


def items(most: int, item: Any) -> Values:
    """What is no list of at most so many."""
    return {**NO_LIST, "too many": [item] * (most + 1)}


MILLIMETRES: Values = {**number(0, 500), "two decimals": 14.55, "half a tenth": 0.05, "500.04": 500.04}
NAME: Values = {**text(200, least=1), "blank": " \t\n"}


@dataclass(frozen=True)
class Shape:
    """A body that is sent: to which operation, by whom, and one with every field filled."""

    operation: str
    method: str
    path: str
    who: str | None
    full: Body
    required: frozenset[str]
    """Pointers to what cannot be left out."""
    fields: dict[str, Values]
    """What does not fit, by pointer."""
    headers: dict[str, str] = field(default_factory=dict)
    objects: tuple[str, ...] = ("",)
    """Pointers to the objects in it."""

    def body(self) -> Body:
        """A full body that was never sent before."""
        body = copy.deepcopy(self.full)
        for name, make in (("id", new_id), ("email", new_email)):
            if name in body and self.method == "POST":
                body[name] = make()
        return body


def placed(body: Body, pointer: str, value: Any) -> Body:
    """The body with another value at a place."""
    *way, last = _way(pointer)
    holder: Any = body
    for step in way:
        holder = holder[step]
    holder[last] = value
    return body


def without(body: Body, pointer: str) -> Body:
    """The body without the field at a place."""
    *way, last = _way(pointer)
    holder: Any = body
    for step in way:
        holder = holder[step]
    del holder[last]
    return body


def found(body: Body, pointer: str) -> Any:
    """The value at a place of a body."""
    value: Any = body
    for step in _way(pointer):
        value = value[step]
    return value


def encoded(body: Any) -> bytes:
    """A body as JSON, or as near to it as programs get: NaN, Infinity and lone surrogates included."""
    return json.dumps(body).replace(f'"{BEYOND_FLOATS}"', "1e999").encode()


def _way(pointer: str) -> list[int | str]:
    return [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]


_SEEN = {
    "lesion_id": LESION,
    "state": "measured",
    "length_mm": 14.5,
    "width_mm": 9.0,
    "method": "ruler",
    "ulcerated": True,
    "bleeding": False,
    "photo_id": "0199d1c4-0000-7000-8000-000000000009",
}
_FULL_ENTRY = entry_body(
    day="2026-03-28",
    ratings=[
        {"symptom": "pain", "severity": 6, "interference": 4, "site": "chest_wall", "side": "left"},
        {"symptom": "nodules", "severity": 3, "count": 4},
    ],
    lesion_observations=[_SEEN],
    intakes=[{"medication_id": MEDICATION, "taken": True, "taken_at": "2026-03-29T08:05:00+02:00"}],
    lifestyle={"cigarettes": 0, "alcohol_units": 1.5, "activity_minutes": 30, "balanced_meals": 2},
    note="Dressing stuck this morning.",
)
_ENTRY_FIELDS: dict[str, Values] = {
    "/id": NO_PHONE_ID,
    "/recorded_at": NO_INSTANT,
    "/time_zone": text(64, least=1),
    "/day": NO_DAY,
    "/ratings": items(60, {"symptom": "pain", "severity": 6}),
    "/ratings/0/symptom": NO_CHOICE,
    "/ratings/0/severity": whole(0, 10),
    "/ratings/0/interference": whole(0, 10),
    "/ratings/0/site": NO_CHOICE,
    "/ratings/0/side": NO_CHOICE,
    "/ratings/1/count": whole(0, 999),
    "/lesion_observations": items(100, _SEEN),
    "/lesion_observations/0/lesion_id": NO_ID,
    "/lesion_observations/0/state": NO_CHOICE,
    "/lesion_observations/0/length_mm": MILLIMETRES,
    "/lesion_observations/0/width_mm": MILLIMETRES,
    "/lesion_observations/0/method": NO_CHOICE,
    "/lesion_observations/0/ulcerated": NO_TRUTH,
    "/lesion_observations/0/bleeding": NO_TRUTH,
    "/lesion_observations/0/photo_id": NO_ID,
    "/intakes": items(100, {"medication_id": MEDICATION, "taken": True}),
    "/intakes/0/medication_id": NO_ID,
    "/intakes/0/taken": NO_TRUTH,
    "/intakes/0/taken_at": NO_INSTANT,
    "/lifestyle": NO_OBJECT,
    "/lifestyle/cigarettes": whole(0, 200),
    "/lifestyle/alcohol_units": number(0, 100),
    "/lifestyle/activity_minutes": whole(0, 1440),
    "/lifestyle/balanced_meals": whole(0, 20),
    "/note": text(4000),
}
_ENTRY_REQUIRED = frozenset(
    {
        *("/recorded_at", "/time_zone", "/ratings/0/symptom", "/ratings/0/severity"),
        *("/lesion_observations/0/lesion_id", "/lesion_observations/0/state"),
        *("/intakes/0/medication_id", "/intakes/0/taken"),
    }
)
_ENTRY_OBJECTS = ("", "/ratings/0", "/lesion_observations/0", "/intakes/0", "/lifestyle")
_FULL_LESION = lesion_body(target=False, confirmed_new=False, progressed_on="2026-03-01")
_LESION_FIELDS: dict[str, Values] = {
    "/id": NO_PHONE_ID,
    "/site": NO_CHOICE,
    "/side": NO_CHOICE,
    "/kind": NO_CHOICE,
    "/label": NAME,
    "/first_noticed_on": NO_DAY,
    "/target": NO_TRUTH,
    "/confirmed_new": NO_TRUTH,
    "/progressed_on": NO_DAY,
}
_LESION_REQUIRED = frozenset({"/id", "/site", "/side", "/kind", "/label", "/first_noticed_on"})
_FULL_MEDICATION = medication_body(
    dose="1500 mg", every_days=1, cycle_on_days=14, cycle_off_days=7, as_needed=False, ends_on="2026-12-31"
)
_MEDICATION_FIELDS: dict[str, Values] = {
    "/id": NO_PHONE_ID,
    "/name": NAME,
    "/dose": text(200),
    "/times": items(24, "08:00"),
    "/times/0": NO_TIME_OF_DAY,
    "/every_days": whole(1, 366),
    "/cycle_on_days": whole(1, 366),
    "/cycle_off_days": whole(1, 366),
    "/as_needed": NO_TRUTH,
    "/starts_on": NO_DAY,
    "/ends_on": NO_DAY,
}
_MEDICATION_REQUIRED = frozenset({"/id", "/name", "/starts_on"})
_FULL_PATIENT = patient_body(birth_date="1961-05-04", record_number="A-17", locale="de-DE", email="")
_PATIENT_FIELDS: dict[str, Values] = {
    "/name": NAME,
    "/birth_date": NO_DAY,
    "/record_number": text(200),
    "/time_zone": NO_ZONE,
    "/locale": NO_LOCALE,
    "/email": NO_EMAIL,
    "/enrolled_on": NO_DAY,
}
_FULL_VISIT = visit_body(status="done", took_place_on="2026-03-30", summary="Pain is better.")
_VISIT_FIELDS: dict[str, Values] = {
    "/planned_for": NO_DAY,
    "/status": NO_CHOICE,
    "/took_place_on": NO_DAY,
    "/summary": text(4000),
}
_BASED_ON_FIRST = {"If-Match": '"1"'}

SHAPES: dict[str, Shape] = {
    shape.operation: shape
    for shape in (
        Shape(
            operation="record_entry",
            method="POST",
            path="/v1/patients/{me}/entries",
            who="patient",
            full=_FULL_ENTRY,
            required=_ENTRY_REQUIRED,
            fields=_ENTRY_FIELDS,
            objects=_ENTRY_OBJECTS,
        ),
        Shape(
            operation="record_entries",
            method="POST",
            path="/v1/patients/{me}/entries/batch",
            who="patient",
            full={"entries": [_FULL_ENTRY]},
            required=frozenset({"/entries"}),
            fields={"/entries": {"an object": {}, "text": "text", "a number": 5, "none": [], "too many": [5] * 501}},
        ),
        Shape(
            operation="push_changes",
            method="POST",
            path="/v1/patients/{me}/changes",
            who="patient",
            full={"changes": [{"kind": "entry", "op": "delete", "id": new_id(), "base_version": 1}]},
            required=frozenset({"/changes"}),
            fields={"/changes": {"an object": {}, "text": "text", "a number": 5, "none": [], "too many": [5] * 501}},
        ),
        Shape(
            operation="correct_entry",
            method="PUT",
            path=f"/v1/patients/{{me}}/entries/{ENTRY}",
            who="patient",
            full={**_FULL_ENTRY, "id": ENTRY},
            required=_ENTRY_REQUIRED,
            fields=_ENTRY_FIELDS,
            headers=_BASED_ON_FIRST,
            objects=_ENTRY_OBJECTS,
        ),
        Shape(
            operation="add_lesion",
            method="POST",
            path="/v1/patients/{me}/lesions",
            who="patient",
            full=_FULL_LESION,
            required=_LESION_REQUIRED,
            fields=_LESION_FIELDS,
        ),
        Shape(
            operation="change_lesion",
            method="PUT",
            path=f"/v1/patients/{{me}}/lesions/{LESION}",
            who="patient",
            full={**_FULL_LESION, "id": LESION},
            required=_LESION_REQUIRED - {"/id"},
            fields={**_LESION_FIELDS, "/id": NO_ID},
            headers=_BASED_ON_FIRST,
        ),
        Shape(
            operation="add_medication",
            method="POST",
            path="/v1/patients/{me}/medications",
            who="patient",
            full=_FULL_MEDICATION,
            required=_MEDICATION_REQUIRED,
            fields=_MEDICATION_FIELDS,
        ),
        Shape(
            operation="change_medication",
            method="PUT",
            path=f"/v1/patients/{{me}}/medications/{MEDICATION}",
            who="patient",
            full={**_FULL_MEDICATION, "id": MEDICATION},
            required=_MEDICATION_REQUIRED - {"/id"},
            fields={**_MEDICATION_FIELDS, "/id": NO_ID},
            headers=_BASED_ON_FIRST,
        ),
        Shape(
            operation="plan_visit",
            method="POST",
            path="/v1/patients/{patient}/visits",
            who="clinician",
            full=_FULL_VISIT,
            required=frozenset({"/planned_for"}),
            fields=_VISIT_FIELDS,
        ),
        Shape(
            operation="change_visit",
            method="PUT",
            path="/v1/patients/{patient}/visits/{visit}",
            who="clinician",
            full=_FULL_VISIT,
            required=frozenset({"/planned_for"}),
            fields=_VISIT_FIELDS,
            headers=_BASED_ON_FIRST,
        ),
        Shape(
            operation="register_patient",
            method="POST",
            path="/v1/patients",
            who="clinician",
            full=_FULL_PATIENT,
            required=frozenset({"/name", "/time_zone"}),
            fields=_PATIENT_FIELDS,
        ),
        Shape(
            operation="change_patient",
            method="PATCH",
            path="/v1/patients/{patient}",
            who="clinician",
            full={**_FULL_PATIENT, "email": "ana@example.org", "status": "active"},
            required=frozenset(),
            fields={**_PATIENT_FIELDS, "/status": NO_CHOICE},
            headers=_BASED_ON_FIRST,
        ),
        Shape(
            operation="invite_member",
            method="POST",
            path="/v1/members",
            who="admin",
            full={"email": "", "name": "Dr. Li Wang", "role": "clinician"},
            required=frozenset({"/email", "/name", "/role"}),
            fields={"/email": NO_EMAIL, "/name": NAME, "/role": {**NO_CHOICE, "patient": "patient"}},
        ),
        Shape(
            operation="change_member",
            method="PATCH",
            path="/v1/members/{clinician}",
            who="admin",
            full={"name": "Dr. Li Wang", "role": "clinician"},
            required=frozenset(),
            fields={"/name": NAME, "/role": {**NO_CHOICE, "patient": "patient"}},
            headers=_BASED_ON_FIRST,
        ),
        Shape(
            operation="give_consent",
            method="POST",
            path="/v1/me/consents",
            who="patient",
            full={"version": 2, "granted": True},
            required=frozenset({"/version", "/granted"}),
            fields={"/version": whole(1, 1_000_000), "/granted": NO_TRUTH},
        ),
        Shape(
            operation="change_password",
            method="POST",
            path="/v1/me/password",
            who="patient",
            full={"current_password": PASSWORD, "new_password": PASSWORD},
            required=frozenset({"/current_password", "/new_password"}),
            fields={"/current_password": text(256), "/new_password": text(256, least=8)},
        ),
        Shape(
            operation="accept_invitation",
            method="POST",
            path="/v1/auth/invitations/accept",
            who=None,
            full={"code": "7K2M-P4XQ-9DTR-C6WE", "password": PASSWORD, "email": ""},
            required=frozenset({"/code", "/password"}),
            fields={"/code": text(100, least=1), "/password": text(256, least=8), "/email": NO_EMAIL},
        ),
    )
}
