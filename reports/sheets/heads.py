"""Who the report is about, which days it covers, and how much of the diary was written."""

from collections.abc import Iterator

from domain.report import PeriodChoice, Report, VisitStatus
from reports import figures
from reports.phrases import Phrase, Quote
from reports.sheets.contents import Fact
from reports.words import NOTHING, Words


def facts(report: Report, words: Words) -> tuple[Fact, ...]:
    """The head of the first page."""
    return tuple(_facts(report, words))


def _facts(report: Report, words: Words) -> Iterator[Fact]:
    patient, done = report.patient, report.completion
    if patient.birth_date:
        yield Fact(words.say("Born"), (figures.day(words, patient.birth_date, "patient/birth_date"),))
    if patient.record_number:
        yield Fact(words.say("Record number"), (Quote(patient.record_number),))
    yield Fact(words.say("Enrolled"), (figures.day(words, patient.enrolled_on, "patient/enrolled_on"),))
    yield Fact(words.say("Period"), _period(report, words))
    if done.rate is None:
        rated: Phrase = (NOTHING, " ", *words.say("no day was expected"))
    else:
        rated = words.say(
            "{observed} of {expected} days ({rate}), longest gap {gap}",
            observed=figures.count(words, done.observed_days, "completion/observed_days"),
            expected=figures.count(words, done.expected_days, "completion/expected_days"),
            rate=figures.percent(words, done.rate, "completion/rate"),
            gap=days(words, done.longest_gap_days, "completion/longest_gap_days"),
        )
    yield Fact(words.say("Days with a rating"), rated)
    for number, visit in enumerate(report.visits):
        if visit.status is VisitStatus.PLANNED:
            planned = figures.day(words, visit.planned_for, f"visits/{number}/planned_for")
            yield Fact(words.say("Next visit"), (planned,))
            return


def days(words: Words, count: int, path: str) -> Phrase:
    """A number of days."""
    return words.say_many(
        "{count}\N{NO-BREAK SPACE}day", "{count}\N{NO-BREAK SPACE}days", count, count=figures.count(words, count, path)
    )


def _period(report: Report, words: Words) -> Phrase:
    period = report.period
    span = words.say(
        "{first} to {last}",
        first=figures.day(words, period.first, "from"),
        last=figures.day(words, period.last, "to"),
    )
    visit = period.since_visit_on
    match period.chosen:
        case PeriodChoice.SINCE_LAST_VISIT if visit is not None:
            return words.say(
                "{span}, since the visit of {visit}", span=span, visit=figures.day(words, visit, "since_visit_on")
            )
        case PeriodChoice.SINCE_ENROLMENT:
            return words.say("{span}, since enrolment", span=span)
        case PeriodChoice.LONGEST:
            return words.say("{span}, the longest period that a report covers", span=span)
        case _:
            return span
