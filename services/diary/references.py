"""What entries refer to: it must be there, for this patient; what was deleted counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from domain.errors import Fault, UnknownReference
from models.diary import EntryCreate
from models.lesions import Lesion
from models.medications import Medication


@dataclass(frozen=True, slots=True)
class References:
    """Those lesions and medications that some drafts name and the patient has."""

    lesions: frozenset[UUID]
    medications: frozenset[UUID]

    def check(self, draft: EntryCreate) -> None:
        """All that a draft refers to must be there.

        Raises:
            UnknownReference: with a pointer to each that is not.
        """
        faults = [
            Fault(f"/lesion_observations/{index}/lesion_id", "this patient has no such lesion")
            for index, observation in enumerate(draft.lesion_observations)
            if observation.lesion_id not in self.lesions
        ] + [
            Fault(f"/intakes/{index}/medication_id", "this patient has no such medication")
            for index, intake in enumerate(draft.intakes)
            if intake.medication_id not in self.medications
        ]
        if faults:
            raise UnknownReference(faults=faults)


def references(session: Session, patient_id: UUID, drafts: Sequence[EntryCreate]) -> References:
    """What a patient has of all that the drafts refer to."""
    lesions = {observation.lesion_id for draft in drafts for observation in draft.lesion_observations}
    medications = {intake.medication_id for draft in drafts for intake in draft.intakes}
    return References(
        _known(session, Lesion, patient_id, lesions), _known(session, Medication, patient_id, medications)
    )


def _known(
    session: Session, table: type[Lesion] | type[Medication], patient_id: UUID, ids: set[UUID]
) -> frozenset[UUID]:
    if not ids:
        return frozenset()
    return frozenset(
        session.scalars(select(col(table.id)).where(col(table.patient_id) == patient_id, col(table.id).in_(ids)))
    )
