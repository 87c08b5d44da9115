"""A year in which everything is written down every day: the most that a patient can keep, and more than most keep."""

from datetime import date, timedelta
from random import Random
from typing import Any

from domain.symptoms import CATALOGUE
from tests.factories import entry_body, lesion_body, medication_body

DAYS = 365
SYMPTOMS = tuple(str(definition.symptom) for definition in CATALOGUE[:8])
DOSES = ("08:00", "20:00")
Body = dict[str, Any]


class Year:
    """A simulated patient's year, as a phone sends it: 8 symptoms, 2 lesions, 2 medications.

    The lesions are measured on every so many days, all else is told on each.
    """

    def __init__(self, last_day: date, *, measured_every: int = 1, seed: int = 2026) -> None:
        self.first_day = last_day - timedelta(days=DAYS - 1)
        self.last_day = last_day
        since = str(self.first_day)
        self.lesions = [lesion_body(label=f"Lump {letter}", target=True, first_noticed_on=since) for letter in "AB"]
        self.medications = [
            medication_body(name=f"Medicine {letter}", times=list(DOSES), starts_on=since) for letter in "CD"
        ]
        self._measured_every = measured_every
        self._random = Random(seed)

    def entries(self) -> list[Body]:
        """One entry a day, with severities and diameters that wander."""
        severities = dict.fromkeys(SYMPTOMS, 5)
        tenths = [180] * len(self.lesions)
        made = []
        for number in range(DAYS):
            severities = {name: self._wander(value, 1, 10) for name, value in severities.items()}
            tenths = [self._wander(value, 8, 400) for value in tenths]
            measured = tenths if number % self._measured_every == 0 else []
            made.append(self._entry(self.first_day + timedelta(days=number), severities, measured))
        return made

    def _wander(self, value: int, step: int, most: int) -> int:
        return min(most, max(0, value + self._random.randint(-step, step)))

    def _entry(self, day: date, severities: dict[str, int], tenths: list[int]) -> Body:
        counts = {"nodules": self._random.randint(2, 6)}
        return entry_body(
            recorded_at=f"{day}T21:40:00+00:00",
            time_zone="UTC",
            ratings=[
                {"symptom": name, "severity": severity, "count": counts.get(name)}
                for name, severity in severities.items()
            ],
            lesion_observations=[
                {"lesion_id": lesion["id"], "state": "measured", "length_mm": length / 10, "width_mm": length // 2 / 10}
                | {"method": "ruler"}
                for lesion, length in zip(self.lesions, tenths, strict=False)
            ],
            intakes=[
                {"medication_id": medication["id"], "taken": self._random.random() < 0.9}
                for medication in self.medications
                for _ in DOSES
            ],
            lifestyle={"cigarettes": 0, "alcohol_units": 0.5, "activity_minutes": 30, "balanced_meals": 2},
        )
