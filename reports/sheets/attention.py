"""What needs attention, each thing with its reason; what concerns the same symptom stands together."""

from collections.abc import Callable

from domain.report import Attention, AttentionRule, Report
from reports import figures
from reports.phrases import Phrase, Quote
from reports.reasons import reason
from reports.sheets.contents import Item
from reports.sheets.heads import days
from reports.sheets.names import symptom_name
from reports.words import Words

Why = Callable[[Attention, Words, str], Phrase]


def items(report: Report, words: Words) -> tuple[Item, ...]:
    """All that needs attention, the worst first."""
    found: dict[str, tuple[Phrase, list[Phrase]]] = {}
    for number, one in enumerate(report.attention):
        subject = one.symptom or f"{one.rule} {one.lesion_id}"
        _, why = found.setdefault(subject, (_what(one, words), []))
        why.append(_WHY[one.rule](one, words, f"attention/{number}"))
    return tuple(Item(what, tuple(why)) for what, why in found.values())


def _what(one: Attention, words: Words) -> Phrase:
    match one.rule:
        case AttentionRule.PROGRESSION:
            return words.say("Lesions: progression")
        case AttentionRule.UNCONFIRMED_NEW_LESION:
            return words.say("New lesion, not yet confirmed")
        case AttentionRule.SILENCE:
            return words.say("Silence")
        case _:
            return (symptom_name(one.symptom or "", words),)


def _progression(one: Attention, words: Words, at: str) -> Phrase:
    said = reason(words, one.reason or "", f"{at}/reason")
    if one.day:
        said = words.say("on {day}: {reason}", day=figures.day(words, one.day, f"{at}/day"), reason=said)
    return said


def _worse(one: Attention, words: Words, at: str) -> Phrase:
    if one.change is None or one.baseline is None or one.current is None:
        return words.say("worse")
    return words.say(
        "worse by {change} points, from {baseline} to {current}",
        change=figures.median(words, one.change, f"{at}/change"),
        baseline=figures.median(words, one.baseline, f"{at}/baseline"),
        current=figures.median(words, one.current, f"{at}/current"),
    )


def _severe(one: Attention, words: Words, at: str) -> Phrase:
    if one.days is None or one.of_days is None or one.value is None or one.last_day is None:
        return words.say("severe")
    return words.say(
        "severe on {days} of {of_days} rated days, last {last_day}, worst {value}",
        days=figures.count(words, one.days, f"{at}/days"),
        of_days=figures.count(words, one.of_days, f"{at}/of_days"),
        last_day=figures.day(words, one.last_day, f"{at}/last_day"),
        value=figures.count(words, int(one.value), f"{at}/value"),
    )


def _unconfirmed(one: Attention, words: Words, at: str) -> Phrase:
    label = Quote(one.label or "")
    if one.day is None:
        return (label,)
    return words.say("{label}, first noticed on {day}", label=label, day=figures.day(words, one.day, f"{at}/day"))


def _silence(one: Attention, words: Words, at: str) -> Phrase:
    silent = days(words, one.days or 0, f"{at}/days")
    if one.day is None:
        return words.say("{days} without an entry, and none before", days=silent)
    return words.say(
        "{days} without an entry, the last on {day}", days=silent, day=figures.day(words, one.day, f"{at}/day")
    )


_WHY: dict[AttentionRule, Why] = {
    AttentionRule.PROGRESSION: _progression,
    AttentionRule.WORSE: _worse,
    AttentionRule.SEVERE: _severe,
    AttentionRule.UNCONFIRMED_NEW_LESION: _unconfirmed,
    AttentionRule.SILENCE: _silence,
}
