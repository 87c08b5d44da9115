"""How the lesions responded and why, and a row for each of them."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from domain.lesions import Assessment, LesionResponse, LesionState
from domain.report import LesionLook, LesionPhoto, PhotoMoment, Report, ReportedLesion, ReportedLesions, ReportPeriod
from reports import figures
from reports.phrases import Phrase, Quote, contained, joined, plain
from reports.plots.axes import Plot
from reports.plots.lesions import COURSE, NARROW_SUM, SUM, course_chart, course_frame, sum_chart, sum_frame
from reports.reasons import reason
from reports.sheets import contents
from reports.sheets.contents import Cell, Chart, Fact, Lesions, Picture, Pictures, Row, Section, Table, Verdict
from reports.sheets.names import kind_name, place_name
from reports.words import NOTHING, Words

MOST_ASSESSMENTS = 12


def lesions(report: Report, words: Words) -> Lesions:
    """The part about lesions."""
    found = report.lesions
    return Lesions(
        section=Section(words.say("Lesions"), words.say("Measured by the patient; the skin only; no RECIST reading.")),
        verdict=None if found.response is None else response_verdict(found.response, words),
        reason=reason(words, found.reason, "lesions/reason"),
        facts=tuple(_facts(found, words)),
        chart=_sum(found, report.period, words, SUM),
        narrow=_sum(found, report.period, words, NARROW_SUM),
        key=words.say(
            "Sum of the target diameters. ● complete sum, ◆ progression (at 0 where there is no sum), △ lower bound "
            "while a target is not measured; the tinted days are those of this report. Single lesions: ● measured, "
            "○ estimated or gone, ▽ too small (counts 5 mm), × not measurable."
        ),
        assessments=_assessments(found, words),
        each=_each(found, report.period, words),
    )


def response_verdict(response: LesionResponse, words: Words) -> Verdict:
    """A response in words and a mark."""
    return {
        LesionResponse.BASELINE: Verdict("■", words.say("baseline"), contents.CALM),
        LesionResponse.COMPLETE: Verdict("▼", words.say("complete response"), contents.GOOD),
        LesionResponse.PARTIAL: Verdict("▼", words.say("partial response"), contents.GOOD),
        LesionResponse.STABLE: Verdict("■", words.say("stable disease"), contents.CALM),
        LesionResponse.PROGRESSION: Verdict("▲", words.say("progression"), contents.ALARM),
        LesionResponse.NOT_EVALUABLE: Verdict("○", words.say("not evaluable"), contents.UNKNOWN),
        LesionResponse.NON_COMPLETE_NON_PROGRESSION: Verdict(
            "■", words.say("neither complete response nor progression"), contents.CALM
        ),
    }[response]


def _facts(found: ReportedLesions, words: Words) -> Iterator[Fact]:
    if found.best_response is not None:
        best = response_verdict(found.best_response, words).text
        if found.confirmed:
            best = words.say("{response}, confirmed after 28 days or more", response=best)
        yield Fact(words.say("Best response"), best)
    if found.progression_on is not None:
        yield Fact(
            words.say("First progression"), (figures.day(words, found.progression_on, "lesions/progression_on"),)
        )
    if found.baseline_mm is not None:
        baseline = _sum_on(found, "baseline", words)
        yield Fact(words.say("Sum at baseline"), baseline)
    if found.nadir_mm is not None:
        yield Fact(words.say("Smallest sum"), _sum_on(found, "nadir", words))
    if found.unconfirmed_new_lesions:
        count = figures.count(words, found.unconfirmed_new_lesions, "lesions/unconfirmed_new_lesions")
        yield Fact(words.say("New, not yet confirmed"), (count,))
    if not found.strict_recist:
        yield Fact(words.say("Targets"), words.say("not as RECIST 1.1 admits them"))


def _sum_on(found: ReportedLesions, key: str, words: Words) -> Phrase:
    millimetres = found.baseline_mm if key == "baseline" else found.nadir_mm
    day = found.baseline_on if key == "baseline" else found.nadir_on
    if millimetres is None:
        return (NOTHING,)
    length = figures.millimetres(words, millimetres, f"lesions/{key}_mm")
    if day is None:
        return (length,)
    return words.say("{sum} on {day}", sum=length, day=figures.day(words, day, f"lesions/{key}_on"))


def _sum(found: ReportedLesions, period: ReportPeriod, words: Words, size: tuple[int, int]) -> Chart | None:
    if not any(one.sum_mm is not None for one in found.history):
        return None
    told = words.say(
        "Sum of the diameters of the target lesions in millimetres over time, with baseline and smallest sum. {facts}.",
        facts=joined(((*fact.name, ": ", *fact.value) for fact in _facts(found, words)), "; "),
    )
    frame = sum_frame(found, period, size)
    title = plain(words.say("Sum of diameters over time"))
    return Chart(f"sum{size[0]}", Plot(*size, title, plain(told), sum_chart(found, period, frame, words)))


def _assessments(found: ReportedLesions, words: Words) -> Table | None:
    """The first, each change of response and the latest."""
    shown = _shown(found.assessments)
    if not shown:
        return None
    rows = []
    for number in shown:
        one, at = found.assessments[number], f"lesions/assessments/{number}"
        total = (NOTHING,) if one.sum_mm is None else (figures.millimetres(words, one.sum_mm, f"{at}/sum_mm"),)
        measured = words.say(
            "{measured} of {targets} targets",
            measured=figures.count(words, one.measured, f"{at}/measured"),
            targets=figures.count(words, one.targets, f"{at}/targets"),
        )
        verdict = response_verdict(one.response, words)
        after = words.say("after progression") if one.after_progression else ()
        rows.append(
            Row(
                head=Cell((figures.day(words, one.day, f"{at}/day"),)),
                verdict=None,
                chart=None,
                cells=(
                    Cell(total, measured),
                    Cell((f"{verdict.mark} ", *verdict.text), after),
                    Cell(reason(words, one.reason, f"{at}/reason")),
                ),
            )
        )
    columns = (words.say("Day"), words.say("Sum"), words.say("Response"), words.say("Why"))
    if len(shown) == len(found.assessments):
        caption = words.say("All assessments of the period")
    else:
        caption = words.say("Assessments of the period: the first, changes of response, the latest")
    return Table(columns, tuple(rows), caption)


def _shown(assessments: Sequence[Assessment]) -> list[int]:
    if not assessments:
        return []
    changed = [
        number
        for number, (before, after) in enumerate(pairwise(assessments), start=1)
        if before.response is not after.response
    ]
    last = len(assessments) - 1
    return sorted({0, *changed[-MOST_ASSESSMENTS:], last})


def _each(found: ReportedLesions, period: ReportPeriod, words: Words) -> Table | None:
    if not found.lesions:
        return None
    columns = (
        words.say("Lesion"),
        words.say("Course"),
        words.say("Baseline"),
        words.say("Smallest"),
        words.say("Latest"),
    )
    rows = tuple(_row(one, number, period, words) for number, one in enumerate(found.lesions))
    return Table(columns, rows, words.say("Each lesion, its longest diameter"))


def _row(lesion: ReportedLesion, number: int, period: ReportPeriod, words: Words) -> Row:
    at = f"lesions/lesions/{number}"
    looks = ((lesion.baseline, "baseline"), (lesion.nadir, "nadir"), (lesion.latest, "latest"))
    return Row(
        head=Cell((Quote(lesion.label),), _what(lesion, at, words)),
        verdict=None,
        chart=_course(lesion, at, number, period, words),
        cells=tuple(_look(look, f"{at}/{key}", words) for look, key in looks),
    )


def _what(lesion: ReportedLesion, at: str, words: Words) -> Phrase:
    said = [
        (place_name(lesion.site, lesion.side, words),),
        (kind_name(lesion.kind, words),),
        words.say("target") if lesion.target else words.say("no target"),
    ]
    noticed = figures.day(words, lesion.first_noticed_on, f"{at}/first_noticed_on")
    if lesion.confirmed_new:
        said.append(words.say("confirmed as new, first noticed on {day}", day=noticed))
    elif lesion.unconfirmed:
        said.append(words.say("new, not yet confirmed, first noticed on {day}", day=noticed))
    if lesion.progressed_on is not None:
        called = figures.day(words, lesion.progressed_on, f"{at}/progressed_on")
        said.append(words.say("called progressed on {day}", day=called))
    return joined(said, " · ")


def _course(lesion: ReportedLesion, at: str, number: int, period: ReportPeriod, words: Words) -> Chart | None:
    if not lesion.points:
        return None
    frame = course_frame(lesion, period)
    told = words.say(
        "Longest diameter in millimetres. Baseline {baseline}, smallest {smallest}, latest {latest}.",
        baseline=_look(lesion.baseline, f"{at}/baseline", words).main,
        smallest=_look(lesion.nadir, f"{at}/nadir", words).main,
        latest=_look(lesion.latest, f"{at}/latest", words).main,
    )
    return Chart(f"l{number}", Plot(*COURSE, contained(lesion.label), plain(told), course_chart(lesion, frame, words)))


def _look(look: LesionLook | None, at: str, words: Words) -> Cell:
    if look is None:
        return Cell((NOTHING,), words.say("not measured"))
    on: Phrase = (figures.day(words, look.day, f"{at}/day"),)
    if look.state is not LesionState.MEASURED:
        on = joined((on, state_name(look.state, words)), ", ")
    return Cell((figures.millimetres(words, look.value_mm, f"{at}/value_mm"),), on)


def state_name(state: LesionState, words: Words) -> Phrase:
    """What the observer could say of a lesion."""
    return {
        LesionState.MEASURED: words.say("measured"),
        LesionState.TOO_SMALL: words.say("too small to measure"),
        LesionState.GONE: words.say("gone"),
        LesionState.UNMEASURABLE: words.say("not measurable"),
    }[state]


def photos(report: Report, words: Words) -> tuple[Pictures, ...]:
    """For each lesion with photos, up to three side by side."""
    found = []
    for number, lesion in enumerate(report.lesions.lesions):
        pictures = tuple(
            _picture(photo, photo.thumbnail, lesion, f"lesions/lesions/{number}/photos/{index}", words)
            for index, photo in enumerate(lesion.photos)
            if photo.thumbnail is not None
        )
        if pictures:
            title = joined(((Quote(lesion.label),), (place_name(lesion.site, lesion.side, words),)), " · ")
            found.append(Pictures(title, pictures))
    return tuple(found)


def _picture(photo: LesionPhoto, jpeg: bytes, lesion: ReportedLesion, at: str, words: Words) -> Picture:
    moment = {
        PhotoMoment.BASELINE: words.say("Baseline"),
        PhotoMoment.NADIR: words.say("Smallest"),
        PhotoMoment.LATEST: words.say("Latest"),
    }[photo.moment]
    caption = joined((moment, (figures.day(words, photo.day, f"{at}/day"),)), ", ")
    if photo.length_mm is not None:
        caption = (*caption, ", ", figures.millimetres(words, photo.length_mm, f"{at}/length_mm"))
    said = words.say("Photo of {lesion}: {caption}", lesion=Quote(lesion.label), caption=caption)
    return Picture(jpeg, said, caption)
