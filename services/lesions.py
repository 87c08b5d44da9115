"""Registering skin lesions; some of what is known of them is for the clinicians alone to say."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain import lesions as recist
from domain.errors import NotMeasurable, TargetLimit
from domain.permissions import Role
from models.diary import Entry, LesionObservation
from models.lesions import (
    CLINICIANS_FIELDS,
    Lesion,
    LesionCreate,
    LesionFields,
    LesionRead,
    LesionReplace,
    LesionVersion,
)
from models.patients import Patient
from services import access, registered, versions
from services.access import Actor
from services.listing import Listed, Window
from services.registered import Noun
from services.versions import Kind

LESIONS = Noun(Kind.LESION, Lesion, LesionFields, LesionRead, LesionVersion)


def add(session: Session, actor: Actor, patient_id: UUID, draft: LesionCreate) -> tuple[LesionRead, bool]:
    """Register a lesion so that it can be followed.

    Returns:
        What is stored now, and whether it was made now: a repeated call makes nothing.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        IdReused: the id belongs to one with other content.
        Deleted: the id belongs to a deleted one.
        TargetLimit: a third target.
        NotMeasurable: it cannot be a target.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    known = registered.first_version(session, patient, LESIONS, draft.id)
    if known is not None:
        current, first = known
        registered.check_replay(LESIONS, first, draft, but=_not_said_by(actor))
        return current, False
    if actor.role is Role.CLINICIAN:
        _check_target(session, patient, draft.id, draft)
    return registered.add(session, actor, patient, LESIONS, draft.id, draft, but=_not_said_by(actor)), True


def list_lesions(session: Session, actor: Actor, patient_id: UUID, window: Window) -> Listed[LesionRead]:
    """All live lesions of a patient."""
    return registered.list_all(session, actor, LESIONS, patient_id, window)


def get(session: Session, actor: Actor, patient_id: UUID, lesion_id: UUID) -> LesionRead:
    """One live lesion."""
    return registered.get(session, actor, LESIONS, patient_id, lesion_id)


def list_versions(
    session: Session, actor: Actor, patient_id: UUID, lesion_id: UUID, window: Window
) -> Listed[LesionVersion]:
    """All versions of a live lesion."""
    return registered.list_versions(session, actor, LESIONS, patient_id, lesion_id, window)


def change(
    session: Session, actor: Actor, patient_id: UUID, lesion_id: UUID, draft: LesionReplace, *, base: int
) -> LesionRead:
    """Replace what is known of a lesion; a patient's change leaves the clinician's fields as they are.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        Deleted: it was deleted.
        VersionConflict: it was changed in the meantime.
        TargetLimit: a third target.
        NotMeasurable: it cannot be a target.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    versions.check_path_id(draft.id, lesion_id)
    current = registered.to_change(session, patient, LESIONS, lesion_id)
    wanted = registered.proposed(session, LESIONS, current, draft, base=base, but=_not_said_by(actor))
    if wanted is None:
        return current
    if (wanted.target, wanted.kind) != (current.target, current.kind):
        _check_target(session, patient, lesion_id, wanted)
    return registered.replace(session, actor, patient, LESIONS, current, wanted)


def unapplied(actor: Actor, current: LesionRead, draft: LesionReplace, *, version: int) -> LesionRead:
    """What a change that came too late would have made of a lesion."""
    return registered.changed(LESIONS, current, draft, version=version, but=_not_said_by(actor))


def remove(session: Session, actor: Actor, patient_id: UUID, lesion_id: UUID, *, base: int | None) -> None:
    """Delete a lesion; what was observed of it stays in the diary."""
    registered.remove(session, actor, LESIONS, patient_id, lesion_id, base=base)


def courses(session: Session, patient_id: UUID) -> tuple[list[recist.Lesion], list[recist.Observation]]:
    """A patient's live lesions and all that was observed of them, in order of day and time recorded."""
    rows = session.scalars(
        select(Lesion)
        .where(col(Lesion.patient_id) == patient_id, col(Lesion.deleted_at).is_(None))
        .order_by(col(Lesion.created_at), col(Lesion.id))
    )
    lesions = [_for_recist(row.id, row) for row in rows]
    if not lesions:
        return [], []
    columns: Any = LesionObservation
    seen = session.execute(
        select(
            columns.lesion_id,
            col(Entry.counted_day),
            columns.state,
            columns.length_tenths,
            columns.width_tenths,
            columns.method,
        )
        .join(Entry, (col(Entry.patient_id) == columns.patient_id) & (col(Entry.id) == columns.entry_id))
        # Those of deleted lesions too, which are left out below: a list of lesions here is slow on PostgreSQL.
        .where(columns.patient_id == patient_id)
        .order_by(col(Entry.counted_day), col(Entry.recorded_at), col(Entry.id), columns.position)
    )
    ids = {lesion.id: lesion.id for lesion in lesions}  # one object for each: ids that are the same compare fast
    return lesions, [
        recist.Observation(
            lesion_id, day, recist.LesionState(state), length, width, method and recist.MeasurementMethod(method)
        )
        for any_id, day, state, length, width, method in seen
        if (lesion_id := ids.get(any_id)) is not None
    ]


def places(session: Session, patient_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Site and side of a patient's live lesions."""
    rows = session.execute(
        select(col(Lesion.id), col(Lesion.site), col(Lesion.side)).where(
            col(Lesion.patient_id) == patient_id, col(Lesion.deleted_at).is_(None)
        )
    )
    return {lesion_id: (site, side) for lesion_id, site, side in rows}


def _not_said_by(actor: Actor) -> tuple[str, ...]:
    """The fields of a lesion that are not this actor's to say: what is sent for them is not used."""
    return () if actor.role is Role.CLINICIAN else CLINICIANS_FIELDS


def _check_target(session: Session, patient: Patient, lesion_id: UUID, lesion: LesionFields | LesionRead) -> None:
    if not lesion.target:
        return
    others, observations = courses(session, patient.id)
    candidate = _for_recist(lesion_id, lesion)
    match recist.target_problem(candidate, [lesion for lesion in others if lesion.id != lesion_id], observations):
        case recist.TargetProblem.LIMIT:
            raise TargetLimit
        case recist.TargetProblem.NOT_MEASURABLE:
            raise NotMeasurable


def _for_recist(lesion_id: UUID, lesion: Lesion | LesionFields | LesionRead) -> recist.Lesion:
    return recist.Lesion(
        id=lesion_id,
        label=lesion.label,
        kind=lesion.kind,
        target=bool(lesion.target),
        confirmed_new=bool(lesion.confirmed_new),
        progressed_on=lesion.progressed_on,
        first_noticed_on=lesion.first_noticed_on,
    )
