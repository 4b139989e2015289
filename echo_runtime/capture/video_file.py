"""Pictures of a video file, decoded by PyAV as the clock asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from echo_runtime.capture.source import Source
from echo_runtime.errors import MediaError
from echo_runtime.signals import ByteArray, PictureObservation


def open_container(path: Path) -> av.container.InputContainer:
    """Open any container that FFmpeg reads. MediaError with one sentence when it cannot be used."""
    if not path.exists():
        raise MediaError(f"there is no file {path}; check the path")
    if path.is_dir():
        raise MediaError(f"{path} is a folder; name a video or sound file")
    if path.stat().st_size == 0:
        raise MediaError(f"{path} is empty (0 bytes); record or copy it again")
    try:
        return av.open(str(path))
    except (FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise MediaError(f"{path} cannot be read as video or sound ({reason}); convert it to mp4") from error


class VideoFile(Source[PictureObservation]):
    """The first video track of `path`. Pictures carry `start_us` + their presentation time; turned upright.

    Raises MediaError when the file is missing, unreadable, or holds no picture.
    """

    origin = "file"

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        self._container = open_container(self.path)
        if not self._container.streams.video:
            self._container.close()
            raise MediaError(f"{self.path} has no video track; name a video file, or use it for the voice only")
        self._start_us = 0
        self._frames = self._decode()
        self._next = next(self._frames, None)
        if self._next is None:
            self._container.close()
            raise MediaError(f"{self.path} holds no picture that can be decoded; convert it again")

    def _decode(self) -> Iterator[tuple[int, ByteArray]]:
        """(presentation time from the container's start in µs, rgb) in order; a damaged rest ends the file with a
        note.
        """
        stream = self._container.streams.video[0]
        stream.thread_type = "SLICE"  # frame threads would hold pictures back and occupy every core
        rate = float(stream.average_rate or 25)
        begin_s = (self._container.start_time or 0) / 1e6
        count, last_us = 0, -1
        try:
            for frame in self._container.decode(stream):
                time_s = count / rate if frame.time is None else frame.time - begin_s
                count += 1
                time_us = max(round(time_s * 1e6), 0)
                if time_us <= last_us:
                    continue
                last_us = time_us
                rgb: ByteArray = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                turn = int(getattr(frame, "rotation", 0) or 0)
                yield time_us, np.ascontiguousarray(np.rot90(rgb, turn // 90)) if turn % 360 else rgb
        except FFmpegError as error:
            self.say(f"{self.path.name} is damaged after {last_us / 1e6:.1f} s ({error.strerror})")

    def start(self, start_us: int) -> None:
        self._start_us = start_us

    def read_until(self, time_us: int) -> list[PictureObservation]:
        out = []
        while self._next is not None and self._start_us + self._next[0] <= time_us:
            out.append(PictureObservation(self._start_us + self._next[0], self._next[1]))
            self._next = next(self._frames, None)
        return out

    @property
    def ended(self) -> bool:
        return self._next is None

    def close(self) -> None:
        self._frames.close()  # type: ignore[attr-defined]
        self._next = None
        self._container.close()
