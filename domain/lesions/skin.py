"""What part each lesion plays in the response, and what is known of all of them on a day."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.lesions.observations import Lesion, Observation, is_there


class Part(StrEnum):
    """What a lesion counts as."""

    TARGET = "target"
    NON_TARGET = "non_target"
    NEW = "new"
    """A clinician confirmed it, and it was first noticed after the baseline."""
    UNCONFIRMED = "unconfirmed"
    """First noticed after the baseline, and no clinician has judged it yet."""


def noticed_days(lesions: Iterable[Lesion], observations: Iterable[Observation]) -> dict[UUID, date]:
    """The day from which each lesion is known: noticed, observed or called progressed, whichever was first.

    Args:
        lesions: all of the patient's.
        observations: in order of day.
    """
    noticed = {
        lesion.id: min(lesion.first_noticed_on, lesion.progressed_on or lesion.first_noticed_on) for lesion in lesions
    }
    looked_at: set[UUID] = set()
    for observation in observations:
        if observation.lesion_id not in looked_at:
            looked_at.add(observation.lesion_id)
            noticed[observation.lesion_id] = min(noticed[observation.lesion_id], observation.day)
    return noticed


def part_of(lesion: Lesion, noticed: date, since: date | None, *, called_progressed: bool) -> Part:
    """What a lesion counts as. An old lump that was registered late is not new.

    Args:
        lesion: the lesion.
        noticed: the day from which it is known.
        since: the baseline; None if there is none yet, when nothing can be new.
        called_progressed: a clinician called it progressed: judged, even if not confirmed as new.
    """
    if lesion.target:
        return Part.TARGET
    if since is None or noticed <= since:
        return Part.NON_TARGET
    if lesion.confirmed_new:
        return Part.NEW
    return Part.NON_TARGET if called_progressed else Part.UNCONFIRMED


class Skin:
    """What is known of the lesions at the end of a day; told of notices, looks and calls in order.

    Every lesion stays as it was last seen: gone until it is seen again, there until it is seen gone. What nobody could
    see (`unmeasurable`) changes nothing. The mappings are sets that remember their order.

    Attributes:
        there: counted lesions (all but the unconfirmed) that were there when last seen.
        remaining: counted lesions not known to be gone, seen or not.
        new: confirmed new lesions that are there.
        progressed: lesions a clinician called progressed, not seen gone since.
        unconfirmed: unconfirmed new lesions not known to be gone.
    """

    def __init__(self, lesions: Mapping[UUID, Lesion], parts: Mapping[UUID, Part]) -> None:
        """Start before anything is known.

        Args:
            lesions: by id.
            parts: what each lesion counts as.
        """
        self._lesions = lesions
        self._parts = parts
        self._seen: dict[UUID, bool] = {}
        self.there: dict[UUID, Lesion] = {}
        self.remaining: dict[UUID, Lesion] = {}
        self.new: dict[UUID, Lesion] = {}
        self.progressed: dict[UUID, Lesion] = {}
        self.unconfirmed: dict[UUID, Lesion] = {}

    def notice(self, lesion: Lesion) -> None:
        """A lesion is known from now on; one that a clinician confirmed as new is there even before it is looked at."""
        part = self._parts[lesion.id]
        if part is Part.NEW:
            self._see(lesion.id, there=True)
        elif part is Part.UNCONFIRMED:
            self.unconfirmed[lesion.id] = lesion
        else:
            self.remaining[lesion.id] = lesion

    def look(self, observation: Observation) -> None:
        """Somebody looked at a lesion."""
        there = is_there(observation)
        if there is not None and self._seen.get(observation.lesion_id) is not there:
            self._see(observation.lesion_id, there=there)

    def call(self, lesion: Lesion) -> None:
        """A clinician called a lesion progressed: the last word of its day."""
        self._see(lesion.id, there=True)
        self.progressed[lesion.id] = lesion

    def _see(self, lesion_id: UUID, *, there: bool) -> None:
        self._seen[lesion_id] = there
        if not there:
            for known in (self.there, self.remaining, self.new, self.progressed, self.unconfirmed):
                known.pop(lesion_id, None)
            return
        lesion, part = self._lesions[lesion_id], self._parts[lesion_id]
        if part is Part.UNCONFIRMED:
            self.unconfirmed[lesion_id] = lesion
            return
        self.there[lesion_id] = self.remaining[lesion_id] = lesion
        if part is Part.NEW:
            self.new[lesion_id] = lesion
