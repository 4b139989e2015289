"""What the demo's callback did to the face: the recorded run once more, with the NPC's past taken away.

Everything else is the same bit for bit: player, words, times, noise. So what differs is the memory's doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.context.memory import SUFFIX, NpcMemory, save
from echo_runtime.recording.recording import Recording
from echo_runtime.runtime.replaying import ReplayConfig, replay
from echo_runtime.signals import COEFFICIENTS, MOTION_NAMES, AvatarFrame, FloatArray

if TYPE_CHECKING:
    from echo_runtime.runtime.models import Models

SETTLED_S = 1.0
"""A face needs so long to follow what is felt; it is compared from then on."""
_MOOD = ("brow", "cheekSquint", "eyeSquint", "mouthFrown", "mouthSmile", "noseSneer")
EXPRESSION = tuple(i for i, name in enumerate(MOTION_NAMES[: COEFFICIENTS.stop]) if name.startswith(_MOOD))
"""Coefficients that neither speech nor blinks move."""
NAMED = 3


def callback_report(
    recording: Path,
    shown: Sequence[AvatarFrame],
    recalled: Sequence[tuple[int, dict[str, Any]]],
    models: Models | None,
) -> dict[str, Any] | None:
    """`shown`: the run's frames; `recalled`: (time in us, detail) of the events of that name. None if nothing was
    recalled, or too near the end to be seen. Raises EchoError as `replay`.

    `topic`, `emotion`: what came back, `at_s` after the first frame · `expression_difference`: root mean square over
    coefficients and frames, from SETTLED_S later to the end · `before`: the same from the first frame to the recall ·
    `moved_most`: mean differences (with the past − without) of the coefficients that it moved most.
    """
    if not recalled or models is None:
        return None
    at_us, detail = recalled[0]
    with replay(Recording(recording), ReplayConfig(forgetful=True), models=models) as replaying:
        other = [frame.motion for frame in replaying.frames() if frame.origin == "generated"]
    lived = [frame for frame in shown if frame.origin == "generated"]
    # in order, not by time: a run that reads no memory asks the clock once less, and begins some microseconds earlier
    count = min(len(lived), len(other))
    before = [i for i in range(count) if lived[i].pts_us < at_us]
    after = [i for i in range(count) if lived[i].pts_us >= at_us + SETTLED_S * 1e6]
    if not before or not after:
        return None

    def difference(frames: list[int]) -> FloatArray:
        return np.stack([lived[i].motion - other[i] for i in frames])[:, list(EXPRESSION)]

    held = difference(after).mean(0)
    most = np.argsort(-np.abs(held))[:NAMED]
    return {
        "topic": detail["topic"],
        "emotion": detail["emotion"],
        "at_s": round((at_us - lived[0].pts_us) / 1e6, 2),
        "expression_difference": round(float(np.sqrt(np.square(difference(after)).mean())), 4),
        "before": round(float(np.sqrt(np.square(difference(before)).mean())), 4),
        "moved_most": {MOTION_NAMES[EXPRESSION[i]]: round(float(held[i]), 3) for i in most},
    }


def callback_sentence(report: dict[str, Any] | None) -> str:
    """For the user; "" if nothing came back."""
    if report is None:
        return ""
    moved = ", ".join(f"{name} {value:+.2f}" for name, value in report["moved_most"].items())
    return (
        f"At {report['at_s']:.0f} s the word {report['topic']!r} brought back what was {report['emotion']} yesterday: "
        f"{moved} against the same run without that memory. "
    )


def remember(folder: Path, npc: str, memory: NpcMemory) -> None:
    """Puts the memory of an earlier conversation where a runtime with this memory folder finds it. Raises
    NpcMemoryError when it cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / f"{npc}{SUFFIX}", memory)
