"""Makes the files of the bundled demo: the player's film, a second player for comparisons, and the NPC's lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import soundfile

from echo_runtime.signals import SAMPLE_RATE
from echo_runtime.training.player_clip import render_player

_ANSWER_AFTER_S, _GOODBYE_AFTER_S = 0.6, 0.8


def write_performance(out: Path, seed: int, identity_seed: int, seconds: float = 22.0) -> None:
    """Writes player.mp4, other_player.mp4, line_*.flac and script.json to `out`.

    The NPC answers the player's question, and says goodbye after the player's reply. The other player is another person
    with other words and another head; a run with it must give another NPC face.
    """
    from echo_runtime.training.dyads.demo import npc_lines, player_performance

    out.mkdir(parents=True, exist_ok=True)
    performance = player_performance(seed, seconds)
    render_player(out / "player.mp4", identity_seed, performance.player_face, performance.player_voice)
    other = player_performance(seed + 1, 8.0)
    render_player(out / "other_player.mp4", identity_seed + 1, other.player_face, other.player_voice)
    _, question_end, reply_end = performance.events["speech_end"][:3]
    spoken = npc_lines()
    chosen = (
        (spoken[1], float(question_end) + _ANSWER_AFTER_S, "neutral", 1.0),
        (spoken[3], float(reply_end) + _GOODBYE_AFTER_S, "happy", 0.6),
    )
    lines: list[dict[str, Any]] = []
    for number, (line, at_s, emotion, intensity) in enumerate(chosen, 1):
        name = f"line_{number}.flac"
        soundfile.write(out / name, line.utterance.samples, SAMPLE_RATE, subtype="PCM_16")
        lines.append(
            {"at_s": round(at_s, 2), "text": line.text, "sound": name, "emotion": emotion, "intensity": intensity}
        )
    script = {"player": "player.mp4", "seconds": seconds, "lines": lines}
    (out / "script.json").write_text(json.dumps(script, indent=1) + "\n", "utf-8")
