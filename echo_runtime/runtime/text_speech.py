"""`speak_text` in the runtime's loop: texts become utterances on the NPCs' timelines, as sound that clients send does.

Used by the loop only, and never waits: `poll` takes the sound that has been made meanwhile.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from echo_bridge.commands import SpeakText
from echo_bridge.control import Request

from echo_runtime.errors import CommandFailedError, EchoError, UsageError
from echo_runtime.recording.inflow import Inflow
from echo_runtime.signals import SAMPLE_RATE
from echo_runtime.speech_synthesis.choice import open_synthesiser
from echo_runtime.speech_synthesis.npc_voices import NpcVoices
from echo_runtime.speech_synthesis.speaking import Speaking, SpokenPiece, SpokenText

if TYPE_CHECKING:
    from echo_runtime.runtime.npc import Npc

log = logging.getLogger(__name__)
AHEAD_US = 1_500_000
"""How much sound is placed before it is heard: less than the two seconds at which clients that stream begin to wait."""
_PROBLEM = 120
_WITHOUT = (
    "This runtime has no voice for text: start it with --voice-for-text espeak-ng (or another), or send the sound with "
    "speak_begin, speak_audio and speak_end."
)


class TextSpeech:
    """What is spoken for which NPC. `speaking` is closed by whoever made it; without it every text is refused, but in a
    replay, where the sound comes from the recording."""

    def __init__(self, speaking: Speaking | None = None, voices: NpcVoices | None = None) -> None:
        self.inflow = Inflow()
        self._speaking, self._voices = speaking, voices or NpcVoices()
        self._labels = random.Random(0)  # the same in a replay
        self._texts: dict[str, list[SpokenText]] = {}
        """By NPC, in the order in which they are heard."""

    def begin(self, npc: Npc, message: SpeakText, request: Request) -> None:
        """Takes a text; the request is done when its last sample has been heard. Raises CommandFailedError
        (`unsupported`, `utterance_open`, `busy`) and UsageError (no words)."""
        text = " ".join("".join(c if c.isprintable() else " " for c in message.text).split())
        if not text:
            raise UsageError("speak_text needs words: its text is empty.")
        if message.utt in npc.speaking:
            raise CommandFailedError(
                "utterance_open", f"Utterance {message.utt} of {message.npc} is still being heard."
            )
        label = message.utt
        while not label or label in npc.speaking:
            label = self._labels.randrange(2**31, 2**32)
        for refused in self.inflow.take("text", lambda: [self._ask(npc.session.name, label, text, message.voice)]):
            if refused is not None:
                raise refused
        npc.session.speech.begin(label, SAMPLE_RATE, synthesised=True)
        npc.speaking[label] = request
        npc.texts[label] = message.text
        request.ack()

    def _ask(self, name: str, label: int, text: str, voice: str) -> EchoError | None:
        if self._speaking is None:
            return CommandFailedError("unsupported", _WITHOUT)
        try:
            spoken = self._speaking.speak(name, label, text, self._voices.of(name, voice))
        except EchoError as refused:
            return refused
        self._texts.setdefault(name, []).append(spoken)
        return None

    def drop(self, name: str) -> None:
        """The NPC was interrupted or closed: nothing that is under way for it will be heard."""
        for spoken in self._texts.pop(name, []):
            assert self._speaking is not None
            self._speaking.cancel(spoken)

    def poll(self, npcs: Mapping[str, Npc]) -> None:
        """Brings what has been spoken to the timelines, as much as is soon heard."""
        for piece in self.inflow.take("spoken", lambda: self._made(npcs)):
            npc = npcs[piece.npc]
            if piece.pcm:
                npc.session.speech.push(piece.label, piece.pcm)
            if piece.over:
                npc.session.speech.end(piece.label)
                if piece.error is not None and piece.label in npc.speaking:
                    npc.speaking[piece.label].refuse(piece.error)  # its label stays taken until it has been heard

    def _made(self, npcs: Mapping[str, Npc]) -> Iterator[SpokenPiece]:
        for name, texts in list(self._texts.items()):
            assert self._speaking is not None
            session, spoken = npcs[name].session, texts[0]
            if session.speech.filling != spoken.label:
                continue  # an utterance that a client sends comes first
            wanted = (AHEAD_US - session.speech.buffered_us(session.position)) * SAMPLE_RATE // 1_000_000
            pieces: list[bytes] = []
            while wanted > 0 and (pcm := spoken.take()):
                pieces.append(pcm)
                wanted -= len(pcm) // 2
            over = spoken.over
            if over:
                texts.pop(0)
                if not texts:
                    del self._texts[name]
            if pieces or over:
                self._speaking.taken()
                yield SpokenPiece(name, spoken.label, b"".join(pieces), over, spoken.error if over else None)

    def statistics(self) -> dict[str, float | str]:
        """For `stats`; empty without a voice for text."""
        if self._speaking is None:
            return {}
        spoken = self._speaking.statistics
        flat: dict[str, float | str] = {
            "texts_spoken": spoken.spoken,
            "texts_failed": spoken.failed,
            "texts_cut": spoken.cut,
            "text_to_sound_ms": spoken.first_sound_ms,
        }
        if spoken.problem:
            flat["text_problem"] = spoken.problem[:_PROBLEM]
        return flat


def open_text_speech(choice: str, voices: Path | None, virtual_clock: bool, stack: ExitStack) -> TextSpeech | None:
    """The voice for text of `run --voice-for-text CHOICE --npc-voices FILE`, closed by `stack`; None without one.

    Raises UsageError and MissingDependencyError."""
    if not choice:
        if voices is not None:
            raise UsageError("--npc-voices says how texts are spoken: give --voice-for-text as well.")
        return None
    if virtual_clock:
        raise UsageError("--voice-for-text works in real time; leave out the virtual clock.")
    known = NpcVoices.read(voices) if voices is not None else NpcVoices()
    synthesiser = open_synthesiser(choice)
    speaking = Speaking(synthesiser)
    stack.callback(speaking.close)
    if known.pitched and not synthesiser.pitched:
        log.warning("%s has no pitch: that of %s stays as it is.", choice, ", ".join(known.pitched))
    return TextSpeech(speaking, known)
