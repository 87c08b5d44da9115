"""The symptom catalogue: what is asked, how it is called, how it is coded.

Severity is a 0-10 numeric rating, 0 none to 10 worst imaginable, worst of the last 24 hours.
SNOMED CT codes are data under SNOMED International's licence; LOINC codes that demand coded answers
(39116-9, 72288-4) are left out on purpose, as are any item texts of PRO-CTCAE.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.languages import Labels


class Symptom(StrEnum):
    """What can be rated."""

    PAIN = "pain"
    ITCHING = "itching"
    NODULES = "nodules"
    ERYTHEMA = "erythema"
    EDEMA = "edema"
    ULCERATION = "ulceration"
    HYPERPIGMENTATION = "hyperpigmentation"
    SKIN_ATROPHY = "skin_atrophy"
    BLEEDING = "bleeding"
    EXUDATE = "exudate"
    ODOR = "odor"
    FATIGUE = "fatigue"
    SLEEP = "sleep"


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of the catalogue."""

    symptom: Symptom
    labels: Labels
    lowest: Labels
    """What 0 means."""
    highest: Labels
    """What 10 means."""
    snomed_ct: str | None
    asks_interference: bool = False
    asks_count: bool = False


_NONE: Labels = {"en": "none", "de": "gar nicht"}
_WORST: Labels = {"en": "worst imaginable", "de": "schlimmste vorstellbare"}


def _of(symptom: Symptom, en: str, de: str, snomed_ct: str | None, **also: bool) -> Definition:
    return Definition(symptom, {"en": en, "de": de}, _NONE, _WORST, snomed_ct, **also)


CATALOGUE: tuple[Definition, ...] = (
    _of(Symptom.PAIN, "Pain of the skin", "Schmerzen der Haut", "403598008", asks_interference=True),
    _of(Symptom.ITCHING, "Itching", "Juckreiz", "418363000", asks_interference=True),
    _of(Symptom.NODULES, "Lumps in the skin", "Knoten in der Haut", None, asks_count=True),
    _of(Symptom.ERYTHEMA, "Redness", "Rötung", "247441003"),
    # 424372002 is swelling of a limb; without a site the general code is the true one.
    _of(Symptom.EDEMA, "Swelling", "Schwellung", "274724004"),
    _of(Symptom.ULCERATION, "Open sores", "Offene Wunden", "46742003"),
    _of(Symptom.HYPERPIGMENTATION, "Darkening of the skin", "Dunkle Verfärbung der Haut", "49765009"),
    _of(Symptom.SKIN_ATROPHY, "Thin skin", "Dünne Haut", "400190005"),
    _of(Symptom.BLEEDING, "Bleeding", "Blutung", "297968009"),
    _of(Symptom.EXUDATE, "Weeping of the wound", "Nässen der Wunde", None),
    _of(Symptom.ODOR, "Smell of the wound", "Geruch der Wunde", None),
    _of(Symptom.FATIGUE, "Tiredness", "Erschöpfung", "84229001"),
    _of(Symptom.SLEEP, "Trouble sleeping", "Schlafprobleme", None),
)
