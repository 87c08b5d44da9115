"""Reports from the question to the bytes: gathered, illustrated and written in one go.

What works here takes a while and may run in a process of its own (`api/rendering.py`): it gets no session, but a way to
open one, and whatever it gets and gives can be sent from process to process.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from sqlmodel import Session

from domain.languages import LANGUAGES
from infra import version
from infra.storage import Storage
from reports import formats
from reports.documents import Options
from reports.formats import FORMATS, Format
from services import frozen_reports, report_photos, reports
from services.access import Actor
from services.frozen_reports import Frozen, Written

_FIRST_NIGHT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When the rehearsal plays."""

P = ParamSpec("P")
T = TypeVar("T")


class NotWritten(Exception):
    """A renderer failed; what it said may quote a note, so only the kind of its error is told."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What reports are made with."""

    look: Callable[[], AbstractContextManager[Session]]
    """Opens a reader for a moment."""
    storage: Storage
    options: Options


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report, as it is now."""

    patient_id: UUID
    first: date | None
    last: date | None
    language: str | None
    """An Accept-Language header."""


@dataclass(frozen=True, slots=True)
class Live:
    """A report as it is now, in one format."""

    tag: str
    content: bytes | None
    """None if the caller has it."""


def live(desk: Desk, actor: Actor, wanted: Wanted, form: Format, known: frozenset[str]) -> Live:
    """A report as it is now.

    Args:
        desk: what it is made with.
        actor: who asks.
        wanted: which report.
        form: in which format.
        known: tags of what the caller has; `*` for whatever it is.

    Raises:
        InvalidRequest: the days are in the wrong order or over five years apart.
        NotWritten: it cannot be written in this format.
    """
    with desk.look() as session:
        question = reports.ask(
            session, actor, wanted.patient_id, first=wanted.first, last=wanted.last, wish=wanted.language
        )
        tag = question.tag(form=form, made_with=f"{version.SOFTWARE} {desk.options}")
        if known & {tag, "*"}:
            return Live(tag, None)
        report = reports.gather(session, question, generated_at=actor.at, software_version=version.SOFTWARE)
    if FORMATS[form].pictures:
        report = report_photos.illustrate(report, desk.storage, whole=False)
    return Live(tag, _written(formats.write, report, form, desk.options))


def kept(desk: Desk, actor: Actor, patient_id: UUID, visit_id: UUID, form: Format) -> Frozen:
    """A report as it was frozen for a visit.

    Raises:
        NotFound: there is none, or none in this format.
        ReportDamaged: it is not what was frozen.
    """
    with desk.look() as session:
        return frozen_reports.get(session, actor, patient_id, visit_id, form)


def for_visit(desk: Desk, actor: Actor, patient_id: UUID, visit_id: UUID) -> Frozen | Written:
    """The report that was frozen for a visit, else one to be kept.

    Raises:
        Deleted: the visit was deleted.
        StorageUnavailable: its photos cannot be had now.
        NotWritten: it cannot be written in some format.
    """
    with desk.look() as session:
        found = frozen_reports.prepare(
            session, actor, patient_id, visit_id, generated_at=actor.at, software_version=version.SOFTWARE
        )
    if isinstance(found, Frozen):
        return found
    illustrated = report_photos.illustrate(found, desk.storage, whole=True)
    sha256, content = _written(formats.write_all, illustrated, desk.options)
    return Written(patient_id, found.language, sha256, content)


def rehearse(desk: Desk) -> None:
    """Make the report of nobody in every format and language, so that nobody waits for what is loaded once.

    Raises:
        NotWritten: it cannot be written in some format.
    """
    with desk.look() as session:
        found = reports.gather(
            session,
            reports.of_nobody(session, _FIRST_NIGHT),
            generated_at=_FIRST_NIGHT,
            software_version=version.SOFTWARE,
        )
    for language in LANGUAGES:
        _written(formats.write_all, replace(found, language=language), desk.options)


def _written(write: Callable[P, T], *what: P.args, **more: P.kwargs) -> T:
    try:
        return write(*what, **more)
    except Exception as error:  # noqa: BLE001  whatever a renderer raises
        raise NotWritten(type(error).__name__) from None
