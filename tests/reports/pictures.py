"""Makes the pictures of the documentation: the first page of the PDF of three invented people. It needs pdftoppm."""

import io
import subprocess
from pathlib import Path

from PIL import Image

from domain.languages import Language
from reports.documents import Options
from reports.formats import Format, write
from tests.reports.samples import sample_report

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
COURSES: dict[str, Language] = {"improving": "en", "worsening": "en", "lesions_respond": "de"}
DOTS_PER_INCH = 110
COLOURS = 64
COMMAND = ("pdftoppm", "-png", "-singlefile", "-r", str(DOTS_PER_INCH), "-")


def main() -> None:
    """Make them all."""
    for course, language in COURSES.items():
        pdf = write(sample_report(course, language=language), Format.PDF, Options())
        drawn = subprocess.run(COMMAND, input=pdf, stdout=subprocess.PIPE, check=True).stdout
        with Image.open(io.BytesIO(drawn)) as page:
            page.convert("RGB").quantize(COLOURS).save(PICTURES / f"{course}.png", optimize=True)


if __name__ == "__main__":
    main()
