"""The player's pictures and sound beside a recording, as an mp4: only where the user asked for it.

The file is written in fragments, so that what was written can be played wherever it is cut (ISO/IEC 14496-12, movie
fragments; ffmpeg.org/ffmpeg-formats.html, "frag_keyframe"). A machine that is too slow loses pictures, never sound.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from echo_runtime.capture.player import PlayerWindow
from echo_runtime.errors import RecordingError
from echo_runtime.signals import FRAME_US, SAMPLE_RATE, ByteArray, FloatArray

log = logging.getLogger(__name__)
WAITING = 50
"""Pictures that may wait for the encoder."""
LAYOUT_S = 3
"""So long a first picture is waited for; without one the file holds sound only."""
_TICKS = 90_000
_VIDEO = {"crf": "23", "preset": "ultrafast", "tune": "zerolatency", "g": "50"}


class PlayerClip:
    """Writes the new file `path` until `close`. `picture`: the newest picture (H, W, 3) that was looked at, or None.
    Raises RecordingError when the file cannot be made."""

    def __init__(self, path: Path, picture: Callable[[], ByteArray | None]) -> None:
        self.path, self.dropped = path, 0
        self._picture = picture
        self._last: ByteArray | None = None
        self._waiting: queue.Queue[tuple[int, FloatArray, ByteArray | None] | None] = queue.Queue()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("xb").close()
        except FileExistsError as error:
            raise RecordingError(f"{path} exists already; give the recording another name, or remove it.") from error
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror or error}.") from error
        self._thread = threading.Thread(target=self._work, name="player clip", daemon=True)
        self._thread.start()

    def see(self, windows: Iterable[PlayerWindow]) -> None:
        """The player's newest ticks. In the loop; only hands over."""
        for window in windows:
            picture = self._picture()
            if picture is self._last:
                picture = None
            elif self._waiting.qsize() > WAITING:
                picture, self.dropped = None, self.dropped + 1
            else:
                self._last = picture
            end_us = (window.first_tick + window.ticks) * FRAME_US
            self._waiting.put((end_us, window.sound, picture))

    def close(self) -> None:
        """Finishes the file."""
        self._waiting.put(None)
        self._thread.join(60.0)
        if self.dropped:
            log.warning("%s lacks %d pictures: this machine was too busy to encode them.", self.path, self.dropped)

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            self._write()
        except Exception as error:  # the run and its recording go on without the clip
            log.warning("The player's clip %s ends here: %s: %s.", self.path, type(error).__name__, error)

    def _write(self) -> None:
        waiting: list[tuple[int, FloatArray, ByteArray | None]] = []
        heard = 0
        writer: _Writer | None = None
        while (item := self._waiting.get()) is not None:
            waiting.append(item)
            heard += len(item[1])
            if writer is None and item[2] is None and heard < LAYOUT_S * SAMPLE_RATE:
                continue
            writer = writer or _Writer(self.path, item[2])
            for piece in waiting:
                writer.add(*piece)
            waiting.clear()
        if writer is None and waiting:
            writer = _Writer(self.path, None)
            for piece in waiting:
                writer.add(*piece)
        if writer is None:
            self.path.unlink(missing_ok=True)  # the player never came
        else:
            writer.close()


class _Writer:
    def __init__(self, path: Path, first: ByteArray | None) -> None:
        import av

        self._av = av
        flags = {"movflags": "frag_keyframe+delay_moov+default_base_moof"}
        self._container = av.open(str(path), "w", format="mp4", options=flags)
        self._video: Any = None
        if first is not None:
            self._video = self._container.add_stream("libx264", rate=25, options=_VIDEO)
            height, width = (side // 2 * 2 for side in first.shape[:2])  # 4:2:0 has no odd sizes
            self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
            self._video.codec_context.time_base = Fraction(1, _TICKS)
            self._video.codec_context.thread_count = 1
        self._sound: Any = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        self._sound.bit_rate = 64_000
        self._samples = 0
        self._rest = np.zeros(0, np.float32)

    def add(self, end_us: int, sound: FloatArray, picture: ByteArray | None) -> None:
        if picture is not None and self._video is not None:
            frame = self._av.VideoFrame.from_ndarray(picture, format="rgb24")
            if (frame.height, frame.width) != (self._video.height, self._video.width):
                frame = frame.reformat(width=self._video.width, height=self._video.height)
            frame.time_base, frame.pts = Fraction(1, _TICKS), end_us * _TICKS // 1_000_000
            self._container.mux(self._video.encode(frame))
        self._rest = np.concatenate([self._rest, sound])
        step = 1024  # one AAC frame
        while len(self._rest) >= step:
            self._encode(self._rest[:step])
            self._rest = self._rest[step:]

    def _encode(self, samples: FloatArray) -> None:
        frame = self._av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._samples, Fraction(1, SAMPLE_RATE)
        self._samples += len(samples)
        self._container.mux(self._sound.encode(frame))

    def close(self) -> None:
        if len(self._rest):
            self._encode(self._rest)
        for stream in (self._video, self._sound):
            if stream is not None:
                self._container.mux(stream.encode(None))
        self._container.close()
