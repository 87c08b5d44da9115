"""The reasons of lesion responses in a reader's language.

`domain/lesions` gives them as English sentences of a few fixed forms (`domain/lesions/reasons.py`). Here each form is
recognised, and said again with numbers and days as the reader writes them. A sentence of another form is quoted.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from reports import figures
from reports.phrases import Figure, Phrase, Quote
from reports.words import Words

Say = Callable[[Words, Mapping[str, str], str], Phrase]

_MM: Final = r"\d+\.\d mm"
_COMPARED: Final = (
    rf"(?:the same as|[\d.]+ % below|{_MM}(?: \([\d.]+ %\))? above) the (?:baseline|smallest sum) of {_MM}"
)
_AGAINST: Final = re.compile(
    rf"(?:(?P<same>the same as)|(?P<below>[\d.]+) % below|(?P<growth>{_MM})(?: \((?P<above>[\d.]+) %\))? above) "
    rf"the (?P<of>baseline|smallest sum) of (?P<sum>{_MM})"
)


def reason(words: Words, sentence: str, path: str) -> Phrase:
    """Why a response is what it is.

    Args:
        words: of the reader.
        sentence: from `domain/lesions`.
        path: where it stands in the report's JSON.
    """
    for form, say in _FORMS:
        if found := form.fullmatch(sentence):
            return say(words, found.groupdict(), path)
    return (Quote(sentence),)


def _length(words: Words, text: str, path: str) -> Figure:
    return figures.millimetres(words, float(text.removesuffix(" mm")), path)


def _share(words: Words, text: str, path: str) -> Figure:
    digits = len(text.partition(".")[2])
    return Figure(words.percent(float(text), digits), float(text), path)


def _compared(words: Words, text: str, path: str) -> Phrase:
    """A sum against an earlier one."""
    found = _AGAINST.fullmatch(text)
    if found is None:
        return (Quote(text),)
    sum_mm = _length(words, found["sum"], path)
    earlier = (
        words.say("the baseline of {sum}", sum=sum_mm)
        if found["of"] == "baseline"
        else words.say("the smallest sum of {sum}", sum=sum_mm)
    )
    if found["same"]:
        return words.say("the same as {earlier}", earlier=earlier)
    if found["below"]:
        return words.say("{share} below {earlier}", share=_share(words, found["below"], path), earlier=earlier)
    growth: Phrase = (_length(words, found["growth"], path),)
    if found["above"]:
        growth = (*growth, " (", _share(words, found["above"], path), ")")
    return words.say("{growth} above {earlier}", growth=growth, earlier=earlier)


def _names(words: Words, text: str) -> Phrase:
    """Labels of lesions, "A, B, C and 2 more"."""
    more = re.fullmatch(r"(?s:(.*)) and (\d+) more", text)
    if more:
        return words.say("{names} and {count} more", names=Quote(more[1]), count=more[2])
    return (Quote(text),)


def _fixed(words: Words, found: Mapping[str, str], _path: str) -> Phrase:
    sentence = found["all"]
    return words.say(sentence)


def _sum(words: Words, found: Mapping[str, str], path: str) -> Phrase:
    total: Phrase = (_length(words, found["sum"], path),)
    if found.get("names"):
        total = words.say("at least {sum} without {names}", sum=total, names=_names(words, found["names"]))
    first = _compared(words, found["first"], path)
    if not found.get("second"):
        return words.say("sum {sum}, {compared}", sum=total, compared=first)
    second = _compared(words, found["second"], path)
    return words.say("sum {sum}, {compared} and {also}", sum=total, compared=first, also=second)


def _of_names(message: str) -> Say:
    def say(words: Words, found: Mapping[str, str], path: str) -> Phrase:
        parts: dict[str, Phrase | Figure] = {"names": _names(words, found["names"])}
        if found.get("sum"):
            parts["sum"] = _length(words, found["sum"], path)
        if found.get("day"):
            parts["day"] = figures.day(words, date.fromisoformat(found["day"]), path)
        return words.say(message, **parts)

    return say


def _baseline(words: Words, found: Mapping[str, str], path: str) -> Phrase:
    return words.say("baseline, sum {sum}", sum=_length(words, found["sum"], path))


def N_(message: str) -> str:  # noqa: N802  the name that gettext's tools know
    """Mark a message that is said later."""
    return message


_NAMES: Final = r"(?P<names>(?s:.*))"
_FORMS: Final[tuple[tuple[re.Pattern[str], Say], ...]] = (
    (re.compile(rf"baseline, sum (?P<sum>{_MM})"), _baseline),
    (re.compile(rf"sum at least (?P<sum>{_MM}) without {_NAMES}, (?P<first>{_COMPARED})"), _sum),
    (re.compile(rf"sum (?P<sum>{_MM}), (?P<first>{_COMPARED})(?: and (?P<second>{_COMPARED}))?"), _sum),
    (
        re.compile(rf"no baseline yet; not measured in the 7 days up to this one: {_NAMES}"),
        _of_names(N_("no baseline yet; not measured in the 7 days up to this one: {names}")),
    ),
    (
        re.compile(rf"not measured in the 7 days up to this one: {_NAMES}"),
        _of_names(N_("not measured in the 7 days up to this one: {names}")),
    ),
    (re.compile(rf"confirmed new lesion: {_NAMES}"), _of_names(N_("confirmed new lesion: {names}"))),
    (
        re.compile(rf"called progressed by a clinician: {_NAMES}"),
        _of_names(N_("called progressed by a clinician: {names}")),
    ),
    (
        re.compile(rf"there again after all were gone on (?P<day>\d{{4}}-\d\d-\d\d): {_NAMES}"),
        _of_names(N_("there again after all were gone on {day}: {names}")),
    ),
    (
        re.compile(rf"sum (?P<sum>{_MM}); not known to be gone: {_NAMES}"),
        _of_names(N_("sum {sum}; not known to be gone: {names}")),
    ),
    (
        re.compile(rf"sum (?P<sum>{_MM}); new and not yet confirmed: {_NAMES}"),
        _of_names(N_("sum {sum}; new and not yet confirmed: {names}")),
    ),
    (
        re.compile(rf"no target lesion; not known to be gone: {_NAMES}"),
        _of_names(N_("no target lesion; not known to be gone: {names}")),
    ),
    (
        re.compile(rf"no target lesion; new and not yet confirmed: {_NAMES}"),
        _of_names(N_("no target lesion; new and not yet confirmed: {names}")),
    ),
    *(
        (re.compile(f"(?P<all>{re.escape(sentence)})"), _fixed)
        for sentence in (
            N_("all lesions are gone"),
            N_("no lesion has been registered"),
            N_("no lesion has been observed yet"),
        )
    ),
)
