"""Photos for the demo clinic: drawn, of the size that the diary tells, taken in through the same door as real ones."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random
from uuid import UUID

from domain.courses import Body, SimulatedPatient
from domain.courses.chance import phone_id
from domain.courses.skins import Spot, photograph
from infra.images.drawing import as_jpeg
from models.photos import PhotoFields
from services import photos
from services.access import Actor
from services.photos import Darkroom

TONES: Mapping[str, int] = {"improving": 1, "worsening": 3}
"""Whose lesions are photographed, and their skin."""
LESIONS_EACH = 2
PHOTOS_EACH = 4


def add(darkroom: Darkroom, actor: Actor, patient_id: UUID, simulated: SimulatedPatient) -> int:
    """Add the photos of one demo patient, each beside a measurement in the diary; how many."""
    added = 0
    for fields, picture in _photos(simulated):
        taken_by = replace(actor, at=fields.taken_at)
        photos.receive(darkroom, taken_by, patient_id, fields, io.BytesIO(picture), language="en")
        added += 1
    return added


def _photos(simulated: SimulatedPatient) -> Iterator[tuple[PhotoFields, bytes]]:
    if simulated.course not in TONES:
        return
    for number, lesion in enumerate(simulated.lesions[:LESIONS_EACH]):
        spot = Spot(seed=number, tone=TONES[simulated.course], kind=lesion["kind"])
        measured = list(_measured(simulated, lesion["id"]))
        step = max(1, (len(measured) - 1) // (PHOTOS_EACH - 1))
        for turn, (entry, length_mm) in enumerate(measured[::step][:PHOTOS_EACH]):
            taken_at = datetime.fromisoformat(entry["recorded_at"])
            fields = PhotoFields.model_validate(
                {
                    "id": phone_id(Random(f"{lesion['id']} {turn}"), taken_at),  # noqa: S311  no secret
                    "taken_at": entry["recorded_at"],
                    "time_zone": entry["time_zone"],
                    "lesion_id": lesion["id"],
                    "entry_id": entry["id"],
                }
            )
            yield fields, as_jpeg(photograph(spot, length_mm, seed=turn))


def _measured(simulated: SimulatedPatient, lesion_id: str) -> Iterator[tuple[Body, float]]:
    """The entries in which a lesion was measured, and its length in mm."""
    for entry in simulated.entries:
        for look in entry.get("lesion_observations") or ():
            if look["lesion_id"] == lesion_id and look["state"] == "measured":
                yield entry, look["length_mm"]
