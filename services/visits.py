"""Follow-up visits: planned and kept by clinicians, read by the patient."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.errors import KeyReused
from domain.report import ReportedVisit, VisitStatus
from models.visits import Visit, VisitCreate, VisitRead
from services import access, idempotency, versions
from services.access import Actor
from services.listing import Listed, Window, listed


def plan(
    session: Session, actor: Actor, patient_id: UUID, draft: VisitCreate, *, key: str | None
) -> tuple[VisitRead, bool]:
    """Note down a visit, planned or past.

    Returns:
        The visit as it is now, and whether it was made now: a repeated call makes nothing.

    Raises:
        KeyReused: the key came with other content, or for another patient, before.
        Deleted: what the key made was deleted.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    visit_id = uuid4()
    before = idempotency.made_before(session, actor.account_id, key, draft, object_id=visit_id, now=actor.at)
    if before is not None:
        made = session.get(Visit, (patient.id, before))
        if made is None:
            raise KeyReused
        return VisitRead.model_validate(versions.changeable(made)), False
    visit = Visit(
        **draft.model_dump(),
        patient_id=patient.id,
        id=visit_id,
        revision=versions.next_revision(patient),
        created_at=actor.at,
    )
    session.add(visit)
    return VisitRead.model_validate(visit), True


def list_visits(session: Session, actor: Actor, patient_id: UUID, window: Window) -> Listed[VisitRead]:
    """All visits of a patient that were not deleted, in the order in which they were noted down."""
    patient = access.patient(session, actor, patient_id)
    statement = select(Visit).where(col(Visit.patient_id) == patient.id, col(Visit.deleted_at).is_(None))
    return listed(session, statement, (col(Visit.created_at), col(Visit.id)), window).map(VisitRead.model_validate)


def get(session: Session, actor: Actor, patient_id: UUID, visit_id: UUID) -> VisitRead:
    """One visit."""
    patient = access.patient(session, actor, patient_id)
    return VisitRead.model_validate(versions.found(session.get(Visit, (patient.id, visit_id))))


def change(
    session: Session, actor: Actor, patient_id: UUID, visit_id: UUID, draft: VisitCreate, *, base: int
) -> VisitRead:
    """Replace what is known of a visit. A report that was frozen for it stays as it is.

    Raises:
        Deleted: it was deleted.
        VersionConflict: it was changed in the meantime.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    visit = versions.changeable(session.get(Visit, (patient.id, visit_id)))
    if versions.patch(visit, draft.model_dump(), base):
        visit.revision = versions.next_revision(patient)
    return VisitRead.model_validate(visit)


def remove(session: Session, actor: Actor, patient_id: UUID, visit_id: UUID, *, base: int | None) -> None:
    """Delete a visit; a tombstone stays for the phones, and so does a report that was frozen for it.

    Raises:
        VersionConflict: it was changed in the meantime.
    """
    patient = access.patient_to_change(session, actor, patient_id, needs_consent=False)
    visit = session.get(Visit, (patient.id, visit_id))
    if visit is not None and visit.deleted_at is not None:
        return
    visit = versions.found(visit)
    versions.check_base(base, visit.version)
    visit.summary = None
    versions.bury(visit, patient, actor)


def last_before(session: Session, patient_id: UUID, day: date) -> date | None:
    """Day of the last visit that took place before a day (docs/decisions/0021); None if there was none."""
    return session.scalar(
        select(col(Visit.took_place_on))
        .where(
            col(Visit.patient_id) == patient_id,
            col(Visit.deleted_at).is_(None),
            col(Visit.status) == VisitStatus.DONE,
            col(Visit.took_place_on) < day,
        )
        .order_by(col(Visit.took_place_on).desc())
        .limit(1)
    )


def around(session: Session, patient_id: UUID, *, first: date, last: date) -> tuple[ReportedVisit, ...]:
    """The visits that took place from `first` to `last` and those planned for `last` or later, in order of day."""
    done = (col(Visit.status) == VisitStatus.DONE) & col(Visit.took_place_on).between(first, last)
    ahead = (col(Visit.status) == VisitStatus.PLANNED) & (col(Visit.planned_for) >= last)
    rows = session.scalars(
        select(Visit).where(col(Visit.patient_id) == patient_id, col(Visit.deleted_at).is_(None), or_(done, ahead))
    )
    visits = [ReportedVisit(row.id, VisitStatus(row.status), row.planned_for, row.took_place_on) for row in rows]
    return tuple(sorted(visits, key=lambda one: (one.took_place_on or one.planned_for, str(one.id))))
