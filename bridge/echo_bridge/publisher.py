"""The runtime's two publishing sockets: video, and cues (coefficients, speech, events)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import zmq

from echo_bridge import addresses, jpeg, limits
from echo_bridge.clock import monotonic_us
from echo_bridge.codec import encode
from echo_bridge.curves import to_payload
from echo_bridge.encoding_thread import EncodingThread
from echo_bridge.keys import ServerKeys
from echo_bridge.pictures import convert
from echo_bridge.pose import quaternion
from echo_bridge.sound import to_pcm16
from echo_bridge.streams import BYTES_PER_PIXEL, FORMATS, Coefficients, Event, Published, Speech, Video, topic
from echo_runtime.errors import AddressInUseError, UsageError
from echo_runtime.signals import COEFFICIENTS, GAZE, ROTATION, TRANSLATION, ByteArray, FloatArray, Origin

KEPT_EVENTS = frozenset({"turn", "degraded", "paused", "player_started"})
"""Events that describe a state: the last of each is sent to whoever subscribes later."""


REBIND_SECONDS = 5.0


class Publisher:
    """Publishes every NPC. Numbers messages per NPC and type, and gives late subscribers the last values at once.

    May be called from any thread, one call at a time being served; nothing here waits for a subscriber.
    `clock` gives microseconds on the runtime's clock. `video_queue`: frames that may wait for one subscriber.
    `jpeg_quality`: 1 to 100, for the format jpeg. JPEG is encoded in a thread of its own, once for all subscribers; a
    picture that has not been begun when the NPC's next one comes is left out. With `encode_at_once` (a virtual clock:
    every picture counts) it is encoded in the calling thread. `keys`: encrypt, and let in only whom they allow.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        host: str = "127.0.0.1",
        cues_port: int = 0,
        video_port: int = 0,
        picture_format: str = "bgra8",
        video_queue: int = limits.VIDEO_QUEUE,
        clock: Callable[[], int] = monotonic_us,
        jpeg_quality: int = jpeg.QUALITY,
        encode_at_once: bool = False,
        keys: ServerKeys | None = None,
    ) -> None:
        if picture_format not in FORMATS:
            raise UsageError(f"The picture format '{picture_format}' is not known; use {', '.join(FORMATS)}.")
        self.picture_format = picture_format
        self._clock = clock
        self._jpeg_quality = jpeg_quality
        aside = picture_format == "jpeg" and not encode_at_once
        self._encoding = EncodingThread() if aside else None
        self._epochs: dict[str, int] = {}
        self._lock = threading.Lock()
        self._seq: dict[tuple[str, str], int] = {}
        self._last: dict[str, dict[str, tuple[Published, bytes]]] = {"video": {}, "cues": {}}
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self.ports: dict[str, int] = {}
        self._context, self._host, self._keys = context, host, keys
        self._queues = {"cues": limits.CUES_QUEUE, "video": video_queue}
        self._closed = False
        try:
            for stream, port in (("cues", cues_port), ("video", video_port)):
                self._sockets[stream], self.ports[stream] = self._bound(stream, port)
        except BaseException:
            self.close()
            raise

    def _bound(self, stream: str, port: int) -> tuple[zmq.Socket[bytes], int]:
        socket = self._context.socket(zmq.XPUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SNDHWM, self._queues[stream])
        socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        socket.setsockopt(zmq.MAXMSGSIZE, 1024)  # subscriptions are all that comes in
        socket.setsockopt(zmq.HEARTBEAT_IVL, limits.HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, limits.HEARTBEAT_TIMEOUT_MS)
        if self._keys is not None:
            self._keys.protect(socket)
        try:
            return socket, addresses.bind(socket, self._host, port, f"--{stream}-port")
        except BaseException:
            socket.close(linger=0)
            raise

    def cut_off(self) -> None:
        """Bind both sockets anew, at the same ports: libzmq cannot end the connection of a single subscriber.

        Subscribers that are allowed connect again by themselves and get the last values. What is published meanwhile,
        a tenth of a second or so, nobody gets. Waits for the ports to become free, but holds up no publishing.
        """
        for stream, port in self.ports.items():
            with self._lock:
                old = self._sockets.pop(stream, None)
            if old is None:
                return  # closed
            old.close(linger=0)
            deadline = time.monotonic() + REBIND_SECONDS
            while True:
                try:
                    socket, _ = self._bound(stream, port)
                    break
                except AddressInUseError:  # the old one is closed in another thread
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
            with self._lock:
                if self._closed:
                    socket.close(linger=0)
                    return
                self._sockets[stream] = socket

    def publish_picture(
        self,
        npc: str,
        picture: ByteArray,
        *,
        pts: int,
        origin: Origin,
        epoch: int = 0,
        utt: int = 0,
        source_format: str = "rgba8",
        head: Sequence[float] = (0.0, 0.0, 0.0, 1.0),
        position: Sequence[float] = (0.0, 0.0, 0.0),
        camera_fov: float = 0.0,
        camera_distance: float = 0.0,
        observed_us: int = 0,
        generated_us: int = 0,
    ) -> int:
        """Send one picture, (H, W, 4) uint8 with straight alpha, and return its `seq`; 0 where it is encoded aside and
        numbered when it is sent. Fields as in `streams.Video`."""
        height, width = picture.shape[:2]
        message = Video(
            npc=npc, seq=0, epoch=epoch, utt=utt, pts=pts, origin=origin, width=width, height=height,
            stride=BYTES_PER_PIXEL * width, format=self.picture_format, camera_fov=camera_fov,
            camera_distance=camera_distance, head=tuple(head), position=tuple(position), observed_us=observed_us,
            generated_us=generated_us,
        )  # fmt: skip
        if self._encoding is not None:
            own = picture.copy()  # the renderer may draw the next one into the same memory
            self._encoding.submit(npc, lambda: self._publish_video(message, self._jpeg(own, source_format)))
            return 0
        if self.picture_format == "jpeg":
            return self._publish_video(message, self._jpeg(picture, source_format))
        return self._publish_video(message, convert(picture, source_format, self.picture_format).tobytes())

    def _jpeg(self, picture: ByteArray, source_format: str) -> bytes:
        return jpeg.encode(picture, source_format, self._jpeg_quality)

    def _publish_video(self, message: Video, payload: bytes) -> int:
        with self._lock:
            if message.epoch < self._epochs.get(message.npc, 0):
                return 0  # an interrupt came while it was encoded
            message = replace(message, seq=self._next("video", message.npc), published_us=self._clock())
            self._send("video", message, payload, keep="video")
            return message.seq

    def publish_motion(
        self,
        npc: str,
        motion: FloatArray,
        *,
        pts: int,
        origin: Origin,
        epoch: int = 0,
        utt: int = 0,
        observed_us: int = 0,
    ) -> int:
        """Send a motion frame (60,) as coefficients of the set arkit52 with pose and gaze; returns its `seq`."""
        motion = np.asarray(motion, np.float32)
        payload = to_payload(motion[COEFFICIENTS])
        with self._lock:
            message = Coefficients(
                npc=npc, seq=self._next("coefficients", npc), epoch=epoch, utt=utt, pts=pts, origin=origin,
                curves="arkit52", count=52, head=quaternion(motion[ROTATION]),
                position=tuple(map(float, motion[TRANSLATION])), gaze=tuple(map(float, motion[GAZE])),
                observed_us=observed_us, published_us=self._clock(),
            )  # fmt: skip
            self._send("cues", message, payload, keep="coefficients")
            return message.seq

    def publish_speech(
        self,
        npc: str,
        samples: FloatArray,
        *,
        pts: int,
        utt: int,
        epoch: int = 0,
        last: bool = False,
        rate: int = 16_000,
    ) -> int:
        """Send a piece of speech, (n,) or (n, channels) float32 in [-1, 1]; `pts` is of its first sample."""
        samples = np.asarray(samples, np.float32)
        channels = samples.shape[1] if samples.ndim == 2 else 1
        payload = to_pcm16(samples)
        with self._lock:
            message = Speech(
                npc=npc, seq=self._next("speech", npc), epoch=epoch, utt=utt, pts=pts, rate=rate, channels=channels,
                last=last, published_us=self._clock(),
            )  # fmt: skip
            self._send("cues", message, payload, keep=None)
            return message.seq

    def publish_event(
        self,
        npc: str,
        name: str,
        detail: Mapping[str, Any] | None = None,
        *,
        pts: int | None = None,
        epoch: int = 0,
        utt: int = 0,
    ) -> int:
        """Send an event; `pts` is now unless given. The last one of each name in KEPT_EVENTS is kept for latecomers."""
        with self._lock:
            message = Event(
                npc=npc, seq=self._next("event", npc), epoch=epoch, utt=utt,
                pts=self._clock() if pts is None else pts, name=name, detail=dict(detail or {}),
            )  # fmt: skip
            self._send("cues", message, b"", keep=f"event/{name}" if name in KEPT_EVENTS else None)
            return message.seq

    @property
    def video_seq(self) -> dict[str, int]:
        """The `seq` of the last picture of each open NPC."""
        with self._lock:
            return {message.npc: message.seq for message, _ in self._last["video"].values()}

    def epoch(self, npc: str) -> int:
        """The highest epoch under which something of an NPC was published; 0 for a new one."""
        with self._lock:
            return self._epochs.get(npc, 0)

    def forget(self, npc: str) -> None:
        """Keep no last values of a closed NPC. Its numbering goes on should it be opened again."""
        if self._encoding is not None:
            self._encoding.drop(npc)
        with self._lock:
            for kept in self._last.values():
                for key in [key for key, (message, _) in kept.items() if message.npc == npc]:
                    del kept[key]

    def answer_subscriptions(self) -> None:
        """Send last values to new subscribers. Every publishing call does it too; call it when nothing is published."""
        with self._lock:
            for stream in list(self._sockets):
                self._answer(stream)

    def close(self) -> None:
        if self._encoding is not None:
            self._encoding.close()
        with self._lock:
            self._closed = True
            for socket in self._sockets.values():
                socket.close(linger=0)
            self._sockets = {}

    def _next(self, kind: str, npc: str) -> int:
        return self._seq.get((kind, npc), 0) + 1

    def _send(self, stream: str, message: Published, payload: bytes, keep: str | None) -> None:
        header = encode(message)  # may refuse the message: only then does it count
        message.check_payload(len(payload))
        self._seq[message.TYPE, message.npc] = message.seq
        self._epochs[message.npc] = max(message.epoch, self._epochs.get(message.npc, 0))
        if stream not in self._sockets:
            return  # closed
        self._answer(stream)
        if keep:
            kept = self._last[stream]
            kept.pop(f"{message.npc}/{keep}", None)
            kept[f"{message.npc}/{keep}"] = (message, payload)  # at the end: the order is that of sending
        self._put(stream, message.npc, header, payload)

    def _put(self, stream: str, npc: str, header: bytes, payload: bytes) -> None:
        # XPUB drops for a subscriber whose queue is full, and never waits
        self._sockets[stream].send_multipart([topic(stream, npc), header, payload], flags=zmq.DONTWAIT)

    def _answer(self, stream: str) -> None:
        socket, prefixes = self._sockets[stream], set()
        for _ in range(64):
            try:
                asked = socket.recv(zmq.DONTWAIT)
            except zmq.Again:
                break
            if asked[:1] == b"\x01":
                prefixes.add(asked[1:])
        if not prefixes:
            return
        for message, payload in list(self._last[stream].values()):
            if topic(stream, message.npc).startswith(tuple(prefixes)):
                self._put(stream, message.npc, encode(replace(message, again=True)), payload)
