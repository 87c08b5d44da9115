"""Puts the application together: what is set, what it needs, which routes it has."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from anyio import create_task_group, sleep, to_thread
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import SQLAlchemyError

import api.members
from api import (
    auth,
    diary,
    frozen_reports,
    handlers,
    lesions,
    me,
    medications,
    openapi,
    patients,
    photos,
    reports,
    server,
    sync,
    trends,
    uploads,
    visits,
)
from api.middleware import Surroundings
from api.rendering import Press
from domain.errors import DermatrendError
from infra import checkpoints, garbage, logs, migrations, version
from infra.attempts import Attempts
from infra.commit import CommitApart, GroupCommit, Order
from infra.db import Database
from infra.images import Studio
from infra.parts import Parts
from infra.passwords import Passwords
from infra.settings import Settings
from infra.settings import load as load_settings
from infra.storage import open_storage
from infra.tokens import Tokens
from services import photos as photo_services
from services.accounts import Doorkeeper
from services.diary import Receipt, Submission, record_free
from services.invitations import Terms
from services.photos import Darkroom

log = structlog.get_logger("dermatrend.sweep")

DESCRIPTION = """\
Diary of people with skin metastases of breast cancer, and its trend for the follow-up visit.

It records and summarises what patients report; it does not diagnose.
"""
SWEEP_EVERY_S = 3600
ROUTERS = (
    # Routes are tried one after the other: what is asked most comes first.
    *(diary, auth, me, api.members, patients, lesions, medications, photos, uploads),
    *(sync, trends, visits, reports, frozen_reports, server),
)


def clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def create_app(settings: Settings | None = None, *, now: Callable[[], datetime] = clock) -> FastAPI:
    """The application.

    Args:
        settings: by default those of the environment.
        now: the clock; another one in tests.
    """
    chosen = settings or load_settings()
    database = Database(
        chosen.database(),
        connections=chosen.database_connections,
        timeout_s=chosen.database_timeout_seconds,
        patient=False,
    )

    recorder = recorder_of(chosen, database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        logs.configure(level=chosen.log_level, as_json=chosen.log_format == "json")
        garbage.seldom()
        async with create_task_group() as tasks:
            tasks.start_soon(_sweep_now_and_then, app)
            tasks.start_soon(app.state.press.warm_up)
            tasks.start_soon(checkpoints.copy_log, database)
            if chosen.record_apart:
                tasks.start_soon(recorder.run)
            yield
            await recorder.drain()
            tasks.cancel_scope.cancel()
        app.state.darkroom.studio.close()
        database.dispose()

    # Its reference page loads nothing from the internet: a hospital's network may have none.
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title="Dermatrend",
        version=version.SOFTWARE,
        description=DESCRIPTION,
        lifespan=lifespan,
        separate_input_output_schemas=False,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        swagger_ui_parameters={"persistAuthorization": False},
    )
    app.state.settings = chosen
    app.state.database = database
    app.state.is_migrated = partial(migrations.is_current, database)
    app.state.migrated = False
    app.state.now = now
    app.state.door = doorkeeper(chosen)
    app.state.terms = terms_of(chosen)
    app.state.recorder = recorder
    app.state.darkroom = darkroom_of(chosen, database)
    app.state.press = Press(chosen, database)
    app.state.parts = Parts(chosen.upload_dir())
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(server.operator)
    handlers.install(app)
    app.add_middleware(Surroundings)
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    return app


async def _sweep_now_and_then(app: FastAPI) -> None:
    while True:
        # Several workers that start together do not sweep together.
        await sleep(SWEEP_EVERY_S * random.uniform(0.5, 1.5))  # noqa: S311
        try:
            if await to_thread.run_sync(app.state.is_migrated):
                await to_thread.run_sync(_sweep_once, app.state.darkroom, app.state.parts)
        except (DermatrendError, SQLAlchemyError) as error:
            log.warning("sweep failed", error=type(error).__name__)


def _sweep_once(darkroom: Darkroom, parts: Parts) -> photo_services.Swept:
    swept = photo_services.sweep(darkroom.transaction, darkroom.storage, parts, now=clock())
    log.info("swept", **asdict(swept))
    return swept


def doorkeeper(settings: Settings) -> Doorkeeper:
    """What signing in needs, as set."""
    return Doorkeeper(
        passwords=Passwords(
            memory_kib=settings.password_memory_kib,
            passes=settings.password_passes,
            at_once=settings.password_hashes_at_once,
        ),
        tokens=Tokens(settings.secret(), access_lifetime=timedelta(minutes=settings.access_token_minutes)),
        attempts=Attempts(per_minute=settings.sign_in_attempts_per_minute),
        session_lifetime=timedelta(days=settings.refresh_token_days),
        refresh_grace=timedelta(seconds=settings.refresh_grace_seconds),
    )


def terms_of(settings: Settings) -> Terms:
    """How invitations are made, as set."""
    return Terms(timedelta(days=settings.invitation_days), settings.public_url)


def recorder_of(settings: Settings, database: Database) -> CommitApart[Submission, Receipt]:
    """Where single entries are recorded, as set."""
    limits = {"most_waiting": settings.entries_waiting, "deadline_s": settings.database_timeout_seconds}
    order = Order(
        directory=str(Path.cwd()),
        database_url=settings.database(),
        timeout_s=settings.database_timeout_seconds,
        most_at_once=settings.entries_at_once,
        log_level=settings.log_level,
        log_as_json=settings.log_format == "json",
    )
    here = GroupCommit(database, record_free, most_at_once=settings.entries_at_once, **limits)
    return CommitApart(here, "services.diary.process", order, **limits)


def darkroom_of(settings: Settings, database: Database) -> Darkroom:
    """Where photos are cleaned and kept, as set."""
    return Darkroom(
        studio=Studio(at_once=settings.photos_at_once, most_pixels=settings.photo_pixels),
        storage=open_storage(settings),
        look=database.look,
        transaction=database.transaction,
    )
