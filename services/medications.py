"""A patient's medications: registered, changed and ended by the patient or the clinicians."""

from uuid import UUID

from sqlmodel import Session

from models.medications import (
    Medication,
    MedicationCreate,
    MedicationFields,
    MedicationRead,
    MedicationReplace,
    MedicationVersion,
)
from services import access, registered, versions
from services.access import Actor
from services.listing import Listed, Window
from services.registered import Noun
from services.versions import Kind

MEDICATIONS = Noun(Kind.MEDICATION, Medication, MedicationFields, MedicationRead, MedicationVersion)


def add(session: Session, actor: Actor, patient_id: UUID, draft: MedicationCreate) -> tuple[MedicationRead, bool]:
    """Register a medication.

    Returns:
        What is stored now, and whether it was made now: a repeated call makes nothing.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        IdReused: the id belongs to one with other content.
        Deleted: the id belongs to a deleted one.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    known = registered.first_version(session, patient, MEDICATIONS, draft.id)
    if known is None:
        return registered.add(session, actor, patient, MEDICATIONS, draft.id, draft), True
    current, first = known
    registered.check_replay(MEDICATIONS, first, draft)
    return current, False


def list_medications(session: Session, actor: Actor, patient_id: UUID, window: Window) -> Listed[MedicationRead]:
    """All live medications of a patient."""
    return registered.list_all(session, actor, MEDICATIONS, patient_id, window)


def get(session: Session, actor: Actor, patient_id: UUID, medication_id: UUID) -> MedicationRead:
    """One live medication."""
    return registered.get(session, actor, MEDICATIONS, patient_id, medication_id)


def list_versions(
    session: Session, actor: Actor, patient_id: UUID, medication_id: UUID, window: Window
) -> Listed[MedicationVersion]:
    """All versions of a live medication."""
    return registered.list_versions(session, actor, MEDICATIONS, patient_id, medication_id, window)


def change(
    session: Session, actor: Actor, patient_id: UUID, medication_id: UUID, draft: MedicationReplace, *, base: int
) -> MedicationRead:
    """Replace a medication's content.

    Raises:
        ConsentRequired: the patient's consent is missing, withdrawn or too old.
        Deleted: it was deleted.
        VersionConflict: it was changed in the meantime.
    """
    patient = access.patient_to_change(session, actor, patient_id)
    versions.check_path_id(draft.id, medication_id)
    current = registered.to_change(session, patient, MEDICATIONS, medication_id)
    wanted = registered.proposed(session, MEDICATIONS, current, draft, base=base)
    return current if wanted is None else registered.replace(session, actor, patient, MEDICATIONS, current, wanted)


def remove(session: Session, actor: Actor, patient_id: UUID, medication_id: UUID, *, base: int | None) -> None:
    """Delete a medication."""
    registered.remove(session, actor, MEDICATIONS, patient_id, medication_id, base=base)
