"""Who may do what: every operation of the OpenAPI document, asked by every kind of caller.

`EXPECTED` says it once more, from the contract and not from the code; an operation that is missing here fails, so
that later ones are covered too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from domain import permissions
from tests.factories import (
    PASSWORD,
    PIECE,
    TUS,
    Body,
    Clinic,
    Person,
    entry_body,
    found_clinic,
    lesion_body,
    medication_body,
    new_email,
    new_id,
    new_upload,
    ok,
    patient_body,
    photo_form,
    problem,
    register,
    signed_in,
    visit_body,
)
from tests.fakes import FakeClock
from tests.pictures import photo
from tests.recorder import recorded

Ids = dict[str, str]
ROLES = {"P": "patient", "C": "clinician", "A": "admin"}
LEAST_OPERATIONS = 45


@dataclass(frozen=True)
class Expected:
    """Who has an operation (letters as in the contract; nobody needs to sign in if empty), and a request it serves."""

    roles: str
    status: int = 200
    body: Callable[[Clinic], Body] | None = None
    form: bool = False
    base: int | None = None
    """The version in If-Match, where one is required."""
    asks: Callable[[], dict[str, Any]] | None = None
    """All that goes with a request which is no JSON."""

    def request(self, clinic: Clinic) -> dict[str, Any]:
        """Body and headers of a request that is served."""
        if self.asks is not None:
            return {"headers": {}, **self.asks()}
        headers = {} if self.base is None else {"If-Match": f'"{self.base}"'}
        if self.body is None:
            return {"headers": headers}
        return {"headers": headers, "data" if self.form else "json": self.body(clinic)}


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document."""

    id: str
    method: str
    path: str
    parameters: frozenset[str]
    """Names in the path."""
    asks_who: bool
    """Whether the document says that one must sign in."""


def _password_grant(clinic: Clinic) -> Body:
    return {"grant_type": "password", "username": clinic.patient.email, "password": PASSWORD}


def _acceptance(clinic: Clinic) -> Body:
    made = ok(clinic.admin.post(f"/v1/patients/{clinic.patient.id}/invitation"))
    return {"code": made["invitation_code"], "password": PASSWORD}


def _lesion(_clinic: Clinic) -> Body:
    return lesion_body(id=None, label="Lump above the scar")


def _medication(_clinic: Clinic) -> Body:
    return medication_body(id=None, name="Letrozole")


EXPECTED: dict[str, Expected] = {
    "get_server": Expected(""),
    "get_consent_document": Expected(""),
    "list_symptoms": Expected(""),
    "list_body_sites": Expected(""),
    "check_live": Expected(""),
    "check_ready": Expected(""),
    "get_metrics": Expected(""),
    "issue_token": Expected("", body=_password_grant, form=True),
    "accept_invitation": Expected("", body=_acceptance),
    "log_out": Expected("PCA", 204),
    "get_me": Expected("PCA"),
    "change_password": Expected(
        "PCA", 204, body=lambda _: {"current_password": PASSWORD, "new_password": "another good password"}
    ),
    "list_sessions": Expected("PCA"),
    "end_session": Expected("PCA", 204),
    "list_consents": Expected("P"),
    "give_consent": Expected("P", 201, body=lambda _: {"version": 2, "granted": True}),
    "invite_member": Expected(
        "A", 201, body=lambda _: {"email": new_email(), "name": "Dr. Li Wang", "role": "clinician"}
    ),
    "list_members": Expected("A"),
    "get_member": Expected("A"),
    "change_member": Expected("A", body=lambda _: {"name": "Dr. Wang Li"}, base=1),
    "remove_member": Expected("A", 204),
    "renew_member_invitation": Expected("A", 201),
    "register_patient": Expected("CA", 201, body=lambda _: patient_body()),
    "list_patients": Expected("CA"),
    "get_patient": Expected("CA"),
    "change_patient": Expected("CA", body=lambda _: {"name": "Ana Maria Duarte"}, base=1),
    "renew_patient_invitation": Expected("CA", 201),
    "list_care_team": Expected("CA"),
    "add_to_care_team": Expected("CA"),
    "remove_from_care_team": Expected("CA", 204),
    "record_entry": Expected("P", 201, body=lambda _: entry_body()),
    "record_entries": Expected("P", body=lambda _: {"entries": [entry_body()]}),
    "list_entries": Expected("PC"),
    "get_entry": Expected("PC"),
    "correct_entry": Expected("P", body=lambda _: entry_body(id=None, note="It was the left side."), base=1),
    "delete_entry": Expected("P", 204),
    "list_entry_versions": Expected("PC"),
    "add_lesion": Expected("PC", 201, body=lambda _: lesion_body()),
    "list_lesions": Expected("PC"),
    "get_lesion": Expected("PC"),
    "change_lesion": Expected("PC", body=_lesion, base=1),
    "delete_lesion": Expected("PC", 204),
    "list_lesion_versions": Expected("PC"),
    "add_medication": Expected("PC", 201, body=lambda _: medication_body()),
    "list_medications": Expected("PC"),
    "get_medication": Expected("PC"),
    "change_medication": Expected("PC", body=_medication, base=1),
    "delete_medication": Expected("PC", 204),
    "list_medication_versions": Expected("PC"),
    "get_trends": Expected("PC"),
    "plan_visit": Expected("C", 201, body=lambda _: visit_body()),
    "list_visits": Expected("PC"),
    "get_visit": Expected("PC"),
    "change_visit": Expected("C", body=lambda _: visit_body(summary="Bring the dressing."), base=1),
    "delete_visit": Expected("C", 204),
    "get_report": Expected("PC"),
    "get_report_html": Expected("PC"),
    "get_report_pdf": Expected("PC"),
    "get_report_csv": Expected("PC"),
    "get_report_fhir": Expected("PC"),
    "freeze_report": Expected("C", 201),
    "get_frozen_report": Expected("PC"),
    "get_frozen_report_html": Expected("PC"),
    "get_frozen_report_pdf": Expected("PC"),
    "get_frozen_report_csv": Expected("PC"),
    "get_frozen_report_fhir": Expected("PC"),
    "pull_changes": Expected("P"),
    "push_changes": Expected("P", body=lambda _: {"changes": [{"kind": "entry", "op": "delete", "id": new_id()}]}),
    "add_photo": Expected("PC", 201, asks=lambda: photo_form(photo())),
    "list_photos": Expected("PC"),
    "get_photo": Expected("PC"),
    "delete_photo": Expected("PC", 204),
    "get_photo_content": Expected("PC"),
    "head_photo_content": Expected("PC"),
    "list_lesion_photos": Expected("PC"),
    "describe_uploads": Expected("P", 204),
    "create_upload": Expected("P", 201, asks=lambda: {"headers": new_upload(1000)}),
    "head_upload": Expected("P", asks=lambda: {"headers": {**TUS}}),
    "continue_upload": Expected("P", 204, asks=lambda: {"headers": {**PIECE, "Upload-Offset": "0"}, "content": b"12"}),
    "end_upload": Expected("P", 204, asks=lambda: {"headers": {**TUS}}),
}
PUBLIC = sorted(name for name, expected in EXPECTED.items() if not expected.roles)
PRIVATE = sorted(EXPECTED.keys() - set(PUBLIC))
WITHOUT_OBJECT = [
    *("log_out", "get_me", "change_password", "list_sessions", "list_consents", "give_consent"),
    *("invite_member", "list_members", "register_patient", "list_patients"),
]
"""Operations whose path names nothing."""
NESTED = [
    *("add_to_care_team", "remove_from_care_team"),
    *("get_entry", "correct_entry", "delete_entry", "list_entry_versions"),
    *("get_lesion", "change_lesion", "delete_lesion", "list_lesion_versions"),
    *("get_medication", "change_medication", "delete_medication", "list_medication_versions"),
    *("get_visit", "change_visit", "delete_visit"),
    *("freeze_report", "get_frozen_report", "get_frozen_report_html", "get_frozen_report_pdf"),
    *("get_frozen_report_csv", "get_frozen_report_fhir"),
    *("get_photo", "delete_photo", "get_photo_content", "head_photo_content", "list_lesion_photos"),
    *("head_upload", "continue_upload", "end_upload"),
]
"""Operations whose path names something within a patient."""


@dataclass(frozen=True)
class World:
    """Two clinics; in the first a patient with a diary, and people of the same clinic who have no part in it.

    Tests share it: whatever they ask here is refused and changes nothing.
    """

    http: TestClient
    operations: dict[str, Operation]
    home: Clinic
    away: Clinic
    outsider: Person
    """A clinician of the home clinic, in the neighbour's care team only."""
    neighbour: Person
    """Another patient of the home clinic."""
    ids: Ids
    """What the home clinic's patient has, by name of path parameter."""
    neighbours_ids: Ids
    away_ids: Ids
    ended: dict[str, str]
    """Tokens of sessions that were ended, by role."""

    def person(self, role: str) -> Person:
        """The home clinic's patient, clinician or administrator."""
        return {"P": self.home.patient, "C": self.home.clinician, "A": self.home.admin}[role]

    def strangers(self, name: str) -> list[Person]:
        """Who has an operation, but not on what the home clinic's patient has."""
        if name == "end_session":
            return [*(person for role in "PCA" for person in self.of_role(role)), self.home.clinician, self.home.admin]
        return [person for role in EXPECTED[name].roles for person in self.of_role(role)]

    def of_role(self, role: str) -> list[Person]:
        """Who has this role without any part in the home clinic's patient (an administrator: in the clinic)."""
        return {
            "P": [self.neighbour, self.away.patient],
            "C": [self.outsider, self.away.clinician],
            "A": [self.away.admin],
        }[role]

    def ask(self, name: str, authorization: str | None, ids: Ids) -> Response:
        """Ask what would be served, if it were the right person who asks for the right thing."""
        return _send(self.http, self.operations[name], ids, self.home, authorization=authorization)

    def ask_nonsense(self, name: str, authorization: str | None) -> Response:
        """Ask with nothing right but method and path."""
        operation = self.operations[name]
        return self.http.request(
            operation.method,
            operation.path.format(**dict.fromkeys(operation.parameters, "nonsense")),
            params={"nonsense": "nonsense"},
            headers=_headers(authorization) | {"Content-Type": "nonsense/nonsense", "If-Match": "nonsense"},
            content=b"nonsense",
        )

    def everything(self) -> list[Any]:
        """All that somebody could have changed."""
        diaries = [
            (self.home.patient, self.ids),
            (self.neighbour, self.neighbours_ids),
            (self.away.patient, self.away_ids),
        ]
        nouns = (
            *(("entries", "entry_id"), ("lesions", "lesion_id"), ("medications", "medication_id")),
            *(("visits", "visit_id"), ("photos", "photo_id")),
        )
        objects = [
            ok(person.get(f"/v1/patients/{{me}}/{noun}/{ids[name]}")) for person, ids in diaries for noun, name in nouns
        ]
        people = [
            ok(admin.get(path))
            for admin in (self.home.admin, self.away.admin)
            for path in ("/v1/members", "/v1/patients")
        ]
        team = ok(self.home.admin.get(f"/v1/patients/{self.home.patient.id}/care-team"))
        sessions = [item["id"] for item in ok(self.home.patient.get("/v1/me/sessions"))["items"]]
        return [objects, people, team, sessions]


@pytest.fixture(scope="module")
def world(shared_app: FastAPI) -> Iterator[World]:
    shared_app.state.now = FakeClock()
    http, recorder = recorded(shared_app)
    home, away = found_clinic(shared_app, http), found_clinic(shared_app, http)
    outsider = home.add_clinician()
    neighbour = register(outsider)
    people = {"P": home.patient, "C": home.clinician, "A": home.admin}
    yield World(
        http=http,
        operations=_operations(shared_app),
        home=home,
        away=away,
        outsider=outsider,
        neighbour=neighbour,
        ids=_things(home.patient, home.clinician),
        neighbours_ids=_things(neighbour, outsider),
        away_ids=_things(away.patient, away.clinician),
        ended={role: _ended(person) for role, person in people.items()},
    )
    recorder.check()


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in; every answer is held against the OpenAPI document."""
    client, recorder = recorded(app)
    yield client
    recorder.check()


def test_every_operation_of_the_document_is_expected_here(app: FastAPI) -> None:
    found = _operations(app)

    assert len(found) > LEAST_OPERATIONS
    assert sorted(found) == sorted(EXPECTED)


def test_the_software_gives_each_role_the_operations_of_the_contract() -> None:
    expected = {name: {ROLES[letter] for letter in EXPECTED[name].roles} for name in PRIVATE}

    assert {name: {str(role) for role in roles} for name, roles in permissions.OPERATIONS.items()} == expected


def test_the_document_says_which_operations_need_a_sign_in(app: FastAPI) -> None:
    assert sorted(name for name, operation in _operations(app).items() if operation.asks_who) == PRIVATE


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_operation_serves_everybody(clinic: Clinic, name: str) -> None:
    operation = _operations(clinic.app)[name]

    answers = [
        _send(clinic.http, operation, {}, clinic, authorization=authorization)
        for authorization in (None, "Bearer garbage", f"Bearer {clinic.admin.token}")
    ]

    assert [answer.status_code for answer in answers] == [EXPECTED[name].status] * len(answers)


@pytest.mark.parametrize("name", PRIVATE)
def test_without_a_valid_token_the_answer_is_401(app: FastAPI, world: World, name: str) -> None:  # noqa: ARG001
    person = world.person(EXPECTED[name].roles[0])
    invalid = [
        None,
        "Bearer",
        "Bearer garbage",
        f"Basic {person.token}",
        person.token,
        f"Bearer {person.refresh_token}",
        f"Bearer {_forged(person.token, None)}",
        f"Bearer {_forged(person.token, 'a secret that somebody made up.......')}",
    ]

    answers = [world.ask(name, authorization, world.ids) for authorization in invalid]
    to_nonsense = [world.ask_nonsense(name, authorization) for authorization in invalid]

    assert answers[0].headers["www-authenticate"] == "Bearer"
    _check_problem(answers[0], 401, "not-signed-in")
    assert _told(*answers, *to_nonsense) == _told(answers[0])


@pytest.mark.parametrize("name", PRIVATE)
def test_a_token_that_has_expired_gets_401(world: World, clock: FakeClock, app: FastAPI, name: str) -> None:  # noqa: ARG001
    person = world.person(EXPECTED[name].roles[0])
    clock.advance(minutes=15)

    answer = world.ask(name, f"Bearer {person.token}", world.ids)

    assert _told(answer) == _told(world.ask(name, None, world.ids))


@pytest.mark.parametrize("name", PRIVATE)
def test_a_session_that_was_ended_gets_401(app: FastAPI, world: World, name: str) -> None:  # noqa: ARG001
    answers = [world.ask(name, f"Bearer {world.ended[role]}", world.ids) for role in EXPECTED[name].roles]

    assert _told(*answers) == _told(world.ask(name, None, world.ids))


@pytest.mark.parametrize("name", [name for name in PRIVATE if EXPECTED[name].roles != "PCA"])
def test_a_role_without_the_operation_gets_403_before_anything_is_looked_at(
    app: FastAPI,  # noqa: ARG001
    world: World,
    name: str,
) -> None:
    others = [world.person(role) for role in sorted(ROLES.keys() - set(EXPECTED[name].roles))]
    missing = dict.fromkeys(world.ids, new_id())

    answers = [
        answer
        for other in others
        for token in [f"Bearer {other.token}"]
        for answer in (
            world.ask(name, token, world.ids),
            world.ask(name, token, missing),
            world.ask_nonsense(name, token),
        )
    ]

    _check_problem(answers[0], 403, "not-allowed")
    assert _told(*answers) == _told(answers[0])


@pytest.mark.parametrize(("name", "role"), [(name, role) for name in PRIVATE for role in EXPECTED[name].roles])
def test_who_has_the_operation_is_served_on_what_is_theirs(clinic: Clinic, name: str, role: str) -> None:
    person = {"P": clinic.patient, "C": clinic.clinician, "A": clinic.admin}[role]
    things = _things(clinic.patient, clinic.clinician, frozen=name.startswith("get_frozen"))
    ids = things | {"session_id": _another_session(person)}

    answer = _send(clinic.http, _operations(clinic.app)[name], ids, clinic, authorization=f"Bearer {person.token}")

    assert answer.status_code == EXPECTED[name].status, answer.text


@pytest.mark.parametrize("name", [name for name in PRIVATE if name not in WITHOUT_OBJECT])
def test_what_is_not_yours_looks_as_if_it_did_not_exist(app: FastAPI, world: World, name: str) -> None:  # noqa: ARG001
    strangers = world.strangers(name)
    before = world.everything()

    answers = [world.ask(name, f"Bearer {person.token}", world.ids) for person in strangers]
    to_nothing = [world.ask(name, f"Bearer {person.token}", {of: new_id() for of in world.ids}) for person in strangers]

    assert world.operations[name].parameters
    _check_problem(to_nothing[0], 404, "not-found")
    assert _told(*answers, *to_nothing) == _told(to_nothing[0])
    assert world.everything() == before


@pytest.mark.parametrize("name", NESTED)
def test_what_another_patient_has_does_not_exist_under_ones_own_path(app: FastAPI, world: World, name: str) -> None:  # noqa: ARG001
    (inner,) = world.operations[name].parameters - {"patient_id"}
    before = world.everything()
    others = [world.neighbours_ids, world.away_ids] if inner != "member_id" else [world.away_ids]

    answers = [
        world.ask(name, f"Bearer {world.person(role).token}", world.ids | {inner: of_other[inner]})
        for role in EXPECTED[name].roles
        for of_other in others
    ]
    to_nothing = [
        world.ask(name, f"Bearer {world.person(role).token}", world.ids | {inner: new_id()})
        for role in EXPECTED[name].roles
    ]

    _check_problem(to_nothing[0], 404, "not-found")
    assert _told(*answers, *to_nothing) == _told(to_nothing[0])
    assert world.everything() == before


def test_what_asks_for_an_object_is_told_from_what_does_not(app: FastAPI) -> None:
    found = _operations(app)

    assert sorted(WITHOUT_OBJECT) == sorted(name for name in PRIVATE if not found[name].parameters)
    assert sorted(NESTED) == sorted(
        name for name in PRIVATE if len(found[name].parameters) > 1 and "patient_id" in found[name].parameters
    )


def test_lists_show_only_what_is_ones_own(app: FastAPI, world: World) -> None:  # noqa: ARG001
    def listed(person: Person, path: str) -> set[str]:
        return {item["id"] for item in ok(person.get(path))["items"]}

    home, away = world.home, world.away

    assert listed(home.clinician, "/v1/patients") == {home.patient.id}
    assert listed(world.outsider, "/v1/patients") == {world.neighbour.id}
    assert listed(home.admin, "/v1/patients") == {home.patient.id, world.neighbour.id}
    assert listed(away.admin, "/v1/patients") == {away.patient.id}
    assert listed(home.admin, "/v1/members") == {home.admin.id, home.clinician.id, world.outsider.id}
    assert listed(away.admin, "/v1/members") == {away.admin.id, away.clinician.id}
    assert listed(home.patient, "/v1/me/sessions") == {world.ids["session_id"]}
    assert not listed(home.patient, "/v1/me/consents") & listed(world.neighbour, "/v1/me/consents")


def test_a_clinician_sees_a_patient_from_joining_the_care_team_until_leaving_it(clinic: Clinic) -> None:
    colleague = clinic.add_clinician()
    patient, place = clinic.patient.id, f"/v1/patients/{clinic.patient.id}/care-team/{colleague.id}"

    before = colleague.get(f"/v1/patients/{patient}/entries")
    ok(clinic.clinician.put(place))
    within = colleague.get(f"/v1/patients/{patient}/entries")
    ok(clinic.admin.delete(place))
    after = colleague.get(f"/v1/patients/{patient}/entries")

    problem(before, 404, "not-found")
    assert within.status_code == 200
    assert _told(after) == _told(before)


def _operations(app: FastAPI) -> dict[str, Operation]:
    """All operations of the document, by operation id."""
    found = [
        Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            parameters=frozenset(one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"),
            asks_who=bool(operation.get("security")),
        )
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
    ]
    assert len({operation.id for operation in found}) == len(found)
    return {operation.id: operation for operation in found}


def _things(patient: Person, clinician: Person, *, frozen: bool = True) -> Ids:
    """One of everything that a path can name; if wanted the visit has a frozen report."""
    entry, lesion, medication = entry_body(), lesion_body(), medication_body()
    ok(patient.post("/v1/patients/{me}/entries", entry))
    ok(patient.post("/v1/patients/{me}/lesions", lesion))
    ok(patient.post("/v1/patients/{me}/medications", medication))
    visit = ok(clinician.post(f"/v1/patients/{patient.id}/visits", visit_body()))
    if frozen:
        ok(clinician.post(f"/v1/patients/{patient.id}/visits/{visit['id']}/report"))
    shown = ok(patient.post("/v1/patients/{me}/photos", **photo_form(photo())))
    begun = patient.post("/v1/patients/{me}/uploads", headers=new_upload(1000))
    (session,) = ok(patient.get("/v1/me/sessions"))["items"]
    return {
        "patient_id": patient.id,
        "entry_id": entry["id"],
        "lesion_id": lesion["id"],
        "medication_id": medication["id"],
        "visit_id": visit["id"],
        "member_id": clinician.id,
        "session_id": session["id"],
        "photo_id": shown["id"],
        "upload_id": begun.headers["location"].rpartition("/")[2],
    }


def _sign_in(person: Person) -> Person:
    form = {"grant_type": "password", "username": person.email, "password": PASSWORD}
    return signed_in(person.http, ok(person.http.post("/v1/auth/token", data=form)), person.email)


def _another_session(person: Person) -> str:
    """The id of one more session of a person."""
    sessions = ok(_sign_in(person).get("/v1/me/sessions"))["items"]
    return next(str(session["id"]) for session in sessions if session["current"])


def _ended(person: Person) -> str:
    """The token of one more session of a person, which is over."""
    again = _sign_in(person)
    ok(again.post("/v1/auth/logout"))
    return again.token


def _forged(token: str, key: str | None) -> str:
    """What a token says, signed by somebody else or by nobody."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, key or "", algorithm="HS256" if key else "none")


def _headers(authorization: str | None) -> dict[str, str]:
    return {} if authorization is None else {"Authorization": authorization}


def _send(http: TestClient, operation: Operation, ids: Ids, clinic: Clinic, *, authorization: str | None) -> Response:
    """Send a request that is served, if it is the right person who sends it."""
    request = EXPECTED[operation.id].request(clinic)
    request["headers"] |= _headers(authorization)
    return http.request(operation.method, operation.path.format(**ids), **request)


def _check_problem(answer: Response, status: int, name: str) -> None:
    """An answer is just that problem; to HEAD its status is all that is told."""
    if answer.request.method == "HEAD":
        assert answer.status_code == status
    else:
        problem(answer, status, name)


def _told(*answers: Response) -> list[Any]:
    """All that callers are told, but for the request's id; each different answer once."""
    told: list[Any] = []
    for answer in answers:
        headers = {name: value for name, value in answer.headers.items() if name != "request-id"}
        said = answer.json() if answer.request.method != "HEAD" else {}
        body = {name: value for name, value in said.items() if name != "request_id"}
        if (one := (answer.status_code, headers, body)) not in told:
            told.append(one)
    return told
