"""Which characters a font has is read from the font itself."""

from pathlib import Path

from reports.glyphs import BUNDLED, REPLACEMENT, Legible, characters, font_files


def test_the_fonts_that_come_along_have_what_a_report_says() -> None:
    files = font_files([BUNDLED])
    legible = Legible([BUNDLED])

    assert len(files) == 6
    assert (BUNDLED / "OFL.txt").read_text(encoding="utf-8").count("SIL OPEN FONT LICENSE") >= 1
    said = "Größe ▲▼■○●◆△▽×–−…· ñ ł ő ß Ω Ж ש ش"
    assert legible(said) == said


def test_bold_has_every_letter_that_regular_has() -> None:
    regular, bold = (characters(BUNDLED / f"NotoSans-{weight}.ttf") for weight in ("Regular", "Bold"))

    assert regular == bold
    assert len(regular) > 2500


def test_what_is_no_font_has_no_characters(tmp_path: Path) -> None:
    (tmp_path / "a.ttf").write_bytes(b"")
    (tmp_path / "b.otf").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "notes.txt").write_text("no font")

    files = font_files([tmp_path])

    assert [file.name for file in files] == ["a.ttf", "b.otf"]
    assert [characters(file) for file in files] == [frozenset(), frozenset()]
    assert Legible([tmp_path])("Ä") == REPLACEMENT
