"""A thousand patients with phones: rows that are there before anything is measured, real tokens, bodies of 1 KB."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from domain.permissions import Role
from domain.symptoms import CATALOGUE
from infra.db import Database
from infra.tokens import Claims, Tokens
from models.accounts import Account, Clinic, SignIn
from models.lesions import Lesion
from models.medications import Medication
from models.patients import Patient

SECRET = "a secret of forty characters, at the least"
SYMPTOMS = [str(definition.symptom) for definition in CATALOGUE[:8]]
PLACEHOLDER = "@ID@"
NOTE = (
    "Dressing stuck this morning; changed it after the shower, less oozing than yesterday. Slept badly, better with rest."
)


@dataclass(frozen=True)
class Phone:
    """A patient who writes, and all that their phone needs for it."""

    patient_id: UUID
    account_id: UUID
    token: str
    lesions: tuple[UUID, ...]
    medications: tuple[UUID, ...]

    def body(self, day: date, random: Random) -> str:
        """An entry of about 1 KB, with a place left for its id."""
        return json.dumps(
            {
                "id": PLACEHOLDER,
                "recorded_at": f"{day}T21:40:00+00:00",
                "time_zone": "Europe/Berlin",
                "ratings": [{"symptom": name, "severity": random.randint(0, 10)} for name in SYMPTOMS],
                "lesion_observations": [self._seen(lesion, random) for lesion in self.lesions],
                "intakes": [{"medication_id": str(medicine), "taken": True} for medicine in self.medications],
                "note": NOTE,
            },
            separators=(",", ":"),
        )

    def _seen(self, lesion: UUID, random: Random) -> dict[str, Any]:
        length = random.randint(50, 300)
        return {
            "lesion_id": str(lesion),
            "state": "measured",
            "length_mm": length / 10,
            "width_mm": length // 2 / 10,
            "method": "ruler",
            "ulcerated": False,
            "bleeding": False,
        }


def add_phones(database: Database, number: int) -> list[Phone]:
    """Patients of one new clinic who have consented and are signed in."""
    now = datetime.now(UTC)
    tokens = Tokens(SECRET.encode(), access_lifetime=timedelta(hours=12))
    clinic_id = uuid4()
    with database.transaction() as session:
        session.add(Clinic(id=clinic_id, name="Benchmark", created_at=now))
        session.flush()
        phones = []
        for _ in range(number):
            phone = _phone(clinic_id, tokens, now)
            phones.append(phone)
            session.add(_patient(phone, clinic_id, now))
        session.flush()
        for phone in phones:
            session.add_all(_things(phone, now))
            session.add(_account(phone, clinic_id, now))
        session.flush()
        for phone in phones:
            session.add(_sign_in(phone, now))
    return phones


def write_for_wrk(phones: list[Phone], file: Path, *, seed: int = 2026) -> None:
    """The file that post.lua reads."""
    random = Random(seed)
    lines = (f"{phone.token}\t{phone.patient_id}\t{phone.body(date.today(), random)}\n" for phone in phones)  # noqa: DTZ011
    file.write_text("".join(lines))


def _phone(clinic_id: UUID, tokens: Tokens, now: datetime) -> Phone:
    # The sign-in has the account's id: a benchmark needs no more than one each.
    patient_id, account_id = uuid4(), uuid4()
    claims = Claims(account_id, account_id, Role.PATIENT, clinic_id, patient_id, None)
    return Phone(patient_id, account_id, tokens.access(claims, now), (uuid4(), uuid4()), (uuid4(), uuid4()))


def _patient(phone: Phone, clinic_id: UUID, now: datetime) -> Patient:
    return Patient(
        id=phone.patient_id,
        clinic_id=clinic_id,
        name="Ana Duarte",
        name_words=" ana duarte ",
        time_zone="Europe/Berlin",
        locale="de",
        enrolled_on=now.date() - timedelta(days=400),
        consented_version=1,
        created_at=now,
    )


def _things(phone: Phone, now: datetime) -> list[Lesion | Medication]:
    since = now.date() - timedelta(days=400)
    common = {"patient_id": phone.patient_id, "revision": 0, "created_at": now}
    lesions = [
        Lesion(**common, id=id_, site="chest_wall", side="left", kind="nodule", label="Lump", first_noticed_on=since)
        for id_ in phone.lesions
    ]
    medications = [
        Medication(
            **common, id=id_, version=1, name="Capecitabine", times=["08:00"], every_days=1, as_needed=False, starts_on=since
        )
        for id_ in phone.medications
    ]
    return [*lesions, *medications]


def _account(phone: Phone, clinic_id: UUID, now: datetime) -> Account:
    return Account(
        id=phone.account_id, clinic_id=clinic_id, role=Role.PATIENT, patient_id=phone.patient_id, created_at=now
    )


def _sign_in(phone: Phone, now: datetime) -> SignIn:
    return SignIn(
        id=phone.account_id,
        account_id=phone.account_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=90),
        rotated_at=now,
    )
