"""Photographs that the thresholds of `domain/quality.py` have not seen: made in another way than the demo's.

Nothing is shared with `domain/courses/skins.py` but the tones: texture with a drawn spectrum instead of hills, clothes
beside the skin, hairs, no ruler, coloured light, a phone's sharpening and JPEG; blur by a disc, as a lens makes it, or
by a moving hand; noise that grows with the light; many small reflections instead of one.
"""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from domain.courses.skins import TONES, Picture

Plane = NDArray[np.float64]
_SIDES = ((960, 1280), (1280, 960), (720, 1280), (1024, 1024))
_GAMMA = 2.2


@dataclass(frozen=True, slots=True)
class Scene:
    """A sharp picture of somebody's skin, as light: red, green and blue from 0 to 1, linear."""

    light: Plane
    seed: int


def scene(seed: int, tone: int) -> Scene:
    """Skin of a tone with something on it; the same seed is the same scene."""
    rng = np.random.default_rng(seed)
    width, height = _SIDES[seed % len(_SIDES)]
    neighbour = min(len(TONES) - 1, tone + 1)
    mixed = rng.uniform(0, 0.4)
    colour = (1 - mixed) * np.array(TONES[tone]) + mixed * np.array(TONES[neighbour])
    texture = _texture(rng, width, height, slope=rng.uniform(1.7, 2.3))
    picture = colour * (1 + rng.uniform(0.04, 0.10) * texture)[..., None]
    _add_patches(rng, picture)
    if rng.random() < 0.5:
        _add_clothes(rng, picture)
    drawn = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    _add_hairs(rng, drawn)
    light = (np.asarray(drawn, dtype=float) / 255) ** _GAMMA
    return Scene(light * rng.uniform(0.92, 1.08, 3) * _vignette(rng, width, height)[..., None], seed)


def taken(of: Scene, *, blur: float = 0, moved: bool = False, noise: float = 0, stops: float = 0) -> Picture:
    """A phone's photograph of a scene.

    Args:
        of: the scene.
        blur: standard deviation in pixels that a disc, or a line, has in each direction, or along it.
        moved: whether the hand moved, instead of a lens that is out of focus.
        noise: standard deviation (0-255) at full light; half in the dark.
        stops: light more than right, as powers of two.
    """
    rng = np.random.default_rng(of.seed + 1)
    light = _spread(of.light, blur, moved=moved, angle=rng.uniform(0, np.pi)) if blur else of.light
    shown = 255 * np.clip(light * 2.0**stops, 0, 1) ** (1 / _GAMMA)
    shown += rng.normal(0, 1, shown.shape) * (1 + noise * (0.5 + shown / 510))
    picture = Image.fromarray(np.clip(np.rint(shown), 0, 255).astype(np.uint8))
    if of.seed % 2:
        picture = picture.filter(ImageFilter.UnsharpMask(radius=1, percent=60, threshold=2))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=82)
    return np.asarray(Image.open(file))


def glistening(picture: Picture, share: float, *, seed: int) -> Picture:
    """The same picture with small reflections that cover about this share of it."""
    rng = np.random.default_rng(seed)
    height, width = picture.shape[:2]
    shining = Image.fromarray(picture)
    draw = ImageDraw.Draw(shining)
    each = max(4.0, (share * width * height / 40 / np.pi) ** 0.5)
    for _ in range(round(share * width * height / (np.pi * each**2))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        draw.ellipse([x - each, y - each, x + each, y + each], fill="white")
    return np.asarray(shining)


def _texture(rng: np.random.Generator, width: int, height: int, *, slope: float) -> Plane:
    """Noise whose power falls with frequency to the power of `slope`; mean 0, standard deviation 1."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.normal(size=(height, width))) * np.maximum(frequency, 0.004) ** (-slope / 2)
    made = np.fft.irfft2(spectrum, (height, width))
    made -= made.mean()
    return np.asarray(made / made.std(), dtype=np.float64)


def _add_patches(rng: np.random.Generator, picture: Plane) -> None:
    height, width = picture.shape[:2]
    down, right = np.mgrid[0:height, 0:width]
    middle, dyed = rng.uniform(0.35, 0.65, 2) * (height, width), rng.uniform((0.55, 0.25, 0.25), (1.0, 0.8, 0.8))
    for _ in range(rng.integers(2, 6)):
        y, x = middle + rng.normal(0, 50, 2)
        distance = np.hypot((down - y) / rng.uniform(25, 90), (right - x) / rng.uniform(25, 90))
        inside = np.clip((1 - distance) / rng.uniform(0.05, 0.3), 0, 1)[..., None]
        picture *= 1 - inside * (1 - dyed) * 0.6


def _add_clothes(rng: np.random.Generator, picture: Plane) -> None:
    height, width = picture.shape[:2]
    edge = round(rng.uniform(0.15, 0.35) * width)
    down, right = np.mgrid[0:height, 0:edge]
    weave = 1 + 0.15 * np.sign(np.sin(down / rng.uniform(3, 9)) * np.sin(right / rng.uniform(3, 9)))
    picture[:, :edge] = rng.uniform(40, 220, 3) * weave[..., None]


def _add_hairs(rng: np.random.Generator, picture: Image.Image) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(0, 120)):
        x, y = rng.uniform(0, picture.width), rng.uniform(0, picture.height)
        bend = rng.uniform(-40, 40, 4)
        draw.line([(x, y), (x + bend[0], y + bend[1]), (x + bend[2], y + bend[3])], fill=(60, 45, 38), width=1)


def _vignette(rng: np.random.Generator, width: int, height: int) -> Plane:
    down, right = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    return 1 - rng.uniform(0.05, 0.3) * (down**2 + right**2) / 2


def _spread(light: Plane, deviation: float, *, moved: bool, angle: float) -> Plane:
    height, width = light.shape[:2]
    down = np.minimum(np.arange(height), height - np.arange(height)) * np.where(np.arange(height) * 2 > height, -1, 1)
    right = np.minimum(np.arange(width), width - np.arange(width)) * np.where(np.arange(width) * 2 > width, -1, 1)
    along = down[:, None] * np.sin(angle) + right[None, :] * np.cos(angle)
    across = right[None, :] * np.sin(angle) - down[:, None] * np.cos(angle)
    if moved:
        kernel = np.clip(deviation * 3**0.5 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    else:
        kernel = np.clip(2 * deviation + 0.5 - np.hypot(along, across), 0, 1)
    passes = np.fft.rfft2(kernel / kernel.sum())
    planes = [np.fft.irfft2(np.fft.rfft2(light[..., colour]) * passes, (height, width)) for colour in range(3)]
    return np.clip(np.stack(planes, axis=-1), 0, None)
