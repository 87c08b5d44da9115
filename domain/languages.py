"""Choosing a language that a person reads."""

from collections.abc import Mapping
from typing import Literal, get_args

Language = Literal["en", "de"]
Labels = Mapping[Language, str]

LANGUAGES: tuple[Language, ...] = get_args(Language)


def preferred(accept_language: str | None, *, default: Language = "en") -> Language:
    """The language of an Accept-Language header (RFC 9110, 12.5.4) that we have, else the default.

    An unreadable header chooses nothing: it is a wish, not a condition.
    """
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        name, _, quality = parameters.strip().partition("=")
        try:
            weight = float(quality) if name == "q" else 1.0
        except ValueError:
            continue
        wishes.append((-weight, position, tag.split("-")[0].lower()))
    for weight, _, tag in sorted(wishes):
        for language in LANGUAGES:
            if weight < 0 and tag == language:
                return language
    return default
