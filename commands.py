"""The command line: `python main.py --help`."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import uvicorn
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import SQLAlchemyError

from assembly import clock, create_app, darkroom_of, doorkeeper, terms_of
from domain.errors import DermatrendError, NotMigrated
from domain.languages import LANGUAGES
from infra import logs, migrations, progress
from infra.archives import ArchiveRefused
from infra.db import Database
from infra.parts import Parts
from infra.settings import Environment, Settings, UnsafeSettings, unknown_names
from infra.settings import load as load_settings
from infra.storage import open_storage
from models import problems
from models.accounts import ClinicCreate
from services import access, backups, demo, demo_photos, members, verification
from services import photos as photo_services


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
            http="api.connections:PunctualProtocol",
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
    with _opened(settings) as database:
        with database.transaction() as session:
            samples = demo.found(
                session,
                doorkeeper(settings),
                terms_of(settings),
                now=clock(),
                minimum_consent_version=settings.minimum_consent_version,
            )
        darkroom = darkroom_of(settings, database)
        for sample in samples:
            if sample.actor is not None:
                demo_photos.add(darkroom, sample.actor, access.own_patient_id(sample.actor), sample.simulated)
        darkroom.studio.close()
    url = f"http://{arguments.host}:{arguments.port}"
    width = max(len(sample.email) for sample in samples)
    people = [(demo.CLINICIAN, "the clinician, who sees all patients"), (demo.ADMIN, "the administrator")]
    people += [(sample.email, f"{sample.name}: {sample.story}") for sample in samples]
    print(f"\nTry it at {url}/docs: press Authorize and sign in, password: {demo.PASSWORD}\n")
    print("\n".join(f"  {email:<{width}}  {who}" for email, who in people), "\n", flush=True)


def _migrate(_arguments: argparse.Namespace, settings: Settings) -> None:
    with _opened(settings) as database:
        migrations.upgrade(database)


def _settings_of_nowhere() -> Settings:
    """For printing a document, which needs no environment and must leave no trace."""
    return Settings(environment=Environment.DEVELOPMENT, secret_key=SecretStr("x" * 32), database_url=None)


def _openapi_document(_arguments: argparse.Namespace, settings: Settings) -> None:
    print(json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False), flush=True)


def _create_clinic(arguments: argparse.Namespace, settings: Settings) -> None:
    draft = ClinicCreate(name=arguments.name, admin_email=arguments.admin_email, language=arguments.language)
    with _migrated(settings) as database, database.transaction() as session:
        clinic_id, invitation = members.found_clinic(session, draft, terms=terms_of(settings), now=clock())
    print(
        json.dumps(
            {"clinic_id": str(clinic_id), **invitation.model_dump(include={"invitation_code", "invitation_url"})}
        )
    )


def _age_of_orphans(minutes: str) -> timedelta:
    age = timedelta(minutes=int(minutes))
    if age < photo_services.LEAST_ORPHAN_AFTER:
        message = "a younger picture may belong to a photo that is being stored: at least 30"
        raise argparse.ArgumentTypeError(message)
    return age


def _sweep(arguments: argparse.Namespace, settings: Settings) -> None:
    with _migrated(settings) as database:
        swept = photo_services.sweep(
            database.transaction,
            open_storage(settings),
            Parts(settings.upload_dir()),
            now=clock(),
            orphan_after=arguments.older_than_minutes,
        )
    print(json.dumps(asdict(swept)))


def _backup(arguments: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as database:
        made = backups.make(
            database,
            open_storage(settings),
            arguments.place,
            programs=settings.postgresql_programs,
            now=clock(),
            progress=progress.on_standard_error(),
        )
    manifest = made.manifest
    size = sum(file.bytes for file in manifest.files)
    print(f"{arguments.place}: {len(manifest.files)} files, {size:,} bytes, {manifest.rows.get('entry', 0):,} entries.")
    if made.wrong_blobs:
        print(f"{len(made.wrong_blobs)} photo files are missing or damaged: see `verify`.", file=sys.stderr)
    return 1 if made.wrong_blobs else 0


def _restore(arguments: argparse.Namespace, settings: Settings) -> None:
    with _opened(settings) as database:
        restored = backups.restore(
            database,
            open_storage(settings),
            arguments.place,
            programs=settings.postgresql_programs,
            progress=progress.on_standard_error(),
        )
    print("\n".join(f"{table}: {rows:,}" for table, rows in restored.rows.items()))
    print(f"Restored as of {restored.made_at:%Y-%m-%d %H:%M:%S} UTC, with {restored.blobs:,} photo files.")
    print(f"New generation {restored.generation}: phones send again what the backup lacks.")


def _verify(_arguments: argparse.Namespace, settings: Settings) -> int:
    with _migrated(settings) as database, database.reader() as session:
        tell = progress.on_standard_error()
        findings = list(verification.verify(database, session, open_storage(settings), tell))
    for finding in findings:
        print(f"{finding.verdict:<5}  {finding.check} ({finding.wrong:,} of {finding.checked:,} wrong)")
        print("".join(f"         {example}\n" for example in finding.examples), end="")
    return 1 if any(finding.wrong for finding in findings) else 0


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database(), connections=2, timeout_s=60)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def _migrated(settings: Settings) -> Iterator[Database]:
    with _opened(settings) as database:
        if not migrations.is_current(database):
            raise NotMigrated
        yield database


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
        "--older-than-minutes",
        type=_age_of_orphans,
        default=photo_services.ORPHAN_AFTER,
        metavar="N",
        help="younger pictures may be in use (default 60, at least 30)",
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
