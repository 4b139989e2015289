"""Draws what a memory does to a face: a recorded run as it was, and once more without what the NPC remembered.

    python benchmarks/callback_plot.py out/demo.recording docs/callback.png

`echo-runtime demo` makes the recording. Both runs are replayed; they differ in nothing but the memory. The curves are
means over half a second of the coefficients that differ most after the recall.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from echo_runtime.demo.callback import EXPRESSION
from echo_runtime.errors import EchoError
from echo_runtime.signals import FRAME_RATE, MOTION_NAMES, FloatArray

SHOWN = 3
WIDTH, HEIGHT, LEFT, TOP = 900, 110, 150, 34
INK = {"with": "#1f4e9c", "without": "#c0501e"}


def lived(recording: Path, forgetful: bool) -> tuple[FloatArray, float | None]:
    """Motion (T, 60) of the generated frames, and when something was recalled, in seconds; None if nothing was."""
    from echo_runtime.recording.recording import Recording
    from echo_runtime.runtime.replaying import ReplayConfig, replay

    motions, recalled = [], None
    with replay(Recording(recording), ReplayConfig(forgetful=forgetful)) as replaying:
        for frame in replaying.frames():
            if frame.origin != "generated":
                continue
            motions.append(frame.motion)
            if recalled is None and any(name == "recalled" for _, name, _ in replaying.events):
                recalled = len(motions) / FRAME_RATE
    return np.stack(motions), recalled


def smoothed(values: FloatArray) -> FloatArray:
    """(T,) means over half a second."""
    return np.convolve(values, np.ones(12, np.float32) / 12, "same")


def draw(path: Path, runs: dict[str, FloatArray], recalled: float | None) -> None:
    """Three rows of curves."""
    from PIL import Image, ImageDraw

    count = min(len(m) for m in runs.values())
    first = round((recalled or 0.0) * FRAME_RATE)
    own, other = (runs[name][:count] for name in ("with", "without"))
    held = np.abs((own - other)[first:, list(EXPRESSION)].mean(0))
    channels = [EXPRESSION[i] for i in np.argsort(-held)[:SHOWN]]
    sheet = Image.new("RGB", (LEFT + WIDTH + 20, TOP + HEIGHT * SHOWN + 30), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (name, ink) in enumerate(INK.items()):
        pen.text((LEFT + 230 * i, 8), f"{name} what was said the day before", fill=ink)
    for row, channel in enumerate(channels):
        top = TOP + row * HEIGHT
        curves = {name: smoothed(motion[:count, channel]) for name, motion in runs.items()}
        high = max(0.1, float(np.ceil(10 * max(c.max() for c in curves.values())) / 10))
        pen.text((8, top + HEIGHT // 2 - 6), MOTION_NAMES[channel], fill="black")
        pen.text((LEFT - 26, top + 2), f"{high:.1f}", fill="#808080")
        pen.line([(LEFT, top + HEIGHT - 8), (LEFT + WIDTH, top + HEIGHT - 8)], "#d0d0d0")
        for name, curve in curves.items():
            places = LEFT + np.arange(count) / count * WIDTH
            heights = top + HEIGHT - 8 - np.clip(curve / high, 0, 1) * (HEIGHT - 16)
            pen.line(list(zip(places.tolist(), heights.tolist(), strict=True)), INK[name], width=2)
    bottom = TOP + HEIGHT * SHOWN
    for second in range(0, count // FRAME_RATE + 1, 5):
        pen.text((LEFT + second * FRAME_RATE / count * WIDTH - 6, bottom + 6), f"{second} s", fill="#808080")
    if recalled is not None:
        x = LEFT + first / count * WIDTH
        pen.line([(x, TOP), (x, bottom)], "#606060")
        pen.text((x + 4, TOP), "the brother is mentioned", fill="#606060")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    try:
        own, recalled = lived(options.recording, False)
        other, _ = lived(options.recording, True)
    except EchoError as error:
        print(f"echo-runtime: {error}", file=sys.stderr)
        return 2
    draw(options.out, {"with": own, "without": other}, recalled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
