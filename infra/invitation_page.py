"""The page behind an invitation's link, for who opens it in a browser instead of the app.

The code follows the `#` of the link, which browsers keep to themselves: the server never sees it.
"""

from collections.abc import Mapping
from html import escape

from domain.languages import LANGUAGES, Language

_WORDS: Mapping[Language, tuple[str, ...]] = {
    "en": (
        "You are invited",
        "Open your clinic's app and enter your one-time code.",
        "It is the last part of this page's address, after the # sign: four groups of four characters.",
        "If the app does not accept the code, it was used already or is too old. Ask your clinic for a new one.",
    ),
    "de": (
        "Sie sind eingeladen",
        "Öffnen Sie die App Ihrer Klinik und geben Sie Ihren einmaligen Code ein.",
        "Er ist der letzte Teil der Adresse dieser Seite, nach dem Zeichen #: vier Gruppen aus vier Zeichen.",
        "Nimmt die App ihn nicht an, wurde er schon benutzt oder ist zu alt. Bitten Sie Ihre Klinik um einen neuen.",
    ),
}
_STYLE = "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#1a1a1a}"


def pages() -> dict[Language, str]:
    """The page in each language: no script, nothing loaded from elsewhere."""
    return {language: _page(language, *_WORDS[language]) for language in LANGUAGES}


def _page(language: Language, title: str, *paragraphs: str) -> str:
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{text}</html>"
    )
