"""Who can sign in: accounts, their sessions, invitations, and the shapes of signing in."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from sqlalchemy import Index
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from domain.languages import LANGUAGES, Language
from domain.permissions import Role
from models.fields import Clean, Email, Name, Page, Request, Response, UtcDateTime, Whole, one_of, shown_as


class Clinic(SQLModel, table=True):
    """A tenant: nothing crosses it."""

    __table_args__ = (one_of("language", LANGUAGES),)

    id: UUID = Column(primary_key=True)
    name: str = Column(max_length=200)
    created_at: datetime = Column(sa_type=UtcDateTime)
    language: str = Column(default=LANGUAGES[0], max_length=5, sa_column_kwargs={"server_default": LANGUAGES[0]})
    """Of its frozen reports, and of what is shown to those who ask for no language that we have."""


class Account(SQLModel, table=True):
    """Someone who can sign in, as a member of a clinic or as a patient."""

    __table_args__ = (one_of("role", Role),)

    id: UUID = Column(primary_key=True)
    clinic_id: UUID = Column(foreign_key="clinic.id")
    role: str = Column(max_length=20)
    email: str | None = Column(default=None, max_length=254, unique=True)
    """To sign in with; null once the account is closed."""
    password_hash: str | None = Column(default=None, max_length=500)
    member_id: UUID | None = Column(default=None, foreign_key="member.id", unique=True)
    patient_id: UUID | None = Column(default=None, foreign_key="patient.id", unique=True)
    created_at: datetime = Column(sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """One session on one device; its refresh tokens are numbered, not stored (docs/decisions/0005)."""

    __tablename__ = "sign_in"

    id: UUID = Column(primary_key=True)
    account_id: UUID = Column(foreign_key="account.id", ondelete="CASCADE", index=True)
    created_at: datetime = Column(sa_type=UtcDateTime)
    last_used_at: datetime = Column(sa_type=UtcDateTime)
    expires_at: datetime = Column(sa_type=UtcDateTime)
    ended_at: datetime | None = Column(default=None, sa_type=UtcDateTime)
    rotation: int = 0
    rotated_at: datetime = Column(sa_type=UtcDateTime)
    device: str | None = Column(default=None, max_length=200)


class Invitation(SQLModel, table=True):
    """A one-time code that lets a member or patient set a password; only its hash is kept."""

    __table_args__ = (Index(None, "member_id"), Index(None, "patient_id"))

    id: UUID = Column(primary_key=True)
    code_hash: str = Column(max_length=64, unique=True)
    member_id: UUID | None = Column(default=None, foreign_key="member.id")
    patient_id: UUID | None = Column(default=None, foreign_key="patient.id")
    created_at: datetime = Column(sa_type=UtcDateTime)
    expires_at: datetime = Column(sa_type=UtcDateTime)
    used_at: datetime | None = Column(default=None, sa_type=UtcDateTime)
    voided_at: datetime | None = Column(default=None, sa_type=UtcDateTime)


class IdempotencyKey(SQLModel, table=True):
    """What a creation with an Idempotency-Key made, so that its retry makes nothing."""

    __tablename__ = "idempotency_key"

    account_id: UUID = Column(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    key: str = Column(primary_key=True, max_length=200)
    request_digest: str = Column(max_length=64)
    object_id: UUID
    created_at: datetime = Column(sa_type=UtcDateTime)


Password = Annotated[
    str,
    Field(min_length=8, max_length=256, json_schema_extra={"format": "password"}, description="8-256 characters."),
    Clean,
]


class ClinicCreate(Request):
    """A clinic to found, and who is to administer it."""

    name: Name
    admin_email: Email
    language: Language = LANGUAGES[0]


class InvitationRead(Response):
    """A one-time code to hand over; it is shown once and never again."""

    invitation_code: Annotated[
        str | None,
        Field(description="The code; null where a creation was only repeated.", examples=["7K2M-P4XQ-9DTR-C6WE"]),
    ]
    invitation_url: Annotated[str | None, Field(description="A link that carries the code; null with the code.")]
    expires_at: Annotated[datetime | None, Field(description="Until when the code works; null with the code.")]


class InvitationAccept(Request):
    """The code, and the password (and e-mail) to sign in with from now on."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {"code": "7K2M-P4XQ-9DTR-C6WE", "password": "correct horse battery", "email": "ana.duarte@example.org"},
    )

    code: Annotated[str, Field(min_length=1, max_length=100, examples=["7K2M-P4XQ-9DTR-C6WE"]), Clean]
    password: Annotated[Password, Field(examples=["correct horse battery"])]
    email: Annotated[Email | None, Field(description="Needed if the invitation has none.")] = None


class TokenPair(Response):
    """What signing in gives: a short-lived access token and a refresh token that changes with each use."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, Field(description="Lifetime of the access token in seconds.")]


class ConsentState(Response):
    """Whether the patient's consent covers recording now; nulls for other roles."""

    current: bool | None
    granted_version: int | None
    minimum_version: int


class MeRead(Response):
    """Who is signed in."""

    account_id: UUID
    role: Role
    clinic_id: UUID
    patient_id: UUID | None
    member_id: UUID | None
    name: str
    email: str
    consent: ConsentState


class PasswordChange(Request):
    """The present password and the new one; all other sessions end."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {"current_password": "correct horse battery", "new_password": "staple correct horse"},
    )

    current_password: Annotated[str, Field(max_length=256, json_schema_extra={"format": "password"}), Clean]
    new_password: Password


class SessionRead(Response):
    """One device on which the account is signed in."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: Annotated[str | None, Field(description="The User-Agent that signed in.")]
    current: Annotated[bool, Field(description="Whether it is the one that is asking.")]


class SessionPage(Page[SessionRead]):
    """A page of sessions."""


class Consent(SQLModel, table=True):
    """One immutable record of consent given or withdrawn."""

    patient_id: UUID = Column(primary_key=True, foreign_key="patient.id")
    id: UUID = Column(primary_key=True)
    version: int
    granted: bool
    recorded_at: datetime = Column(sa_type=UtcDateTime)


class ConsentCreate(Request):
    """Consent to, or withdrawal from, a version of the consent document."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {"version": 1, "granted": True},
    )

    version: Annotated[int, Field(ge=1, le=1_000_000, description="Version of the document that was read."), Whole]
    granted: Annotated[bool, Field(strict=True)]


class ConsentRead(Response):
    """One record of the history."""

    id: UUID
    version: int
    granted: bool
    recorded_at: datetime


class ConsentPage(Page[ConsentRead]):
    """A page of the history of consent."""


class TokenRequest(Request):
    """Either an e-mail address and a password, or a refresh token."""

    model_config: ClassVar[ConfigDict] = shown_as(
        {"grant_type": "password", "username": "ana.duarte@example.org", "password": "correct horse battery"},
        {"grant_type": "refresh_token", "refresh_token": "the refresh token of the last answer"},
    )

    grant_type: Annotated[str | None, Field(max_length=100, examples=["password", "refresh_token"]), Clean] = None
    username: Annotated[str | None, Field(max_length=254, description="The e-mail address."), Clean] = None
    password: Annotated[str | None, Field(max_length=256, json_schema_extra={"format": "password"}), Clean] = None
    refresh_token: Annotated[str | None, Field(max_length=500), Clean] = None
    scope: Annotated[str | None, Field(max_length=1000, description="Not used; OAuth clients send it."), Clean] = None
    client_id: Annotated[str | None, Field(max_length=200, description="Not used; OAuth clients send it."), Clean] = (
        None
    )
    client_secret: Annotated[
        str | None, Field(max_length=200, description="Not used; OAuth clients send it."), Clean
    ] = None
