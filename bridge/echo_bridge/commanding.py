"""What a client asks of a runtime: NPCs, speech, moods, memories, and the player's own face and voice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from echo_bridge import commands, sound
from echo_bridge.connection import Connection, Received
from echo_bridge.curves import to_payload
from echo_bridge.inbox import Inbox
from echo_bridge.pending import Pending
from echo_bridge.pose import quaternion
from echo_bridge.receiving import Receiving
from echo_runtime.errors import CommandFailedError
from echo_runtime.signals import COEFFICIENTS, GAZE, ROTATION, TRANSLATION, FloatArray

CHUNK_SECONDS = 0.1
AHEAD_US = 2_000_000
"""How much sound `speak` lets wait in the runtime: enough to ride out a pause here, little to throw away there."""
TEXT_SECONDS = 900.0
"""Longer than any text is heard, and those that wait before it."""


class Commanding(Receiving):
    """The commanding half of `EchoClient`. Its methods may be called from any thread; most wait for the answer.

    They raise CommandFailedError (the runtime refused; its `code` and sentence), ConnectionLostError (no answer in
    `timeout` seconds) and ProtocolError (a value that may not be sent).
    """

    def __init__(
        self, connection: Connection, inbox: Inbox, listeners: list[Callable[[Received], None]], watched: list[str]
    ) -> None:
        super().__init__(connection, inbox, listeners, watched)
        self._opened: dict[str, str] = {}
        self.timeout = 5.0
        """Seconds to wait for an answer."""

    def command(self, kind: type[commands.Command], payload: bytes = b"", **fields: Any) -> dict[str, Any]:
        """Send any command and wait for its result."""
        return self._connection.begin(kind, payload, **fields).done(self.timeout)

    def begin(self, kind: type[commands.Command], payload: bytes = b"", **fields: Any) -> Pending:
        """Send any command without waiting."""
        return self._connection.begin(kind, payload, **fields)

    def open_npc(self, npc: str, avatar: str = "", timeout: float = 60.0) -> dict[str, Any]:
        """Open an NPC; the first time may take as long as loading and compiling its models does."""
        result = self._connection.begin(commands.OpenNpc, npc=npc, avatar=avatar).done(timeout)
        self._opened[npc] = avatar
        return result

    def _open_again(self) -> None:
        """In the drain thread: what was open in an earlier run of the runtime."""
        for npc, avatar in list(self._opened.items()):
            self._connection.begin(commands.OpenNpc, npc=npc, avatar=avatar)

    def close_npc(self, npc: str) -> None:
        self._opened.pop(npc, None)
        self.command(commands.CloseNpc, npc=npc)

    def list_npcs(self) -> list[dict[str, Any]]:
        """All NPCs, over as many pages as it takes."""
        listed: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.command(commands.ListNpcs, after=after)
            listed += page.get("npcs", [])
            after = page.get("next", "")
            if not after:
                return listed

    def speak(
        self,
        npc: str,
        samples: FloatArray,
        rate: int = 16_000,
        text: str = "",
        utt: int = 0,
        wait: bool = False,
    ) -> Pending:
        """Make an NPC speak (n,) or (n, channels) float32 samples in [-1, 1].

        Returns when all sound has been sent, which for long speech is not before most of it was heard: no more than
        two seconds wait in the runtime. The returned command is done when the last sample has been played; `wait`
        waits for that. Raises CommandFailedError with code `interrupted` when the speech is cut off meanwhile.
        """
        samples = np.asarray(samples, np.float32)
        utt = utt or random.randrange(1, 2**31)
        channels = samples.shape[1] if samples.ndim == 2 else 1
        speech = self.begin(commands.SpeakBegin, npc=npc, utt=utt, rate=rate, channels=channels, text=text)
        speech.ack(self.timeout)
        step = max(1, int(rate * CHUNK_SECONDS))
        for start in range(0, len(samples), step):
            piece = sound.to_pcm16(samples[start : start + step])
            try:
                waiting_us = self.begin(commands.SpeakAudio, piece, npc=npc, utt=utt).ack(self.timeout)
            except CommandFailedError:
                if speech.finished:
                    speech.done(0.0)  # says why the speech ended, which is more than that this piece came too late
                raise
            if waiting_us > AHEAD_US and "advance" not in self.welcome.caps:
                time.sleep(min((waiting_us - AHEAD_US) / 1e6, 1.0))
        self.begin(commands.SpeakEnd, npc=npc, utt=utt).ack(self.timeout)
        if wait:
            speech.done(len(samples) / rate + 30.0)
        return speech

    def speak_text(self, npc: str, text: str, voice: str = "", utt: int = 0, wait: bool = False) -> Pending:
        """Make an NPC speak a text with the runtime's voice for text, after what it is told to speak already.

        `voice` names one of the runtime's voices; "" is the NPC's own. `utt` of 0 lets the runtime choose a label. The
        returned command is done when the last sample has been heard; `wait` waits for that.
        Raises CommandFailedError: `unsupported` (no voice for text there), `speech_synthesis` (it failed, and why),
        `interrupted`, `busy` (too many texts wait).
        """
        speech = self.begin(commands.SpeakText, npc=npc, text=text, voice=voice, utt=utt)
        speech.ack(self.timeout)
        if wait:
            speech.done(TEXT_SECONDS)
        return speech

    def interrupt(self, npc: str) -> int:
        """Stop the NPC's speech; returns the new epoch."""
        epoch = int(self.command(commands.Interrupt, npc=npc).get("epoch", 0))
        self.expect(npc, epoch)
        return epoch

    def expect(self, npc: str, epoch: int) -> None:
        """Show nothing of a lower epoch from now on. For those who send `Interrupt` with `begin` and see its result."""
        self._inbox.expect(npc, epoch)

    def emotion(self, npc: str, name: str, intensity: float = 1.0) -> None:
        self.command(commands.Emotion, npc=npc, name=name, intensity=intensity)

    def thinking(self, npc: str, on: bool = True) -> None:
        self.command(commands.Thinking, npc=npc, on=on)

    def attention(self, npc: str, value: float) -> None:
        """How much the player looks at this NPC, 0 to 1."""
        self.command(commands.Attention, npc=npc, value=value)

    def pause(self, npc: str = "") -> int:
        """Let an NPC, or all, stand still; returns the runtime's time from which it does."""
        return int(self.command(commands.Pause, npc=npc).get("pts", 0))

    def resume(self, npc: str = "") -> int:
        """Let an NPC, or all, go on; returns the runtime's time of the next frame."""
        return int(self.command(commands.Resume, npc=npc).get("pts", 0))

    def save_memory(self, npc: str, file: str) -> None:
        """Write the NPC's memory to a file of the runtime's. CommandFailedError `unsupported` without `memory`."""
        self.command(commands.SaveMemory, npc=npc, file=file)

    def load_memory(self, npc: str, file: str) -> None:
        self.command(commands.LoadMemory, npc=npc, file=file)

    def curve_names(self, curves: str) -> tuple[str, ...]:
        """The names of a curve set, in order."""
        names = self.welcome.curve_sets.get(curves)
        return names or tuple(self.command(commands.CurveNames, curves=curves).get("names", ()))

    def say_text(self, speaker: str, text: str, npc: str = "") -> None:
        self.command(commands.SayText, npc=npc, speaker=speaker, text=text)

    def stats(self) -> dict[str, Any]:
        return self.command(commands.Stats)

    def advance(self, seconds: float, timeout: float = 120.0) -> int:
        """Move a virtual clock and wait until every picture up to there has come; returns its microseconds."""
        moved = self._connection.begin(commands.Advance, us=round(seconds * 1e6)).done(timeout)
        for npc, seq in moved.get("seq", {}).items():
            if npc in self._watched or "" in self._watched:
                self._wait_until_settled(npc, seq)
        return int(moved["now"])

    def player_face(
        self,
        motion: FloatArray,
        validity: float = 1.0,
        captured_us: int | None = None,
        source: str = "engine",
        regions: dict[str, float] | None = None,
    ) -> None:
        """Send the player's face, a motion frame (60,); not answered. `captured_us`: runtime's clock, None = now."""
        motion = np.asarray(motion, np.float32)
        self.player_curves(
            "arkit52", motion[COEFFICIENTS], quaternion(motion[ROTATION]), motion[TRANSLATION].tolist(),
            motion[GAZE].tolist(), validity, captured_us, source, regions,
        )  # fmt: skip

    def player_curves(
        self,
        curves: str,
        values: FloatArray,
        head: Sequence[float] = (0.0, 0.0, 0.0, 1.0),
        position: Sequence[float] = (0.0, 0.0, 0.0),
        gaze: Sequence[float] = (0.0, 0.0),
        validity: float = 1.0,
        captured_us: int | None = None,
        source: str = "engine",
        regions: dict[str, float] | None = None,
    ) -> None:
        """Send the player's face as the values of any curve set that the runtime knows; not answered."""
        message = commands.PlayerFace(
            pts=self.runtime_now() if captured_us is None else captured_us, curves=curves, count=len(values),
            head=tuple(head), position=tuple(position), gaze=tuple(gaze), validity=validity, source=source,
            regions=regions or {},
        )  # fmt: skip
        self._connection.send(message, to_payload(values))

    def player_audio(self, samples: FloatArray, rate: int = 16_000, captured_us: int | None = None) -> None:
        """Send the player's voice, (n,) or (n, channels) in [-1, 1]; not answered. `captured_us`: first sample."""
        samples = np.asarray(samples, np.float32)
        channels = samples.shape[1] if samples.ndim == 2 else 1
        start = self.runtime_now() - len(samples) * 1_000_000 // rate if captured_us is None else captured_us
        self._connection.send(commands.PlayerAudio(pts=start, rate=rate, channels=channels), sound.to_pcm16(samples))
