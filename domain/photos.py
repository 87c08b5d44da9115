"""A lesion's photos in order: which show the baseline, the nadir and the latest state, and what was measured then."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.lesions.observations import Observation, diameter


class PhotoSize(StrEnum):
    """A size in which a photo is kept."""

    FULL = "full"
    """As it was taken."""
    DISPLAY = "display"
    """At most 1280 pixels on the longer side."""
    THUMB = "thumb"
    """At most 256 pixels on the longer side."""


class Mark(StrEnum):
    """What a photo of a series stands for; it may grow."""

    BASELINE = "baseline"
    NADIR = "nadir"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Look:
    """An observation of a lesion and where it was written down."""

    observation: Observation
    entry_id: UUID
    photo_id: UUID | None


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo of a lesion.

    Attributes:
        day: local day on which it was taken.
        usable: whether it can be compared with others (`domain.quality.usable`).
        measurement: what was observed of the lesion then; None if nothing was.
    """

    photo_id: UUID
    entry_id: UUID | None
    taken_at: datetime
    day: date
    usable: bool
    width_px: int
    height_px: int
    thumb_key: str
    display_key: str
    measurement: Observation | None = None


@dataclass(frozen=True, slots=True)
class Triplet:
    """The photos of a lesion that a report shows side by side."""

    baseline: Shot | None
    nadir: Shot | None
    latest: Shot | None


def measurement(photo_id: UUID, entry_id: UUID | None, day: date, looks: Sequence[Look]) -> Observation | None:
    """What was observed of a lesion when a photo of it was taken.

    The observation that names the photo; else that of the photo's entry; else the last of the photo's day.

    Args:
        photo_id: the photo.
        entry_id: the entry that the photo names, which may be missing.
        day: local day on which the photo was taken.
        looks: all observations of the lesion, in the order in which they were made.

    Returns:
        None if nothing was observed then.
    """
    naming = [look for look in looks if look.photo_id == photo_id]
    beside = [look for look in looks if entry_id is not None and look.entry_id == entry_id]
    that_day = [look for look in looks if look.observation.day == day]
    for found in (naming, beside, that_day):
        if found:
            return found[-1].observation
    return None


def triplet(shots: Sequence[Shot]) -> Triplet:
    """The photos that show the baseline, the nadir and the latest state.

    Photos that can be compared come first: others are chosen only where there is none. The baseline is the first photo,
    the latest the last, the nadir the first with the smallest diameter that was measured.

    Args:
        shots: all photos of one lesion, in order of capture.

    Source: the nadir as in Eisenhauer et al., Eur J Cancer 45 (2009) 228-247, the smallest since the baseline, here of
        one lesion; the preference for photos that can be compared is ours.
    """
    chosen = [shot for shot in shots if shot.usable] or list(shots)
    if not chosen:
        return Triplet(None, None, None)
    measured = _measured([shot for shot in shots if shot.usable]) or _measured(shots)
    nadir = min(measured, key=lambda pair: pair[0])[1] if measured else None
    return Triplet(baseline=chosen[0], nadir=nadir, latest=chosen[-1])


def marks(shots: Sequence[Shot]) -> Mapping[UUID, frozenset[Mark]]:
    """What each photo of a series stands for, by photo; those that stand for nothing are left out."""
    found = triplet(shots)
    pairs = ((Mark.BASELINE, found.baseline), (Mark.NADIR, found.nadir), (Mark.LATEST, found.latest))
    of: dict[UUID, frozenset[Mark]] = {}
    for mark, shot in pairs:
        if shot is not None:
            of[shot.photo_id] = of.get(shot.photo_id, frozenset()) | {mark}
    return of


def _measured(shots: Iterable[Shot]) -> list[tuple[int, Shot]]:
    """Diameters in tenths of a millimetre, with their photos."""
    sizes = ((None if shot.measurement is None else diameter(shot.measurement), shot) for shot in shots)
    return [(size, shot) for size, shot in sizes if size is not None]
