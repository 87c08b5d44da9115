"""The baseline: the same diary entry in an ordinary FastAPI and SQLModel application, as the tutorials write it.

A synchronous session a request, the token decoded and its user looked up, one object for each row, a commit, a
refresh and a response model. `load.py` runs it, on its own tables. It gets what the defaults lack: enough connections
for 64 phones, and on SQLite what ours has (WAL, FULL, a patient busy timeout), without which most requests of 16
phones end in "database is locked".
"""

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from pydantic import AwareDatetime
from sqlalchemy import DateTime, event
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine

SECRET = os.environ["DERMATREND_SECRET_KEY"]


class User(SQLModel, table=True):
    """Who signs in."""

    __tablename__ = "ordinary_user"

    id: UUID = Field(primary_key=True)
    patient_id: UUID = Field(index=True)


class RatingBase(SQLModel):
    """One symptom."""

    symptom: str = Field(max_length=30)
    severity: int = Field(ge=0, le=10)
    interference: int | None = Field(default=None, ge=0, le=10)
    count: int | None = Field(default=None, ge=0, le=999)
    site: str | None = Field(default=None, max_length=40)
    side: str | None = Field(default=None, max_length=20)


class ObservationBase(SQLModel):
    """One look at a lesion."""

    lesion_id: UUID
    state: str
    length_mm: float | None = Field(default=None, ge=0, le=500)
    width_mm: float | None = Field(default=None, ge=0, le=500)
    method: str | None = None
    ulcerated: bool | None = None
    bleeding: bool | None = None


class IntakeBase(SQLModel):
    """One dose."""

    medication_id: UUID
    taken: bool


class EntryBase(SQLModel):
    """What an entry says of itself."""

    id: UUID = Field(primary_key=True)
    recorded_at: AwareDatetime = Field(sa_type=DateTime(timezone=True))
    time_zone: str
    day: date | None = None
    note: str | None = Field(default=None, max_length=4000)
    cigarettes: int | None = None
    alcohol_units: float | None = None


class Entry(EntryBase, table=True):
    """A stored entry."""

    __tablename__ = "ordinary_entry"

    patient_id: UUID = Field(index=True)
    ratings: list["Rating"] = Relationship()
    lesion_observations: list["Observation"] = Relationship()
    intakes: list["Intake"] = Relationship()


class Rating(RatingBase, table=True):
    """A stored rating."""

    __tablename__ = "ordinary_rating"

    number: int | None = Field(default=None, primary_key=True)
    entry_id: UUID = Field(foreign_key="ordinary_entry.id", index=True)


class Observation(ObservationBase, table=True):
    """A stored observation."""

    __tablename__ = "ordinary_observation"

    number: int | None = Field(default=None, primary_key=True)
    entry_id: UUID = Field(foreign_key="ordinary_entry.id", index=True)


class Intake(IntakeBase, table=True):
    """A stored intake."""

    __tablename__ = "ordinary_intake"

    number: int | None = Field(default=None, primary_key=True)
    entry_id: UUID = Field(foreign_key="ordinary_entry.id", index=True)


class EntryCreate(EntryBase):
    """What the phone sends."""

    ratings: list[RatingBase] = []
    lesion_observations: list[ObservationBase] = []
    intakes: list[IntakeBase] = []


class EntryRead(EntryBase):
    """What is answered."""

    recorded_at: datetime
    patient_id: UUID
    ratings: list[RatingBase]
    lesion_observations: list[ObservationBase]
    intakes: list[IntakeBase]


# A connection for each phone: with the default of 15, requests that hold one wait for threads that wait for one.
engine = create_engine(os.environ["ORDINARY_DATABASE_URL"], hide_parameters=True, pool_size=64)
if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


SQLModel.metadata.create_all(engine)
with Session(engine) as users, Path(os.environ["ORDINARY_USERS"]).open() as lines:
    users.add_all(User(id=UUID(own), patient_id=UUID(patient)) for own, patient in map(str.split, lines))
    users.commit()

app = FastAPI(openapi_url=None)
bearer = OAuth2PasswordBearer(tokenUrl="token")


def get_session() -> Iterator[Session]:
    """A session for a request."""
    with Session(engine) as session:
        yield session


DbSession = Annotated[Session, Depends(get_session)]


def current_user(session: DbSession, token: Annotated[str, Depends(bearer)]) -> User:
    """Whose token it is."""
    try:
        payload = jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    user = session.get(User, UUID(payload["sub"]))
    if user is None:
        raise HTTPException(401)
    return user


@app.get("/health/ready")
def ready() -> None:
    """Answer that it runs."""


@app.post("/v1/patients/{patient_id}/entries", status_code=201, response_model=EntryRead)
def create_entry(
    patient_id: UUID, draft: EntryCreate, session: DbSession, user: Annotated[User, Depends(current_user)]
) -> Entry:
    """Store an entry."""
    if user.patient_id != patient_id:
        raise HTTPException(404)
    parts = {"ratings", "lesion_observations", "intakes"}
    entry = Entry(**draft.model_dump(exclude=parts), patient_id=patient_id)
    entry.ratings = [Rating(**rating.model_dump(), entry_id=entry.id) for rating in draft.ratings]
    entry.lesion_observations = [
        Observation(**observation.model_dump(), entry_id=entry.id) for observation in draft.lesion_observations
    ]
    entry.intakes = [Intake(**intake.model_dump(), entry_id=entry.id) for intake in draft.intakes]
    session.add(entry)
    session.commit()
    session.refresh(entry)
    return entry
