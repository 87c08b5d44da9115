"""A store of photos, looked at from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.db import Database
from infra.parts import Parts
from infra.settings import Settings
from infra.storage import Storage, open_storage
from services import photos
from services.photos import Swept
from tests.conftest import settings
from tests.factories import Person, ok
from tests.faults.installations import Installation
from tests.support.s3 import S3

PHOTOS = "/v1/patients/{me}/photos"
SIZES = ("thumb", "display", "full")


@contextmanager
def bucket(s3: S3, unused: Path) -> Iterator[Storage]:
    """The bucket itself, as the server writes it."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in s3.environment().items():
            if name.startswith("AWS_"):
                patched.setenv(name, value)
        url = s3.environment()["DERMATREND_STORAGE_URL"]
        yield open_storage(_settings(unused, storage_url=url, storage_endpoint=s3.endpoint))


def directory(place: Path) -> Storage:
    """A directory of photos, as the server writes it."""
    return open_storage(_settings(place, storage_url=str(place)))


def _settings(place: Path, **changes: str) -> Settings:
    return settings(f"sqlite:///{place}/unused.sqlite3", place, **changes)


def kept(store: Storage, patient: Person) -> dict[str, str | None]:
    """The digests of a patient's blobs by key."""
    return {blob.key: blob.sha256 for blob in store.blobs(f"patients/{patient.id}/")}


def sweep(installation: Installation, store: Storage) -> Swept:
    """Sweep as the server will in two hours."""
    database = Database(installation.database_url, connections=2, timeout_s=10)
    parts = Parts(installation.server.directory / "data" / "uploads")
    try:
        return photos.sweep(database.transaction, store, parts, now=datetime.now(UTC) + timedelta(hours=2))
    finally:
        database.dispose()


def check_photos(patient: Person, store: Storage) -> list[str]:
    """Every photo of a patient can be seen in every size, and nothing else is kept; the ids."""
    made = [item["id"] for item in ok(patient.get(PHOTOS, params={"limit": 500}))["items"]]
    for photo_id in made:
        for size in SIZES:
            answer = patient.get(f"{PHOTOS}/{photo_id}/content", params={"size": size})
            assert (answer.status_code, len(answer.content) > 0) == (200, True), answer.text
    assert len(kept(store, patient)) == len(SIZES) * len(made)
    return made
