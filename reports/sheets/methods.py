"""How the numbers were made, in words, and where the report itself comes from."""

from domain.report import Method, MethodKey, Report
from reports import figures
from reports.phrases import Phrase, Quote
from reports.sheets.contents import Fact
from reports.words import Words


def methods(report: Report, words: Words) -> tuple[Fact, ...]:
    """Each method with its source."""
    return tuple(_method(one, words) for one in report.methods)


def _method(one: Method, words: Words) -> Fact:
    name, text = _described(words)[one.key]
    if one.source is None:
        return Fact(name, text)
    return Fact(name, (*text, " ", *words.say("Source: {source}.", source=Quote(one.source))))


def _described(words: Words) -> dict[MethodKey, tuple[Phrase, Phrase]]:
    say = words.say
    return {
        MethodKey.SCALE: (
            say("Scale"),
            say(
                "0 is none, 10 the worst imaginable, for the worst moment of 24 hours: higher is worse. A symptom that "
                "was skipped is missing, not 0."
            ),
        ),
        MethodKey.BANDS: (
            say("Bands"),
            say("0 none, under 5 mild, under 7 moderate, else severe; made for cancer pain, borrowed for the others."),
        ),
        MethodKey.DAY_VALUE: (
            say("Value of a day"),
            say("The highest rating of that day over all entries and places."),
        ),
        MethodKey.COMPLETION: (
            say("Completion and gaps"),
            say(
                "Days with at least one rating, of the days from enrolment on. A gap is the longest run of expected "
                "days without one. Charts draw no line over more than 2 missing days."
            ),
        ),
        MethodKey.WINDOWS: (
            say("Start and now"),
            say(
                "Medians of the rated days in the first and the last 14 days, of 7 days in periods under 28 days, each "
                "with at least 3 rated days. The reference is that of the 14 days from enrolment. Our convention."
            ),
        ),
        MethodKey.CHANGE_PAIN: (
            say("Better or worse: pain"),
            say("Worse from +2 points on. Better from 30 % of the start on, but at least 1 and at most 2 points."),
        ),
        MethodKey.CHANGE_OTHER: (
            say("Better or worse: other symptoms"),
            say("2 points in either direction. Our convention."),
        ),
        MethodKey.SLOPE: (
            say("Per week"),
            say("Theil-Sen: the median of the slopes between all pairs of days, with its 95 % interval."),
        ),
        MethodKey.MANN_KENDALL: (
            say("Mann-Kendall"),
            say(
                "Supports the judgement and never makes it: of simulated stable courses 22 % reach p < 0.05, because "
                "days resemble their neighbours."
            ),
        ),
        MethodKey.LEVEL_CHANGE: (
            say("Change of level"),
            say("Pettitt's test from 20 days on, shown if p < 0.05; exploratory."),
        ),
        MethodKey.AREA: (
            say("Above the start, per day"),
            say("Mean of what lies above the start's median on rated days after it; nothing is interpolated."),
        ),
        MethodKey.LESIONS: (
            say("Lesions"),
            say(
                "After RECIST 1.1, on the patient's own measurements of the skin. Progression: 20 % and 5 mm above the "
                "smallest sum, a confirmed new lesion, or a clinician's word. Partial response: 30 % below baseline. "
                "Not a clinical RECIST reading."
            ),
        ),
        MethodKey.ADHERENCE: (
            say("Medicines"),
            say(
                "Doses taken of doses reported. A dose that was not reported may have been taken: the last column says "
                "what is possible."
            ),
        ),
        MethodKey.DISPLAY: (
            say("Display"),
            say(
                "Lines over time against the patient's own earlier values, direction in words, severe values marked by "
                "shape."
            ),
        ),
    }


def origin(report: Report, sha256: str, words: Words) -> tuple[Fact, ...]:
    """What the report was made from, so that it can be found again."""
    return (
        Fact(words.say("Made"), (figures.moment(words, report.generated_at, "generated_at"), " UTC")),
        Fact(words.say("Revision of the data"), (figures.count(words, report.revision, "revision"),)),
        Fact(words.say("Software"), ("Dermatrend ", figures.written(report.software_version, "software_version"))),
        Fact(words.say("SHA-256 of the JSON"), (figures.written(sha256, "sha256"),)),
    )
