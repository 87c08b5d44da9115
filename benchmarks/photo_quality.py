"""How often the findings about photos err, on photographs of known blur, exposure, noise and glare.

    python benchmarks/photo_quality.py

The thresholds in `domain/quality.py` were chosen by the first tables. Those under "held out" are of photographs that
are made in another way (`other_skins.py`), and the thresholds were chosen without them; docs/photos.md shows both.
"""

from collections.abc import Callable, Iterator

import numpy as np
from other_skins import glistening, scene, taken
from PIL import Image

from domain.courses.skins import TONES, Picture, Spot, blurred, exposed, noisy, photograph, shining
from domain.quality import Finding, Measures, judge, measure

SPOTS_OF_EACH_TONE = 4
SCENES_OF_EACH_TONE = 5
SEED = 90_000
"""Far from the seeds of the others."""
KINDS = ("nodule", "plaque", "ulcer", "red_patch", "dark_patch", "thinned_skin")
SIZE = {"width": 960, "height": 1280}
BLURS_PX = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
NOISES = (0.0, 6.0, 14.0)
STOPS = (-5.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0)
GLARES = (0.0, 0.01, 0.03, 0.06, 0.12)


def main() -> None:
    """Print the tables."""
    pictures = [(spot.tone, picture) for spot, picture in _pictures()]
    print(f"{len(pictures)} photographs, {len(TONES)} skin tones\n\nblurred: share found, by blur (px) and noise")
    for sigma in BLURS_PX:
        shares = [_found(pictures, Finding.BLURRED, _spoil(sigma, noise)) for noise in NOISES]
        print(f"| {sigma:.1f} | " + " | ".join(shares) + " |")
    print("\ntoo dark, too bright: share found, by stops, over the tones from light to dark")
    for stops in STOPS:
        for finding in (Finding.TOO_DARK, Finding.TOO_BRIGHT):
            of_tones = [[one for one in pictures if one[0] == tone] for tone in range(len(TONES))]
            shares = [_found(of_tone, finding, _expose(stops)) for of_tone in of_tones]
            print(f"| {stops:+.0f} | {finding} | " + " | ".join(shares) + " |")
    print("\nglare: share found, by share of the picture")
    for share in GLARES:
        print(f"| {share:.0%} | {_found(pictures, Finding.GLARE, _shine(share))} |")
    held_out()


def held_out() -> None:
    """Print the same of photographs that had no part in choosing the thresholds."""
    scenes = [
        (tone, scene(SEED + 100 * tone + number, tone))
        for tone in range(len(TONES))
        for number in range(SCENES_OF_EACH_TONE)
    ]
    print(f"\nheld out: {len(scenes)} scenes\n\nblurred: share found, by blur (px), out of focus and moved, and noise")
    for sigma in BLURS_PX:
        shares = [
            _share(Finding.BLURRED, [taken(one, blur=sigma, moved=moved, noise=noise) for _, one in scenes])
            for moved in (False, True)
            for noise in NOISES[::2]
        ]
        print(f"| {sigma:.1f} | " + " | ".join(shares) + " |", flush=True)
    print("\ntoo dark, too bright: share found, by stops, over the tones from light to dark")
    for stops in STOPS:
        of_tones = [
            [taken(one, stops=stops, noise=3) for of, one in scenes if of == tone] for tone in range(len(TONES))
        ]
        for finding in (Finding.TOO_DARK, Finding.TOO_BRIGHT):
            shares = [_share(finding, of_tone) for of_tone in of_tones]
            print(f"| {stops:+.0f} | {finding} | " + " | ".join(shares) + " |", flush=True)
    print("\nglare: share found, by share of the picture")
    for share in GLARES:
        shining = [glistening(taken(one), share, seed=one.seed) for _, one in scenes]
        print(f"| {share:.0%} | {_share(Finding.GLARE, shining)} |", flush=True)


def _share(finding: Finding, pictures: list[Picture]) -> str:
    return f"{np.mean([finding in judge(_measure(picture)) for picture in pictures]):.0%}"


def _pictures() -> Iterator[tuple[Spot, Picture]]:
    for tone in range(len(TONES)):
        for number in range(SPOTS_OF_EACH_TONE):
            spot = Spot(seed=100 * tone + number, tone=tone, kind=KINDS[number % len(KINDS)])
            yield spot, photograph(spot, 12.0 + 5 * number, seed=number, **SIZE)


def _found(pictures: list[tuple[int, Picture]], finding: Finding, spoil: Callable[[Picture], Picture]) -> str:
    measured = [_measure(spoil(picture)) for _, picture in pictures]
    share = np.mean([finding in judge(one) for one in measured])
    of_interest = [_value(finding, one) for one in measured]
    low, middle, high = np.quantile(of_interest, [0.05, 0.5, 0.95])
    return f"{share:.0%} ({low:.3g}, {middle:.3g}, {high:.3g})"


def _value(finding: Finding, measures: Measures) -> float:
    match finding:
        case Finding.BLURRED:
            return measures.blur
        case Finding.GLARE:
            return measures.white
        case _:
            return measures.brightness


def _measure(picture: Picture) -> Measures:
    return measure(np.asarray(Image.fromarray(picture).convert("L")), shorter_side=min(picture.shape[:2]))


def _spoil(sigma: float, noise: float) -> Callable[[Picture], Picture]:
    def spoil(picture: Picture) -> Picture:
        soft = blurred(picture, sigma) if sigma else picture
        return noisy(soft, noise, seed=1) if noise else soft

    return spoil


def _expose(stops: float) -> Callable[[Picture], Picture]:
    return lambda picture: exposed(picture, stops)


def _shine(share: float) -> Callable[[Picture], Picture]:
    return lambda picture: shining(picture, share, seed=1) if share else picture


if __name__ == "__main__":
    main()
