"""How well a motion model does on conversations it never saw: numbers, and curves to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.low_level_perception import LowLevelPerception
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.signals import FRAME_RATE, GAZE, MOTION_INDEX, ROTATION, FloatArray
from echo_runtime.training.conversations import Conversation
from echo_runtime.training.measures.correlation import lagged_pearson, pearson
from echo_runtime.training.measures.events import blinks_per_second, jerk_ratio
from echo_runtime.training.measures.lips import (
    CLOSED,
    channel,
    closed_in_silence,
    jaw_open_r,
    lip_opening,
    pucker_funnel_r,
    runs,
)
from echo_runtime.training.rollout import roll_out_conversations

CURVES = ("jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "browInnerUp", "eyeBlinkLeft", "headPitch",
          "headYaw", "gazeYaw")  # fmt: skip
SACCADE_RAD = 0.05
BROWS = slice(MOTION_INDEX["browDownLeft"], MOTION_INDEX["browOuterUpRight"] + 1)


def smile(motion: FloatArray) -> FloatArray:
    """(…,) mean of the two smiles."""
    return 0.5 * (channel(motion, "mouthSmileLeft") + channel(motion, "mouthSmileRight"))


def share(generated: float, true: float) -> float:
    """The generated amount over the true one; NaN where there is none."""
    return float(generated / true) if true > 1e-6 else float("nan")


def saccades_per_second(motion: FloatArray) -> float:
    """Jumps of gaze by more than 0.05 rad within two frames, per second."""
    moved = np.abs(motion[2:, GAZE] - motion[:-2, GAZE]).max(1) > SACCADE_RAD
    return len(runs(moved)) * FRAME_RATE / len(motion)


def nodding(motion: FloatArray) -> FloatArray:
    """(T,) head pitch over the last 0.2 s above its mean over 2 s: nods, without the sway."""
    pitch = channel(motion, "headPitch")

    def mean_over(frames: int) -> FloatArray:
        frames = min(frames, len(pitch))
        return np.convolve(pitch, np.ones(frames, np.float32) / frames, "same")

    return mean_over(5) - mean_over(50)


def blink_peaks(motion: FloatArray) -> FloatArray:
    """The highest mean eyeBlink of every blink."""
    lids = 0.5 * (channel(motion, "eyeBlinkLeft") + channel(motion, "eyeBlinkRight"))
    return np.array([lids[a:b].max() for a, b in runs(lids > 0.5)], np.float32)


def plosives_closed(generated: FloatArray, truth: FloatArray, bilabial: np.ndarray) -> tuple[int, int]:
    """How many p/b/m that close in the truth close in the generated motion, and how many there are."""
    opening, true_opening = lip_opening(generated), lip_opening(truth)
    spans = [(max(0, a - 1), b + 1) for a, b in runs(bilabial > 0)]
    spans = [(a, b) for a, b in spans if true_opening[a:b].min() < CLOSED]
    return sum(bool(opening[a:b].min() < CLOSED) for a, b in spans), len(spans)


def measure(generated: FloatArray, conversations: Sequence[Conversation]) -> dict[str, float]:
    """Means over conversations. generated (B, T, 60)."""
    rows, closed, plosives, peaks = [], 0, 0, []
    frames = generated.shape[1]
    players = [smile(c.face[5 : 5 + frames].float().numpy()) for c in conversations]
    for i, (motion, c) in enumerate(zip(generated, conversations, strict=True)):
        truth, speaking = c.motion[:frames].numpy(), c.speaking[:frames].numpy()
        hits, events = plosives_closed(motion, truth, c.bilabial[:frames].numpy())
        closed, plosives = closed + hits, plosives + events
        peaks.append(blink_peaks(motion))
        quiet, speaks = ~speaking, speaking.sum() > FRAME_RATE
        answer, lag = lagged_pearson(smile(motion), players[i], quiet)
        rows.append(
            {
                "jaw_r": jaw_open_r(motion, truth, speaking) if speaks else np.nan,
                "opening_r": pearson(lip_opening(motion)[speaking], lip_opening(truth)[speaking]) if speaks else np.nan,
                "opening_share": share(lip_opening(motion)[speaking].sum(), lip_opening(truth)[speaking].sum()),
                "rounding_r": pucker_funnel_r(motion, truth, speaking) if speaks else np.nan,
                "silence_closed": closed_in_silence(motion, speaking),
                "smile_r": answer,
                "smile_lag_s": lag,
                "smile_r_truth": lagged_pearson(smile(truth), players[i], quiet)[0],
                "smile_r_stranger": lagged_pearson(smile(motion), players[i - 1], quiet)[0],
                "blinks_per_s": blinks_per_second(motion),
                "blinks_per_s_truth": blinks_per_second(truth),
                "eyes_apart": float(np.abs(channel(motion, "eyeBlinkLeft") - channel(motion, "eyeBlinkRight")).mean()),
                "jerk": jerk_ratio(motion, truth),
                "head_range": share(motion[:, ROTATION].std(0).mean(), truth[:, ROTATION].std(0).mean()),
                "gaze_range": share(motion[:, GAZE].std(0).mean(), truth[:, GAZE].std(0).mean()),
                "saccade_share": share(saccades_per_second(motion), saccades_per_second(truth)),
                "nod_r": pearson(nodding(motion)[quiet], nodding(truth)[quiet]) if quiet.any() else np.nan,
                "brow_range": share(motion[:, BROWS].std(0).mean(), truth[:, BROWS].std(0).mean()),
            }
        )
    known = {key: [row[key] for row in rows if np.isfinite(row[key])] for key in rows[0]}
    result = {key: round(float(np.mean(values)), 3) for key, values in known.items() if values}
    result["pbm_closed"] = round(closed / max(plosives, 1), 3)
    every = np.concatenate(peaks)
    result["blink_peak"] = round(float(every.mean()), 3) if len(every) else 0.0
    return result


def evaluate(
    generator: MotionGenerator,
    perception: LowLevelPerception,
    conversations: Sequence[Conversation],
    seed: int,
    sheet: Path | None = None,
    frames: int | None = None,
    context: HighLevelContext | None = None,
) -> dict[str, float]:
    """Roll out, measure, and draw the curves of the first two into `sheet` (a PNG)."""
    generator.eval()
    perception.eval()
    generated = roll_out_conversations(generator, perception, conversations, seed, frames=frames, context=context)
    if sheet is not None:
        draw_curves(generated[:2], [c.motion.numpy() for c in conversations[:2]], sheet)
    return measure(generated, conversations)


def draw_curves(generated: FloatArray, truth: Sequence[FloatArray], path: Path, seconds: float = 16.0) -> None:
    """Truth (grey) and roll-out (colour), a row per channel, a panel per conversation."""
    from PIL import Image, ImageDraw

    frames, height, step = int(seconds * FRAME_RATE), 56, 3
    panel = height * len(CURVES) + 14
    sheet = Image.new("RGB", (frames * step + 120, panel * len(generated)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (motion, true) in enumerate(zip(generated, truth, strict=True)):
        for k, name in enumerate(CURVES):
            top, index = i * panel + k * height, MOTION_INDEX[name]
            low, high = (0.0, 1.0) if index < 52 else (-0.3, 0.3)
            for values, ink in ((true[:frames, index], "#a0a0a0"), (motion[:frames, index], "#c03020")):
                shares = (np.clip(values, low, high) - low) / (high - low)
                draw.line([(x * step, top + height - 4 - s * (height - 8)) for x, s in enumerate(shares)], ink, width=2)
            draw.text((frames * step + 6, top + height // 2 - 6), name, fill="black")
            draw.line([(0, top + height), (frames * step, top + height)], "#e8e8e8")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
