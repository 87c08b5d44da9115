"""What one would write first with FastAPI and SQLModel, after their own tutorials: the baseline.

A session for each request, the user looked up for each token, an object for each row, a commit, a refresh, a response
model. Shapes are validated and every commit is on disk, as with us; nothing is said about retries, consent, versions,
revisions or references.
"""

import os
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import event
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine

KEY = bytes.fromhex(os.environ["BENCHMARK_TOKEN_KEY"])
engine = create_engine(os.environ["BENCHMARK_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")


@event.listens_for(engine, "connect")
def _to_disk(connection: Any, _record: object) -> None:  # noqa: ANN401
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
            connection.execute(f"PRAGMA {pragma}")


class User(SQLModel, table=True):
    """A patient."""

    __tablename__ = "ordinary_user"
    id: UUID = Field(primary_key=True)


class RatingBase(SQLModel):
    """A rated symptom."""

    symptom: str = Field(max_length=30)
    severity: int = Field(ge=0, le=10)
    interference: int | None = Field(default=None, ge=0, le=10)
    count: int | None = Field(default=None, ge=0, le=999)
    site: str | None = Field(default=None, max_length=40)
    side: str | None = Field(default=None, max_length=20)


class ObservationBase(SQLModel):
    """A look at a lesion."""

    lesion_id: UUID
    state: str = Field(max_length=20)
    length_mm: float | None = Field(default=None, ge=0, le=500)
    width_mm: float | None = Field(default=None, ge=0, le=500)
    method: str | None = Field(default=None, max_length=20)
    ulcerated: bool | None = None
    bleeding: bool | None = None
    photo_id: UUID | None = None


class IntakeBase(SQLModel):
    """A dose."""

    medication_id: UUID
    taken: bool
    taken_at: datetime | None = None


class EntryBase(SQLModel):
    """A diary entry."""

    recorded_at: datetime
    time_zone: str = Field(max_length=64)
    day: date | None = None
    note: str | None = Field(default=None, max_length=4000)


class Lifestyle(SQLModel):
    """Habits of the day."""

    cigarettes: int | None = Field(default=None, ge=0, le=200)
    alcohol_units: float | None = Field(default=None, ge=0, le=100)
    activity_minutes: int | None = Field(default=None, ge=0, le=1440)
    balanced_meals: int | None = Field(default=None, ge=0, le=20)


class Rating(RatingBase, table=True):
    """A row."""

    __tablename__ = "ordinary_rating"
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    entry_id: UUID | None = Field(default=None, foreign_key="ordinary_entry.id", index=True)


class Observation(ObservationBase, table=True):
    """A row."""

    __tablename__ = "ordinary_observation"
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    entry_id: UUID | None = Field(default=None, foreign_key="ordinary_entry.id", index=True)


class Intake(IntakeBase, table=True):
    """A row."""

    __tablename__ = "ordinary_intake"
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    entry_id: UUID | None = Field(default=None, foreign_key="ordinary_entry.id", index=True)


class Entry(EntryBase, Lifestyle, table=True):
    """A row, with its parts."""

    __tablename__ = "ordinary_entry"
    id: UUID = Field(primary_key=True)
    user_id: UUID = Field(foreign_key="ordinary_user.id", index=True)
    ratings: list[Rating] = Relationship()
    lesion_observations: list[Observation] = Relationship()
    intakes: list[Intake] = Relationship()


class EntryCreate(EntryBase):
    """What is sent."""

    id: UUID
    ratings: list[RatingBase] = []
    lesion_observations: list[ObservationBase] = []
    intakes: list[IntakeBase] = []
    lifestyle: Lifestyle | None = None


class EntryRead(EntryBase, Lifestyle):
    """What is answered."""

    id: UUID
    user_id: UUID
    ratings: list[RatingBase]
    lesion_observations: list[ObservationBase]
    intakes: list[IntakeBase]


def open_session() -> Iterator[Session]:
    """A session for one request."""
    with Session(engine) as session:
        yield session


def current_user(session: Annotated[Session, Depends(open_session)], token: Annotated[str, Depends(bearer)]) -> User:
    """The user whom the token names."""
    try:
        said = jwt.decode(token, KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    user = session.get(User, UUID(said["pid"]))
    if user is None:
        raise HTTPException(401)
    return user


@app.post("/v1/patients/{patient_id}/entries", status_code=201, response_model=EntryRead)
def create_entry(
    patient_id: UUID,
    draft: EntryCreate,
    session: Annotated[Session, Depends(open_session)],
    user: Annotated[User, Depends(current_user)],
) -> Entry:
    """Store it."""
    if user.id != patient_id:
        raise HTTPException(404)
    lifestyle = draft.lifestyle.model_dump() if draft.lifestyle else {}
    entry = Entry(
        **draft.model_dump(include={"id", "recorded_at", "time_zone", "day", "note"}),
        **lifestyle,
        user_id=user.id,
        ratings=[Rating(**rating.model_dump()) for rating in draft.ratings],
        lesion_observations=[Observation(**seen.model_dump()) for seen in draft.lesion_observations],
        intakes=[Intake(**intake.model_dump()) for intake in draft.intakes],
    )
    session.add(entry)
    session.commit()
    session.refresh(entry)
    return entry


@app.get("/health/ready")
def ready() -> dict[str, str]:
    """It answers."""
    return {"status": "ready"}
