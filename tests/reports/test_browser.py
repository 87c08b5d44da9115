"""The page of a report in a real browser: on a desktop, a phone and paper; for eyes, ears and whoever writes oddly."""

import io
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from pypdf import PdfReader

from domain.languages import Language
from domain.report import Note, Report
from reports.documents import Options
from reports.formats import Format, write
from tests.reports.samples import sample_report
from tests.reports.test_html import with_photos
from tests.support.optional import skip_or_fail

AXE = Path(__file__).parent / "axe"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESKTOP, PHONE, SMALLEST_PHONE = (1280, 900), (390, 844), (320, 568)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
A4_AT_96_DPI = 794
A4_INSIDE = 703
"""Between the margins."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of this machine."""
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        skip_or_fail("there is no chromium on this machine")
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        except PlaywrightError as error:
            skip_or_fail(error)
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, exactly that of the lock file."""
    npm = shutil.which("npm")
    if npm is None:
        skip_or_fail("there is no npm on this machine")
    directory = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(AXE / name, directory)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    installed = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=300)
    if installed.returncode != 0:
        skip_or_fail(f"npm ci failed, perhaps without a network:\n{installed.stderr}")
    return (directory / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def opened(browser: Browser, report: Report, size: tuple[int, int], **options: Any) -> Page:
    """The page of a report in a window of this size."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)
    page.set_content(write(report, Format.HTML, Options()).decode())
    return page


def outside(page: Page) -> list[str]:
    """Elements that reach out of the window or out of the box that holds them."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(one => {
            const box = one.getBoundingClientRect(), style = getComputedStyle(one);
            const hidden = style.clipPath !== "none" || one.closest("thead, caption, svg") !== null;
            return !hidden && box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
        }).map(one => one.outerHTML.slice(0, 120))"""
    )
    return found


SAMPLES = {
    "worsening": sample_report("worsening"),
    "new lesion, German": sample_report("new_lesion", language="de"),
    "photos": with_photos(sample_report("lesions_respond", length_days=90)),
    "nothing to say": sample_report("stable", length_days=3),
}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", SAMPLES)
def test_axe_finds_nothing_that_keeps_people_from_reading(
    browser: Browser, axe: str, name: str, size: tuple[int, int]
) -> None:
    page = opened(browser, SAMPLES[name], size, bypass_csp=True)
    page.add_script_tag(content=axe)

    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)

    assert len(found["passes"]) > 20
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
    page.close()


@pytest.mark.parametrize("size", [DESKTOP, (900, 700), PHONE, SMALLEST_PHONE])
@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_reaches_out_of_the_window(browser: Browser, name: str, size: tuple[int, int]) -> None:
    page = opened(browser, SAMPLES[name], size)

    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert outside(page) == []
    page.close()


ODD = [
    "W" * 200,
    "رسالة طويلة جدا " * 10,
    "\u202e\u2067abc" * 20,
    "Z\u0351\u036b\u0343\u036a\u0302" * 40,
    "👩‍👩‍👧‍👦" * 40,
    "<b>bold</b><script>document.title='owned'</script>",
    "線" * 200,
]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("written", ODD)
def test_what_somebody_wrote_stays_in_its_box(browser: Browser, written: str, size: tuple[int, int]) -> None:
    report = sample_report("worsening", length_days=40)
    lesion = replace(report.lesions.lesions[0], label=written)
    report = replace(
        report,
        clinic=written,
        patient=replace(report.patient, name=written, record_number=written),
        notes=(Note(date(2026, 6, 10), written), Note(date(2026, 6, 11), "afterwards")),
        lesions=replace(report.lesions, lesions=(lesion,), reason=f"confirmed new lesion: {written}"),
        medications=tuple(replace(one, name=written, dose=written) for one in report.medications),
    )

    page = opened(browser, report, size)

    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert outside(page) == []
    assert page.title().startswith("Report for the follow-up visit")
    assert page.evaluate("getComputedStyle([...document.querySelectorAll('dl.notes bdi')].at(-1)).direction") == "ltr"
    page.close()


def test_the_policy_of_the_page_lets_its_own_style_through_and_no_script(browser: Browser) -> None:
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    html = write(SAMPLES["photos"], Format.HTML, Options()).decode()
    page.set_content(html.replace("</body>", "<script>document.title='owned'</script></body>"))

    assert page.title().startswith("Report")
    assert page.evaluate("getComputedStyle(document.querySelector('th')).textAlign") == "left"
    assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
    assert len(complaints) == 1
    assert "script" in complaints[0]
    page.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("name", SAMPLES)
def test_it_prints_on_few_pages_with_the_essentials_on_the_first(browser: Browser, name: str, paper: str) -> None:
    page = opened(browser, SAMPLES[name], DESKTOP)

    printed = PdfReader(io.BytesIO(page.pdf(format=paper, print_background=True)))

    first = printed.pages[0].extract_text()
    assert 1 <= len(printed.pages) <= 7
    assert SAMPLES[name].patient.name in first
    assert "Symptoms" in first or "Symptome" in first
    page.close()


def test_on_paper_no_row_is_cut_and_nothing_is_wider_than_the_sheet(browser: Browser) -> None:
    page = opened(browser, SAMPLES["worsening"], (A4_AT_96_DPI, 1100))
    page.emulate_media(media="print")

    assert page.evaluate("document.documentElement.scrollWidth") <= A4_AT_96_DPI
    assert page.evaluate("getComputedStyle(document.querySelector('tbody tr')).breakInside") == "avoid"
    page.close()


def broken(page: Page) -> list[str]:
    """Words of ours that go on in the next line, and cells whose content reaches out of them."""
    found: list[str] = page.evaluate(
        """() => {
            const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                const around = walk.currentNode.parentElement, unseen = around.closest("thead, caption");
                if (around.closest("bdi, svg, .origin")) continue;
                if (unseen && getComputedStyle(unseen).clipPath !== "none") continue;
                for (const word of walk.currentNode.data.matchAll(/[\\p{L}\\p{N}.,]+/gu)) {
                    const range = new Range();
                    range.setStart(walk.currentNode, word.index);
                    range.setEnd(walk.currentNode, word.index + word[0].length);
                    if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) found.push(word[0]);
                }
            }
            const wide = [...document.querySelectorAll("th, td")].filter(one => one.scrollWidth > one.clientWidth + 1);
            return found.concat(wide.filter(one => !one.closest("thead")).map(one => one.textContent));
        }"""
    )
    return found


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("media", "width"), [("screen", DESKTOP[0]), ("screen", PHONE[0]), ("print", A4_INSIDE)])
def test_no_word_is_broken_and_no_cell_too_small(
    browser: Browser, language: Language, media: Literal["screen", "print"], width: int
) -> None:
    page = opened(browser, sample_report("very_sick", length_days=365, language=language), (width, 900))
    page.emulate_media(media=media)

    assert page.evaluate("document.querySelectorAll('.symptoms tbody tr').length") > 8
    assert broken(page) == []
    page.close()


def test_what_belongs_together_stays_on_one_sheet(browser: Browser) -> None:
    page = opened(browser, SAMPLES["worsening"], DESKTOP)
    page.emulate_media(media="print")

    inside, after = (
        page.evaluate(f"(names) => names.map(name => getComputedStyle(document.querySelector(name)).{kind})", names)
        for kind, names in (
            ("breakInside", ["footer", ".attention", ".details article", "dl.few"]),
            ("breakAfter", ["h2", ".response", ".response + dl", ".assessments tbody tr"]),
        )
    )

    assert inside == ["avoid"] * 4
    assert after == ["avoid"] * 4
    page.close()


def test_better_and_worse_are_told_without_colour(browser: Browser) -> None:
    page = opened(browser, SAMPLES["worsening"], DESKTOP)

    words = page.evaluate("[...document.querySelectorAll('.symptoms .verdict')].map(one => one.textContent.trim())")

    assert words
    assert all(one in {"▲ worse", "▼ better", "■ stable", "○ too few days"} for one in words)
    page.close()
