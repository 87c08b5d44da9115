"""Where on the body: SNOMED CT (DICOM CID 4029, mCODE)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.languages import Labels


class Site(StrEnum):
    """A region of the body's surface."""

    BREAST_SKIN = "breast_skin"
    AREOLA = "areola"
    NIPPLE = "nipple"
    CHEST_WALL = "chest_wall"
    ANTERIOR_THORAX = "anterior_thorax"
    POSTERIOR_THORAX = "posterior_thorax"
    SUPRACLAVICULAR = "supraclavicular"
    INFRACLAVICULAR = "infraclavicular"
    AXILLA = "axilla"
    BACK = "back"
    LOWER_BACK = "lower_back"
    ABDOMEN = "abdomen"
    SCALP = "scalp"
    FACE = "face"
    NECK = "neck"
    ANTERIOR_UPPER_ARM = "anterior_upper_arm"
    POSTERIOR_UPPER_ARM = "posterior_upper_arm"
    ANTERIOR_FOREARM = "anterior_forearm"
    POSTERIOR_FOREARM = "posterior_forearm"
    HAND = "hand"
    LOWER_LIMB = "lower_limb"
    GROIN = "groin"


class Side(StrEnum):
    """Which side of the body."""

    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class SiteDefinition:
    """One region: how it is called and coded."""

    site: Site
    labels: Labels
    snomed_ct: str


@dataclass(frozen=True, slots=True)
class SideDefinition:
    """One side: how it is called and, where SNOMED CT has a qualifier for it, coded."""

    side: Side
    labels: Labels
    snomed_ct: str | None


def _site(site: Site, en: str, de: str, snomed_ct: str) -> SiteDefinition:
    return SiteDefinition(site, {"en": en, "de": de}, snomed_ct)


SITES: tuple[SiteDefinition, ...] = (
    _site(Site.BREAST_SKIN, "Skin of the breast", "Haut der Brust", "82038008"),
    _site(Site.AREOLA, "Areola", "Warzenhof", "72005009"),
    _site(Site.NIPPLE, "Nipple", "Brustwarze", "54468004"),
    _site(Site.CHEST_WALL, "Chest wall", "Brustwand", "78904004"),
    _site(Site.ANTERIOR_THORAX, "Front of the chest", "Brustkorb vorn", "244106003"),
    _site(Site.POSTERIOR_THORAX, "Back of the chest", "Brustkorb hinten", "244111001"),
    _site(Site.SUPRACLAVICULAR, "Above the collarbone", "Über dem Schlüsselbein", "76072005"),
    _site(Site.INFRACLAVICULAR, "Below the collarbone", "Unter dem Schlüsselbein", "66288003"),
    _site(Site.AXILLA, "Armpit", "Achsel", "76261009"),
    _site(Site.BACK, "Back", "Rücken", "66643007"),
    _site(Site.LOWER_BACK, "Lower back", "Unterer Rücken", "113182001"),
    _site(Site.ABDOMEN, "Belly", "Bauch", "75093004"),
    _site(Site.SCALP, "Scalp", "Kopfhaut", "43067004"),
    _site(Site.FACE, "Face", "Gesicht", "73897004"),
    _site(Site.NECK, "Neck", "Hals", "43081002"),
    _site(Site.ANTERIOR_UPPER_ARM, "Front of the upper arm", "Oberarm vorn", "45981001"),
    _site(Site.POSTERIOR_UPPER_ARM, "Back of the upper arm", "Oberarm hinten", "72939005"),
    _site(Site.ANTERIOR_FOREARM, "Inside of the forearm", "Unterarm innen", "70559009"),
    _site(Site.POSTERIOR_FOREARM, "Outside of the forearm", "Unterarm außen", "41550009"),
    _site(Site.HAND, "Hand", "Hand", "33712006"),
    _site(Site.LOWER_LIMB, "Leg", "Bein", "371304004"),
    _site(Site.GROIN, "Groin", "Leiste", "39687006"),
)

SIDES: tuple[SideDefinition, ...] = (
    SideDefinition(Side.LEFT, {"en": "left", "de": "links"}, "7771000"),
    SideDefinition(Side.RIGHT, {"en": "right", "de": "rechts"}, "24028007"),
    SideDefinition(Side.MIDLINE, {"en": "in the middle", "de": "in der Mitte"}, None),
    SideDefinition(Side.BOTH, {"en": "both", "de": "beidseits"}, None),
)
