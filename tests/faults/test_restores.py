"""Backed up under load, destroyed, restored elsewhere: what the backup lacks comes back from the phones."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.factories import Body, Person, entry_body, ok, photo_form
from tests.faults import forms
from tests.faults.diarists import NOUNS, TEXT, Diarist, diarist, writing
from tests.faults.installations import Installation, client, installed
from tests.faults.ledger import Told, stored_entries
from tests.faults.phones import Crowd, crowd
from tests.faults.test_startup import run, surroundings
from tests.pictures import photo
from tests.support import postgres
from tests.support.server import ROOT
from tests.support.server import Server as Program
from tests.sync.phones import stored

CONNECTIONS = 16
PHONES_OF_EACH = 2
PHOTOS = "/v1/patients/{me}/photos"
SECRET = "the secret that is kept apart from backups"
MORE = forms.either(1, 20)


@pytest.fixture(scope="module")
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


def destroy(database_url: str) -> None:
    """Remove a database."""
    server, _, name = database_url.rpartition("/")
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).unlink()
    else:
        postgres.drop_database(f"{server}/postgres", name)


def moved(person: Person, http: httpx2.Client) -> Person:
    """Somebody who speaks to another server."""
    return replace(person, http=cast("TestClient", http))


@dataclass(frozen=True)
class Photos:
    """What somebody sends of three photos, and the picture of the first."""

    kept: Body
    deleted_later: Body
    taken_later: Body
    picture: bytes


@dataclass(frozen=True)
class Disaster:
    """An installation that was lost, and another one that was made from its backup."""

    phones: Crowd
    promised: set[str]
    """What the crowd was promised before the backup began."""
    diarists: list[Diarist]
    photos: Photos
    """Of the first diarist."""
    settings: dict[str, str]
    """Of the second installation."""


@pytest.fixture(scope="module")
def disaster(
    settings: dict[str, str], new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Disaster]:
    """Backed up while everybody writes, destroyed, restored elsewhere, and found by everybody who had a part in it."""
    place = tmp_path_factory.mktemp("disaster")
    with installed(new_database(), settings) as installation:
        clinic, url = installation.clinic, installation.server.url
        phones = crowd(url, clinic, place)
        diarists = [
            diarist(url, patient, place / f"phone {number} of {patient.id}", seed=number)
            for patient in (clinic.patient, clinic.add_patient())
            for number in range(PHONES_OF_EACH)
        ]
        kept, deleted_later, taken_later = (photo_form(photo(seed)) for seed in range(3))
        for form in (kept, deleted_later):
            ok(clinic.patient.post(PHOTOS, **form))
        with phones.sending(CONNECTIONS), writing(diarists):
            phones.wait_for_success(30, since=time.monotonic())
            time.sleep(MORE)
            promised = acknowledged(phones)
            saved = run(of(installation, settings), "backup", str(place / "backup"))
            phones.wait_for_success(30, since=time.monotonic())
            time.sleep(MORE)
        assert saved.returncode == 0, saved.stderr
        diarists[0].phone.sync()
        diarists[0].phone.delete("photo", id_of(deleted_later))
        ok(clinic.patient.post(PHOTOS, **taken_later))
        for each in diarists:
            each.phone.sync()
            each.write()  # and this is only on the phone when the server is lost
        photos = Photos(kept, deleted_later, taken_later, content(clinic.patient, id_of(kept)))
        installation.server.kill()
    destroy(installation.database_url)

    elsewhere = {**settings, "DERMATREND_DATABASE_URL": new_database(), "DERMATREND_DATA_DIR": str(place / "data")}
    restored = run(elsewhere, "restore", str(place / "backup"))
    assert restored.returncode == 0, restored.stderr
    with Program(elsewhere) as server, client(server) as http:
        for household in phones.households:
            household.patient = moved(household.patient, http)
        for each in diarists:
            each.move_to(server.url, moved(each.patient, http))
        yield Disaster(phones, promised, diarists, photos, elsewhere)


def test_what_was_acknowledged_before_a_backup_is_in_it_and_can_be_completed(disaster: Disaster) -> None:
    lacking = 0
    for household in disaster.phones.households:
        ledger = household.ledger
        there = {entry["id"] for entry in stored_entries(household.patient)}
        assert disaster.promised & ledger.told.keys() <= there <= ledger.told.keys()
        for one in ledger.told.keys() - there:
            ledger.told[one] = Told.UNKNOWN  # the new generation says that promises are open again
            lacking += 1

    assert len(disaster.promised) > 0
    assert lacking > 0
    disaster.phones.settle()
    forms.count(restores=1, brought_back_by_phones=lacking)


def test_phones_notice_a_restore_by_themselves_and_bring_back_what_the_backup_lacks(disaster: Disaster) -> None:
    diarists, photos = disaster.diarists, disaster.photos
    one, patient = diarists[0].phone, diarists[0].patient
    assert one.shown("photo").keys() == {id_of(photos.kept), id_of(photos.taken_later)}
    before = [texts(each.patient) for each in diarists]

    for each in diarists * 2:  # what the last one brings back reaches the first one, too
        each.phone.sync()

    assert [each.met["cursor-gone"] for each in diarists] == [1] * len(diarists)
    lacking = 0
    for each, had in zip(diarists, before, strict=True):
        now, family = texts(each.patient), [other for other in diarists if other.patient.id == each.patient.id]
        wrote = {key: text for other in family for key, text in other.wrote.items()}
        assert now == {key: text for key, text in wrote.items() if text is not None}
        assert {(kind, shown) for kind in NOUNS for shown in each.phone.shown(kind)} == now.keys()
        assert each.phone.waiting() == each.phone.aside() == []
        lacking += len(each.wrote.keys() & now.keys() - had.keys())
    assert lacking > len(diarists), "more than what they had not even sent"
    assert stored(patient, "photos").keys() == one.shown("photo").keys() == {id_of(photos.kept)}
    assert content(patient, id_of(photos.kept)) == photos.picture
    assert patient.post(PHOTOS, **photos.taken_later).status_code == 201
    forms.count(brought_back_by_phones=lacking)


def test_what_phones_have_completed_is_whole(disaster: Disaster) -> None:
    verified = run(disaster.settings, "verify")

    assert verified.returncode == 0, verified.stdout


def id_of(form: Body) -> str:
    """The id that a photo is sent with."""
    return str(form["data"]["id"])


def texts(patient: Person) -> dict[tuple[str, str], str]:
    """What a server has of a patient: the text of everything that phones write."""
    return {
        (kind, object_id): body[TEXT[kind]]
        for kind, noun in NOUNS.items()
        for object_id, body in stored(patient, noun).items()
    }


def content(patient: Person, photo_id: str) -> bytes:
    """The picture of a photo."""
    answer = patient.get(f"{PHOTOS}/{photo_id}/content", params={"size": "full"})
    assert answer.status_code == 200, answer.text
    return answer.content


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
