"""Reports that were frozen for a visit: kept as they were then, and never shown if they are not."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from domain.errors import NotFound, ReportDamaged
from domain.languages import Language
from domain.report import Report, VisitStatus
from models.accounts import Clinic
from models.visits import FrozenFormat, FrozenReport, Visit
from reports.documents import digest
from services import access, reports, versions
from services.access import Actor

JSON = "json"


@dataclass(frozen=True, slots=True)
class Frozen:
    """One format of a frozen report."""

    sha256: str
    """Of the report's canonical JSON, whatever the format."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A report in every format, to be kept."""

    patient_id: UUID
    language: Language
    sha256: str
    formats: dict[str, bytes]


def get(session: Session, actor: Actor, patient_id: UUID, visit_id: UUID, form: str) -> Frozen:
    """A report that was frozen for a visit, in one format.

    Raises:
        NotFound: there is none, or none in this format.
        ReportDamaged: it is not what was frozen.
    """
    patient = access.patient(session, actor, patient_id)
    found = _read(session, patient.id, visit_id, form)
    if found is None:
        raise NotFound
    return found


def prepare(
    session: Session, actor: Actor, patient_id: UUID, visit_id: UUID, *, generated_at: datetime, software_version: str
) -> Frozen | Report:
    """What a freeze of a visit's report begins with: the report that is there already, else the one to be written.

    The period ends on the day of the visit, or today if it has not taken place, and begins as that of every report; the
    language is the clinic's.

    Raises:
        NotFound: there is no such visit.
        Deleted: it was deleted.
        ReportDamaged: what was frozen is not what it was.
    """
    patient = access.patient(session, actor, patient_id)
    visit = versions.changeable(session.get(Visit, (patient.id, visit_id)))
    before = _read(session, patient.id, visit_id, JSON)
    if before is not None:
        return before
    today = access.today(actor, patient)
    took_place_on = visit.took_place_on if visit.status == VisitStatus.DONE else None
    question = reports.about(
        session,
        actor,
        patient,
        first=None,
        last=min(took_place_on or today, today),
        wish=session.get_one(Clinic, patient.clinic_id).language,
    )
    return reports.gather(session, question, generated_at=generated_at, software_version=software_version)


def keep(session: Session, actor: Actor, made: Written, *, visit_id: UUID) -> tuple[Frozen, bool]:
    """Keep a report that was just written, unless another was kept for this visit meanwhile.

    Returns:
        The one that is kept, as JSON, and whether it is this one.

    Raises:
        NotFound: the visit, or the actor's access to it, is gone.
        Deleted: the visit was deleted meanwhile.
    """
    patient = access.patient_to_change(session, actor, made.patient_id)
    versions.changeable(session.get(Visit, (patient.id, visit_id)))
    before = _read(session, patient.id, visit_id, JSON)
    if before is not None:
        return before, False
    session.add(
        FrozenReport(
            patient_id=patient.id,
            visit_id=visit_id,
            sha256=made.sha256,
            language=made.language,
            frozen_at=actor.at,
            frozen_by=actor.account_id,
        )
    )
    session.flush()
    for form, content in made.formats.items():
        session.add(
            FrozenFormat(
                patient_id=patient.id,
                visit_id=visit_id,
                format=form,
                seal=_seal(made.sha256, form, content),
                content=content,
            )
        )
    return Frozen(made.sha256, made.formats[JSON]), True


def _read(session: Session, patient_id: UUID, visit_id: UUID, form: str) -> Frozen | None:
    report = session.get(FrozenReport, (patient_id, visit_id))
    written = session.get(FrozenFormat, (patient_id, visit_id, form))
    if report is None or written is None:
        return None
    if not hmac.compare_digest(written.seal, _seal(report.sha256, form, written.content)):
        raise ReportDamaged
    if form == JSON and digest(json.loads(written.content)) != report.sha256:
        raise ReportDamaged
    return Frozen(report.sha256, written.content)


def _seal(sha256: str, form: str, content: bytes) -> str:
    """Ties the bytes of a format to the report: neither can change without the other."""
    return hashlib.sha256(f"{sha256}\n{form}\n".encode() + content).hexdigest()
