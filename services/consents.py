"""Consent: an immutable history, whose last record decides."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlmodel import Session, col

from models.accounts import Consent, ConsentCreate, ConsentRead
from services import access
from services.access import Actor
from services.listing import Listed, Window, listed


def give(session: Session, actor: Actor, draft: ConsentCreate) -> tuple[ConsentRead, bool]:
    """Record consent given or withdrawn.

    Returns:
        The record, and whether it was made now: repeating the last one adds nothing.
    """
    patient = access.patient_to_change(session, actor, access.own_patient_id(actor), needs_consent=False)
    newest = (
        select(Consent)
        .where(col(Consent.patient_id) == patient.id)
        .order_by(col(Consent.recorded_at).desc(), col(Consent.id).desc())
        .limit(1)
    )
    last = session.scalars(newest).one_or_none()
    if last is not None and (last.version, last.granted) == (draft.version, draft.granted):
        return ConsentRead.model_validate(last), False
    # Later than the last whatever the clock says: the last record decides.
    recorded_at = actor.at if last is None else max(actor.at, last.recorded_at + timedelta(microseconds=1))
    record = Consent(patient_id=patient.id, id=uuid4(), recorded_at=recorded_at, **draft.model_dump())
    session.add(record)
    patient.consented_version = draft.version if draft.granted else None
    return ConsentRead.model_validate(record), True


def list_consents(session: Session, actor: Actor, window: Window) -> Listed[ConsentRead]:
    """The history of the actor's consent, oldest first."""
    patient = access.patient(session, actor, access.own_patient_id(actor))
    statement = select(Consent).where(col(Consent.patient_id) == patient.id)
    page = listed(session, statement, (col(Consent.recorded_at), col(Consent.id)), window)
    return page.map(ConsentRead.model_validate)
