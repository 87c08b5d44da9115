"""The words of a reason: lengths, changes and names, written from the integers that were compared."""

from collections.abc import Collection
from itertools import islice

from domain.lesions.observations import Lesion

_NAMED = 3


def mm(tenths: int) -> str:
    """A length in millimetres from tenths of a millimetre: 161 is "16.1 mm"."""
    return f"{tenths // 10}.{tenths % 10} mm"


def percent(part: int, whole: int) -> str:
    """A share in percent, cut after one decimal, so that nothing just short of a limit reads as if it had reached it.

    Args:
        part: at least 0, in the unit of `whole`.
        whole: above 0.
    """
    per_mille = 1000 * part // whole
    return f"{per_mille // 10}.{per_mille % 10} %" if per_mille % 10 else f"{per_mille // 10} %"


def compared(tenths: int, reference: int, name: str) -> str:
    """A sum against an earlier one: "30 % below the baseline of 40.0 mm", "5.0 mm (25 %) above the smallest sum".

    A growth is told in millimetres too, because both decide; there are no percent of 0 mm.

    Args:
        tenths: tenths of a millimetre.
        reference: tenths of a millimetre.
        name: what the earlier sum is called.
    """
    earlier = f"the {name} of {mm(reference)}"
    if tenths == reference:
        return f"the same as {earlier}"
    if tenths < reference:
        return f"{percent(reference - tenths, reference)} below {earlier}"
    share = f" ({percent(tenths - reference, reference)})" if reference else ""
    return f"{mm(tenths - reference)}{share} above {earlier}"


def named(lesions: Collection[Lesion]) -> str:
    """The labels of lesions, the first three by name: "A, B, C and 2 more"."""
    labels = ", ".join(lesion.label for lesion in islice(lesions, _NAMED))
    return labels if len(lesions) <= _NAMED else f"{labels} and {len(lesions) - _NAMED} more"


def unmeasured(targets: Collection[Lesion]) -> str:
    """That targets have no value on a day."""
    return f"not measured in the 7 days up to this one: {named(targets)}"
