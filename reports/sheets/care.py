"""What goes with the symptoms: medicines, habits, and what the patient wrote."""

from collections.abc import Iterator

from domain.lifestyle import Mean
from domain.report import Report, ReportedMedication
from reports import figures
from reports.phrases import Phrase, Quote, contained, joined, plain
from reports.plots.axes import Plot
from reports.plots.doses import HEIGHT, WIDTH, dose_chart
from reports.sheets.contents import Cell, Chart, Fact, Row, Table, Writing
from reports.words import NOTHING, Words


def medications(report: Report, words: Words) -> Table | None:
    """A row for each medicine; None if there is none."""
    if not report.medications:
        return None
    columns = (
        words.say("Medicine"),
        words.say("Doses"),
        words.say("Taken of reported"),
        words.say("Reported of expected"),
        words.say("Taken of all expected"),
    )
    rows = tuple(_row(one, number, words) for number, one in enumerate(report.medications))
    return Table(columns, rows, words.say("Medicines over the period"))


def _row(one: ReportedMedication, number: int, words: Words) -> Row:
    at = f"medications/{number}"
    return Row(
        head=Cell(_named(one), joined(_schedule(one, at, words), " · ")),
        verdict=None,
        chart=_chart(one, at, number, words),
        cells=(_taken(one, at, words), _reported(one, at, words), _possible(one, at, words)),
    )


def _named(one: ReportedMedication) -> Phrase:
    return (Quote(one.name),) if one.dose is None else (Quote(one.name), " ", Quote(one.dose))


def _schedule(one: ReportedMedication, at: str, words: Words) -> Iterator[Phrase]:
    if one.as_needed:
        yield words.say("as needed")
    for number, time in enumerate(one.times):
        yield (figures.written(time, f"{at}/times/{number}"),)
    if one.every_days > 1:
        yield words.say("every {days} days", days=figures.count(words, one.every_days, f"{at}/every_days"))
    if one.cycle_on_days is not None and one.cycle_off_days is not None:
        yield words.say(
            "{on} days on, {off} off",
            on=figures.count(words, one.cycle_on_days, f"{at}/cycle_on_days"),
            off=figures.count(words, one.cycle_off_days, f"{at}/cycle_off_days"),
        )
    starts = figures.day(words, one.starts_on, f"{at}/starts_on")
    if one.ends_on is None:
        yield words.say("since {day}", day=starts)
    else:
        yield words.say("{first} to {last}", first=starts, last=figures.day(words, one.ends_on, f"{at}/ends_on"))


def _chart(one: ReportedMedication, at: str, number: int, words: Words) -> Chart | None:
    body = dose_chart(one.doses)
    if body is None:
        return None
    told = words.say(
        "Of all expected doses taken: {possible}. Full is taken, striped not reported, empty not taken.",
        possible=_possible(one, at, words).main,
    )
    return Chart(f"m{number}", Plot(WIDTH, HEIGHT, contained(one.name), plain(told), body))


def _taken(one: ReportedMedication, at: str, words: Words) -> Cell:
    counts = words.say(
        "{taken} of {reported}",
        taken=figures.count(words, one.doses.taken, f"{at}/taken"),
        reported=figures.count(words, one.doses.reported, f"{at}/reported"),
    )
    if one.doses.adherence is None:
        return Cell((NOTHING,), joined((_why_nothing(one, words), counts), ", "))
    return Cell((figures.percent(words, one.doses.adherence, f"{at}/adherence"),), counts)


def _why_nothing(one: ReportedMedication, words: Words) -> Phrase:
    return words.say("as needed") if one.as_needed else words.say("nothing reported")


def _reported(one: ReportedMedication, at: str, words: Words) -> Cell:
    doses = one.doses
    if doses.coverage is None or doses.expected is None:
        return Cell((NOTHING,), _not_expected(one, words))
    counts = words.say(
        "{reported} of {expected}",
        reported=figures.count(words, doses.reported, f"{at}/reported"),
        expected=figures.count(words, doses.expected, f"{at}/expected"),
    )
    return Cell((figures.percent(words, doses.coverage, f"{at}/coverage"),), counts)


def _not_expected(one: ReportedMedication, words: Words) -> Phrase:
    return words.say("as needed") if one.as_needed else words.say("none expected")


def _possible(one: ReportedMedication, at: str, words: Words) -> Cell:
    low, high = one.doses.possible_low, one.doses.possible_high
    if low is None or high is None:
        return Cell((NOTHING,), _not_expected(one, words))
    return Cell(
        words.say(
            "{low} to {high}",
            low=figures.percent(words, low, f"{at}/possible_low"),
            high=figures.percent(words, high, f"{at}/possible_high"),
        ),
        words.say("the rest unknown"),
    )


def lifestyle(report: Report, words: Words) -> tuple[Fact, ...]:
    """Habits over the days on which they were reported."""
    habits = report.lifestyle
    return (
        _habit(words.say("Cigarettes per day"), habits.cigarettes_per_day, "cigarettes_per_day", words),
        _habit(words.say("Alcohol, units per week"), habits.alcohol_units_per_week, "alcohol_units_per_week", words),
        _habit(
            words.say("Movement, minutes per week"),
            habits.activity_minutes_per_week,
            "activity_minutes_per_week",
            words,
        ),
        _habit(words.say("Balanced meals per day"), habits.balanced_meals_per_day, "balanced_meals_per_day", words),
    )


def _habit(name: Phrase, mean: Mean, key: str, words: Words) -> Fact:
    if mean.value is None:
        return Fact(name, (NOTHING, " ", *words.say("not reported")))
    return Fact(
        name,
        words.say(
            "{value} (n\N{NO-BREAK SPACE}{n})",
            value=figures.mean(words, mean.value, f"lifestyle/{key}/value"),
            n=figures.count(words, mean.n, f"lifestyle/{key}/n"),
        ),
    )


def notes(report: Report, words: Words) -> tuple[Writing, ...]:
    """What the patient wrote, in order of day."""
    return tuple(
        Writing((figures.day(words, note.day, f"notes/{number}/day"),), (Quote(note.text),))
        for number, note in enumerate(report.notes)
    )
