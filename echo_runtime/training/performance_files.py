"""Makes the files of the bundled demo: the player's film, a second player for comparisons, and the NPC's lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import soundfile

from echo_runtime.signals import SAMPLE_RATE
from echo_runtime.training.player_clip import render_player

_ANSWER_AFTER_S, _MENTION_AFTER_S, _GOODBYE_AFTER_S = 0.6, 0.3, 0.8
EARLIER = (
    ("player", "My brother, the miller, is very ill. The doctor says that he may die."),
    ("npc", "Oh no. I am so sorry. Your poor brother, that is terrible."),
    ("player", "I am so sad about my brother. I cry every night."),
)
"""What was said the day before."""


def write_performance(out: Path, seed: int, identity_seed: int, seconds: float = 22.0) -> None:
    """Writes player.mp4, other_player.mp4, line_*.flac and script.json to `out`.

    The NPC answers the player's question, mentions somebody of whom the player told it the day before, and says goodbye
    after the player's reply. The other player is another person with other words and another head; a run with it must
    give another NPC face.
    """
    from echo_runtime.training.dyads.demo import player_performance

    out.mkdir(parents=True, exist_ok=True)
    performance = player_performance(seed, seconds)
    render_player(out / "player.mp4", identity_seed, performance.player_face, performance.player_voice)
    other = player_performance(seed + 1, 8.0)
    render_player(out / "other_player.mp4", identity_seed + 1, other.player_face, other.player_voice)
    _, question_end, reply_end = performance.events["speech_end"][:3]
    write_lines(out, seconds, float(question_end), float(reply_end))


def write_lines(out: Path, seconds: float, question_end: float, reply_end: float) -> None:
    """line_*.flac and script.json, for a player whose question and reply end at these seconds."""
    from echo_runtime.training.dyads.demo import npc_lines

    _, answer, mention, goodbye = npc_lines()
    answer_at = question_end + _ANSWER_AFTER_S
    mention_at = answer_at + answer.utterance.duration + _MENTION_AFTER_S
    # words alone decide what is felt from the mention on
    chosen = (
        (answer, answer_at, "neutral", 1.0),
        (mention, mention_at, "neutral", 0.0),
        (goodbye, reply_end + _GOODBYE_AFTER_S, "neutral", 0.0),
    )
    lines: list[dict[str, Any]] = []
    for number, (line, at_s, emotion, intensity) in enumerate(chosen, 1):
        name = f"line_{number}.flac"
        soundfile.write(out / name, line.utterance.samples, SAMPLE_RATE, subtype="PCM_16")
        lines.append(
            {"at_s": round(at_s, 2), "text": line.text, "sound": name, "emotion": emotion, "intensity": intensity}
        )
    script = {
        "player": "player.mp4",
        "seconds": seconds,
        "earlier": {"ago_s": 86_400, "turns": [{"speaker": who, "text": text} for who, text in EARLIER]},
        "lines": lines,
    }
    (out / "script.json").write_text(json.dumps(script, indent=1) + "\n", "utf-8")
