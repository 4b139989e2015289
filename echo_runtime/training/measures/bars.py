"""What the measures have to reach, and how a table of numbers compares with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["reached", "missed", "not measured"]


@dataclass(frozen=True)
class Bar:
    """A measure and the range that it must lie in; None leaves a side open. `meaning` is read by people."""

    key: str
    group: str
    meaning: str
    low: float | None = None
    high: float | None = None

    @property
    def wanted(self) -> str:
        """ "≥ 0.88", "≤ 0.15" or "0.85 – 1.15"."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} – {self.high:g}"
        return f"≥ {self.low:g}" if self.low is not None else f"≤ {self.high:g}"

    def verdict(self, value: Any) -> Verdict:
        """A value that is not a finite number was not measured."""
        if not is_number(value):
            return "not measured"
        reached = (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        return "reached" if reached else "missed"


LIPS = "Lips on unseen voices and sentences"
HUMAN = "Lips on human voices"
REACTIONS = "Reactions to the player"
DECOUPLING = "Who moves what"
LIKENESS = "Likeness to the truth"
PICTURES = "Drawn pictures"
STABILITY = "Ten minutes"

BARS: tuple[Bar, ...] = (
    Bar("jaw_open_r", LIPS, "jawOpen with the truth while speaking, Pearson r", 0.88),
    Bar("pucker_funnel_r", LIPS, "lip rounding with the truth while speaking, Pearson r", 0.8),
    Bar("plosive_closure", LIPS, "share of p, b, m on which the lips close", 0.95),
    Bar("open_vowel_opening", LIPS, "opening in open vowels, share of the true one", 0.9),
    Bar("closed_in_silence", LIPS, "share of silent frames with closed lips", 0.98),
    Bar("shuffled.jaw_open_r", LIPS, "what jaw_open_r loses with another dialogue's speech", 0.5),
    Bar("shuffled.plosive_closure", LIPS, "what plosive_closure loses with another dialogue's speech", 0.3),
    Bar("human.plosive_closure", HUMAN, "share of p, b, m on which the lips close", 0.85),
    Bar("human.open_vowel_opening", HUMAN, "share of open vowels in which the lips open", 0.8),
    Bar("human.closed_in_silence", HUMAN, "share of silent frames with closed lips", 0.95),
    Bar("smile_response_r", REACTIONS, "smile with the player's smile 0.2 – 1.2 s before", 0.9),
    Bar("nod_response_r", REACTIONS, "nods with the player's pauses 0.2 – 1.2 s before", 0.65),
    Bar("smile_response_r_mismatched", REACTIONS, "the same with a player of another dialogue", None, 0.15),
    Bar("nod_response_r_mismatched", REACTIONS, "the same with a player of another dialogue", None, 0.15),
    Bar("swap.lip", DECOUPLING, "what another player changes in the speaking lips, share of their range", None, 0.05),
    Bar("swap.upper_p", DECOUPLING, "another player changes the upper face: probability of chance", None, 0.05),
    Bar("rpcc_expression", LIKENESS, "|PCC(truth, player) − PCC(generated, player)|", None, 0.06),
    Bar("sid_ratio", LIKENESS, "variety of expressions, generated / true entropy", 0.85, 1.15),
    Bar("var_ratio", LIKENESS, "variance over time, generated / true", 0.8, 1.2),
    Bar("blink_rate_ratio", LIKENESS, "blinks, generated / true rate", 0.8, 1.25),
    Bar("pictures.jaw_r", PICTURES, "lip gap that mediapipe reads with the motion that was drawn", 0.85),
    Bar("pictures.blink_r", PICTURES, "lid gap that mediapipe reads with the motion that was drawn", 0.85),
    Bar("renderer_psnr_db", PICTURES, "held-out motions, drawn against true renders", 33.0),
    Bar("renderer_psnr_eyes_db", PICTURES, "the same in the region of the eyes", 29.0),
    Bar("renderer_psnr_mouth_db", PICTURES, "the same in the region of the mouth", 30.0),
    Bar("drift", STABILITY, "variance in the last minute / the first", 0.85, 1.15),
    Bar("seam_ratio", STABILITY, "change at chunk borders / inside chunks", None, 1.1),
)  # fmt: skip


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def flattened(numbers: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as one, keys joined with dots: {"human": {"a": 1}} → {"human.a": 1}."""
    flat: dict[str, Any] = {}
    for key, value in numbers.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def verdicts(numbers: Mapping[str, Any], bars: Sequence[Bar] = BARS) -> dict[str, Verdict]:
    """Every bar's verdict by key."""
    flat = flattened(numbers)
    return {bar.key: bar.verdict(flat.get(bar.key)) for bar in bars}
