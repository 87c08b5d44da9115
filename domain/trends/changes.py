"""When a change is called better or worse, and on whose word.

The thresholds are arguments, so that a patient's plan may bring its own. Medians of whole numbers are halves and
thresholds are fractions: everything here is compared exactly, because floats tie wrongly.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from domain.trends.results import ChangeClass


@dataclass(frozen=True, slots=True)
class ShareOfBaseline:
    """A threshold that grows with the baseline: `share` of it, but from `floor` to `cap` points."""

    floor: Fraction
    cap: Fraction
    share: Fraction

    def points(self, baseline: Fraction) -> Fraction:
        """The threshold in score points for this baseline."""
        return max(self.floor, min(self.cap, self.share * baseline))


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """How large a change of the median must be to count, in points on 0-10, and where that comes from."""

    worse: Fraction
    better: Fraction | ShareOfBaseline
    worse_source: str
    better_source: str

    def better_points(self, baseline: Fraction) -> Fraction:
        """The threshold for the better in score points for this baseline."""
        return self.better.points(baseline) if isinstance(self.better, ShareOfBaseline) else self.better


@dataclass(frozen=True, slots=True)
class Judgement:
    """A change and what it is called; all but the class are None if it cannot be judged."""

    change: Fraction | None
    change_class: ChangeClass
    threshold: Fraction | None
    threshold_source: str | None


TWO_POINTS: Final = Fraction(2)
_WHY_NOT_ONE: Final = "1 point would call 65 % of stable courses changed (our estimate)"
_OURS: Final = (
    "2 points: our convention, without a published source for this symptom; Hui 2015 (Cancer 121:3027) found 1 point "
    f"for the symptoms of the ESAS, but {_WHY_NOT_ONE}"
)
_RULES: Final = {
    "pain": ChangeRule(
        worse=TWO_POINTS,
        better=ShareOfBaseline(floor=Fraction(1), cap=TWO_POINTS, share=Fraction(3, 10)),
        worse_source=(
            "2 points: our convention; Bedard 2013 (J Pain Symptom Manage 46:192) found +1.4 for pain and Hui 2015 "
            f"(Cancer 121:3027) 1 point, but {_WHY_NOT_ONE}"
        ),
        better_source=(
            "30 % of the baseline or 2 points: Farrar 2001 (Pain 94:149), reductions in chronic pain; that the smaller "
            "of the two counts, and at least 1 point, is our convention"
        ),
    ),
    "itching": ChangeRule(
        worse=TWO_POINTS,
        better=TWO_POINTS,
        worse_source=f"2 points: our convention; no published threshold for worsening itch, and {_WHY_NOT_ONE}",
        better_source=(
            "2 points: our convention, the lower end of the 2 to 3 points reported for reductions in chronic itch "
            "(Riepe 2019, Acta Derm Venereol 99:1288)"
        ),
    ),
}
_DEFAULT_RULE: Final = ChangeRule(worse=TWO_POINTS, better=TWO_POINTS, worse_source=_OURS, better_source=_OURS)


def change_rule(symptom: str) -> ChangeRule:
    """The thresholds that hold where no plan says otherwise, with their sources in words.

    Worse by 2 points and better by 2 points; pain is better by 30 % of its baseline, at least 1 and at most 2 points.

    Source: Farrar et al., Pain 94 (2001) 149-158, for reductions of pain; everything else is our convention.
    """
    return _RULES.get(symptom, _DEFAULT_RULE)


def judge(baseline: Fraction | None, current: Fraction | None, rule: ChangeRule) -> Judgement:
    """What the change from baseline to current is called, compared exactly.

    Args:
        baseline: median at the start of the period in score points; None if it cannot be had.
        current: median at its end; None if it cannot be had.
        rule: the thresholds. The one on the side of the change is answered; without a change, the one for the worse.
    """
    if baseline is None or current is None:
        return Judgement(change=None, change_class=ChangeClass.INSUFFICIENT, threshold=None, threshold_source=None)
    change = current - baseline
    if change < 0:
        threshold, source, beyond = rule.better_points(baseline), rule.better_source, ChangeClass.BETTER
    else:
        threshold, source, beyond = rule.worse, rule.worse_source, ChangeClass.WORSE
    reached = change != 0 and abs(change) >= threshold
    return Judgement(change, beyond if reached else ChangeClass.STABLE, threshold, source)
