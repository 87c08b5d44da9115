"""The row of a symptom on the first page, and its larger chart with the numbers that support it."""

from collections.abc import Iterator

from domain.report import Report, ReportPeriod
from domain.trends import ChangeClass, CountTrend, SymptomTrend, Verdict, Window
from reports import figures
from reports.phrases import Phrase, joined, plain
from reports.plots.axes import Plot
from reports.plots.symptoms import LARGE, SMALL, count_chart, count_frame, symptom_chart, symptom_frame
from reports.sheets import contents
from reports.sheets.contents import Cell, Chart, Detail, Fact, Row, Table
from reports.sheets.heads import days
from reports.sheets.names import symptom_name
from reports.words import NOTHING, Words

SHORTEST_PERIOD = 14
"""Days in which two windows of seven find room."""


def table(report: Report, words: Words) -> Table | None:
    """A row for each symptom; None if none was rated."""
    if not report.symptoms:
        return None
    say = words.say
    columns = (
        say("Symptom"),
        say("Course"),
        say("Start"),
        say("Now"),
        say("Change"),
        say("Since enrolment"),
        say("Per week"),
        say("Worst"),
        say("Severe days"),
        say("Rated days"),
    )
    rows = tuple(_row(trend, number, report.period, words) for number, trend in enumerate(report.symptoms))
    return Table(columns, rows, say("Symptoms over the period, one row each"))


def details(report: Report, words: Words) -> tuple[Detail, ...]:
    """The larger charts, and the counted lumps."""
    found = [_detail(trend, number, report.period, words) for number, trend in enumerate(report.symptoms)]
    if report.nodule_count.points:
        found.append(_counted(report.nodule_count, report.period, words))
    return tuple(found)


def class_verdict(change_class: ChangeClass, words: Words) -> contents.Verdict:
    """Better or worse, in a word and a mark."""
    match change_class:
        case ChangeClass.WORSE:
            return contents.Verdict("▲", words.say("worse"), contents.ALARM)
        case ChangeClass.BETTER:
            return contents.Verdict("▼", words.say("better"), contents.GOOD)
        case ChangeClass.STABLE:
            return contents.Verdict("■", words.say("stable"), contents.CALM)
        case ChangeClass.INSUFFICIENT:
            return contents.Verdict("○", words.say("too few days"), contents.UNKNOWN)


def _row(trend: SymptomTrend, number: int, period: ReportPeriod, words: Words) -> Row:
    at = f"symptoms/{number}"
    severe = words.say("of {n}", n=figures.count(words, trend.n, f"{at}/n"))
    worst_day = (figures.day(words, trend.worst.day, f"{at}/worst/day"),)
    return Row(
        head=Cell((symptom_name(trend.symptom, words),)),
        verdict=class_verdict(trend.change_class, words),
        chart=Chart(f"s{number}", _plot(trend, at, period, words, SMALL)),
        cells=(
            _window(trend.baseline, f"{at}/baseline", period, words),
            _window(trend.current, f"{at}/current", period, words),
            _change(trend, at, words),
            _from_reference(trend, at, words),
            _slope(trend, at, words),
            Cell((figures.count(words, trend.worst.value, f"{at}/worst/value"),), worst_day),
            Cell((figures.count(words, trend.severe_days, f"{at}/severe_days"),), severe),
            Cell(
                (figures.count(words, trend.n, f"{at}/n"),),
                words.say("gap {days}", days=figures.count(words, trend.longest_gap_days, f"{at}/longest_gap_days")),
            ),
        ),
    )


def _window(window: Window | None, at: str, period: ReportPeriod, words: Words) -> Cell:
    if window is None:
        return Cell((NOTHING,), _why_no_window(period, words))
    return Cell(
        (figures.median(words, window.value, f"{at}/value"),),
        words.say("n\N{NO-BREAK SPACE}{n}", n=figures.count(words, window.n, f"{at}/n")),
    )


def _why_no_window(period: ReportPeriod, words: Words) -> Phrase:
    if (period.last - period.first).days + 1 < SHORTEST_PERIOD:
        return words.say("period too short")
    return words.say("too few days")


def _change(trend: SymptomTrend, at: str, words: Words) -> Cell:
    if trend.change is None or trend.threshold is None:
        return Cell((NOTHING,), words.say("not both medians"))
    return Cell(
        (figures.change(words, trend.change, f"{at}/change"),),
        words.say("limit {points}", points=figures.median(words, trend.threshold, f"{at}/threshold")),
    )


def _from_reference(trend: SymptomTrend, at: str, words: Words) -> Cell:
    if trend.reference is None:
        return Cell((NOTHING,), words.say("too few days then"))
    then = words.say("then {value}", value=figures.median(words, trend.reference.value, f"{at}/reference/value"))
    if trend.change_from_reference is None:
        return Cell((NOTHING,), then)
    return Cell((figures.change(words, trend.change_from_reference, f"{at}/change_from_reference"),), then)


def _slope(trend: SymptomTrend, at: str, words: Words) -> Cell:
    if trend.slope_per_week is None:
        return Cell((NOTHING,), words.say("too few days"))
    slope = (figures.slope(words, trend.slope_per_week, f"{at}/slope_per_week"),)
    return Cell(slope, _interval(trend, at, words))


def _interval(trend: SymptomTrend, at: str, words: Words) -> Phrase:
    if trend.slope_low is None or trend.slope_high is None:
        return words.say("no interval")
    return words.say(
        "{low} to {high}",
        low=figures.slope(words, trend.slope_low, f"{at}/slope_low"),
        high=figures.slope(words, trend.slope_high, f"{at}/slope_high"),
    )


def _plot(trend: SymptomTrend, at: str, period: ReportPeriod, words: Words, size: tuple[int, int]) -> Plot:
    frame = symptom_frame(period.first, period.last, size)
    name = symptom_name(trend.symptom, words)
    return Plot(*size, name, plain(_told(trend, at, period, words)), symptom_chart(trend, frame, words))


def _told(trend: SymptomTrend, at: str, period: ReportPeriod, words: Words) -> Phrase:
    """What the chart shows, for who does not see it."""
    start = _window(trend.baseline, f"{at}/baseline", period, words)
    now = _window(trend.current, f"{at}/current", period, words)
    return words.say(
        "Daily values from {first} to {last}, 0 to 10, higher is worse. Median at the start {start}, now {now}: "
        "{verdict}. Worst {worst} on {day}. Severe on {severe} of {n} rated days.",
        first=figures.day(words, period.first, "from"),
        last=figures.day(words, period.last, "to"),
        start=start.main,
        now=now.main,
        verdict=class_verdict(trend.change_class, words).text,
        worst=figures.count(words, trend.worst.value, f"{at}/worst/value"),
        day=figures.day(words, trend.worst.day, f"{at}/worst/day"),
        severe=figures.count(words, trend.severe_days, f"{at}/severe_days"),
        n=figures.count(words, trend.n, f"{at}/n"),
    )


def _detail(trend: SymptomTrend, number: int, period: ReportPeriod, words: Words) -> Detail:
    at = f"symptoms/{number}"
    return Detail(
        title=(symptom_name(trend.symptom, words),),
        verdict=class_verdict(trend.change_class, words),
        chart=Chart(f"d{number}", _plot(trend, at, period, words, LARGE)),
        facts=tuple(_support(trend, at, words)),
    )


def _support(trend: SymptomTrend, at: str, words: Words) -> Iterator[Fact]:
    yield Fact(words.say("Windows"), _windows_told(trend, at, words))
    yield Fact(words.say("Mean of the rated days"), (figures.mean(words, trend.burden, f"{at}/burden"),))
    above = trend.area_above_baseline_per_day
    yield Fact(
        words.say("Above the start, per day"),
        (NOTHING, " ", *words.say("no start or no later day"))
        if above is None
        else words.say("{area} points", area=figures.area(words, above, f"{at}/area_above_baseline_per_day")),
    )
    yield Fact(words.say("Mann-Kendall (support only)"), _mann_kendall(trend, at, words))
    yield Fact(words.say("Change of level (exploratory)"), _level(trend, at, words))
    yield Fact(words.say("Longest gap"), days(words, trend.longest_gap_days, f"{at}/longest_gap_days"))


def _windows_told(trend: SymptomTrend, at: str, words: Words) -> Phrase:
    windows = (
        (trend.reference, "reference", words.say("at enrolment")),
        (trend.baseline, "baseline", words.say("start")),
        (trend.current, "current", words.say("now")),
    )
    told = [
        words.say(
            "{name} {first} to {last} (n\N{NO-BREAK SPACE}{n})",
            name=name,
            first=figures.day(words, window.from_day, f"{at}/{key}/from"),
            last=figures.day(words, window.to_day, f"{at}/{key}/to"),
            n=figures.count(words, window.n, f"{at}/{key}/n"),
        )
        for window, key, name in windows
        if window is not None
    ]
    return joined(told, "; ") or (NOTHING, " ", *words.say("too few days"))


def _mann_kendall(trend: SymptomTrend, at: str, words: Words) -> Phrase:
    found = trend.mann_kendall
    verdict = {
        Verdict.RISING: words.say_in("trend", "rising"),
        Verdict.FALLING: words.say_in("trend", "falling"),
        Verdict.NONE: words.say_in("trend", "no trend"),
        Verdict.INDETERMINATE: words.say_in("trend", "cannot be told"),
    }[found.verdict]
    if found.p is None or found.tau is None:
        return (*verdict, ", ", *words.say("p {nothing}, too few days or all equal", nothing=NOTHING))
    return words.say(
        "{verdict}, p\N{NO-BREAK SPACE}{p}, tau\N{NO-BREAK SPACE}{tau}",
        verdict=verdict,
        p=figures.p_value(words, found.p, f"{at}/mann_kendall/p"),
        tau=figures.tau(words, found.tau, f"{at}/mann_kendall/tau"),
    )


def _level(trend: SymptomTrend, at: str, words: Words) -> Phrase:
    found = trend.level_change
    if found is None:
        return (NOTHING, " ", *words.say("none found, or fewer than 20 days"))
    at = f"{at}/level_change"
    return words.say(
        "from {before} to {after} on {day}, p\N{NO-BREAK SPACE}{p}",
        before=figures.median(words, found.median_before, f"{at}/median_before"),
        after=figures.median(words, found.median_after, f"{at}/median_after"),
        day=figures.day(words, found.day, f"{at}/day"),
        p=figures.p_value(words, found.p, f"{at}/p"),
    )


def _counted(trend: CountTrend, period: ReportPeriod, words: Words) -> Detail:
    frame = count_frame(trend, period.first, period.last)
    start, now = (
        _window(window, f"nodule_count/{key}", period, words)
        for window, key in ((trend.baseline, "baseline"), (trend.current, "current"))
    )
    n = figures.count(words, trend.n, "nodule_count/n")
    told = words.say(
        "Lumps counted on {n} days. Median at the start {start}, now {now}.", n=n, start=start.main, now=now.main
    )
    title = words.say("Lumps counted")
    return Detail(
        title=title,
        verdict=None,
        chart=Chart(
            "count", Plot(frame.width, frame.height, plain(title), plain(told), count_chart(trend, frame, words))
        ),
        facts=(
            Fact(words.say("Start"), joined((start.main, start.under), ", ")),
            Fact(words.say("Now"), joined((now.main, now.under), ", ")),
            Fact(words.say("Days with a count"), (n,)),
        ),
    )
