"""What a pushed change does to each kind: the same as a request of its own."""

from collections.abc import Callable
from typing import cast
from uuid import UUID

from sqlmodel import Session

from models.fields import VersionedRead
from models.lesions import LesionCreate
from models.medications import MedicationCreate, MedicationReplace
from models.sync import ChangeKind, ChangeOp, ChangePush, ChangeRead
from services import diary, lesions, medications, photos, registered, versions
from services.access import Actor
from services.diary import PhoneClock, Submission
from services.lesions import LESIONS
from services.medications import MEDICATIONS
from services.versions import Kind

REMOVE: dict[ChangeKind, Callable[..., object]] = {
    ChangeKind.ENTRY: diary.remove,
    ChangeKind.LESION: lesions.remove,
    ChangeKind.MEDICATION: medications.remove,
    ChangeKind.PHOTO: photos.remove,  # its pictures are then nobody's, and swept up
}


def write(session: Session, actor: Actor, patient_id: UUID, change: ChangePush) -> VersionedRead | None:
    """Carry out one change: a deletion, or an upsert of what is registered; entries are written many at once.

    Returns:
        The object as it is now; None if it is deleted.

    Raises:
        DermatrendError: as the operations of that kind do; nothing is written then.
    """
    base = change.base_version
    if change.op is ChangeOp.DELETE:
        REMOVE[change.kind](session, actor, patient_id, change.id, base=base)
        return None
    if change.lesion is not None:
        if base is not None:
            return lesions.change(session, actor, patient_id, change.id, change.lesion, base=base)
        lesion = LesionCreate.model_validate({**change.lesion.model_dump(), "id": change.id})
        return lesions.add(session, actor, patient_id, lesion)[0]
    draft = cast("MedicationReplace", change.medication)  # what else there is
    if base is not None:
        return medications.change(session, actor, patient_id, change.id, draft, base=base)
    medication = MedicationCreate.model_validate({**draft.model_dump(), "id": change.id})
    return medications.add(session, actor, patient_id, medication)[0]


def keep_unapplied(session: Session, actor: Actor, change: ChangePush, current: ChangeRead, clock: PhoneClock) -> None:
    """Keep the text of a change that came too late."""
    version = (change.base_version or 0) + 1
    if change.entry is not None and current.entry is not None:
        submission = Submission(actor, current.entry.patient_id, change.entry, clock)
        entry = diary.unapplied(submission, current.entry, version=version)
        versions.keep_unapplied(session, actor, Kind.ENTRY, entry, diary.CONTENT)
    if change.lesion is not None and current.lesion is not None:
        lesion = lesions.unapplied(actor, current.lesion, change.lesion, version=version)
        versions.keep_unapplied(session, actor, Kind.LESION, lesion, LESIONS.content())
    if change.medication is not None and current.medication is not None:
        medication = registered.changed(MEDICATIONS, current.medication, change.medication, version=version)
        versions.keep_unapplied(session, actor, Kind.MEDICATION, medication, MEDICATIONS.content())
