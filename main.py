"""Puts Dermatrend together: the application, and its command line (`python main.py --help`)."""

import argparse
import gc
import json
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from anyio import create_task_group, sleep, to_thread
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import SQLAlchemyError

import api.members
from api import (
    auth,
    diary,
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
from domain.errors import DermatrendError, NotMigrated
from domain.languages import LANGUAGES
from infra import logs, migrations, progress, version
from infra.archives import ArchiveRefused
from infra.attempts import Attempts
from infra.commit import GroupCommit
from infra.db import Database
from infra.folders import Folder
from infra.images import Studio
from infra.parts import Parts
from infra.passwords import Passwords
from infra.settings import Environment, Settings, UnsafeSettings, unknown_names
from infra.settings import load as load_settings
from infra.storage import open_storage
from infra.tokens import Tokens
from models import problems
from models.accounts import ClinicCreate
from reports.documents import Options
from services import backups, demo, members, verification
from services import photos as photo_services
from services.accounts import Doorkeeper
from services.diary import record_free
from services.invitations import Terms
from services.photos import Darkroom

log = structlog.get_logger("dermatrend.sweep")

DESCRIPTION = """\
Diary of people with skin metastases of breast cancer, and its trend for the follow-up visit.

It records and summarises what patients report; it does not diagnose.
"""
OBJECTS_BETWEEN_COLLECTIONS = 20_000
SWEEP_EVERY_S = 3600
ROUTERS = (
    *(auth, me, api.members, patients, diary, lesions, medications, photos, uploads),
    *(sync, trends, visits, reports, server),
)


def _clock() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings | None = None, *, now: Callable[[], datetime] = _clock) -> FastAPI:
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

    recorder = GroupCommit(
        database,
        record_free,
        most_at_once=chosen.entries_at_once,
        most_waiting=chosen.entries_waiting,
        deadline_s=chosen.database_timeout_seconds,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        logs.configure(level=chosen.log_level, as_json=chosen.log_format == "json")
        # What is there by now stays: later collections need not look at it. A year's trend makes some thousand small
        # values that all live until the answer is written: to look through them every 700 finds nothing.
        gc.collect()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
        async with create_task_group() as tasks:
            tasks.start_soon(_sweep_now_and_then, app)
            yield
            tasks.cancel_scope.cancel()
        await recorder.drain()
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
    app.state.press = Press(
        Options(snomed_codes=chosen.snomed_codes, public_url=chosen.public_url),
        processes=chosen.report_processes,
        seconds=chosen.report_seconds,
    )
    app.state.recorder = recorder
    app.state.darkroom = darkroom_of(chosen, database)
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
    swept = photo_services.sweep(darkroom.transaction, darkroom.storage, parts, now=_clock())
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


def darkroom_of(settings: Settings, database: Database) -> Darkroom:
    """Where photos are cleaned and kept, as set."""
    return Darkroom(
        studio=Studio(at_once=settings.photos_at_once, most_pixels=settings.photo_pixels),
        storage=open_storage(settings),
        look=database.look,
        transaction=database.transaction,
    )


def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    if arguments.demo and settings.environment is Environment.PRODUCTION:
        message = "--demo has passwords that everybody knows; it is not for production."
        raise UnsafeSettings(message)
    _migrate(arguments, settings)
    if arguments.demo:
        _found_demo(arguments, settings)
    with _place_for_metrics(arguments.workers):
        uvicorn.run(
            "main:app",
            host=arguments.host,
            port=arguments.port,
            workers=arguments.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=30,
            timeout_worker_healthcheck=60,  # a worker that starts on a busy machine is not a dead one
        )


@contextmanager
def _place_for_metrics(workers: int) -> Iterator[None]:
    """Where several workers put their numbers together, unless the operator has named a place."""
    if workers == 1 or "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="dermatrend-metrics-") as place:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = place
        yield


def _found_demo(arguments: argparse.Namespace, settings: Settings) -> None:
    print("Preparing the demo clinic ...", flush=True)
    database = _open(settings)
    with database.transaction() as session:
        samples = demo.found(
            session,
            doorkeeper(settings),
            terms_of(settings),
            now=_clock(),
            minimum_consent_version=settings.minimum_consent_version,
        )
    database.dispose()
    url = f"http://{arguments.host}:{arguments.port}"
    width = max(len(sample.email) for sample in samples)
    people = [(demo.CLINICIAN, "the clinician, who sees all patients"), (demo.ADMIN, "the administrator")]
    people += [(sample.email, f"{sample.name}: {sample.story}") for sample in samples]
    print(f"\nTry it at {url}/docs: press Authorize and sign in, password: {demo.PASSWORD}\n")
    print("\n".join(f"  {email:<{width}}  {who}" for email, who in people), "\n", flush=True)


def _migrate(_arguments: argparse.Namespace, settings: Settings) -> None:
    database = _open(settings)
    migrations.upgrade(database)
    database.dispose()


def _settings_of_nowhere() -> Settings:
    """For printing a document, which needs no environment and must leave no trace."""
    return Settings(environment=Environment.DEVELOPMENT, secret_key=SecretStr("x" * 32), database_url=None)


def _openapi_document(_arguments: argparse.Namespace, settings: Settings) -> None:
    print(json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False), flush=True)


def _create_clinic(arguments: argparse.Namespace, settings: Settings) -> None:
    draft = ClinicCreate(name=arguments.name, admin_email=arguments.admin_email, language=arguments.language)
    database = _open(settings)
    if not migrations.is_current(database):
        raise NotMigrated
    with database.transaction() as session:
        clinic_id, invitation = members.found_clinic(session, draft, terms=terms_of(settings), now=_clock())
    database.dispose()
    print(
        json.dumps(
            {"clinic_id": str(clinic_id), **invitation.model_dump(include={"invitation_code", "invitation_url"})}
        )
    )


def _sweep(arguments: argparse.Namespace, settings: Settings) -> None:
    database = _open(settings)
    if not migrations.is_current(database):
        raise NotMigrated
    swept = photo_services.sweep(
        database.transaction,
        open_storage(settings),
        Parts(settings.upload_dir()),
        now=_clock(),
        orphan_after=timedelta(minutes=arguments.older_than_minutes),
    )
    database.dispose()
    print(json.dumps(asdict(swept)))


def _backup(arguments: argparse.Namespace, settings: Settings) -> None:
    with _opened(settings) as database:
        made = backups.make(
            database,
            Folder(settings.data_dir / "blobs"),
            arguments.place,
            programs=settings.postgresql_programs,
            now=_clock(),
            progress=progress.on_standard_error(),
        )
    size = sum(file.bytes for file in made.files)
    print(f"{arguments.place}: {len(made.files)} files, {size:,} bytes, {made.rows.get('entry', 0):,} entries.")


def _restore(arguments: argparse.Namespace, settings: Settings) -> None:
    with _opened(settings) as database:
        restored = backups.restore(
            database,
            Folder(settings.data_dir / "blobs"),
            arguments.place,
            programs=settings.postgresql_programs,
            progress=progress.on_standard_error(),
        )
    print("\n".join(f"{table}: {rows:,}" for table, rows in restored.rows.items()))
    print(f"Restored as of {restored.made_at:%Y-%m-%d %H:%M:%S} UTC, with {restored.blobs:,} photo files.")
    print(f"New generation {restored.generation}: phones send again what the backup lacks.")


def _verify(_arguments: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as database:
        if not migrations.is_current(database):
            raise NotMigrated
        with database.reader() as session:
            findings = list(verification.verify(database, session, progress.on_standard_error()))
    for finding in findings:
        print(f"{finding.verdict:<5}  {finding.check} ({finding.wrong:,} of {finding.checked:,} wrong)")
        print("".join(f"         {example}\n" for example in finding.examples), end="")
    return 1 if any(finding.wrong for finding in findings) else 0


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = _open(settings)
    try:
        yield database
    finally:
        database.dispose()


def _open(settings: Settings) -> Database:
    return Database(settings.database(), connections=2, timeout_s=60)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python main.py", description="Dermatrend, a symptom diary and its trends.")
    parser.set_defaults(settings=load_settings)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="migrate, then serve")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=1)
    serve.add_argument("--demo", action="store_true", help="add a clinic with simulated patients")
    serve.set_defaults(run=_serve)
    migrate = commands.add_parser("migrate", help="bring the database to this version")
    migrate.set_defaults(run=_migrate)
    create_clinic = commands.add_parser("create-clinic", help="add a clinic and invite its first administrator")
    create_clinic.add_argument("name", metavar="NAME")
    create_clinic.add_argument("--admin-email", required=True, metavar="EMAIL")
    create_clinic.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help="of its reports")
    create_clinic.set_defaults(run=_create_clinic)
    sweep = commands.add_parser("sweep", help="remove pictures that no photo needs, and uploads that have expired")
    sweep.add_argument(
        "--older-than-minutes", type=int, default=60, metavar="N", help="younger pictures may be in use (default 60)"
    )
    sweep.set_defaults(run=_sweep)
    backup = commands.add_parser("backup", help="copy everything into a new directory, while the server runs")
    backup.add_argument("place", type=Path, metavar="DEST", help="the directory to make")
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="bring back a backup where there is nothing yet")
    restore.add_argument("place", type=Path, metavar="SOURCE", help="the directory that `backup` made")
    restore.set_defaults(run=_restore)
    verify = commands.add_parser("verify", help="check that the installation is whole; exit status 1 if it is not")
    verify.set_defaults(run=_verify)
    openapi = commands.add_parser("openapi", help="print the OpenAPI document")
    openapi.set_defaults(run=_openapi_document, settings=_settings_of_nowhere)
    return parser


def run(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        settings = arguments.settings()
        for name in unknown_names():
            print(f"{name} is not a setting and has no effect.", file=sys.stderr)
        logs.configure(level=settings.log_level, as_json=settings.log_format == "json")
        return arguments.run(arguments, settings) or 0
    except (UnsafeSettings, ArchiveRefused, DermatrendError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except ValidationError as error:
        for fault in problems.faults(error.errors(include_input=False, include_url=False)):
            print(f"{fault.pointer.removeprefix('/')} {fault.detail}", file=sys.stderr)
        return 2
    except SQLAlchemyError as error:
        print(f"The database cannot be used: {type(error.__cause__ or error).__name__}.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `| head` has seen enough
        return 1
    except OSError as error:
        print(f"The data directory cannot be used: {error.strerror}.", file=sys.stderr)
        return 1


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # `uvicorn main:app` makes the application when it is asked for it, so that importing this module does nothing.
    if name == "app":
        return create_app()
    raise AttributeError(name)


if __name__ == "__main__":
    sys.exit(run())
