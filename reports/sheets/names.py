"""The names of symptoms, places and kinds of lesion in a reader's language."""

from domain.body_sites import SIDES, SITES
from domain.symptoms import CATALOGUE
from reports.words import Words

_SYMPTOMS = {str(one.symptom): one.labels for one in CATALOGUE}
_SITES = {str(one.site): one.labels for one in SITES}
_SIDES = {str(one.side): one.labels for one in SIDES}


def symptom_name(symptom: str, words: Words) -> str:
    """What a symptom is called."""
    return words.label(_SYMPTOMS[symptom])


def place_name(site: str, side: str, words: Words) -> str:
    """Where on the body."""
    return f"{words.label(_SITES[site])}, {words.label(_SIDES[side])}"


def kind_name(kind: str, words: Words) -> str:
    """What kind of lesion it is."""
    names = {
        "nodule": words.text("nodule"),
        "plaque": words.text("plaque"),
        "ulcer": words.text("ulcer"),
        "red_patch": words.text("red patch"),
        "dark_patch": words.text("dark patch"),
        "thinned_skin": words.text("thinned skin"),
    }
    return names.get(kind, kind)
