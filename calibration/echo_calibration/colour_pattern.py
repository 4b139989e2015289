"""A test picture for engines: known colours and a ramp of alpha, and what a screenshot of it says about the engine.

Wrong channel order, gamma applied twice or not at all, premultiplied alpha taken for straight, a picture upside down:
each changes the patches in a way of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.errors import CalibrationError
from echo_runtime.signals import ByteArray, FloatArray

COLUMNS, ROWS = 8, 5
COLOURS = (
    (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0), (255, 255, 255), (0, 0, 0),
)  # fmt: skip
GREYS = tuple((v, v, v) for v in (16, 48, 80, 112, 144, 176, 208, 240))
SKINS = (
    (226, 181, 152), (211, 160, 132), (207, 156, 116), (125, 81, 56), (184, 79, 80), (122, 53, 25), (79, 122, 69),
    (107, 47, 56),
)  # fmt: skip
RAMP_COLOUR = (240, 128, 32)
ALPHAS = (255, 224, 192, 160, 128, 96, 64, 32)
SMALLEST = 64
FITS = 0.02
"""Mean distance per channel, of 1, up to which a screenshot fits an explanation."""


def colour_pattern(width: int, height: int) -> ByteArray:
    """(H, W, 4) with straight alpha: rows of colours, greys, skins, one colour with falling alpha, and the same over
    again in reverse, which a picture upside down shows. Raises CalibrationError below 64 pixels."""
    if width < SMALLEST or height < SMALLEST:
        raise CalibrationError(f"A test pattern needs {SMALLEST} × {SMALLEST} pixels at least, not {width} × {height}.")
    out = np.zeros((height, width, 4), np.uint8)
    patches = pattern_patches()
    for row in range(ROWS):
        for column in range(COLUMNS):
            y0, y1 = row * height // ROWS, (row + 1) * height // ROWS
            x0, x1 = column * width // COLUMNS, (column + 1) * width // COLUMNS
            out[y0:y1, x0:x1] = patches[row, column]
    return out


def pattern_patches() -> ByteArray:
    """(ROWS, COLUMNS, 4)"""
    ramp = [(*RAMP_COLOUR, alpha) for alpha in ALPHAS]
    solid = [[(*colour, 255) for colour in row] for row in (COLOURS, GREYS, SKINS)]
    return np.array([*solid, ramp, [(*colour[::-1], 255) for colour in SKINS[::-1]]], np.uint8)


def _over(patches: FloatArray, background: float, premultiplied: bool = False, squared: bool = False) -> FloatArray:
    """(R, C, 4) in [0, 1] blended over a grey background; colours times alpha only once where `premultiplied`."""
    alpha = patches[..., 3:]
    factor = 1.0 if premultiplied else alpha * alpha if squared else alpha
    return np.clip(patches[..., :3] * factor + background * (1 - alpha), 0, 1)


def _to_linear(value: FloatArray) -> FloatArray:
    """sRGB → linear, IEC 61966-2-1."""
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _to_srgb(value: FloatArray) -> FloatArray:
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * np.clip(value, 0, None) ** (1 / 2.4) - 0.055)


def explanations(background: float) -> dict[str, tuple[FloatArray, str]]:
    """What the patches (R, C, 3) look like under each way of showing them, and what to do about it."""
    patches = pattern_patches().astype(np.float64) / 255
    right = _over(patches, background)
    linear = _over(
        np.concatenate([_to_linear(patches[..., :3]), patches[..., 3:]], -1), float(_to_linear(np.array(background)))
    )
    return {
        "right": (right, "nothing: colours and alpha arrive as they should"),
        "blended_linearly": (_to_srgb(linear), "nothing: colours are right, and alpha is blended in linear light"),
        "red_and_blue_swapped": (right[..., ::-1], "take the texture for BGRA, or run the runtime for RGBA"),
        "too_bright": (
            _to_srgb(right),
            "the texture is sRGB already: mark it sRGB, so that gamma is not applied twice",
        ),
        "too_dark": (
            _to_linear(right),
            "the texture is treated as sRGB twice: unmark it, or write it to an sRGB target",
        ),
        "upside_down": (right[::-1], "flip the texture: the first row of a picture is the top one"),
        "mirrored": (right[:, ::-1], "unmirror the texture: the picture's left is the subject's right"),
        "alpha_ignored": (patches[..., :3], "blend the material by alpha; straight, not premultiplied"),
        "taken_for_premultiplied": (
            _over(patches, background, premultiplied=True),
            "the alpha is straight: blend by alpha and one minus alpha, or multiply the colours first",
        ),
        "multiplied_twice": (_over(patches, background, squared=True), "multiply by alpha only once"),
    }


@dataclass(frozen=True)
class PatternFinding:
    """`name`: see `explanations`, or "unknown". `distance`: mean per channel, of 1, between it and the screenshot."""

    name: str
    remedy: str
    distance: float

    @property
    def good(self) -> bool:
        return self.name in ("right", "blended_linearly")


def read_pattern(screenshot: ByteArray, background: float = 0.5) -> PatternFinding:
    """Which explanation fits a screenshot (H, W, 3 or 4), cut to the picture, over a grey `background` in [0, 1].

    Over black, alpha that is ignored looks like alpha that is taken for premultiplied. Raises CalibrationError.
    """
    height, width = screenshot.shape[:2]
    if height < 2 * ROWS or width < 2 * COLUMNS:
        raise CalibrationError(f"The screenshot has only {width} × {height} pixels; cut it to the whole test pattern.")
    seen = np.zeros((ROWS, COLUMNS, 3))
    for row in range(ROWS):
        for column in range(COLUMNS):
            y = [round((row + part) * height / ROWS) for part in (0.3, 0.7)]
            x = [round((column + part) * width / COLUMNS) for part in (0.3, 0.7)]
            place = screenshot[y[0] : max(y[1], y[0] + 1), x[0] : max(x[1], x[0] + 1), :3]
            seen[row, column] = np.median(place.reshape(-1, 3), axis=0) / 255
    distances = {name: float(np.abs(seen - look).mean()) for name, (look, _) in explanations(background).items()}
    best = min(distances, key=lambda name: distances[name])
    if distances[best] > FITS:
        return PatternFinding(
            "unknown",
            "cut the screenshot exactly to the test pattern, and turn off light and filters on it",
            distances[best],
        )
    return PatternFinding(best, explanations(background)[best][1], round(distances[best], 4))
