"""What SDCM is worth: the motion model with SDCM against plain cross-attention to the concatenated cues.

    python benchmarks/ablation.py --steps 500 --seeds 3 --dyads build/dyads --speech build/speech --out build/ablation

Every variant is trained by itself, from the same seeds, with the same number of weights (within 2 %), the same steps,
data and schedule, and judged by roll-outs on voices and sentences that no training saw. Prints a table in Markdown:
means over seeds with the half-width of a 95 % interval (Student's t), and the paired difference. A run that was killed
goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np

VARIANTS = {"SDCM": "sdcm", "plain cross-attention": "joint"}
KEYS = ("jaw_r", "opening_r", "rounding_r", "pbm_closed", "smile_r", "smile_r_stranger", "lips_moved_by_player")
STUDENT_95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78}
"""97.5 % quantile of Student's t by degrees of freedom."""


def scores_of(folder: Path, dyads: Path, speech: Path, sessions: int, frames: int, seed: int) -> dict[str, float]:
    """Lips and reactions of the weights in `folder`, and how far another player moves the lips while the NPC speaks
    (mean |difference| of the lip opening over its deviation)."""
    from echo_runtime.generator.motion_weights import load_motion
    from echo_runtime.generator.speech_encoder import load_speech_encoder
    from echo_runtime.training.conversations import ConversationFolder
    from echo_runtime.training.measures.lips import lip_opening
    from echo_runtime.training.motion_evaluation import measure
    from echo_runtime.training.rollout import roll_out_conversations

    encoder = load_speech_encoder(speech / "speech_encoder.safetensors")
    held_out = ConversationFolder(dyads / "held_out", encoder, sessions)[:]
    generator, perception = load_motion(folder)
    rolled = roll_out_conversations(generator, perception, held_out, seed, frames=frames)
    others = held_out[1:] + held_out[:1]
    swapped = roll_out_conversations(generator, perception, held_out, seed, players=others, frames=frames)
    scores = measure(rolled, held_out)
    moved = []
    for conversation, own, other in zip(held_out, rolled, swapped, strict=True):
        speaking = conversation.speaking.numpy()[: len(own)]
        moved.append(np.abs(lip_opening(own) - lip_opening(other))[speaking].mean() / lip_opening(own)[speaking].std())
    scores["lips_moved_by_player"] = float(np.mean(moved))
    return scores


def interval(values: np.ndarray) -> float:
    """Half-width of the 95 % interval of the mean."""
    n = len(values)
    return float(STUDENT_95.get(n - 1, 2.2) * values.std(ddof=1) / math.sqrt(n)) if n > 1 else float("nan")


def table(found: dict[str, list[dict[str, float]]]) -> str:
    """Rows of measures, columns of variants."""
    first, second = VARIANTS
    lines = [f"| | {first} | {second} | difference |", "|---|---|---|---|"]
    for key in KEYS:
        columns = [np.array([s[key] for s in found[name]]) for name in (first, second)]
        cells = [f"{c.mean():.3f} ± {interval(c):.3f}" for c in (*columns, columns[1] - columns[0])]
        lines.append(f"| `{key}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    from echo_runtime.training.motion_stage import MotionSettings, train_motion

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500, help="training steps of each run")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--width", type=int, default=96)
    parser.add_argument("--sessions", type=int, default=12, help="held-out conversations to judge on")
    parser.add_argument("--frames", type=int, default=1000, help="frames of each")
    parser.add_argument("--dyads", type=Path, default=Path("build/dyads"))
    parser.add_argument("--speech", type=Path, default=Path("build/speech"))
    parser.add_argument("--out", type=Path, default=Path("build/ablation"))
    options = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for seed in range(options.seeds):
        for name, conditioning in VARIANTS.items():
            folder = options.out / f"{conditioning}_{seed}"
            result = folder / "ablation.json"
            if not result.exists():
                sizes = {"conditioning": conditioning, "width": options.width}
                settings = MotionSettings(steps=options.steps, sizes=sizes, evaluated=1, evaluated_frames=64,
                                          evaluate_minutes=5.0)  # fmt: skip
                train_motion(folder, 600.0, seed, dyads=options.dyads, speech=options.speech, settings=settings)
                scores = scores_of(folder, options.dyads, options.speech, options.sessions, options.frames, seed)
                result.write_text(json.dumps(scores, indent=1) + "\n")
            found[name].append(json.loads(result.read_text()))
            print(f"{name}, seed {seed}: {found[name][-1]}", file=sys.stderr, flush=True)
    print(table(found))


if __name__ == "__main__":
    main()
