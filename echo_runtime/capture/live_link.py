"""The Live Link Face app of an iPhone as a source of the player's face.

The app is told this machine's address; it sends some 60 datagrams a second and expects no answer. Anybody in the
network can send such datagrams, so one phone is followed at a time: the first that sends a face, until it has been
silent for two seconds.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import deque

import numpy as np

from echo_runtime.capture.neutral import RestingPlace
from echo_runtime.capture.source import Clock, Source, monotonic_us
from echo_runtime.capture.switch_over import PLACE_BOUND
from echo_runtime.capture.validity import decayed, recovered
from echo_runtime.errors import AddressInUseError, ProtocolError, UsageError
from echo_runtime.live_link_face import LARGEST, PORT, LiveLinkFrame, decode, motion_of
from echo_runtime.signals import GAZE, MOTION_DIM, ROTATION, TRANSLATION, FaceObservation

SILENT_US = 2_000_000
"""A phone that was silent for so long may be replaced by another one."""
PATIENCE_US = 5_000_000
"""Without any datagram for so long after the start, the user is told."""
POLL_S = 0.2
LATE_FRAMES = 300
"""A frame number that is at most so much smaller than the last came too late; more is a new count (midnight, a restart
of the app)."""
QUEUE = 256
KINDS_TOLD = 20
"""Different complaints that the user hears at most."""


class LiveLinkFace(Source[FaceObservation]):
    """`livelink[:PORT]` or `livelink:ADDRESS:PORT`, the address being the one of this machine to listen on.

    `port`: where it listens; 0 picks a free one. `received`, `refused` (no datagram of the app), `ignored` (of another
    phone, or late): counts. Observations carry the time of arrival; without a face they decay as a lost face does.
    """

    origin = "livelink"
    live = True
    tracked = True

    def __init__(self, port: int = PORT, address: str = "0.0.0.0", clock: Clock = monotonic_us) -> None:
        super().__init__()
        self._clock = clock
        self._address, self.port = address, port
        self._queue: deque[FaceObservation] = deque(maxlen=QUEUE)
        self._place = RestingPlace(PLACE_BOUND)
        self._last = FaceObservation(0, np.zeros(MOTION_DIM, np.float32), 0.0, self.origin)
        self._followed: tuple[str, str] | None = None
        self._heard_us = self._frame = 0
        self._told: set[str] = set()
        self.received = self.refused = self.ignored = 0
        self._socket: socket.socket | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def named(cls, which: str, clock: Clock = monotonic_us) -> LiveLinkFace:
        """`which`: what stands after `livelink:`. Raises UsageError."""
        address, _, port = which.rpartition(":")
        if which and not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise UsageError(
                f"--player livelink:{which} names no port; write livelink, livelink:{PORT} or "
                f"livelink:127.0.0.1:{PORT}."
            )
        return cls(int(port) if which else PORT, address or "0.0.0.0", clock)

    def start(self, start_us: int) -> None:
        """Listens. Raises AddressInUseError and UsageError."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(POLL_S)
        try:
            self._socket.bind((self._address, self.port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            self._socket = None
            if isinstance(error, socket.gaierror) or "assign" in str(error):
                raise UsageError(f"--player livelink: {self._address} is no address of this machine.") from error
            other = self.port + 1 if self.port < 65535 else PORT
            raise AddressInUseError(
                f"UDP port {self.port} cannot be listened on ({error}): end the other program that receives Live Link "
                f"Face (Unreal does), or choose another port, here and in the app, as in --player livelink:{other}."
            ) from error
        self.port = self._socket.getsockname()[1]
        self._heard_us = start_us
        self._thread = threading.Thread(target=self._receive, name="Live Link Face", daemon=True)
        self._thread.start()

    def read_until(self, time_us: int) -> list[FaceObservation]:
        out = []
        while self._queue and self._queue[0].time_us <= time_us:
            out.append(self._queue.popleft())
        return out

    def _receive(self) -> None:
        assert self._socket is not None
        while not self._stop.is_set():
            try:
                data, sender = self._socket.recvfrom(LARGEST + 1)
            except TimeoutError:
                self._silence()
                continue
            except OSError:  # closed, or a note of the network about an earlier datagram
                if self._stop.wait(POLL_S):
                    return
                continue
            try:
                self.take(data, str(sender[0]))
            except Exception as error:  # whatever a stranger sends, the conversation goes on
                self.refused += 1
                self._say_once(f"A Live Link Face datagram could not be taken: {type(error).__name__}: {error}.")

    def take(self, data: bytes, sender: str) -> None:
        """One datagram of `sender`, an IP address."""
        now = self._clock()
        try:
            frame = decode(data)
        except ProtocolError as error:
            self.refused += 1
            self._say_once(f"Live Link Face, from {sender}: {error}.")
            return
        if not self._follows(frame, sender, now):
            self.ignored += 1
            return
        self.received += 1
        if frame.values is None:
            self._last = decayed(self._last, time_us=now)
        else:
            motion, known = motion_of(frame.values)
            place = self._place(now, np.concatenate([motion[ROTATION], motion[TRANSLATION], motion[GAZE]]))
            if known.all():  # else there is no rotation to be relative to
                motion[ROTATION] = place[:3]
            seen = FaceObservation(now, motion, 1.0, self.origin, None if known.all() else known)
            self._last = recovered(self._last, seen)
        self._queue.append(self._last)

    def _follows(self, frame: LiveLinkFrame, sender: str, now: int) -> bool:
        who = (sender, frame.device)
        if self._followed != who:
            if self._followed is not None and now - self._heard_us < SILENT_US:
                self._say_once(f"Another phone ({frame.subject} at {sender}) sends too; it is ignored.")
                return False
            if frame.values is None:
                return False
            self._followed, self._frame = who, frame.frame - 1
            self.say(f"Live Link Face: following {frame.subject} at {sender}.", odd=False)
        late = frame.values is not None and 0 <= self._frame - frame.frame < LATE_FRAMES
        if late:
            return False
        self._heard_us = now
        if frame.values is not None:
            self._frame = frame.frame
        return True

    def _silence(self) -> None:
        if not self.received and not self.refused and self._clock() - self._heard_us > PATIENCE_US:
            self._say_once(
                f"Nothing has come from Live Link Face yet: give the app this machine's address and port {self.port} "
                "(Settings, Live Link), both in one network, and look whether a firewall blocks UDP."
            )

    def _say_once(self, text: str) -> None:
        """One sentence of each kind, whatever numbers are in it."""
        kind = re.sub(r"\d+", "", text)
        if len(self._told) < KINDS_TOLD and kind not in self._told:
            self._told.add(kind)
            self.say(text)

    def statistics(self) -> dict[str, float | str]:
        return {"livelink_received": self.received, "livelink_refused": self.refused, "livelink_ignored": self.ignored}

    @property
    def ended(self) -> bool:
        return False

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
        if self._socket is not None:
            self._socket.close()
            self._socket = None
