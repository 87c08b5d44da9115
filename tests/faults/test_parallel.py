"""Many at once, on one process and on two: each thing is done once, and nobody gets an error for being in a crowd."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from httpx2 import Response

from tests.factories import (
    PASSWORD,
    Person,
    entry_body,
    lesion_body,
    new_email,
    new_id,
    ok,
    patient_body,
    problem,
)
from tests.faults import forms
from tests.faults.installations import Installation, at_once, installed, new_clinic

ROUNDS = forms.either(50, 200)
CROWD = 32
RIVALS = 16
MORE_THAN_THREADS = 80
"""Requests at once, of which a process works on forty."""
ENTRIES = "/v1/patients/{me}/entries"
LESIONS = "/v1/patients/{me}/lesions"


@pytest.fixture(scope="module", params=[1, 2], ids=["1 worker", "2 workers"])
def workers(request: pytest.FixtureRequest) -> int:
    """How many processes share the database."""
    return int(request.param)


@pytest.fixture(scope="module")
def metrics(workers: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each process that has answered a request leaves a file with its counters."""
    return tmp_path_factory.mktemp(f"metrics-of-{workers}")


@pytest.fixture(scope="module")
def busy(
    environment: Mapping[str, str], new_database: Callable[[], str], workers: int, metrics: Path
) -> Iterator[Installation]:
    """An installation that tests crowd into; each takes a patient of its own."""
    with installed(
        new_database(), {**environment, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}, "--workers", str(workers)
    ) as installation:
        yield installation


@pytest.fixture
def patient(busy: Installation) -> Person:
    """A patient whom no other test changes."""
    return busy.clinic.add_patient()


def statuses(answers: list[Response]) -> dict[int, int]:
    """How many answers have which status."""
    return dict(Counter(answer.status_code for answer in answers))


def test_every_worker_takes_part_and_knows_who_is_signed_in(busy: Installation, workers: int, metrics: Path) -> None:
    answers = at_once([partial(busy.clinic.patient.get, "/v1/me")] * CROWD)

    assert statuses(answers) == {200: CROWD}
    assert len(list(metrics.glob("counter_*.db"))) == workers


def test_an_entry_sent_by_many_at_once_is_stored_once(patient: Person) -> None:
    for _ in range(ROUNDS):
        entry = entry_body()

        answers = at_once([partial(patient.post, ENTRIES, entry)] * CROWD)

        assert statuses(answers) == {201: 1, 200: CROWD - 1}
        assert all(answer.json() == answers[0].json() for answer in answers)
    stored = ok(patient.get(ENTRIES, params={"limit": 500}))["items"]
    assert len({entry["id"] for entry in stored}) == len(stored) == ROUNDS
    assert sorted(entry["revision"] for entry in stored) == list(range(1, ROUNDS + 1))


def test_many_entries_sent_at_once_are_all_stored_each_with_its_own_revision(patient: Person) -> None:
    entries = [entry_body(note=f"entry {number}") for number in range(CROWD)]

    answers = at_once([partial(patient.post, ENTRIES, entry) for entry in entries])

    assert statuses(answers) == {201: CROWD}
    stored = ok(patient.get(ENTRIES, params={"limit": 500}))["items"]
    assert {entry["id"]: entry["note"] for entry in stored} == {entry["id"]: entry["note"] for entry in entries}
    assert sorted(entry["revision"] for entry in stored) == list(range(1, CROWD + 1))
    assert ok(patient.get("/v1/patients/{me}/trends"))["revision"] == CROWD


def test_a_batch_sent_by_many_at_once_is_stored_once(patient: Person) -> None:
    batch = {"entries": [entry_body() for _ in range(20)]}

    answers = at_once([partial(patient.post, f"{ENTRIES}/batch", batch)] * RIVALS)

    results = [[result["result"] for result in ok(answer)["results"]] for answer in answers]
    assert sorted(results) == [["created"] * 20] + [["replayed"] * 20] * (RIVALS - 1)
    assert len(ok(patient.get(ENTRIES, params={"limit": 500}))["items"]) == 20


def test_more_batches_at_once_than_a_server_has_threads_are_all_stored(busy: Installation) -> None:
    patients = [busy.clinic.add_patient() for _ in range(4)]
    batches = [{"entries": [entry_body() for _ in range(5)]} for _ in range(MORE_THAN_THREADS)]

    answers = at_once(
        [
            partial(patients[number % len(patients)].post, f"{ENTRIES}/batch", batch)
            for number, batch in enumerate(batches)
        ]
    )

    # Whoever holds the database must find a thread to answer in, though all the others wait for the database.
    assert statuses(answers) == {200: MORE_THAN_THREADS}
    for patient in patients:
        stored = ok(patient.get(ENTRIES, params={"limit": 500}))["items"]
        assert len(stored) == MORE_THAN_THREADS // len(patients) * 5


def test_of_different_corrections_of_one_version_exactly_one_wins(patient: Person) -> None:
    entry = entry_body()
    ok(patient.post(ENTRIES, entry))
    path = f"{ENTRIES}/{entry['id']}"
    corrections = [{**entry, "note": f"correction {number}"} for number in range(RIVALS)]

    answers = at_once([partial(patient.put, path, correction, base=1) for correction in corrections])

    assert statuses(answers) == {200: 1, 412: RIVALS - 1}
    (winner,) = (ok(answer) for answer in answers if answer.is_success)
    for answer in answers:
        if not answer.is_success:
            assert problem(answer, 412, "version-conflict")["current_version"] == 2
    assert ok(patient.get(path)) == winner
    versions = ok(patient.get(f"{path}/versions"))["items"]
    assert [(version["version"], version["note"]) for version in versions] == [(1, None), (2, winner["note"])]


def test_a_correction_sent_by_many_at_once_is_made_once(patient: Person) -> None:
    entry = entry_body()
    ok(patient.post(ENTRIES, entry))
    path = f"{ENTRIES}/{entry['id']}"
    correction = {**entry, "note": "the same from every phone"}

    answers = at_once([partial(patient.put, path, correction, base=1)] * RIVALS)

    assert [ok(answer)["version"] for answer in answers] == [2] * RIVALS
    assert [version["version"] for version in ok(patient.get(f"{path}/versions"))["items"]] == [1, 2]


def test_an_entry_deleted_by_many_at_once_is_deleted_once(patient: Person) -> None:
    entry = entry_body()
    ok(patient.post(ENTRIES, entry))

    answers = at_once([partial(patient.delete, f"{ENTRIES}/{entry['id']}")] * RIVALS)

    assert statuses(answers) == {204: RIVALS}
    assert ok(patient.get("/v1/patients/{me}/trends"))["revision"] == 2


def test_a_lesion_registered_by_many_at_once_is_registered_once(patient: Person) -> None:
    for number in range(1, 6):
        lesion = lesion_body()

        answers = at_once([partial(patient.post, LESIONS, lesion)] * RIVALS)

        assert statuses(answers) == {201: 1, 200: RIVALS - 1}
        assert len(ok(patient.get(LESIONS))["items"]) == number


def test_an_id_claimed_for_different_lesions_at_once_goes_to_one_of_them(patient: Person) -> None:
    lesions = [lesion_body(id=(lesion_id := new_id()), label="lump 0")]
    lesions += [{**lesions[0], "label": f"lump {number}"} for number in range(1, RIVALS)]

    answers = at_once([partial(patient.post, LESIONS, lesion) for lesion in lesions])

    assert statuses(answers) == {201: 1, 409: RIVALS - 1}
    (winner,) = (ok(answer) for answer in answers if answer.is_success)
    for answer in answers:
        if not answer.is_success:
            problem(answer, 409, "id-reused")
    assert ok(patient.get(f"{LESIONS}/{lesion_id}"))["label"] == winner["label"]


def test_an_invitation_accepted_by_many_at_once_works_once(busy: Installation) -> None:
    email = new_email()
    made = ok(busy.clinic.clinician.post("/v1/patients", patient_body(email=email)))
    acceptance = {"code": made["invitation"]["invitation_code"], "password": PASSWORD}

    answers = at_once([partial(busy.http.post, "/v1/auth/invitations/accept", json=acceptance)] * RIVALS)

    assert statuses(answers) == {200: 1, 400: RIVALS - 1}
    for answer in answers:
        if not answer.is_success:
            problem(answer, 400, "invalid-code")
    (pair,) = (ok(answer) for answer in answers if answer.is_success)
    me = busy.http.get("/v1/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert ok(me)["patient_id"] == made["id"]


def test_an_address_chosen_by_several_at_once_belongs_to_one_of_them(busy: Installation) -> None:
    email = new_email()
    invited = [ok(busy.clinic.clinician.post("/v1/patients", patient_body())) for _ in range(8)]
    codes = [made["invitation"]["invitation_code"] for made in invited]
    acceptances = [{"code": code, "password": PASSWORD, "email": email} for code in codes]

    answers = at_once(
        [partial(busy.http.post, "/v1/auth/invitations/accept", json=acceptance) for acceptance in acceptances]
    )

    assert statuses(answers) == {200: 1, 409: 7}
    for answer in answers:
        if not answer.is_success:
            problem(answer, 409, "email-taken")


def test_a_patient_registered_by_many_at_once_with_one_key_is_one_patient(busy: Installation) -> None:
    clinician = busy.clinic.add_clinician()
    body = patient_body()
    key = {"Idempotency-Key": new_id()}

    answers = at_once([partial(clinician.request, "POST", "/v1/patients", json=body, headers=key)] * RIVALS)

    assert statuses(answers) == {201: 1, 200: RIVALS - 1}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum(answer.json()["invitation"]["invitation_code"] is not None for answer in answers) == 1
    assert len(ok(clinician.get("/v1/patients"))["items"]) == 1


def test_a_session_refreshed_by_many_at_once_goes_on_with_one_token(patient: Person) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": patient.refresh_token}

    answers = at_once([partial(patient.http.post, "/v1/auth/token", data=form)] * RIVALS)

    assert len({ok(answer)["refresh_token"] for answer in answers} - {patient.refresh_token}) == 1
    assert ok(patient.get("/v1/me/sessions"))["items"][0]["current"]


def test_a_diary_kept_while_its_lesion_is_changed_measured_and_read_loses_nothing(
    busy: Installation, patient: Person
) -> None:
    lesion = ok(patient.post(LESIONS, lesion_body()))
    looks = [{"lesion_id": lesion["id"], "state": "measured", "length_mm": 12.0, "method": "ruler"}]
    entries = [entry_body(lesion_observations=looks) for _ in range(12)]
    labels = [{**lesion_body(id=lesion["id"]), "label": f"name {number}"} for number in range(8)]
    clinician = busy.clinic.clinician

    answers = at_once(
        [partial(patient.post, ENTRIES, entry) for entry in entries]
        + [partial(patient.put, f"{LESIONS}/{lesion['id']}", label, base=1) for label in labels]
        + [partial(clinician.get, f"/v1/patients/{patient.id}/trends") for _ in range(6)]
        + [partial(patient.get, ENTRIES) for _ in range(6)]
    )

    recorded, renamed, read = answers[:12], answers[12:20], answers[20:]
    assert statuses(recorded) == {201: 12}
    assert statuses(renamed) == {200: 1, 412: 7}
    assert statuses(read) == {200: 12}
    revisions = [ok(answer)["revision"] for answer in recorded + renamed if answer.is_success]
    assert sorted(revisions) == list(range(2, 15))
    assert len(ok(patient.get(ENTRIES))["items"]) == 12
    assert len(ok(patient.get(f"{LESIONS}/{lesion['id']}/versions"))["items"]) == 2


def test_a_clinician_given_a_place_by_many_at_once_has_one(busy: Installation, patient: Person) -> None:
    colleague = busy.clinic.add_clinician()
    path = f"/v1/patients/{patient.id}/care-team"

    answers = at_once([partial(busy.clinic.clinician.put, f"{path}/{colleague.id}")] * RIVALS)

    assert statuses(answers) == {200: RIVALS}
    team = ok(busy.clinic.clinician.get(path))["items"]
    assert sorted(member["member_id"] for member in team) == sorted([busy.clinic.clinician.id, colleague.id])


def test_a_colleague_invited_by_many_at_once_is_one_member(busy: Installation) -> None:
    body = {"email": new_email(), "name": "Dr Wang", "role": "clinician"}

    answers = at_once([partial(busy.clinic.admin.post, "/v1/members", body)] * RIVALS)

    assert statuses(answers) == {201: 1, 409: RIVALS - 1}
    members = ok(busy.clinic.admin.get("/v1/members", params={"limit": 500}))["items"]
    assert [member["email"] for member in members].count(body["email"]) == 1


def test_administrators_who_remove_each_other_at_once_leave_one(busy: Installation) -> None:
    clinic = new_clinic(busy.database_url, busy.server, busy.http)
    first, second = clinic.admin, clinic.add_admin()

    answers = at_once(
        [partial(first.delete, f"/v1/members/{second.id}"), partial(second.delete, f"/v1/members/{first.id}")]
    )

    removed, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert removed.status_code == 204
    assert refused.status_code in {401, 409}, "too late to ask, or the last one"
    left = [person for person, answer in ((first, answers[0]), (second, answers[1])) if answer.is_success]
    assert [ok(person.get("/v1/me"))["role"] for person in left] == ["admin"]
