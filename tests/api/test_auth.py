"""Signing in and out, invitations, passwords, sessions and consent."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import MetaData, select

from infra.passwords import Passwords
from tests.factories import (
    PASSWORD,
    Body,
    Clinic,
    Person,
    accept,
    entry_body,
    found_clinic,
    lesion_body,
    medication_body,
    new_email,
    new_id,
    ok,
    patient_body,
    problem,
    signed_in,
)
from tests.fakes import FakeClock
from tests.faults.installations import at_once
from tests.recorder import recorded

TOKEN = "/v1/auth/token"
ACCEPT = "/v1/auth/invitations/accept"
CONSENTS = "/v1/me/consents"
NEW_PASSWORD = "staple battery horse"


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    """Somebody who is not signed in; every answer is held against the OpenAPI document."""
    client, recorder = recorded(app)
    yield client
    recorder.check()


# Signing in


def test_signing_in_gives_a_token_that_says_who_one_is(clinic: Clinic) -> None:
    answer = _sign_in(clinic.http, clinic.patient.email)

    pair = ok(answer)
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 15 * 60)
    assert answer.headers["cache-control"] == "no-store"
    assert signed_in(clinic.http, pair, clinic.patient.email).id == clinic.patient.id


def test_an_address_may_be_typed_in_capitals(clinic: Clinic) -> None:
    assert _sign_in(clinic.http, clinic.patient.email.upper()).status_code == 200


def test_everybody_learns_who_they_are(clinic: Clinic) -> None:
    patient, clinician, admin = (
        ok(person.get("/v1/me")) for person in (clinic.patient, clinic.clinician, clinic.admin)
    )

    assert patient == {
        "account_id": patient["account_id"],
        "role": "patient",
        "clinic_id": str(clinic.id),
        "patient_id": clinic.patient.id,
        "member_id": None,
        "name": "Ana Duarte",
        "email": clinic.patient.email,
        "consent": {"current": True, "granted_version": 1, "minimum_version": 1},
    }
    no_consent = {"current": None, "granted_version": None, "minimum_version": 1}
    expected = {"patient_id": None, "clinic_id": str(clinic.id), "consent": no_consent}
    assert expected | {"role": "clinician", "member_id": clinic.clinician.id} == _part(clinician, expected)
    assert expected | {"role": "admin", "member_id": clinic.admin.id} == _part(admin, expected)
    assert len({one["account_id"] for one in (patient, clinician, admin)}) == 3


def test_a_wrong_password_and_an_unknown_address_look_the_same(clinic: Clinic) -> None:
    wrong = _sign_in(clinic.http, clinic.patient.email, "wrong password")
    unknown = _sign_in(clinic.http, new_email())

    refusals = [problem(answer, 400, "invalid-grant") for answer in (wrong, unknown)]
    assert [refusal.pop("request_id") for refusal in refusals] == [
        wrong.headers["request-id"],
        unknown.headers["request-id"],
    ]
    assert refusals[0] == refusals[1]
    assert refusals[0]["error"] == "invalid_grant"


def test_who_was_invited_and_has_not_accepted_cannot_sign_in(clinic: Clinic) -> None:
    email = new_email()
    ok(clinic.clinician.post("/v1/patients", patient_body(email=email)))

    for password in (PASSWORD, "nobody's password"):
        problem(_sign_in(clinic.http, email, password), 400, "invalid-grant")


@pytest.mark.parametrize(
    ("form", "name", "error"),
    [
        ({"grant_type": "client_credentials"}, "unsupported-grant-type", "unsupported_grant_type"),
        ({"grant_type": "password"}, "invalid-token-request", "invalid_request"),
        ({"grant_type": "password", "username": "ana@example.org"}, "invalid-token-request", "invalid_request"),
        ({"grant_type": "password", "password": PASSWORD}, "invalid-token-request", "invalid_request"),
        ({"grant_type": "refresh_token", "username": "a", "password": "b"}, "invalid-token-request", "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "garbage"}, "invalid-grant", "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "gär bage+/="}, "invalid-grant", "invalid_grant"),
    ],
)
def test_a_refused_form_names_the_error_as_oauth_clients_expect(
    http: TestClient, form: Body, name: str, error: str
) -> None:
    assert problem(http.post(TOKEN, data=form), 400, name)["error"] == error


def test_a_form_may_carry_what_oauth_clients_add(clinic: Clinic) -> None:
    form = {"scope": "", "client_id": "app", "client_secret": "", **_password(clinic.patient.email)}

    assert clinic.http.post(TOKEN, data=form).status_code == 200


def test_too_many_wrong_passwords_lock_an_address_for_a_while(
    make_app: Callable[..., FastAPI], database_url: str, clock: FakeClock
) -> None:
    app = make_app(database_url, sign_in_attempts_per_minute=3)
    app.state.now = clock
    http, recorder = recorded(app)
    clinic = found_clinic(app, http)

    wrong = [_sign_in(http, clinic.patient.email, "wrong password").status_code for _ in range(3)]
    then = _sign_in(http, clinic.patient.email.upper())
    others = _sign_in(http, clinic.clinician.email)

    assert wrong == [400, 400, 400]
    problem(then, 429, "too-many-attempts")
    assert then.headers["retry-after"] == "60"
    assert others.status_code == 200
    recorder.check()


def test_an_address_that_nobody_has_is_locked_like_any_other(
    make_app: Callable[..., FastAPI], database_url: str
) -> None:
    http, recorder = recorded(make_app(database_url, sign_in_attempts_per_minute=2))
    email = new_email()

    answers = [_sign_in(http, email).status_code for _ in range(3)]

    assert answers == [400, 400, 429]
    recorder.check()


def test_right_passwords_never_lock_an_address(make_app: Callable[..., FastAPI], database_url: str) -> None:
    app = make_app(database_url, sign_in_attempts_per_minute=2)
    http, recorder = recorded(app)
    email = found_clinic(app, http).patient.email

    assert {_sign_in(http, email).status_code for _ in range(6)} == {200}
    recorder.check()


def test_guessing_the_password_of_an_open_session_is_slowed_down_too(
    make_app: Callable[..., FastAPI], database_url: str
) -> None:
    app = make_app(database_url, sign_in_attempts_per_minute=2)
    http, recorder = recorded(app)
    patient = found_clinic(app, http).patient

    guesses = [_change_password(patient, "wrong password") for _ in range(2)]
    then = _change_password(patient, PASSWORD)

    assert [problem(guess, 400, "wrong-password")["status"] for guess in guesses] == [400, 400]
    problem(then, 429, "too-many-attempts")
    recorder.check()


# Going on with a session


def test_an_access_token_lasts_fifteen_minutes_and_a_refreshed_one_again(clinic: Clinic, clock: FakeClock) -> None:
    patient = clinic.patient
    clock.advance(minutes=14, seconds=59)
    assert patient.get("/v1/me").status_code == 200

    clock.advance(seconds=1)
    problem(patient.get("/v1/me"), 401, "not-signed-in")
    pair = ok(_refresh(clinic.http, patient.refresh_token))

    assert signed_in(clinic.http, pair, patient.email).id == patient.id
    assert pair["refresh_token"] != patient.refresh_token
    clock.advance(minutes=14, seconds=59)
    assert signed_in(clinic.http, pair, patient.email).id == patient.id


def test_a_phone_that_lost_the_answer_gets_it_again_for_a_minute(clinic: Clinic, clock: FakeClock) -> None:
    first = ok(_refresh(clinic.http, clinic.patient.refresh_token))

    at_once_again = ok(_refresh(clinic.http, clinic.patient.refresh_token))
    clock.advance(seconds=60)
    later = ok(_refresh(clinic.http, clinic.patient.refresh_token))

    assert at_once_again == first
    assert later["refresh_token"] == first["refresh_token"]
    assert signed_in(clinic.http, later, clinic.patient.email).id == clinic.patient.id
    assert ok(_refresh(clinic.http, first["refresh_token"]))["refresh_token"] != first["refresh_token"]


def test_an_old_token_used_after_the_grace_ends_the_session(clinic: Clinic, clock: FakeClock) -> None:
    pair = ok(_refresh(clinic.http, clinic.patient.refresh_token))
    clock.advance(seconds=61)

    refused = _refresh(clinic.http, clinic.patient.refresh_token)

    assert problem(refused, 400, "invalid-grant")["error"] == "invalid_grant"
    _is_over(clinic.http, pair)


def test_a_retry_does_not_prolong_the_grace(clinic: Clinic, clock: FakeClock) -> None:
    ok(_refresh(clinic.http, clinic.patient.refresh_token))
    clock.advance(seconds=40)
    ok(_refresh(clinic.http, clinic.patient.refresh_token))
    clock.advance(seconds=40)

    problem(_refresh(clinic.http, clinic.patient.refresh_token), 400, "invalid-grant")


def test_a_token_older_than_the_last_but_one_was_copied_and_ends_the_session(clinic: Clinic) -> None:
    first = ok(_refresh(clinic.http, clinic.patient.refresh_token))
    second = ok(_refresh(clinic.http, first["refresh_token"]))

    refused = _refresh(clinic.http, clinic.patient.refresh_token)

    problem(refused, 400, "invalid-grant")
    _is_over(clinic.http, second)


def test_a_session_that_is_not_used_for_ninety_days_is_over(clinic: Clinic, clock: FakeClock) -> None:
    used = ok(_refresh(clinic.http, clinic.patient.refresh_token))
    clock.advance(days=89)
    used = ok(_refresh(clinic.http, used["refresh_token"]))
    clock.advance(days=89)
    used = ok(_refresh(clinic.http, used["refresh_token"]))
    clock.advance(days=90)

    problem(_refresh(clinic.http, used["refresh_token"]), 400, "invalid-grant")


@pytest.mark.parametrize("spoil", [lambda token: token[:-4] + "AAAA", lambda token: "AAAA" + token[4:], lambda _: "A"])
def test_a_changed_refresh_token_is_refused_and_ends_nothing(clinic: Clinic, spoil: Callable[[str], str]) -> None:
    problem(_refresh(clinic.http, spoil(clinic.patient.refresh_token)), 400, "invalid-grant")

    ok(_refresh(clinic.http, clinic.patient.refresh_token))


def test_an_access_token_is_no_refresh_token(clinic: Clinic) -> None:
    problem(_refresh(clinic.http, clinic.patient.token), 400, "invalid-grant")


def test_signing_out_ends_this_session_and_no_other(clinic: Clinic) -> None:
    there = _again(clinic.patient)

    ok(clinic.patient.post("/v1/auth/logout"))

    problem(clinic.patient.get("/v1/me"), 401, "not-signed-in")
    problem(clinic.patient.post("/v1/auth/logout"), 401, "not-signed-in")
    problem(_refresh(clinic.http, clinic.patient.refresh_token), 400, "invalid-grant")
    assert there.get("/v1/me").status_code == 200


# Sessions


def test_a_patient_sees_on_which_devices_the_account_is_open(clinic: Clinic, clock: FakeClock) -> None:
    opened = clock()
    clock.advance(minutes=1)
    pair = ok(_sign_in(clinic.http, clinic.patient.email, agent="Diary/2.1 (Android 16)"))
    tablet = signed_in(clinic.http, pair, clinic.patient.email)
    clock.advance(minutes=1)
    ok(_refresh(clinic.http, pair["refresh_token"]))

    first, second = ok(tablet.get("/v1/me/sessions"))["items"]

    assert (first["device"], first["current"]) == ("testclient", False)
    assert (second["device"], second["current"]) == ("Diary/2.1 (Android 16)", True)
    assert [_time(first[name]) - opened for name in ("created_at", "last_used_at")] == [timedelta(), timedelta()]
    assert _time(second["created_at"]) - opened == timedelta(minutes=1)
    assert _time(second["last_used_at"]) - opened == timedelta(minutes=2)
    assert _time(second["expires_at"]) - opened == timedelta(days=90, minutes=2)


def test_a_lost_phone_is_signed_out_from_another_device(clinic: Clinic) -> None:
    tablet = _again(clinic.patient)
    (lost,) = (item["id"] for item in ok(tablet.get("/v1/me/sessions"))["items"] if not item["current"])

    answers = [tablet.delete(f"/v1/me/sessions/{lost}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    problem(clinic.patient.get("/v1/me"), 401, "not-signed-in")
    problem(_refresh(clinic.http, clinic.patient.refresh_token), 400, "invalid-grant")
    assert [item["current"] for item in ok(tablet.get("/v1/me/sessions"))["items"]] == [True]


def test_a_lost_phone_whose_token_was_just_used_records_nothing_more(clinic: Clinic) -> None:
    phone, tablet = clinic.patient, _again(clinic.patient)
    ok(phone.post("/v1/patients/{me}/entries", kept := entry_body()))
    (lost,) = (item["id"] for item in ok(tablet.get("/v1/me/sessions"))["items"] if not item["current"])
    ok(tablet.delete(f"/v1/me/sessions/{lost}"))

    answer = phone.post("/v1/patients/{me}/entries", entry_body())

    problem(answer, 401, "not-signed-in")
    assert [entry["id"] for entry in ok(tablet.get("/v1/patients/{me}/entries"))["items"]] == [kept["id"]]


def test_sessions_that_have_expired_are_not_listed(clinic: Clinic, clock: FakeClock) -> None:
    clock.advance(days=90)
    again = _again(clinic.patient)

    assert [item["current"] for item in ok(again.get("/v1/me/sessions"))["items"]] == [True]


def test_what_a_device_calls_itself_never_prevents_signing_in(clinic: Clinic) -> None:
    agents = ["", "x" * 1000, "Tagebuch/1.0 ä", "Diary\x00"]

    answers = [_sign_in(clinic.http, clinic.patient.email, agent=agent) for agent in agents]

    assert [answer.status_code for answer in answers] == [200] * len(agents)
    assert len(ok(clinic.patient.get("/v1/me/sessions"))["items"]) == len(agents) + 1


# Passwords


def test_a_new_password_ends_all_other_sessions(clinic: Clinic) -> None:
    other = _again(clinic.patient)

    ok(_change_password(clinic.patient, PASSWORD))

    assert clinic.patient.get("/v1/me").status_code == 200
    problem(other.get("/v1/me"), 401, "not-signed-in")
    problem(_refresh(clinic.http, other.refresh_token), 400, "invalid-grant")
    ok(_refresh(clinic.http, clinic.patient.refresh_token))
    problem(_sign_in(clinic.http, clinic.patient.email), 400, "invalid-grant")
    assert _sign_in(clinic.http, clinic.patient.email, NEW_PASSWORD).status_code == 200


def test_a_password_is_not_changed_without_the_present_one(clinic: Clinic) -> None:
    other = _again(clinic.patient)

    problem(_change_password(clinic.patient, "wrong password"), 400, "wrong-password")

    assert other.get("/v1/me").status_code == 200
    assert _sign_in(clinic.http, clinic.patient.email).status_code == 200


@pytest.mark.parametrize("password", ["12345678", "x" * 256, "pässwörter 🔑 mit Leerzeichen  ", "日本語のパスワード"])
def test_any_password_of_eight_to_256_characters_will_do(clinic: Clinic, password: str) -> None:
    ok(_change_password(clinic.patient, PASSWORD, password))

    assert _sign_in(clinic.http, clinic.patient.email, password).status_code == 200
    problem(_sign_in(clinic.http, clinic.patient.email, password[:-1] + "?"), 400, "invalid-grant")


# Invitations


def test_a_code_works_once(clinic: Clinic) -> None:
    code = _invited(clinic)["invitation_code"]

    first = _accept(clinic.http, code)
    second = _accept(clinic.http, code)

    assert first.status_code == 200
    problem(second, 400, "invalid-code")
    assert signed_in(clinic.http, first.json(), "").get("/v1/me").status_code == 200


def test_two_who_accept_one_code_at_once_are_one_success(clinic: Clinic) -> None:
    code = _invited(clinic)["invitation_code"]

    answers = at_once([lambda: _accept(TestClient(clinic.app), code)] * 2)

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    problem(next(answer for answer in answers if answer.status_code == 400), 400, "invalid-code")


def test_a_code_works_for_fourteen_days(clinic: Clinic, clock: FakeClock) -> None:
    invitation, late = _invited(clinic), _invited(clinic)
    assert _time(invitation["expires_at"]) - clock() == timedelta(days=14)

    clock.advance(days=13, hours=23, minutes=59, seconds=59)
    within = _accept(clinic.http, invitation["invitation_code"])
    clock.advance(seconds=1)
    after = _accept(clinic.http, late["invitation_code"])

    assert within.status_code == 200
    problem(after, 400, "invalid-code")


def test_unknown_used_replaced_and_expired_codes_look_the_same(clinic: Clinic, clock: FakeClock) -> None:
    expired = _invited(clinic)["invitation_code"]
    clock.advance(days=14)
    clinician = _again(clinic.clinician)
    made = ok(clinician.post("/v1/patients", patient_body(email=new_email())))
    replaced = made["invitation"]["invitation_code"]
    used = ok(clinician.post(f"/v1/patients/{made['id']}/invitation"))["invitation_code"]
    ok(_accept(clinic.http, used))

    answers = [_accept(clinic.http, code) for code in (expired, replaced, used, "7K2M-P4XQ-9DTR-C6WE", "?", "ß", "🔑")]

    refusals = [problem(answer, 400, "invalid-code") for answer in answers]
    assert {refusal.pop("request_id") for refusal in refusals} == {answer.headers["request-id"] for answer in answers}
    assert all(refusal == refusals[0] for refusal in refusals)


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code.lower(),
        lambda code: f"  {code.lower().replace('-', ' ')} ",
        lambda code: code.replace("-", ""),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: "\t".join(code.replace("1", "i")),
    ],
    ids=["lower case", "spaces", "no hyphens", "look-alikes", "one by one"],
)
def test_a_code_works_however_it_is_typed(clinic: Clinic, typed: Callable[[str], str]) -> None:
    code = _invited(clinic)["invitation_code"]

    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert _accept(clinic.http, typed(code)).status_code == 200


def test_the_link_of_an_invitation_keeps_the_code_from_servers(clinic: Clinic) -> None:
    invitation = _invited(clinic)

    address, _, fragment = invitation["invitation_url"].partition("#")

    assert fragment == invitation["invitation_code"]
    assert invitation["invitation_code"] not in address


def test_an_invitation_without_an_address_asks_for_one(clinic: Clinic) -> None:
    code = ok(clinic.clinician.post("/v1/patients", patient_body()))["invitation"]["invitation_code"]
    email = new_email()

    without = _accept(clinic.http, code)
    with_one = _accept(clinic.http, code, email=email.upper())

    assert problem(without, 422, "invalid-request")["errors"][0]["pointer"] == "/email"
    assert signed_in(clinic.http, ok(with_one), email).get("/v1/me").json()["email"] == email
    assert _sign_in(clinic.http, email).status_code == 200


def test_an_address_that_somebody_has_is_taken_and_the_code_still_works(clinic: Clinic) -> None:
    code = ok(clinic.clinician.post("/v1/patients", patient_body()))["invitation"]["invitation_code"]

    taken = [_accept(clinic.http, code, email=email) for email in (clinic.admin.email, clinic.patient.email.upper())]
    free = _accept(clinic.http, code, email=new_email())

    assert [problem(answer, 409, "email-taken")["status"] for answer in taken] == [409, 409]
    assert free.status_code == 200
    assert clinic.patient.get("/v1/me").status_code == 200


def test_a_patient_invited_again_sets_a_new_password_and_all_sessions_end(clinic: Clinic) -> None:
    patient, other = clinic.patient, _again(clinic.patient)
    ok(patient.post("/v1/patients/{me}/entries", entry_body()))
    code = ok(clinic.clinician.post(f"/v1/patients/{patient.id}/invitation"))["invitation_code"]

    pair = ok(_accept(clinic.http, code, password=NEW_PASSWORD))

    for old in (patient, other):
        problem(old.get("/v1/me"), 401, "not-signed-in")
        problem(_refresh(clinic.http, old.refresh_token), 400, "invalid-grant")
    again = signed_in(clinic.http, pair, patient.email)
    assert (again.id, again.get("/v1/me").json()["email"]) == (patient.id, patient.email)
    assert len(ok(again.get("/v1/patients/{me}/entries"))["items"]) == 1
    problem(_sign_in(clinic.http, patient.email), 400, "invalid-grant")
    assert _sign_in(clinic.http, patient.email, NEW_PASSWORD).status_code == 200


def test_an_invitation_alone_changes_nothing_for_who_has_an_account(clinic: Clinic) -> None:
    ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/invitation"))

    assert clinic.patient.get("/v1/me").status_code == 200
    assert _sign_in(clinic.http, clinic.patient.email).status_code == 200


def test_a_member_invited_again_sets_a_new_password_and_keeps_the_patients(clinic: Clinic) -> None:
    code = ok(clinic.admin.post(f"/v1/members/{clinic.clinician.id}/invitation"))["invitation_code"]

    again = accept(clinic.http, code, clinic.clinician.email)

    problem(clinic.clinician.get("/v1/me"), 401, "not-signed-in")
    assert again.id == clinic.clinician.id
    assert again.get(f"/v1/patients/{clinic.patient.id}/trends").status_code == 200


# What is kept


def test_no_password_token_or_code_can_be_read_from_the_tables(
    make_app: Callable[..., FastAPI], database_url: str
) -> None:
    app = make_app(database_url)
    http, recorder = recorded(app)
    clinic = found_clinic(app, http)
    code = _invited(clinic)["invitation_code"]
    refreshed = ok(_refresh(http, clinic.patient.refresh_token))
    ok(_change_password(clinic.clinician, PASSWORD))
    people = (clinic.patient, clinic.clinician, clinic.admin)
    tokens = [token for person in people for token in (person.token, person.refresh_token)]
    tokens += [refreshed["access_token"], refreshed["refresh_token"]]
    codes = [code, code.replace("-", ""), code.lower(), code.replace("-", "").lower()]

    stored = _everything_stored(app)

    assert clinic.patient.email in stored
    assert "$argon2id$" in stored
    parts = [part for token in tokens for part in token.split(".")]
    assert [secret for secret in (PASSWORD, NEW_PASSWORD, *codes, *parts) if secret in stored] == []
    recorder.check()


# Consent


def test_the_history_of_consent_keeps_every_record_in_order(clinic: Clinic, clock: FakeClock) -> None:
    said = [(1, False), (1, True), (2, True), (1, True)]

    records = []
    for version, granted in said:
        clock.advance(seconds=1)
        records.append(ok(clinic.patient.post(CONSENTS, {"version": version, "granted": granted})))

    history = ok(clinic.patient.get(CONSENTS))["items"]
    assert [(record["version"], record["granted"]) for record in history] == [(1, True), *said]
    assert history[1:] == records
    assert [_time(record["recorded_at"]) for record in records] == [
        clock() - timedelta(seconds=n) for n in (3, 2, 1, 0)
    ]
    assert _consent(clinic.patient) == {"current": True, "granted_version": 1, "minimum_version": 1}


def test_consent_sent_twice_is_recorded_once(clinic: Clinic, clock: FakeClock) -> None:
    clock.advance(seconds=1)
    first = clinic.patient.post(CONSENTS, {"version": 1, "granted": False})
    clock.advance(seconds=1)
    second = clinic.patient.post(CONSENTS, {"version": 1, "granted": False})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(ok(clinic.patient.get(CONSENTS))["items"]) == 2


def test_the_history_of_consent_comes_in_pages(clinic: Clinic, clock: FakeClock) -> None:
    for granted in (False, True, False):
        clock.advance(seconds=1)
        ok(clinic.patient.post(CONSENTS, {"version": 1, "granted": granted}))

    first = ok(clinic.patient.get(CONSENTS, params={"limit": 3}))
    rest = ok(clinic.patient.get(CONSENTS, params={"limit": 3, "cursor": first["next_cursor"]}))

    assert [record["granted"] for record in first["items"] + rest["items"]] == [True, False, True, False]
    assert rest["next_cursor"] is None


def test_consent_counts_even_if_the_servers_clock_was_set_back(clinic: Clinic, clock: FakeClock) -> None:
    clock.advance(minutes=-5)
    withdrawn = clinic.patient.post(CONSENTS, {"version": 1, "granted": False})
    assert _consent(clinic.patient)["current"] is False

    clock.advance(minutes=1)
    granted = clinic.patient.post(CONSENTS, {"version": 1, "granted": True})

    assert (withdrawn.status_code, granted.status_code) == (201, 201)
    assert _consent(clinic.patient)["current"] is True
    assert clinic.patient.post("/v1/patients/{me}/entries", entry_body()).status_code == 201


def test_after_withdrawal_nothing_is_recorded_and_everything_else_works(clinic: Clinic, clock: FakeClock) -> None:
    patient, entry, lesion, medication = clinic.patient, entry_body(), lesion_body(), medication_body()
    sent = {"entries": entry, "lesions": lesion, "medications": medication}
    for noun, body in sent.items():
        ok(patient.post(f"/v1/patients/{{me}}/{noun}", body))
    clock.advance(seconds=1)
    ok(patient.post(CONSENTS, {"version": 1, "granted": False}))
    before = _state(clinic, sent)

    refused = [
        *(patient.post(f"/v1/patients/{{me}}/{noun}", body | {"id": new_id()}) for noun, body in sent.items()),
        *(patient.post(f"/v1/patients/{{me}}/{noun}", body) for noun, body in sent.items()),
        *(patient.put(f"/v1/patients/{{me}}/{noun}/{body['id']}", body, base=1) for noun, body in sent.items()),
        patient.post("/v1/patients/{me}/entries/batch", {"entries": [entry_body(), entry, "garbage"]}),
    ]

    assert [problem(answer, 403, "consent-required")["status"] for answer in refused] == [403] * len(refused)
    assert _state(clinic, sent) == before
    assert _consent(patient) == {"current": False, "granted_version": None, "minimum_version": 1}
    assert ok(patient.get("/v1/patients/{me}/trends"))["completion"]["observed_days"] == 1
    assert ok(clinic.clinician.get(f"/v1/patients/{patient.id}/entries"))["items"]
    clinicians = clinic.clinician.put(
        f"/v1/patients/{patient.id}/lesions/{lesion['id']}", {**lesion, "target": True}, base=1
    )
    assert clinicians.status_code == 200
    deleted = [patient.delete(f"/v1/patients/{{me}}/{noun}/{body['id']}") for noun, body in sent.items()]
    assert [answer.status_code for answer in deleted] == [204] * len(sent)
    ok(patient.post(CONSENTS, {"version": 1, "granted": True}))
    assert patient.post("/v1/patients/{me}/entries", entry_body()).status_code == 201


def test_who_never_consented_records_nothing(clinic: Clinic) -> None:
    patient = clinic.add_patient(consents=False)

    refused = patient.post("/v1/patients/{me}/entries", entry_body())

    problem(refused, 403, "consent-required")
    assert _consent(patient) == {"current": False, "granted_version": None, "minimum_version": 1}
    assert ok(patient.get("/v1/patients/{me}/entries"))["items"] == []
    assert ok(patient.get(CONSENTS))["items"] == []


def test_a_new_version_of_the_document_needs_new_consent(
    make_app: Callable[..., FastAPI], database_url: str, clock: FakeClock
) -> None:
    first = make_app(database_url)
    first.state.now = clock
    patient = found_clinic(first, TestClient(first)).patient
    ok(patient.post("/v1/patients/{me}/entries", entry_body()))
    second = make_app(database_url, minimum_consent_version=2)
    second.state.now = clock
    http, recorder = recorded(second)
    patient = Person(http, patient.token, patient.refresh_token, patient.email, patient.id)

    refused = patient.post("/v1/patients/{me}/entries", entry_body())

    problem(refused, 403, "consent-required")
    assert ok(http.get("/v1/consent-document"))["version"] == 2
    assert _consent(patient) == {"current": False, "granted_version": 1, "minimum_version": 2}
    clock.advance(seconds=1)
    ok(patient.post(CONSENTS, {"version": 2, "granted": True}))
    assert _consent(patient) == {"current": True, "granted_version": 2, "minimum_version": 2}
    assert patient.post("/v1/patients/{me}/entries", entry_body()).status_code == 201
    recorder.check()


def _password(email: str, password: str = PASSWORD) -> Body:
    return {"grant_type": "password", "username": email, "password": password}


def _sign_in(http: TestClient, email: str, password: str = PASSWORD, *, agent: str = "testclient") -> Response:
    return http.post(TOKEN, data=_password(email, password), headers={b"User-Agent": agent.encode("latin-1")})


def _again(person: Person) -> Person:
    """The same person on one more device."""
    return signed_in(person.http, ok(_sign_in(person.http, person.email)), person.email)


def _refresh(http: TestClient, token: str) -> Response:
    return http.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": token})


def _is_over(http: TestClient, pair: Body) -> None:
    """Neither token of a session works any more."""
    problem(http.get("/v1/me", headers={"Authorization": f"Bearer {pair['access_token']}"}), 401, "not-signed-in")
    problem(_refresh(http, pair["refresh_token"]), 400, "invalid-grant")


def _change_password(person: Person, current: str, new: str = NEW_PASSWORD) -> Response:
    return person.post("/v1/me/password", {"current_password": current, "new_password": new})


def _invited(clinic: Clinic) -> Body:
    """The invitation of a new patient."""
    made: Body = ok(clinic.clinician.post("/v1/patients", patient_body(email=new_email())))["invitation"]
    return made


def _accept(http: TestClient, code: str, *, password: str = PASSWORD, **rest: str) -> Response:
    return http.post(ACCEPT, json={"code": code, "password": password, **rest})


def _consent(person: Person) -> Body:
    consent: Body = ok(person.get("/v1/me"))["consent"]
    return consent


def _state(clinic: Clinic, nouns: Body) -> list[Any]:
    """A patient's revision, and all that the patient has."""
    revision = ok(clinic.clinician.get(f"/v1/patients/{clinic.patient.id}"))["revision"]
    return [revision, *(ok(clinic.patient.get(f"/v1/patients/{{me}}/{noun}")) for noun in nouns)]


def _part(body: Body, like: Body) -> Body:
    return {name: body[name] for name in (*like, "role", "member_id")}


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)


def _everything_stored(app: FastAPI) -> str:
    """Every value of every column of every table, as text."""
    tables = MetaData()
    with app.state.database.readers.connect() as connection:
        tables.reflect(connection)
        rows = [row for table in tables.sorted_tables for row in connection.execute(select(table))]
    assert len(tables.tables) > 10
    return "\n".join(str(value) for row in rows for value in row)


def test_who_is_removed_while_the_password_is_checked_is_not_let_in(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = clinic.add_admin()
    verify = Passwords.verify

    def removed_meanwhile(self: Passwords, password: str, known_hash: str | None) -> bool:
        ok(clinic.admin.delete(f"/v1/members/{leaving.id}"))
        return verify(self, password, known_hash)

    monkeypatch.setattr(Passwords, "verify", removed_meanwhile)
    form = {"grant_type": "password", "username": leaving.email, "password": PASSWORD}
    answer = clinic.http.post("/v1/auth/token", data=form)

    assert problem(answer, 400, "invalid-grant")["error"] == "invalid_grant"
