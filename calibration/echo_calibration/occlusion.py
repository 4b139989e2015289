"""Whether something is before the mouth: a hand, a cup, a microphone.

The landmarks do not tell: the tracker draws a likely mouth onto whatever covers it. But what covers it has no lips.
Lips are redder than the skin around them, on every skin; where the tracked lips are no redder than the chin, they are
not seen. What is compared is the person's own redness. Of somebody whose lips hardly differ, and before a camera
without colours, only a hand that mediapipe recognises over the mouth counts.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from echo_calibration.region_map import INSIDE, LOWER_LIP, UPPER_LIP
from echo_runtime.capture.silence import silenced_stderr
from echo_runtime.signals import ByteArray, FloatArray

# points of the skin around the mouth: cheeks, chin, under the nose
AROUND = (
    205, 187, 213, 192, 214, 210, 211, 32, 208, 199, 428, 262, 431, 430, 434, 416, 433, 411, 425, 423, 358, 327, 2, 98,
    129, 203,
)  # fmt: skip
DISTINCT = 1.2
"""Redness (a* of CIELAB, scaled to 255) of lips above skin from which it can be used."""
COVERED = 0.4
"""Of the person's own redness; below it the lips are not seen."""
REMEMBERED = 400
LOOK_US = 400_000
FEWEST_PIXELS = 8


@dataclass(frozen=True)
class MouthSight:
    """`redness` of the tracked lips above the skin around them, NaN where too few pixels show them. `hand`: a hand was
    recognised over the mouth."""

    redness: float
    hand: bool = False

    def covered(self, usual: float) -> bool:
        """`usual`: the person's own redness, see MouthCover."""
        return self.hand or (usual >= DISTINCT and self.redness < COVERED * usual)


class MouthCover:
    """Streaming: pictures in order of time with their landmarks. `usual`: the person's redness so far."""

    def __init__(self) -> None:
        self._seen: deque[float] = deque(maxlen=REMEMBERED)
        self._hands: Any = None
        self._looked_us: int | None = None
        self._hand = False

    @property
    def usual(self) -> float:
        """Upper quartile: half the pictures may be covered ones."""
        return float(np.percentile(self._seen, 75)) if self._seen else 0.0

    def __call__(self, rgb: ByteArray, landmarks: FloatArray, time_us: int) -> MouthSight:
        """(H, W, 3) and (478, 3) → what is seen of the mouth."""
        height, width = rgb.shape[:2]
        points = landmarks[:, :2] * np.array([1, -1], np.float32) + np.array([width / 2, height / 2], np.float32)
        redness = lip_redness(rgb, points)
        if np.isfinite(redness):
            self._seen.append(redness)
        if self.usual >= DISTINCT:
            self._hand = False
        elif self._looked_us is None or time_us - self._looked_us >= LOOK_US:
            self._looked_us = time_us
            self._hand = self._hand_over(rgb, points)
        return MouthSight(redness, self._hand)

    def _hand_over(self, rgb: ByteArray, points: FloatArray) -> bool:
        """https://github.com/google-ai-edge/mediapipe/blob/master/docs/solutions/hands.md"""
        with silenced_stderr():
            if self._hands is None:
                from mediapipe.python.solutions.hands import Hands

                self._hands = Hands(max_num_hands=2)
            found = self._hands.process(np.ascontiguousarray(rgb)).multi_hand_landmarks or []
        size = np.array(rgb.shape[1::-1], np.float32)
        lips = points[[*UPPER_LIP, *LOWER_LIP]]
        low, high = lips.min(0), lips.max(0)
        margin = 0.3 * (high - low)
        for hand in found:
            joints = np.array([(p.x, p.y) for p in hand.landmark], np.float32) * size
            if ((joints > low - margin) & (joints < high + margin)).all(1).any():
                return True
        return False

    def close(self) -> None:
        if self._hands is not None:
            self._hands.close()


def lip_redness(rgb: ByteArray, points: FloatArray) -> float:
    """How much redder the lips are than the skin around them: (H, W, 3), (478, 2) pixels → a* of CIELAB, scaled."""
    everything = points[list(AROUND)]
    low = np.floor(everything.min(0)).astype(int).clip(0)
    high = np.ceil(everything.max(0)).astype(int) + 1
    cut = rgb[low[1] : high[1], low[0] : high[0]]
    if cut.size == 0:
        return float("nan")
    lab = cv2.cvtColor(np.ascontiguousarray(cut), cv2.COLOR_RGB2LAB)[..., 1].astype(np.float32)
    near = points - low

    def inside(outline: tuple[int, ...]) -> Any:
        mask = np.zeros(lab.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(near[list(outline)]).astype(np.int32)], (1,))
        return mask

    mouth = inside(UPPER_LIP) | inside(LOWER_LIP)
    gap = inside(INSIDE)
    lips = (mouth & (1 - gap)).astype(bool) if gap.sum() > 30 else mouth.astype(bool)
    skin = inside(AROUND).astype(bool) & ~cv2.dilate(mouth | gap, np.ones((3, 3), np.uint8)).astype(bool)
    if lips.sum() < FEWEST_PIXELS or skin.sum() < FEWEST_PIXELS:
        return float("nan")
    return float(lab[lips].mean() - lab[skin].mean())
