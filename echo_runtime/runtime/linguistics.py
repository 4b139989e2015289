"""What is said, brought to every NPC's LAU: texts of clients, recognised speech, answers of a language model.

Used by the runtime's loop only, and never waits: recognition and the endpoint work in threads and processes of their
own, and `poll` takes what they have finished.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.affect_endpoint import AffectEndpoint
from echo_runtime.context.affect_question import question_after
from echo_runtime.context.dialogue_history import PLAYER
from echo_runtime.context.linguistic_affect import Heard, LinguisticAffect
from echo_runtime.recognition.listening import Listening
from echo_runtime.recording.inflow import Inflow
from echo_runtime.signals import FloatArray

_TEXT = 400
"""Characters of recognised text in an event."""
_PROBLEM = 120


@dataclass(frozen=True)
class LinguisticEvent:
    """Something that clients of `npc` may want to know: see PROTOCOL.md, events."""

    npc: str
    name: str
    detail: dict[str, Any] = field(default_factory=dict)


class Linguistics:
    """The LAU of every open NPC. `listening` and `endpoint` are closed by whoever made them."""

    def __init__(
        self,
        listening: Listening | None = None,
        endpoint: AffectEndpoint | None = None,
        inflow: Inflow | None = None,
    ) -> None:
        self._inflow = inflow or Inflow()
        self.npcs: dict[str, LinguisticAffect] = {}
        self._listening, self._endpoint = listening, endpoint
        self._events: list[LinguisticEvent] = []

    def open(self, npc: str, lau: LinguisticAffect | None = None) -> None:
        """`lau`: what the NPC remembers; by default nothing."""
        self.npcs[npc] = lau or LinguisticAffect(npc)

    def close(self, npc: str) -> None:
        self.npcs.pop(npc, None)

    def say(self, speaker: str, text: str, start_us: int, end_us: int | None = None, npc: str = "") -> None:
        """Something was said, heard by `npc`, by default by all."""
        for name in [npc] if npc else list(self.npcs):
            lau = self.npcs.get(name)
            heard = lau.hear(speaker, text, start_us, end_us) if lau is not None else None
            if lau is not None and heard is not None:
                self._heard(lau, heard)

    def _heard(self, lau: LinguisticAffect, heard: Heard) -> None:
        if heard.recalled is not None:
            emotion = EMOTIONS[1 + int(np.argmax(heard.recalled.feelings))]
            detail = {"topic": heard.recalled.topic, "emotion": emotion}
            self._events.append(LinguisticEvent(lau.npc, "recalled", detail))
        self._events += [LinguisticEvent(lau.npc, "note", {"text": note}) for note in lau.take_notes()]
        if self._endpoint is not None:
            self._endpoint.ask(question_after(lau, heard))

    def hear(self, samples: FloatArray, activity: FloatArray, end_us: int) -> None:
        """The player's newest sound, whole ticks; see `recognition.voice_segments`."""
        if self._listening is not None:
            self._listening.hear(samples, activity, end_us)

    def poll(self) -> list[LinguisticEvent]:
        """Takes what has been recognised and answered, and gives what is to be told."""
        listening, endpoint = self._listening, self._endpoint
        for said in self._inflow.take("recognised", lambda: listening.take() if listening is not None else []):
            self._events += [LinguisticEvent(name, "heard", {"text": said.text[:_TEXT]}) for name in self.npcs]
            self.say(PLAYER, said.text, said.start_us, said.end_us)
        for answer in self._inflow.take("affect", lambda: endpoint.take() if endpoint is not None else []):
            if answer.npc in self.npcs:
                self.npcs[answer.npc].answer(answer.number, answer.affect)
        events, self._events = self._events, []
        return events

    def c_emo(self, npc: str, time_us: int) -> FloatArray:
        """(10,) what the words make the NPC feel at that time."""
        return self.npcs[npc].c_emo(time_us)

    def statistics(self) -> dict[str, float | str]:
        """For `stats`. `affect_source`: what the newest feelings came from; without an answer of the endpoint it is the
        lexicon."""
        laus = list(self.npcs.values())
        flat: dict[str, float | str] = {
            "affect_source": "lexicon",
            "affect_turns": sum(lau.state.history.heard for lau in laus),
            "affect_unread": sum(lau.state.unread for lau in laus),
            "episodes": sum(len(lau.state.store) for lau in laus),
            "episodes_recalled": sum(lau.state.store.recalls for lau in laus),
        }
        if self._endpoint is not None:
            asked = self._endpoint.statistics
            if asked.answered and not asked.problem:
                flat["affect_source"] = "endpoint"
            flat |= {
                "endpoint_asked": asked.asked,
                "endpoint_answered": asked.answered,
                "endpoint_late": asked.late,
                "endpoint_broken": asked.broken,
            }
            if asked.problem:
                flat["endpoint_problem"] = asked.problem[:_PROBLEM]
        if self._listening is not None:
            heard = self._listening.statistics
            flat |= {
                "utterances": heard.heard,
                "utterances_understood": heard.understood,
                "utterances_dropped": heard.dropped,
                "recognition_s_per_s": heard.seconds_per_second,
            }
            if heard.problem:
                flat["recognition_problem"] = heard.problem[:_PROBLEM]
        return flat
