"""One version of an entry on its way into the tables."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from domain import clocks
from models.diary import EntryRead
from models.fields import tenths
from services.diary.submissions import Submission


class Written:
    """One version of an entry on its way into the tables."""

    def __init__(
        self,
        submission: Submission,
        *,
        entry_id: UUID,
        revision: int,
        version: int = 1,
        received_at: datetime | None = None,
    ) -> None:
        actor, draft, clock = submission.actor, submission.draft, submission.clock
        self.patient_id = submission.patient_id
        self.entry_id = entry_id
        self.draft = draft
        self.day = draft.local_day()
        self.received_at = received_at or actor.at
        self.reading = clocks.read_clock(
            draft.recorded_at,
            draft.time_zone,
            day=self.day,
            received_at=actor.at,
            first_received_at=self.received_at,
            skew=clock.skew,
            clock_unreadable=clock.unreadable,
        )
        self.version = version
        self.revision = revision
        self.recorded_by = actor.account_id

    def row(self) -> dict[str, Any]:
        """Columns of the entry itself."""
        lifestyle = self.draft.lifestyle
        return {
            "patient_id": self.patient_id,
            "id": self.entry_id,
            "version": self.version,
            "revision": self.revision,
            "recorded_at": self.draft.recorded_at,
            "utc_offset_minutes": clocks.offset_minutes(self.draft.recorded_at),
            "time_zone": self.draft.time_zone,
            "day": self.day,
            "counted_day": self.reading.counted_day,
            "received_at": self.received_at,
            "late": self.reading.late,
            "flags": [str(flag) for flag in self.reading.flags],
            "note": self.draft.note,
            "cigarettes": lifestyle and lifestyle.cigarettes,
            "alcohol_units": lifestyle and lifestyle.alcohol_units,
            "activity_minutes": lifestyle and lifestyle.activity_minutes,
            "balanced_meals": lifestyle and lifestyle.balanced_meals,
            "recorded_by": self.recorded_by,
            "deleted_at": None,
        }

    def ratings(self) -> list[dict[str, Any]]:
        """Columns of its ratings."""
        return [self._part(position, vars(rating)) for position, rating in enumerate(self.draft.ratings)]

    def observations(self) -> list[dict[str, Any]]:
        """Columns of its lesion observations."""
        return [
            self._part(
                position,
                {
                    **vars(observation),
                    "length_tenths": tenths(observation.length_mm),
                    "width_tenths": tenths(observation.width_mm),
                },
            )
            for position, observation in enumerate(self.draft.lesion_observations)
        ]

    def intakes(self) -> list[dict[str, Any]]:
        """Columns of its intakes."""
        return [
            self._part(
                position,
                {
                    **vars(intake),
                    "taken_offset_minutes": intake.taken_at and clocks.offset_minutes(intake.taken_at),
                },
            )
            for position, intake in enumerate(self.draft.intakes)
        ]

    def read(self) -> EntryRead:
        """How it is answered."""
        draft = self.draft
        # In one go: shapes made one by one take twice as long.
        return EntryRead.model_validate(
            {
                **vars(draft),
                "ratings": _each(draft.ratings),
                "lesion_observations": _each(draft.lesion_observations),
                "intakes": _each(draft.intakes),
                "lifestyle": draft.lifestyle and vars(draft.lifestyle),
                "id": self.entry_id,
                "patient_id": self.patient_id,
                "day": self.day,
                "version": self.version,
                "revision": self.revision,
                "counted_day": self.reading.counted_day,
                "received_at": self.received_at,
                "late": self.reading.late,
                "flags": [str(flag) for flag in self.reading.flags],
                "recorded_by": self.recorded_by,
            }
        )

    def _part(self, position: int, columns: dict[str, Any]) -> dict[str, Any]:
        return {"patient_id": self.patient_id, "entry_id": self.entry_id, "position": position, **columns}


def _each(parts: Iterable[BaseModel]) -> list[dict[str, Any]]:
    return [vars(part) for part in parts]
