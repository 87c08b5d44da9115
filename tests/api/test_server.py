"""What everybody may ask: the server, its catalogue, its health, and where an invitation leads."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from domain.body_sites import Side, Site
from domain.errors import SignInBusy
from domain.symptoms import Symptom
from infra.passwords import MOST_WAITING, Passwords
from tests.factories import Clinic, ok, problem

MakeApp = Callable[..., FastAPI]


def test_the_server_says_what_it_is_and_what_it_accepts(http: TestClient) -> None:
    server = ok(http.get("/v1/server"))

    assert server["api_version"] == "v1"
    assert server["time"] == "2026-03-31T20:00:00Z"
    assert server["limits"] == {
        "body_bytes": 1_048_576,
        "batch_bytes": 16_777_216,
        "batch_entries": 500,
        "push_changes": 500,
        "page_items": 500,
        "photo_bytes": 26_214_400,
        "photo_pixels": 64_000_000,
    }
    assert server["generation"] == ok(http.get("/v1/server"))["generation"]


@pytest.mark.parametrize(
    ("accept_language", "label"),
    [
        (None, "Itching"),
        ("de", "Juckreiz"),
        ("de-AT,en;q=0.5", "Juckreiz"),
        ("en-GB,de;q=0.9", "Itching"),
        ("en;q=0.1, de;q=0.2", "Juckreiz"),
        ("de;q=0", "Itching"),
        ("fr, ja", "Itching"),
        ("de;q=high", "Itching"),
    ],
)
def test_the_catalogue_speaks_the_readers_language(http: TestClient, accept_language: str | None, label: str) -> None:
    headers = {"Accept-Language": accept_language} if accept_language else {}

    items = ok(http.get("/v1/symptoms", headers=headers))["items"]

    assert {item["symptom"]: item["label"] for item in items}["itching"] == label


def test_the_catalogue_holds_every_symptom_and_site_once(http: TestClient) -> None:
    symptoms, sites = ok(http.get("/v1/symptoms"))["items"], ok(http.get("/v1/body-sites"))

    assert [item["symptom"] for item in symptoms] == list(Symptom)
    assert {item["symptom"] for item in symptoms if item["asks_interference"]} == {"pain", "itching"}
    assert {item["symptom"] for item in symptoms if item["asks_count"]} == {"nodules"}
    assert [item["site"] for item in sites["items"]] == list(Site)
    assert [item["side"] for item in sites["sides"]] == list(Side)
    assert {item["snomed_ct"] for item in sites["items"] if item["site"] == "chest_wall"} == {"78904004"}


def test_codes_can_be_switched_off_and_the_consent_document_replaced(
    shared_database_url: str, make_app: MakeApp, tmp_path: Path
) -> None:
    (tmp_path / "en.txt").write_text("Our own document.", encoding="utf-8")
    http = TestClient(
        make_app(shared_database_url, snomed_codes=False, consent_dir=tmp_path, minimum_consent_version=3)
    )

    codes = {
        item["snomed_ct"] for item in ok(http.get("/v1/symptoms"))["items"] + ok(http.get("/v1/body-sites"))["items"]
    }

    assert codes == {None}
    assert ok(http.get("/v1/consent-document", headers={"Accept-Language": "de"})) == {
        "version": 3,
        "text": "Our own document.",
    }


def test_the_shipped_consent_document_comes_in_both_languages(http: TestClient) -> None:
    texts = [
        ok(http.get("/v1/consent-document", headers={"Accept-Language": language}))["text"] for language in ("en", "de")
    ]

    assert "voluntary" in texts[0]
    assert "freiwillig" in texts[1]


def test_the_link_of_an_invitation_leads_to_a_page_that_says_what_to_do(clinic: Clinic) -> None:
    made = ok(clinic.clinician.post(f"/v1/patients/{clinic.patient.id}/invitation"))
    path, _, code = made["invitation_url"].removeprefix("http://127.0.0.1:8000").partition("#")

    page = clinic.http.get(path, headers={"Accept-Language": "de"})

    assert code == made["invitation_code"]
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="de">' in page.text
    assert "<script" not in page.text


def test_the_reference_page_loads_nothing_from_elsewhere(http: TestClient) -> None:
    page = http.get("/docs").text

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert len(loaded) >= 3
    assert all(http.get(path).status_code == 200 for path in loaded)
    assert "//" not in " ".join(loaded)


def test_metrics_name_routes_and_never_paths(clinic: Clinic) -> None:
    clinic.patient.get("/v1/patients/{me}/entries")
    clinic.http.get("/v1/nothing/secret-name")

    text = clinic.http.get("/metrics").text

    assert 'route="/v1/patients/{patient_id}/entries"' in text
    assert clinic.patient.id not in text
    assert "secret-name" not in text


def test_who_is_alive_and_ready_says_so(http: TestClient) -> None:
    assert ok(http.get("/health/live")) == {"status": "live"}
    assert ok(http.get("/health/ready")) == {"status": "ready"}


def test_a_crowd_that_signs_in_does_not_take_all_threads() -> None:
    passwords = Passwords(memory_kib=8, passes=1, at_once=1)
    refused = 20

    passwords._room.acquire()  # noqa: SLF001  somebody takes very long
    with ThreadPoolExecutor(1 + MOST_WAITING + refused) as pool:
        tries = [pool.submit(passwords.hash, "a password") for _ in range(1 + MOST_WAITING + refused)]
        deadline = time.monotonic() + 30
        while sum(one.done() for one in tries) < refused and time.monotonic() < deadline:
            time.sleep(0.01)
        passwords._room.release()  # noqa: SLF001
        errors = [one.exception() for one in tries]

    assert sum(isinstance(error, SignInBusy) for error in errors) == refused
    assert errors.count(None) == 1 + MOST_WAITING
    assert passwords.verify("right", passwords.hash("right"))
    assert not passwords.verify("wrong", passwords.hash("right"))
    assert not passwords.verify("nobody's password", None)


def test_an_unmigrated_database_answers_nothing_but_that(empty_database_url: str, make_app: MakeApp) -> None:
    http = TestClient(make_app(empty_database_url))

    problem(http.get("/v1/symptoms"), 503, "not-migrated")
    problem(http.get("/health/ready"), 503, "not-migrated")
    assert http.get("/health/live").status_code == 200
