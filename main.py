"""Puts Dermatrend together: the application, and its command line (`python main.py --help`)."""

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import uvicorn
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
    reports,
    server,
    sync,
    trends,
    visits,
)
from api.middleware import Surroundings
from api.rendering import Press
from domain.errors import DermatrendError, NotMigrated
from domain.languages import LANGUAGES
from infra import logs, migrations, version
from infra.attempts import Attempts
from infra.commit import GroupCommit
from infra.db import Database
from infra.passwords import Passwords
from infra.settings import Environment, Settings, UnsafeSettings, unknown_names
from infra.settings import load as load_settings
from infra.tokens import Tokens
from models import problems
from models.accounts import ClinicCreate
from reports.documents import Options
from services import demo, members
from services.accounts import Doorkeeper
from services.diary import record_free
from services.invitations import Terms

DESCRIPTION = """\
Diary of people with skin metastases of breast cancer, and its trend for the follow-up visit.

It records and summarises what patients report; it does not diagnose.
"""
OBJECTS_BETWEEN_COLLECTIONS = 20_000
ROUTERS = (auth, me, api.members, patients, diary, lesions, medications, sync, trends, visits, reports, server)


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
        chosen.database(), connections=chosen.database_connections, timeout_s=chosen.database_timeout_seconds
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
        yield
        await recorder.drain()
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
    for module in ROUTERS:
        app.include_router(module.router)
    app.include_router(server.operator)
    handlers.install(app)
    app.add_middleware(Surroundings)
    app.openapi = partial(openapi.document, app)  # type: ignore[method-assign]
    return app


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
        arguments.run(arguments, settings)
    except (UnsafeSettings, DermatrendError) as refusal:
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
    return 0


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # `uvicorn main:app` makes the application when it is asked for it, so that importing this module does nothing.
    if name == "app":
        return create_app()
    raise AttributeError(name)


if __name__ == "__main__":
    sys.exit(run())
