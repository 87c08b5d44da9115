"""What entries refer to: it must be there, for this patient; what was deleted counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, SQLModel

from domain.errors import Fault, UnknownReference
from models.diary import EntryCreate
from models.lesions import Lesion
from models.medications import Medication
from services import bulk

Place = tuple[UUID, UUID]
"""A patient, and something of theirs."""


@dataclass(frozen=True, slots=True)
class References:
    """Those lesions and medications that some drafts name and their patients have."""

    lesions: frozenset[Place]
    medications: frozenset[Place]

    def check(self, patient_id: UUID, draft: EntryCreate) -> None:
        """All that a draft refers to must be there.

        Raises:
            UnknownReference: with a pointer to each that is not.
        """
        faults = [
            Fault(f"/lesion_observations/{index}/lesion_id", "this patient has no such lesion")
            for index, observation in enumerate(draft.lesion_observations)
            if (patient_id, observation.lesion_id) not in self.lesions
        ] + [
            Fault(f"/intakes/{index}/medication_id", "this patient has no such medication")
            for index, intake in enumerate(draft.intakes)
            if (patient_id, intake.medication_id) not in self.medications
        ]
        if faults:
            raise UnknownReference(faults=faults)


def references(session: Session, drafts: Iterable[tuple[UUID, EntryCreate]]) -> References:
    """What patients have of all that their drafts refer to."""
    lesions: set[Place] = set()
    medications: set[Place] = set()
    for patient_id, draft in drafts:
        lesions.update((patient_id, observation.lesion_id) for observation in draft.lesion_observations)
        medications.update((patient_id, intake.medication_id) for intake in draft.intakes)
    return References(existing(session, Lesion, lesions), existing(session, Medication, medications))


def existing(session: Session, model: type[SQLModel], places: Iterable[Place]) -> frozenset[Place]:
    """Those of the places where there is a row, or was one."""
    keys = [{"patient_id": patient_id, "id": id_} for patient_id, id_ in places]
    return frozenset((row.patient_id, row.id) for row in bulk.matching(session, model, keys, ("patient_id", "id")))
