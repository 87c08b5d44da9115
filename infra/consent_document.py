"""The consent document: the clinic's own, else a short neutral one."""

from pathlib import Path

from domain.languages import LANGUAGES, Language

DEFAULT = Path(__file__).parent / "consent"


def text(directory: Path | None, language: Language) -> str:
    """The document in a language, else in the first language there is."""
    folder = directory or DEFAULT
    for choice in (language, *LANGUAGES):
        file = folder / f"{choice}.txt"
        if file.exists():
            return file.read_text(encoding="utf-8")
    message = f"The consent directory has no {LANGUAGES[0]}.txt."
    raise FileNotFoundError(message)
