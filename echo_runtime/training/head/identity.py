"""Who a synthetic head is: face shape, colours and hair, as numbers that fit on one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Colour = tuple[float, float, float]
"""Linear RGB in [0, 1]."""
HairStyle = Literal["crop", "short", "swept", "bob", "long"]


def colour(srgb: str) -> Colour:
    """Linear RGB of a six-digit sRGB hexadecimal string."""
    r, g, b = (float((int(srgb[i : i + 2], 16) / 255) ** 2.2) for i in (0, 2, 4))
    return (r, g, b)


@dataclass(frozen=True)
class Identity:
    """One character.

    `seed` draws the face shape (weights of the model's identity deltas, standard deviation `spread`) and the skin's
    fine structure. Colours are linear RGB. `hair_style`, `hair_volume` (cm), `hair_length` (cm below the crown line,
    for bob and long), `hairline` (cm, positive is higher). `stubble`, `freckles`, `makeup`, `lashes` in [0, 1.5].
    """

    seed: int
    spread: float
    skin: Colour
    lips: Colour
    hair: Colour
    iris: Colour
    clothes: Colour
    hair_style: HairStyle = "short"
    hair_volume: float = 0.9
    hair_length: float = 14.0
    hairline: float = 0.0
    brow_width: float = 1.0
    stubble: float = 0.0
    freckles: float = 0.0
    makeup: float = 0.0
    lashes: float = 0.8

    def weights(self, count: int = 60) -> np.ndarray:
        """(count,) float32 weights of the first identity deltas."""
        draws = np.random.default_rng(self.seed).standard_normal(count)
        return (draws * self.spread).astype(np.float32)


def identities() -> dict[str, Identity]:
    """The named characters."""
    return {
        "mira": Identity(
            113, 0.85, colour("e2b598"), colour("b84f50"), colour("7a3519"), colour("4f7a45"), colour("6b2f38"),
            hair_style="bob", hair_volume=0.75, hair_length=15.0, brow_width=0.75, freckles=0.8, makeup=0.9, lashes=1.3,
        ),
        "tomas": Identity(
            121, 0.85, colour("d3a084"), colour("b06a60"), colour("4a3222"), colour("5d7f96"), colour("3d4a5c"),
            hair_volume=0.95, stubble=0.6,
        ),
        "kofi": Identity(
            107, 0.85, colour("7d5138"), colour("7d4038"), colour("241a15"), colour("4a2c18"), colour("b58a3c"),
            hair_style="crop", hair_volume=0.35, hairline=0.3, stubble=0.5,
        ),
        "lian": Identity(
            128, 0.85, colour("cf9c74"), colour("a8504a"), colour("1c1613"), colour("3b2415"), colour("2f5a4c"),
            hair_style="bob", hair_volume=0.8, hair_length=11.0, brow_width=0.85, makeup=0.4, lashes=1.1,
        ),
        "osric": Identity(
            126, 0.95, colour("d59f87"), colour("a9645c"), colour("aaa49c"), colour("6b8299"), colour("4b3a2a"),
            hair_volume=0.5, hairline=1.2, stubble=0.3,
        ),
        "amara": Identity(
            135, 0.7, colour("8d5a3c"), colour("8a4038"), colour("1d1512"), colour("4a2f1a"), colour("7a3550"),
            hair_style="long", hair_volume=0.8, hair_length=18.0, brow_width=0.8, makeup=0.7, lashes=1.2,
        ),
    }  # fmt: skip


# sRGB, from pale to dark; lips go with the skin
_SKINS = ("e8bfa6", "e0b396", "d59f87", "cf9c74", "b98560", "9c6a48", "7d5138", "5f3b28")
_LIPS = ("bd6a66", "b85f58", "ad6258", "a8584c", "9a5146", "8a463c", "74403a", "5f332c")
_HAIRS = ("1c1613", "241a15", "2e2019", "3a271b", "4a3222", "5e4129", "7d5a35", "9c7a4c", "6e3018", "9a948c", "6e6963")
_IRISES = ("3b2415", "4a2c18", "5c4326", "6b6a3a", "4f7a45", "5d7f96", "6b8299", "6f7f86")
_CLOTHES = ("3d4a5c", "6b2f38", "b58a3c", "2f5a4c", "4b3a2a", "39405f", "7a3550", "808890", "a7a092", "26303a")


def random_identity(seed: int) -> Identity:
    """A plausible character drawn from `seed`: the same seed gives the same one."""
    r = np.random.default_rng([seed, 20260])
    tone = int(r.integers(len(_SKINS)))
    feminine = bool(r.random() < 0.5)
    # dark skin comes with dark hair, or grey
    hairs = _HAIRS if tone < 4 else (*_HAIRS[:4], *_HAIRS[:4], _HAIRS[-1])
    styles: tuple[HairStyle, ...] = (
        ("bob", "long", "bob", "long", "swept") if feminine else ("short", "crop", "swept", "swept")
    )
    jitter = r.uniform(0.92, 1.06, 3)
    skin = tuple(float(x) for x in np.clip(np.array(colour(_SKINS[tone])) * jitter, 0.02, 0.9))
    eyes = _IRISES if tone < 4 else _IRISES[:3]
    return Identity(
        seed=int(r.integers(1 << 30)),
        spread=float(r.uniform(0.6, 0.8)),
        skin=(skin[0], skin[1], skin[2]),
        lips=colour(_LIPS[tone]),
        hair=colour(hairs[int(r.integers(len(hairs)))]),
        iris=colour(eyes[int(r.integers(len(eyes)))]),
        clothes=colour(_CLOTHES[int(r.integers(len(_CLOTHES)))]),
        hair_style=styles[int(r.integers(len(styles)))],
        hair_volume=float(r.uniform(0.6, 1.0)),
        hair_length=float(r.uniform(10.0, 18.0)),
        hairline=float(r.uniform(-0.2, 0.9)),
        brow_width=float(r.uniform(0.7, 0.9) if feminine else r.uniform(0.9, 1.15)),
        stubble=0.0 if feminine else float(r.choice([0.0, 0.3, 0.7])),
        freckles=float(r.choice([0.0, 0.0, 0.7])) if tone < 3 else 0.0,
        makeup=float(r.uniform(0.2, 0.9)) if feminine else 0.0,
        lashes=1.2 if feminine else 0.8,
    )
