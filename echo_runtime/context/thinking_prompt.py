"""P_think: what a multimodal language model is asked about the player, and the part of the dialogue it is told.

Everything the player shows, says or types is material here: the question stands after it, and strings that the
model's tokenizer treats as control tokens are taken out of it, so that a text can neither end the question nor pose as
a picture. Only hidden states are read from the model; it writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from echo_runtime.context.dialogue_history import PLAYER
from echo_runtime.signals import DialogueTurn

HISTORY_TURNS = 16
HISTORY_CHARACTERS = 2000
"""Of all turns together; the oldest go first, and of a longer turn its end stays."""

_SCENE = "Somebody is in a conversation with a character of a game."
_SEEN = "The picture shows that person's face at this moment."
_HEARD = "The sound is what was heard from that person in the last seconds."
_QUESTION = (
    "Think about the person, not about the character. What do they feel just now, and how strongly? "
    "How do they stand towards the character: warm, cold, playful, hurt, bored, afraid? "
    "Are they speaking, pausing in a thought, or waiting for an answer? "
    "And what would they want to see in the face of the one who listens to them? "
    "In a few words, their state, their attitude, and what they want of the listener:"
)


def plain(text: str, control: Sequence[str]) -> str:
    """`text` in one line and without the `control` strings, longest first; no new one can arise from what is left."""
    text = " ".join(text.split())
    for token in sorted(control, key=len, reverse=True):
        if token.strip():
            text = text.replace(token, " ")
    # what is left of a string that was wrapped around another one
    return " ".join(text.replace("<|", " ").replace("|>", " ").split())


def told_history(turns: Sequence[DialogueTurn], control: Sequence[str] = ()) -> str:
    """The newest turns, a line each, oldest first; "" when there are none."""
    lines: list[str] = []
    left = HISTORY_CHARACTERS
    for turn in reversed(turns[-HISTORY_TURNS:]):
        speaker = "person" if turn.speaker == PLAYER else "character"
        said = plain(turn.text, control)[-left:]
        if not said:
            continue
        lines.append(f"{speaker}: {said}")
        left -= len(said)
        if left <= 0:
            break
    return "\n".join(reversed(lines))


def thinking_messages(
    turns: Sequence[DialogueTurn], seen: bool, heard: bool, control: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """One user message for `apply_chat_template`: picture, sound, then text that ends with the question.

    The question comes last because a causal model's last tokens are those that have read everything before them.
    """
    content: list[dict[str, Any]] = []
    if seen:
        content.append({"type": "image"})
    if heard:
        content.append({"type": "audio"})
    parts = [_SCENE]
    if seen:
        parts.append(_SEEN)
    if heard:
        parts.append(_HEARD)
    history = told_history(turns, control)
    if history:
        parts.append(f"This is what has been said so far:\n{history}\n")
    content.append({"type": "text", "text": "\n".join([*parts, _QUESTION])})
    return [{"role": "user", "content": content}]
