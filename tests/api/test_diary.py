"""The diary: what a phone sends is stored once, kept in every version and never lost."""

from tests.factories import Clinic, entry_body, ok


def test_an_entry_sent_twice_is_stored_once(clinic: Clinic) -> None:
    entry = entry_body()

    first = clinic.patient.post("/v1/patients/{me}/entries", entry)
    second = clinic.patient.post("/v1/patients/{me}/entries", entry)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(ok(clinic.patient.get("/v1/patients/{me}/entries"))["items"]) == 1
