"""Visemes in time → mouth coefficients, with coarticulation.

Cohen & Massaro, "Modeling coarticulation in synthetic visual speech" (1993): each segment pulls the mouth towards its
target with a dominance that falls off before and after it; the mouth is the dominance-weighted mean. Two things that
a mean cannot promise are then enforced: lips meet on p, b, m; the lower lip meets the upper teeth on f, v. The tongue's
tip is as strict: it reaches the ridge or the teeth where the consonant is made there, whatever vowels stand around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS, mouth_coefficients
from echo_runtime.signals import FloatArray

Segment = tuple[float, float, str]
"""Start and end in seconds, viseme."""

# Targets per viseme. Tuned on the ICT-FaceKit head, where jawOpen 1 parts the lips by 3.5 cm and mouthClose undoes
# what jawOpen parts (ARKit's meaning): jawOpen = mouthClose is a closed mouth.
POSES: dict[str, dict[str, float]] = {
    "sil": {},
    "PP": {"jawOpen": 0.03, "mouthClose": 0.035, "mouthPress": 0.4, "mouthRollLower": 0.22, "mouthRollUpper": 0.2},
    "FF": {"jawOpen": 0.05, "mouthClose": 0.04, "mouthRollLower": 0.66, "mouthUpperUp": 0.3, "mouthShrugLower": 0.24},
    "TH": {"jawOpen": 0.13, "mouthLowerDown": 0.22, "mouthUpperUp": 0.12, "tongueOut": 0.5},
    "DD": {"jawOpen": 0.1, "mouthLowerDown": 0.2, "mouthUpperUp": 0.12, "mouthStretch": 0.1, "tongueOut": 0.2},
    "kk": {"jawOpen": 0.15, "mouthLowerDown": 0.15, "mouthUpperUp": 0.1},
    "CH": {"jawOpen": 0.08, "mouthFunnel": 0.6, "mouthPucker": 0.22, "tongueOut": 0.15},
    "SS": {
        "jawOpen": 0.05, "mouthStretch": 0.28, "mouthLowerDown": 0.28, "mouthUpperUp": 0.18, "mouthSmile": 0.1,
        "tongueOut": 0.15,
    },
    "nn": {"jawOpen": 0.12, "mouthLowerDown": 0.18, "mouthUpperUp": 0.1, "tongueOut": 0.27},
    "RR": {"jawOpen": 0.12, "mouthFunnel": 0.42, "mouthPucker": 0.25, "tongueOut": 0.1},
    "aa": {"jawOpen": 0.46, "mouthLowerDown": 0.25, "mouthUpperUp": 0.15},
    "ae": {"jawOpen": 0.38, "mouthStretch": 0.25, "mouthLowerDown": 0.3, "mouthUpperUp": 0.18, "mouthSmile": 0.08},
    "E": {"jawOpen": 0.26, "mouthStretch": 0.28, "mouthSmile": 0.15, "mouthLowerDown": 0.28, "mouthUpperUp": 0.14},
    "ih": {"jawOpen": 0.14, "mouthStretch": 0.3, "mouthSmile": 0.2, "mouthLowerDown": 0.26, "mouthUpperUp": 0.14},
    "ax": {"jawOpen": 0.16, "mouthLowerDown": 0.17, "mouthUpperUp": 0.08},
    "oh": {"jawOpen": 0.32, "mouthFunnel": 0.52, "mouthPucker": 0.3},
    "ou": {"jawOpen": 0.12, "mouthFunnel": 0.42, "mouthPucker": 0.75},
}  # fmt: skip
_DOMINANCE = {
    "PP": 1.0, "FF": 1.0, "ou": 0.85, "oh": 0.8, "CH": 0.9, "RR": 0.6, "aa": 0.8, "ae": 0.8, "E": 0.7, "ih": 0.6,
    "SS": 0.8, "sil": 0.6,
}  # fmt: skip
_WEAK = 0.45
_ROUNDED = ("ou", "oh", "CH", "RR")
_ANTICIPATION_S = 0.03
"""The mouth runs ahead of the sound by about this much."""
_FULL_VOWEL_S = 0.11
"""A vowel shorter than this is taken as unstressed and opens less."""
_LEAST_OPEN = 0.5
_TONGUE = MOUTH_GROUPS.index("tongueOut")
_TONGUE_HOLD = {"TH": 1.0, "nn": 1.0, "DD": 0.9, "SS": 0.7, "CH": 0.7}
"""How firmly a consonant holds the tip of the tongue."""
_TARGETS = {
    name: np.array([pose.get(group, 0.0) for group in MOUTH_GROUPS], np.float32) for name, pose in POSES.items()
}
_OPENING = np.array([1.0 if g in ("jawOpen", "mouthLowerDown", "mouthUpperUp") else 0.0 for g in MOUTH_GROUPS])


def mouth_groups(segments: Sequence[Segment], duration_s: float, rate: int) -> FloatArray:
    """(n, 13) values of MOUTH_GROUPS at times k / rate, n = ceil(duration · rate)."""
    n = int(np.ceil(duration_s * rate - 1e-9))
    times = np.arange(n) / rate
    total = np.full(n, 0.02)
    pulled = np.zeros((n, len(MOUTH_GROUPS)))
    for start, end, viseme in segments:
        half = max((end - start) / 2, 0.035)
        if viseme == "sil" and end - start > 0.24:
            # a long pause is closed throughout, not only around its middle
            distance = np.clip(np.maximum(start + 0.07 - times, times - (end - 0.07)), 0.0, None) / 0.06
        else:
            distance = np.abs(times - ((start + end) / 2 - _ANTICIPATION_S)) / (half * 1.15 + 0.02)
        reach = 0.85 if viseme in _ROUNDED else 1.0  # rounding begins earlier than opening (Perkell & Matthies 1992)
        dominance = _DOMINANCE.get(viseme, _WEAK) * np.exp(-1.2 * (distance * reach) ** 1.6)
        target = _TARGETS[viseme].astype(float)
        if viseme in ("aa", "ae", "E", "ih", "oh", "ax"):
            stress = np.clip((end - start) / _FULL_VOWEL_S, _LEAST_OPEN, 1.0)
            target = target * np.where(_OPENING > 0, stress, 1.0)
        total += dominance
        pulled += dominance[:, None] * target
    mouth = pulled / total[:, None]
    for start, end, viseme in segments:
        if viseme in _TONGUE_HOLD:
            hold = _TONGUE_HOLD[viseme] * closure_weight(times, start, end)
            mouth[:, _TONGUE] += hold * (_TARGETS[viseme][_TONGUE] - mouth[:, _TONGUE])
    for start, end, viseme in segments:
        if viseme in ("PP", "FF"):
            mouth += closure_weight(times, start, end)[:, None] * (_TARGETS[viseme] - mouth)
    return mouth.astype(np.float32)


def closure_weight(times: FloatArray, start: float, end: float) -> FloatArray:
    """How much a closing consonant owns the lips at `times`: 1 inside it, falling off within about 25 ms outside."""
    half = max((end - start) / 2, 0.035)
    return np.exp(-(np.abs((times - (start + end) / 2) / half) ** 4))


def mouth_track(segments: Sequence[Segment], duration_s: float, rate: int = 25) -> FloatArray:
    """(n, 52) ARKit coefficients of the mouth at times k / rate, n = ceil(duration · rate); left and right equal."""
    return mouth_coefficients(mouth_groups(segments, duration_s, rate))


def viseme_track(segments: Sequence[Segment], duration_s: float, rate: int = 100) -> np.ndarray:
    """(n,) int8 index into VISEMES at times k / rate; silence where no segment lies."""
    from echo_runtime.training.speech.visemes import VISEME_INDEX

    times = np.arange(int(np.ceil(duration_s * rate - 1e-9))) / rate
    track = np.zeros(len(times), np.int8)
    for start, end, viseme in segments:
        track[(times >= start) & (times < end)] = VISEME_INDEX[viseme]
    return track
