"""Backed up under load, destroyed, restored elsewhere: what the backup lacks comes back from the phones."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient

from offline_diary import Phone, Server, Store, over_http
from tests.factories import entry_body, ok
from tests.faults import forms
from tests.faults.installations import Installation, client, installed
from tests.faults.ledger import Told, stored_entries
from tests.faults.phones import Crowd, crowd
from tests.faults.test_startup import run, surroundings
from tests.support import postgres
from tests.support.server import ROOT
from tests.support.server import Server as Program

CONNECTIONS = 16
SECRET = "the secret that is kept apart from backups"
MORE = forms.either(1, 20)


@pytest.fixture
def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings of both installations: the secret is kept apart, and given to the second one."""
    programs = {"DERMATREND_POSTGRESQL_PROGRAMS": str(postgres.programs())}
    return {**environment, **programs, "DERMATREND_SECRET_KEY": SECRET}


def of(installation: Installation, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment in which commands see an installation."""
    place = {"DERMATREND_DATA_DIR": str(installation.server.directory / "data")}
    return {**settings, **place, "DERMATREND_DATABASE_URL": installation.database_url}


def acknowledged(phones: Crowd) -> set[str]:
    """What everybody has been promised so far."""
    return {
        one
        for household in phones.households
        for one, told in dict(household.ledger.told).items()
        if told is Told.ACKED
    }


def test_what_was_acknowledged_before_the_backup_is_in_it_and_phones_bring_the_rest(
    settings: dict[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    with installed(new_database(), settings) as installation:
        phones = crowd(installation.server.url, installation.clinic, tmp_path)
        diary = phone_of(installation, tmp_path / "phone.sqlite3")
        written = {diary.create("entry", entry_body()) for _ in range(3)}
        diary.sync()
        with phones.sending(CONNECTIONS):
            phones.wait_for_success(30, since=time.monotonic())
            promised = acknowledged(phones)
            saved = run(of(installation, settings), "backup", str(tmp_path / "backup"))
            phones.wait_for_success(30, since=time.monotonic())
            time.sleep(MORE)
        assert saved.returncode == 0, saved.stderr
        assert 0 < len(promised) < len(acknowledged(phones))
        written |= {diary.create("entry", entry_body()) for _ in range(3)}
        diary.change("entry", min(written), entry_body(note="after the backup"))
        diary.sync()
        installation.server.kill()

    elsewhere = {**settings, "DERMATREND_DATABASE_URL": new_database(), "DERMATREND_DATA_DIR": str(tmp_path / "data")}
    restored = run(elsewhere, "restore", str(tmp_path / "backup"))
    assert restored.returncode == 0, restored.stderr
    with Program(elsewhere) as server, client(server) as http:
        lacking = 0
        for household in phones.households:
            patient = replace(household.patient, http=cast("TestClient", http))
            there = {entry["id"] for entry in stored_entries(patient)}
            assert promised & household.ledger.told.keys() <= there <= household.ledger.told.keys()
            lacking += len(household.ledger.told.keys() - there)
            household.patient = patient
            for one in household.ledger.told.keys() - there:
                household.ledger.told[one] = Told.UNKNOWN  # the new generation says that promises are open again
        assert lacking > 0
        phones.settle()

        diary.server = Server(server.url, diary.store, send=over_http)
        diary.sync()
        assert set(diary.shown("entry")) == written
        assert diary.shown("entry")[min(written)]["note"] == "after the backup"
        assert run(elsewhere, "verify").returncode == 0
    forms.count(restores=1, brought_back_by_phones=lacking + 3)


def phone_of(installation: Installation, file: Path) -> Phone:
    """A phone with the reference client, signed in as a patient of its own."""
    patient = installation.clinic.add_patient()
    store = Store(file)
    server = Server(installation.server.url, store, send=over_http)
    server.accept_tokens({"access_token": patient.token, "refresh_token": patient.refresh_token})
    return Phone(store, server)


def test_a_backup_that_is_killed_leaves_no_backup(
    settings: dict[str, str], new_database: Callable[[], str], tmp_path: Path
) -> None:
    with installed(new_database(), settings) as installation:
        ok(installation.clinic.patient.post("/v1/patients/{me}/entries", entry_body()))
        for delay_s in [0.3 * number for number in range(1, forms.either(5, 12))]:
            place = tmp_path / f"backup after {delay_s:.1f} s"
            with subprocess.Popen(
                [sys.executable, "main.py", "backup", str(place)],
                cwd=ROOT,
                env=surroundings(of(installation, settings)),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as process:
                time.sleep(delay_s)
                process.kill()
            assert not place.exists() or (place / "manifest.json").exists()

        saved = run(of(installation, settings), "backup", str(tmp_path / "whole"))

        assert saved.returncode == 0, saved.stderr
    elsewhere = {**settings, "DERMATREND_DATABASE_URL": new_database(), "DERMATREND_DATA_DIR": str(tmp_path / "data")}
    for place in [*tmp_path.glob("backup after*"), tmp_path / "whole"]:
        if place.exists():
            restored = run(elsewhere, "restore", str(place))
            assert restored.returncode == 0, restored.stderr
            break
