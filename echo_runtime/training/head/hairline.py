"""Where hair ends: for each style the height of its border around the head.

Places on the head are given by `s`, the distance (cm) around a cylinder of 8.2 cm radius from the middle of the
forehead, positive to the subject's left, and by the height y (cm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.training.head.identity import Identity

AXIS_Z = 0.5
"""Depth (cm) of the upright axis that hair is described around."""
RADIUS = 8.2


Border = tuple[tuple[float, float], ...]
"""(s, y) points in cm."""


@dataclass(frozen=True)
class HairCut:
    """A style. `border`: (s, y) points of the lower border, mirrored where only s ≥ 0 is given; `ragged` how far (cm)
    strands end above and below it; `rim` share of the volume that is left at the border (1 for a blunt cut, 0 for hair
    that grows out of the skin there); `falls`: hangs from the widest part instead of following the skull; `lift`
    extra volume on top; `whorl` (x, z) cm where strands spread from, None for strands combed back."""

    border: Border
    ragged: float
    rim: float
    falls: bool = False
    lift: float = 0.5
    whorl: tuple[float, float] | None = (0.0, -1.0)


# around the temples, sideburns, ears and nape, from the temple on
_SIDES = (
    (8.3, 6.4), (9.2, 4.4), (9.6, 1.9), (10.5, 1.6), (11.1, 4.1), (12.8, 4.9), (14.8, 3.6), (15.8, 0.5), (17.5, -3.5),
    (20.0, -5.0), (25.8, -5.4),
)  # fmt: skip
GROWTH = HairCut(((0, 10.3), (2.4, 10.3), (4.4, 10.6), (6.2, 10.0), (7.4, 8.4), *_SIDES), 0.9, 0.0)
"""The natural hairline, which the scalp's colour follows in every style."""


def hair_cut(identity: Identity) -> HairCut:
    """The cut of a character, with its border moved by `hairline` and `hair_length`."""
    up, tips = identity.hairline, 8.6 - identity.hair_length
    if identity.hair_style == "crop":
        return HairCut(_raise(GROWTH.border, up), 0.9, 0.0, lift=0.3)
    if identity.hair_style == "swept":
        return HairCut(_raise(GROWTH.border, up), 0.8, 0.1, lift=1.1, whorl=None)
    if identity.hair_style == "short":
        # a fringe brushed to the subject's right
        fringe: Border = (
            (-7.4, 7.2),
            (-6.0, 8.0),
            (-3.0, 8.7),
            (1.0, 9.5),
            (3.2, 10.2),
            (5.0, 10.1),
            (6.4, 9.2),
            (7.4, 8.0),
        )
        left: Border = tuple((-s, y) for s, y in reversed(_SIDES))
        return HairCut(_raise((*left, *fringe, *_SIDES), up), 1.3, 0.35, lift=0.8, whorl=(2.5, 1.5))
    if identity.hair_style == "bob":
        fringe = ((-6.3, 5.5), (-5.2, 6.2), (-2.5, 6.9), (1.0, 7.8), (3.2, 8.6), (4.4, 7.6), (5.2, 5.8), (5.8, 3.6))
        left = ((-25.8, tips), (-10.5, tips), (-7.6, tips + 0.2), (-6.0, tips + 0.9), (-5.8, -1.0), (-6.1, 2.0))
        right: Border = ((6.0, 1.5), (5.8, -1.0), (6.0, tips + 0.9), (7.6, tips + 0.2), (10.2, tips), (25.8, tips))
        return HairCut((*left, *_raise(fringe, up), *right), 0.9, 0.55, falls=True, whorl=(2.6, 2.0))
    # long: parted, the forehead open, falling past the cheeks
    fringe = (
        (-6.8, 3.5),
        (-6.2, 6.2),
        (-5.0, 8.4),
        (-2.5, 10.3),
        (0.5, 11.8),
        (1.4, 12.2),
        (2.3, 11.8),
        (4.2, 10.2),
        (5.8, 7.8),
        (6.7, 4.4),
    )
    left = ((-25.8, tips), (-9.0, tips), (-7.6, tips + 1.5), (-7.2, 1.5))
    right = ((7.3, 1.5), (7.7, tips + 1.5), (9.1, tips), (25.8, tips))
    return HairCut((*left, *_raise(fringe, up * 0.5), *right), 0.5, 0.4, falls=True, whorl=(1.4, 4.0))


def _raise(border: Border, up: float) -> Border:
    """Moves the border's front up by `up` cm, the sides not."""
    return tuple((s, y + up * max(0.0, min(1.0, (9.0 - abs(s)) / 2))) for s, y in border)


def around(points: np.ndarray) -> np.ndarray:
    """`s` of `points` (..., 3)."""
    return np.arctan2(points[..., 0], points[..., 2] - AXIS_Z) * RADIUS


def inside_border(cut: HairCut, s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Signed distance (cm, about) by which (`s`, `y`) lies inside the hair: positive where hair is."""
    knots = np.array(
        cut.border if cut.border[0][0] < 0 else [(-a, b) for a, b in reversed(cut.border[1:])] + list(cut.border)
    )
    fine = np.linspace(-26, 26, 521)
    height = np.interp(fine, knots[:, 0], knots[:, 1])
    kernel = np.hanning(9)
    height = np.convolve(np.pad(height, 4, mode="edge"), kernel / kernel.sum(), "valid")
    slope = np.abs(np.gradient(height, fine))
    # the nearest border of a steep stretch lies sideways, not below
    return (y - np.interp(s, fine, height)) / np.sqrt(
        1 + np.interp(s, fine, np.convolve(slope, np.ones(5) / 5, "same")) ** 2
    )
