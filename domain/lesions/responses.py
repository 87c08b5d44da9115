"""The response at one assessment: the rules of RECIST 1.1 in their order, and the reason of the first that holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.lesions.observations import Lesion
from domain.lesions.reasons import compared, mm, named, unmeasured
from domain.lesions.skin import Skin


class LesionResponse(StrEnum):
    """How the lesions responded."""

    BASELINE = "baseline"
    COMPLETE = "complete"
    PARTIAL = "partial"
    STABLE = "stable"
    PROGRESSION = "progression"
    NOT_EVALUABLE = "not_evaluable"
    NON_COMPLETE_NON_PROGRESSION = "non_complete_non_progression"


@dataclass(frozen=True, slots=True)
class Findings:
    """What an assessment after the baseline found. Lengths in tenths of a millimetre.

    Attributes:
        skin: what is known of every lesion at the end of the day; to be read before the next day is told.
        known: sum of the target values at hand, a lower bound while one is missing; 0 if there is none.
        missing: the targets without a value.
        targets: how many targets there are.
        baseline: sum at the baseline; 0 without targets.
        nadir: smallest complete sum strictly before, baseline included; 0 without targets.
        cleared_on: day of the previous complete assessment if that found every counted lesion gone, else None.
    """

    skin: Skin
    known: int
    missing: tuple[Lesion, ...]
    targets: int
    baseline: int
    nadir: int
    cleared_on: date | None


GROWTH_TENTHS = 50
"""Progression needs a growth of the sum by 5 mm as well as by 20 % (Eisenhauer 2009, response criteria)."""

Rule = Callable[[Findings], str | None]
"""Answers why it holds, in a sentence a clinician understands; None if it does not hold."""


def judge(found: Findings) -> tuple[LesionResponse, str]:
    """The response at an assessment after the baseline, and why; without targets, at any assessment.

    Source: Eisenhauer et al., Eur J Cancer 45 (2009) 228-247, response criteria and tables 1 and 2; a return after
        complete response: EORTC, RECIST questions ("Does a new lesion always result in PD?").
    """
    rules = RULES if found.targets else RULES_WITHOUT_TARGETS
    return next((response, reason) for response, rule in rules if (reason := rule(found)) is not None)


def _new_lesion_there(found: Findings) -> str | None:
    return f"confirmed new lesion: {named(found.skin.new.values())}" if found.skin.new else None


def _called_progressed(found: Findings) -> str | None:
    progressed = found.skin.progressed
    return f"called progressed by a clinician: {named(progressed.values())}" if progressed else None


def _grown(found: Findings) -> str | None:
    """At least 20 % and at least 5 mm above the smallest sum; a target that is missing could only add to it.

    No sum at all is 0 and never grown: it is not 5 mm above anything.
    """
    known, nadir = found.known, found.nadir
    if not (10 * known >= 12 * nadir and known - nadir >= GROWTH_TENTHS):
        return None
    total = f"at least {mm(known)} without {named(found.missing)}" if found.missing else mm(known)
    return f"sum {total}, {compared(known, nadir, 'smallest sum')}"


def _come_back(found: Findings) -> str | None:
    if found.cleared_on is None or not found.skin.there:
        return None
    return f"there again after all were gone on {found.cleared_on}: {named(found.skin.there.values())}"


def _target_missing(found: Findings) -> str | None:
    return unmeasured(found.missing) if found.missing else None


def _all_gone(found: Findings) -> str | None:
    skin = found.skin
    return "all lesions are gone" if not (found.known or skin.remaining or skin.unconfirmed) else None


def _targets_gone(found: Findings) -> str | None:
    if found.known:
        return None
    remaining, unconfirmed = found.skin.remaining, found.skin.unconfirmed
    if remaining:
        return f"sum 0.0 mm; not known to be gone: {named(remaining.values())}"
    return f"sum 0.0 mm; new and not yet confirmed: {named(unconfirmed.values())}"


def _shrunk(found: Findings) -> str | None:
    """At least 30 % below the baseline; the product in integers, since 7.7 <= 0.7 * 11.0 is false in floating point."""
    if 10 * found.known > 7 * found.baseline:
        return None
    return f"sum {mm(found.known)}, {compared(found.known, found.baseline, 'baseline')}"


def _neither(found: Findings) -> str:
    from_baseline = compared(found.known, found.baseline, "baseline")
    if found.nadir == found.baseline:
        return f"sum {mm(found.known)}, {from_baseline}"
    return f"sum {mm(found.known)}, {from_baseline} and {compared(found.known, found.nadir, 'smallest sum')}"


def _remaining(found: Findings) -> str:
    remaining, unconfirmed = found.skin.remaining, found.skin.unconfirmed
    if remaining:
        return f"no target lesion; not known to be gone: {named(remaining.values())}"
    return f"no target lesion; new and not yet confirmed: {named(unconfirmed.values())}"


RULES: tuple[tuple[LesionResponse, Rule], ...] = (
    (LesionResponse.PROGRESSION, _new_lesion_there),
    (LesionResponse.PROGRESSION, _called_progressed),
    (LesionResponse.PROGRESSION, _grown),
    (LesionResponse.PROGRESSION, _come_back),
    (LesionResponse.NOT_EVALUABLE, _target_missing),
    (LesionResponse.COMPLETE, _all_gone),
    (LesionResponse.PARTIAL, _targets_gone),
    (LesionResponse.PARTIAL, _shrunk),
    (LesionResponse.STABLE, _neither),
)

RULES_WITHOUT_TARGETS: tuple[tuple[LesionResponse, Rule], ...] = (
    (LesionResponse.COMPLETE, _all_gone),
    (LesionResponse.PROGRESSION, _new_lesion_there),
    (LesionResponse.PROGRESSION, _called_progressed),
    (LesionResponse.NON_COMPLETE_NON_PROGRESSION, _remaining),
)
