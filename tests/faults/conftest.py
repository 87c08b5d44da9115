"""Fixtures: databases that keep what they acknowledge, and what lets servers start fast enough to be killed often."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.installations import CHEAP
from tests.support import optional, postgres


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[str]:
    """URL of a PostgreSQL server that puts every commit on disk, unlike the one that other tests share."""
    if "TEST_DATABASE_URL" in os.environ:
        yield postgres.shared_url()
        return
    try:
        with postgres.private_server() as server:
            yield server.url
    except postgres.PostgresUnavailable as unavailable:
        optional.skip_or_fail(unavailable)


@pytest.fixture(scope="module")
def new_database(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call; the URLs are as an operator sets them."""
    with ExitStack() as leaving:

        def make() -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path_factory.mktemp('database') / 'dermatrend.sqlite3'}"
            return leaving.enter_context(postgres.fresh_database(request.getfixturevalue("durable_postgres")))

        yield make


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What servers find in their environment; compiled modules are kept, so that only the first start is slow."""
    if not sys.dont_write_bytecode:
        return CHEAP
    kept: Path = tmp_path_factory.mktemp("bytecode")
    return {**CHEAP, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(kept)}
