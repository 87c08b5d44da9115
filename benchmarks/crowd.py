"""A thousand patients who are signed in, each with two lesions and two medications."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from domain.permissions import Role
from infra.db import Database
from infra.settings import Settings
from infra.tokens import Claims, Tokens
from models.accounts import Account, SignIn
from models.lesions import Lesion
from models.medications import Medication
from models.patients import Patient
from tests.factories import lesion_body, medication_body, ok
from tests.faults.installations import Installation

SECRET = "a secret that only this benchmark has"
PATIENTS = 1000
HOURS = 12

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Somebody:
    """A patient, and what is theirs."""

    account_id: UUID
    patient_id: UUID
    lesions: list[UUID]
    medications: list[UUID]
    token: str
    """Of our server and of the one that only validates."""

    def line(self, token: str) -> str:
        """For `post.lua`."""
        return " ".join([token, *map(str, (self.patient_id, *self.lesions, *self.medications))])


def gather(installation: Installation) -> list[Somebody]:
    """One patient is registered as people do it, the others are made like that one."""
    model = installation.clinic.patient
    for label in "AB":
        ok(model.post("/v1/patients/{me}/lesions", lesion_body(label=label)))
        ok(model.post("/v1/patients/{me}/medications", medication_body(name=label)))
    settings = Settings(database_url=installation.database_url, secret_key=SecretStr(SECRET))
    database = Database(settings.database(), connections=2, timeout_s=60)
    tokens = Tokens(settings.secret(), access_lifetime=timedelta(hours=HOURS))
    with database.transaction() as session:
        crowd = [_like(session, UUID(model.id), tokens) for _ in range(PATIENTS)]
    database.dispose()
    return crowd


def _like(session: Session, model: UUID, tokens: Tokens) -> Somebody:
    patient = _copy(session.get_one(Patient, model), id=uuid4(), revision=0)
    account = session.scalars(select(Account).where(col(Account.patient_id) == model)).one()
    own = _copy(account, id=uuid4(), patient_id=patient.id, email=f"{uuid4()}@example.org")
    found = session.scalars(select(SignIn).where(col(SignIn.account_id) == account.id)).first()
    assert found is not None
    sign_in = _copy(found, id=uuid4(), account_id=own.id)
    parts: list[list[UUID]] = []
    for row in (patient, own, sign_in):
        session.add(row)
        session.flush()
    tables: tuple[Any, ...] = (Lesion, Medication)
    for table in tables:
        rows = session.scalars(select(table).where(table.patient_id == model)).all()
        copies = [_copy(row, patient_id=patient.id, id=uuid4()) for row in rows]
        session.add_all(copies)
        parts.append([copy.id for copy in copies])
    claims = Claims(own.id, sign_in.id, Role.PATIENT, patient.clinic_id, patient.id, None)
    lesions, medications = parts
    return Somebody(own.id, patient.id, lesions, medications, token=tokens.access(claims, datetime.now(UTC)))


def _copy(row: Row, **changes: object) -> Row:
    return type(row)(**{**row.model_dump(), **changes})
