"""The reference client: connects to a runtime, commands it, and always has the newest frame at hand.

with EchoClient.connect() as client:
    client.open_npc("mira")
    client.speak("mira", samples, rate=16_000)
    for frame in client.frames("mira"):
        show(frame.rgba)
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from echo_bridge import addresses, commands, limits, sound
from echo_bridge.clock import monotonic_us
from echo_bridge.connection import Connection, Received, Status
from echo_bridge.curves import to_payload
from echo_bridge.inbox import Face, Frame, Inbox
from echo_bridge.keys import ClientKeys
from echo_bridge.pending import Pending
from echo_bridge.pose import quaternion
from echo_bridge.replies import Welcome
from echo_bridge.streams import topic
from echo_runtime.errors import CommandFailedError, ConnectionLostError
from echo_runtime.signals import COEFFICIENTS, GAZE, ROTATION, TRANSLATION, FloatArray

CHUNK_SECONDS = 0.1
AHEAD_US = 2_000_000
"""How much sound `speak` lets wait in the runtime: enough to ride out a pause here, little to throw away there."""


TEXT_SECONDS = 900.0
"""Longer than any text is heard, and those that wait before it."""


class EchoClient:
    """A connection to one runtime. All methods may be called from any thread; those that command wait for the answer.

    They raise CommandFailedError (the runtime refused; its `code` and sentence), ConnectionLostError (no answer in
    `timeout` seconds) and ProtocolError (a value that may not be sent).
    """

    def __init__(
        self, connection: Connection, inbox: Inbox, listeners: list[Callable[[Received], None]], watched: list[str]
    ) -> None:
        self._connection, self._inbox, self._listeners, self._watched = connection, inbox, listeners, watched
        self._opened: dict[str, str] = {}
        self.timeout = 5.0
        """Seconds to wait for an answer."""

    @classmethod
    def connect(
        cls,
        address: str = f"tcp://127.0.0.1:{limits.DEFAULT_CONTROL_PORT}",
        client: str = "",
        timeout: float = 5.0,
        npcs: Iterable[str] | None = None,
        video: bool = True,
        cues: bool = True,
        on_receive: Callable[[Received], None] | None = None,
        insecure_lan: bool = False,
        *,
        server_key: str = "",
        key_file: str | Path = "",
        on_status: Callable[[Status, str], None] = lambda status, text: None,
        on_warning: Callable[[str], None] = lambda text: None,
        wait: bool = True,
        proto: tuple[int, int] | None = None,
    ) -> Self:
        """Connect to the control socket at `address` and subscribe to `npcs` (all of them when None).

        `client` names this client; one that returns under the same name finds its session again. "" takes a new name.
        `server_key` (the runtime's public key) and `key_file` (one's own) encrypt the connection. `on_status` is told
        connecting, connected, lost, refused, each with a sentence or "", `on_warning` that the runtime speaks a newer
        minor version; both in the drain thread. A runtime that is lost is
        looked for until `close`; NPCs that were open are opened again in a new run of it. `wait` false returns at once.
        Raises VersionError for a runtime of another major version, ConnectionLostError when none answers in `timeout`
        seconds, KeyFileError for keys that cannot be read.
        """
        host, port = addresses.parse(address)
        keys = ClientKeys.given(server_key, key_file)
        if keys is None:
            remedy = "give the runtime's key with --server-key and one's own with --key"
            addresses.require_loopback(host, insecure_lan, remedy)
        names = list(npcs) if npcs is not None else [""]
        prefixes = {
            stream: [topic(stream, name) for name in names]
            for stream, wanted in (("video", video), ("cues", cues))
            if wanted
        }
        listeners = [on_receive] if on_receive else []
        inbox = Inbox()

        def tell(item: Received) -> None:
            for listener in listeners:
                listener(item)

        name = client or f"python-{random.getrandbits(48):012x}"
        clients: list[Self] = []

        def greeted(welcome: Welcome, new_run: bool) -> None:
            if clients and new_run:
                clients[0]._open_again()

        connection = Connection(
            host, port, name, inbox, prefixes, tell, on_status=on_status, on_welcome=greeted, on_warning=on_warning,
            keys=keys, proto=proto,
        )  # fmt: skip
        clients.append(cls(connection, inbox, listeners, names if video else []))
        try:
            if wait:
                connection.wait_until_greeted(timeout)
        except BaseException:
            connection.close()
            raise
        return clients[0]

    # Receiving ---------------------------------------------------------------------------------------------------

    @property
    def welcome(self) -> Welcome:
        """What the runtime said of itself: ports, curve sets, formats, capabilities."""
        assert self._connection.welcome is not None
        return self._connection.welcome

    @property
    def status(self) -> tuple[Status, str]:
        """connecting, connected, lost or refused, and a sentence or ""."""
        return self._connection.status, self._connection.status_text

    @property
    def alive(self) -> bool:
        """Whether the runtime answers."""
        return self._connection.alive

    @property
    def closing_text(self) -> str:
        """Why the runtime ended the session; "" while it has not."""
        return self._connection.closing

    @property
    def refusals(self) -> list[Any]:
        """The last `failed` and `error` messages that no method has raised, for example of `player_face`."""
        return list(self._connection.refusals)

    def take_refusals(self) -> list[Any]:
        """The `refusals` that were not taken before."""
        taken: list[Any] = []
        while self._connection.refusals:
            taken.append(self._connection.refusals.popleft())
        return taken

    @property
    def malformed(self) -> int:
        """Messages that were refused and dropped."""
        return self._inbox.malformed

    def watch(self, npc: str) -> None:
        """Receive one more NPC, where only some were asked for."""
        self._connection.watch(npc)
        if self._watched:
            self._watched.append(npc)

    @property
    def npcs_seen(self) -> list[str]:
        """NPCs of which something has been received."""
        return self._inbox.names

    def runtime_now(self) -> int:
        """The runtime's clock in microseconds, by the quickest of the last pings."""
        return monotonic_us() + self._connection.offset.offset_us

    @property
    def round_trip_us(self) -> int:
        return self._connection.offset.round_trip_us

    def on_receive(self, listener: Callable[[Received], None]) -> None:
        """Call `listener` with every accepted Frame, Face, SpeechChunk and Event; in the drain thread, so be quick."""
        self._listeners.append(listener)

    def latest_frame(self, npc: str) -> Frame | None:
        """The newest picture; None before the first, and after an interrupt or a restart until the next one."""
        return self._inbox.npc(npc).frame

    def latest_face(self, npc: str) -> Face | None:
        return self._inbox.npc(npc).face

    def wait_for_frame(self, npc: str, after_seq: int = 0, timeout: float = 5.0) -> Frame:
        """The newest frame with a `seq` above `after_seq`. ConnectionLostError when none comes in `timeout` s."""
        deadline = time.monotonic() + timeout
        with self._inbox.changed:
            while True:
                frame = self._inbox.npc(npc).frame
                if frame is not None and frame.header.seq > after_seq:
                    return frame
                left = deadline - time.monotonic()
                if left <= 0.0 or self._connection.closing:
                    raise ConnectionLostError(
                        self._connection.closing or f"No new frame of '{npc}' has come within {timeout:g} s."
                    )
                self._inbox.changed.wait(left)

    def frames(self, npc: str, timeout: float = 5.0) -> Iterator[Frame]:
        """Every new newest frame; a slow reader skips what it was too late for. Ends when none comes in `timeout` s."""
        seq = 0
        while True:
            try:
                frame = self.wait_for_frame(npc, seq, timeout)
            except ConnectionLostError:
                return
            seq = frame.header.seq
            yield frame

    def statistics(self, npc: str) -> dict[str, Any]:
        """Frames by origin, gaps, frame rate and latencies of one NPC since the connection began."""
        return {**self._inbox.statistics(npc), "malformed": self._inbox.malformed, "unknown": self._inbox.unknown}

    # Commanding --------------------------------------------------------------------------------------------------

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

    def _wait_until_settled(self, npc: str, seq: int, timeout: float = 5.0) -> None:
        """Until picture `seq` has come; an interrupt may have thrown it away since."""
        deadline = time.monotonic() + timeout
        with self._inbox.changed:
            while self._inbox.npc(npc).settled < seq:
                left = deadline - time.monotonic()
                if left <= 0.0 or self._connection.closing:
                    raise ConnectionLostError(
                        self._connection.closing or f"Picture {seq} of '{npc}' has not come within {timeout:g} s."
                    )
                self._inbox.changed.wait(left)

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

    # Ending ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Say goodbye and close the sockets."""
        if not self._connection.closing and not self._connection._stop.is_set():
            self._connection.send(commands.Bye())
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
