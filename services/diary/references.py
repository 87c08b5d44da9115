"""What entries refer to: it must be there, for this patient; what was deleted counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from domain.errors import Fault, UnknownReference
from models.diary import Entry, EntryCreate
from models.lesions import Lesion
from models.medications import Medication
from services import bulk

Place = bulk.Key
"""A patient, and something of theirs."""


@dataclass(frozen=True, slots=True)
class References:
    """Those lesions and medications that some drafts name and their patients do not have."""

    missing_lesions: frozenset[Place]
    missing_medications: frozenset[Place]

    def check(self, patient_id: UUID, draft: EntryCreate) -> None:
        """All that a draft refers to must be there.

        Raises:
            UnknownReference: with a pointer to each that is not.
        """
        faults = [
            Fault(f"/lesion_observations/{index}/lesion_id", "this patient has no such lesion")
            for index, observation in enumerate(draft.lesion_observations)
            if (patient_id, observation.lesion_id) in self.missing_lesions
        ] + [
            Fault(f"/intakes/{index}/medication_id", "this patient has no such medication")
            for index, intake in enumerate(draft.intakes)
            if (patient_id, intake.medication_id) in self.missing_medications
        ]
        if faults:
            raise UnknownReference(faults=faults)


def known(session: Session, drafts: Iterable[tuple[UUID, EntryCreate]]) -> tuple[References, frozenset[Place]]:
    """What patients lack of all that their drafts refer to, and which of the drafts' own ids there are already."""
    lesions: set[Place] = set()
    medications: set[Place] = set()
    entries: set[Place] = set()
    for patient_id, draft in drafts:
        lesions.update((patient_id, observation.lesion_id) for observation in draft.lesion_observations)
        medications.update((patient_id, intake.medication_id) for intake in draft.intakes)
        if draft.id is not None:
            entries.add((patient_id, draft.id))
    found = bulk.surprises(
        session, ("patient_id", "id"), there={Lesion: lesions, Medication: medications}, new={Entry: entries}
    )
    return References(found[Lesion], found[Medication]), found[Entry]
