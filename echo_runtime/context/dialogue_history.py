"""What was said, by whom and when: the newest turns, bounded in number and in size.

Turns come from `say_text`, from the text of speech that is sent, and from speech recognition; to the history they are
the same. A pure data structure: times are given by the caller.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from echo_runtime.context.words import TEXT_LIMIT
from echo_runtime.signals import DialogueTurn

TURN_LIMIT = 1000
CHARACTER_LIMIT = 200_000
"""Of all turns together; about three hours of talk. The oldest turns go first."""
SPEAKER_LIMIT = 64
PLAYER = "player"
"""The speaker that stands for the person; every other one is an NPC's name."""


class DialogueHistory:
    """Turns in the order in which they came."""

    def __init__(self) -> None:
        self._turns: deque[DialogueTurn] = deque()
        self._characters = 0
        self.heard = 0
        """How many turns there have been, forgotten ones included."""

    def add(self, speaker: str, text: str, start_us: int, end_us: int) -> DialogueTurn | None:
        """Adds a turn; None when there is nothing in the text. A text that is too long is cut."""
        text = " ".join(text[:TEXT_LIMIT].split())
        if not text:
            return None
        turn = DialogueTurn(speaker[:SPEAKER_LIMIT], text, start_us, max(start_us, end_us))
        self._turns.append(turn)
        self._characters += len(text)
        self.heard += 1
        while len(self._turns) > TURN_LIMIT or self._characters > CHARACTER_LIMIT:
            self._characters -= len(self._turns.popleft().text)
        return turn

    def last(self, count: int) -> list[DialogueTurn]:
        """The newest `count` turns, oldest first."""
        return list(self._turns)[-count:] if count > 0 else []

    def __len__(self) -> int:
        return len(self._turns)

    def __iter__(self) -> Iterator[DialogueTurn]:
        return iter(self._turns)

    # -- kept ---------------------------------------------------------------------------------------------------------

    def as_json(self, now_us: int) -> dict[str, Any]:
        """Times become ages before `now_us`, because the next runtime has another clock."""
        turns = [[t.speaker, t.text, now_us - t.start_us, now_us - t.end_us] for t in self._turns]
        return {"heard": self.heard, "turns": turns}

    @classmethod
    def from_json(cls, data: dict[str, Any], now_us: int) -> DialogueHistory:
        """What `as_json` gave, at the new clock's `now_us`. Raises KeyError, TypeError or ValueError on other data."""
        history = cls()
        for speaker, text, start_age, end_age in data["turns"]:
            if not (isinstance(speaker, str) and isinstance(text, str)):
                raise TypeError("a turn's speaker and text are strings")
            history.add(speaker, text, now_us - int(start_age), now_us - int(end_age))
        history.heard = max(int(data["heard"]), len(history))
        return history
