"""Everything that can be set, from environment variables with the prefix `DERMATREND_`.

Each setting has a default that is safe on a laptop; `docs/settings.md` is checked against this file.
"""

import os
import secrets
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "DERMATREND_"
LEAST_SECRET_CHARACTERS = 32
LEAST_SAFE_PASSWORD_MEMORY_KIB = 19_456
LEAST_SAFE_PASSWORD_PASSES = 2
"""OWASP's minimum for argon2id: this memory with two passes."""


class UnsafeSettings(Exception):
    """The server will not start with these settings."""


class Environment(StrEnum):
    """Where it runs: production refuses unsafe settings."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PhotoDelivery(StrEnum):
    """How photos reach who may see them."""

    THROUGH = "through"
    LINK = "link"


class Settings(BaseSettings):
    """What an operator can set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    environment: Annotated[Environment, Field(description="`production` refuses to start with unsafe settings.")] = (
        Environment.DEVELOPMENT
    )
    data_dir: Annotated[Path, Field(description="Directory of the SQLite database, the blobs and the secret.")] = Path(
        "data"
    )
    database_url: Annotated[
        str | None,
        Field(description="`postgresql://user:password@host/name`; by default SQLite in the data directory."),
    ] = None
    public_url: Annotated[str, Field(description="How the outside reaches this server; used in links.")] = (
        "http://127.0.0.1:8000"
    )
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="At least 32 characters that sign all tokens; made and kept in the data directory if not given."
        ),
    ] = None
    access_token_minutes: Annotated[int, Field(ge=1, le=60, description="Lifetime of an access token.")] = 15
    refresh_token_days: Annotated[int, Field(ge=1, le=365, description="How long an unused session lives.")] = 90
    refresh_grace_seconds: Annotated[
        int, Field(ge=0, le=600, description="How long the previous refresh token still works, for a lost answer.")
    ] = 60
    invitation_days: Annotated[int, Field(ge=1, le=90, description="Lifetime of an invitation code.")] = 14
    minimum_consent_version: Annotated[
        int, Field(ge=1, description="Consents to earlier versions of the document no longer count.")
    ] = 1
    consent_dir: Annotated[
        Path | None,
        Field(
            description="Directory with your own consent document: `en.txt`, `de.txt`; by default a short neutral text."
        ),
    ] = None
    snomed_codes: Annotated[
        bool, Field(description="Whether SNOMED CT codes are shown; they need a licence in many countries.")
    ] = True
    password_memory_kib: Annotated[int, Field(ge=8, le=1_048_576, description="Memory of one argon2id hash.")] = 65_536
    password_passes: Annotated[int, Field(ge=1, le=20, description="Passes of one argon2id hash.")] = 3
    password_hashes_at_once: Annotated[
        int, Field(ge=1, le=64, description="How many hashes are computed at the same time in one process.")
    ] = 2
    sign_in_attempts_per_minute: Annotated[
        int, Field(ge=1, le=10_000, description="Failed attempts to sign in for one e-mail address in one process.")
    ] = 10
    body_bytes: Annotated[int, Field(ge=1_024, description="Largest JSON body.")] = 1_048_576
    batch_bytes: Annotated[int, Field(ge=1_024, description="Largest body of a batch.")] = 16_777_216
    body_timeout_seconds: Annotated[
        int,
        Field(ge=1, le=600, description="How long a body may take to come, and a second more for each 8 KiB of it."),
    ] = 30
    photo_bytes: Annotated[int, Field(ge=1_024, description="Largest photo, as sent.")] = 26_214_400
    photo_pixels: Annotated[
        int, Field(ge=1_000_000, le=200_000_000, description="Largest photo, in pixels, looked at before decoding.")
    ] = 64_000_000
    photos_at_once: Annotated[
        int, Field(ge=1, le=64, description="How many photos one process decodes at the same time.")
    ] = 2
    photo_delivery: Annotated[
        PhotoDelivery,
        Field(description="Photos come through the server, or by a link to the store that lives for a minute."),
    ] = PhotoDelivery.THROUGH
    upload_hours: Annotated[int, Field(ge=1, le=720, description="How long an unfinished upload is kept.")] = 72
    storage_url: Annotated[
        str | None,
        Field(
            description="`s3://bucket/prefix`, or a directory; by default the directory `blobs` in the data directory."
        ),
    ] = None
    storage_endpoint: Annotated[
        str | None,
        Field(description="Address of an S3 that is not Amazon's; keys and region as usual in `AWS_...` variables."),
    ] = None
    storage_timeout_seconds: Annotated[
        int, Field(ge=1, le=120, description="How long a request waits for the photo store.")
    ] = 10
    database_connections: Annotated[
        int, Field(ge=2, le=500, description="Database connections of one worker at most.")
    ] = 20
    database_timeout_seconds: Annotated[
        int, Field(ge=1, le=120, description="How long a request waits for a connection, a lock or a statement.")
    ] = 10
    report_processes: Annotated[
        int, Field(ge=0, le=16, description="Processes beside each worker that make reports; 0 uses a thread.")
    ] = 1
    report_seconds: Annotated[
        int, Field(ge=1, le=300, description="How long a report may take to be made, waiting included.")
    ] = 20
    font_dir: Annotated[
        Path | None,
        Field(description="Directory with further fonts for the PDF of reports, for scripts that Noto Sans lacks."),
    ] = None
    entries_at_once: Annotated[
        int, Field(ge=1, le=1_000, description="Most single entries that one transaction records together.")
    ] = 64
    entries_waiting: Annotated[
        int, Field(ge=1, le=100_000, description="Most single entries that wait in one worker; more must come again.")
    ] = 1_000
    record_apart: Annotated[
        bool,
        Field(description="Whether each worker has a process that records single entries; else a thread of it does."),
    ] = True
    postgresql_programs: Annotated[
        Path | None,
        Field(
            description="Directory of `pg_dump` and `pg_restore`, for backups; by default they are looked for on PATH."
        ),
    ] = None
    log_level: Annotated[
        str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log level shown.")
    ] = "INFO"
    log_format: Annotated[
        str, Field(pattern="^(json|text)$", description="`json` for machines, `text` for people.")
    ] = "json"

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.secret_key and len(self.secret_key.get_secret_value()) < LEAST_SECRET_CHARACTERS:
            message = f"DERMATREND_SECRET_KEY must have at least {LEAST_SECRET_CHARACTERS} characters."
            raise ValueError(message)
        if self.database_url and not self.database_url.startswith(("postgresql://", "postgres://", "sqlite:///")):
            message = "DERMATREND_DATABASE_URL must begin with postgresql:// (or sqlite:///)."
            raise ValueError(message)
        if self.storage_url and "://" in self.storage_url and not self.storage_url.startswith("s3://"):
            message = "DERMATREND_STORAGE_URL must begin with s3://, or be a directory."
            raise ValueError(message)
        if self.consent_dir and not (self.consent_dir / "en.txt").is_file():
            message = "DERMATREND_CONSENT_DIR must hold the file en.txt."
            raise ValueError(message)
        if self.environment is Environment.PRODUCTION:
            self._refuse_unsafe()
        return self

    def _refuse_unsafe(self) -> None:
        if self.secret_key is None:
            message = "DERMATREND_SECRET_KEY must be set in production."
            raise ValueError(message)
        if not self.public_url.startswith("https://"):
            message = "DERMATREND_PUBLIC_URL must be an https:// address in production."
            raise ValueError(message)
        if self.password_memory_kib < LEAST_SAFE_PASSWORD_MEMORY_KIB:
            message = f"DERMATREND_PASSWORD_MEMORY_KIB must be at least {LEAST_SAFE_PASSWORD_MEMORY_KIB} in production."
            raise ValueError(message)
        if self.password_passes < LEAST_SAFE_PASSWORD_PASSES:
            message = f"DERMATREND_PASSWORD_PASSES must be at least {LEAST_SAFE_PASSWORD_PASSES} in production."
            raise ValueError(message)

    def database(self) -> str:
        """URL of the database as SQLAlchemy reads it."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.absolute() / 'dermatrend.sqlite3'}"
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in {"postgresql", "postgres"}:
            scheme = "postgresql+psycopg"
        return f"{scheme}{separator}{rest}"

    def blob_dir(self) -> Path:
        """The directory of photos, where they are not in an S3."""
        return Path(self.storage_url).absolute() if self.storage_url else self.data_dir.absolute() / "blobs"

    def upload_dir(self) -> Path:
        """The directory of uploads that are not finished yet."""
        return self.data_dir.absolute() / "uploads"

    def upload_lifetime(self) -> timedelta:
        """How long an unfinished upload is kept."""
        return timedelta(hours=self.upload_hours)

    def secret(self) -> bytes:
        """The signing key: as given, else made once and kept in the data directory, readable by the owner alone."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        return _kept_secret(self.data_dir / "secret.key")


def unknown_names() -> list[str]:
    """Variables that look like ours and are not: misspelt, most likely."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def make_private(directory: Path) -> None:
    """Make a directory, unless it is there, that only its owner can enter."""
    for missing in [one for one in (*reversed(directory.parents), directory) if not one.exists()]:
        missing.mkdir(mode=0o700, exist_ok=True)  # `parents=True` would make those above open to all


def _kept_secret(path: Path) -> bytes:
    make_private(path.parent)
    if not path.exists():
        made = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears whole or not at all, and only the first of many workers makes it.
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    kept = path.read_bytes()
    if len(kept) < LEAST_SECRET_CHARACTERS:
        message = f"{path} must hold at least {LEAST_SECRET_CHARACTERS} characters; remove it to have a new one made."
        raise UnsafeSettings(message)
    return kept


def load() -> Settings:
    """The settings of this environment.

    Raises:
        UnsafeSettings: one sentence for the operator.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper() + ": " if first["loc"] else ""
        raise UnsafeSettings(name + first["msg"].removeprefix("Value error, ")) from None
