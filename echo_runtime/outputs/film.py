"""One NPC as an mp4: its pictures at their times and its voice where it is heard, encoded as they come.

Written in fragments that are joined at the end, so that a film whose program died can still be watched up to its last
second (ffmpeg.org/ffmpeg-formats.html, movflags hybrid_fragmented). Used by one thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from echo_bridge.recording import composite

from echo_runtime.errors import MediaError, MissingDependencyError
from echo_runtime.signals import FRAME_RATE, FRAME_US, SAMPLE_RATE, ByteArray, FloatArray

TICKS = 90_000
"""Time base of the pictures, per second."""
SOUND_RATE = 48_000
ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"crf": "20", "preset": "veryfast"}),
    ("h264", {}),
    ("mpeg4", {"qscale": "4"}),
)
"""Best first. H.264 plays everywhere; where PyAV was built without it, MPEG-4 part 2 plays nearly everywhere."""
MOVFLAGS = ("+hybrid_fragmented", "+frag_keyframe+empty_moov+default_base_moof")
"""The second for ffmpeg before 7.1."""
KEY_FRAMES = FRAME_RATE
"""A fragment a second."""
_BLOCK = SAMPLE_RATE
"""Silence is written in such blocks: a pause may last hours."""


class Film:
    """`picture` and `sound` in order of time, then `close`. `codec`: the encoder that was found."""

    def __init__(self, path: Path) -> None:
        """Raises MediaError when the file cannot be written, MissingDependencyError without PyAV."""
        try:
            import av
        except ImportError as error:
            raise MissingDependencyError("Writing films needs PyAV: pip install 'av>=14'.") from error
        self._av, self.path = av, path
        self.codec = next((name for name, _ in ENCODERS if name in av.codecs_available), "")
        if not self.codec:
            raise MediaError(f"PyAV has no encoder for films ({', '.join(n for n, _ in ENCODERS)}); reinstall it.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.open("ab").close()
        except OSError as error:
            raise MediaError(f"The film {path} cannot be written: {error.strerror or error}.") from error
        self._container: Any = None
        self._first_us = self._last_us = 0
        self.pictures = 0
        self._pieces: list[tuple[int, FloatArray]] = []
        self._written = 0
        """Samples of sound since the first picture."""

    def picture(self, pts_us: int, rgba: ByteArray) -> None:
        """(H, W, 4) uint8 with straight alpha, seen from `pts_us` on; one that is not after the last is left out."""
        if self.pictures and pts_us <= self._last_us:
            return
        rgb = composite(rgba)
        if self._container is None:
            self._open(pts_us, rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2)
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        frame = frame.reformat(width=self._video.width, height=self._video.height, format="yuv420p")
        frame.time_base, frame.pts = Fraction(1, TICKS), (pts_us - self._first_us) * TICKS // 1_000_000
        self._container.mux(self._video.encode(frame))
        self._last_us, self.pictures = pts_us, self.pictures + 1
        self._sound_until(pts_us + FRAME_US)

    def sound(self, pts_us: int, samples: FloatArray) -> None:
        """(n,) in [-1, 1] at 16 kHz, heard from `pts_us` on."""
        self._pieces.append((pts_us, np.asarray(samples, np.float32)))

    def cut(self, pts_us: int) -> None:
        """What was to be heard from `pts_us` on is not: it was interrupted."""
        kept = ((start, samples[: max(0, _samples(pts_us - start))]) for start, samples in self._pieces)
        self._pieces = [(start, samples) for start, samples in kept if len(samples)]

    def close(self) -> None:
        """Finishes the file, or removes it if no picture ever came."""
        if self._container is None:
            self.path.unlink(missing_ok=True)
            return
        container, self._container = self._container, None
        try:
            container.mux(self._video.encode(None))
            for frame in self._resampler.resample(None):
                container.mux(self._audio.encode(frame))
            container.mux(self._audio.encode(None))
        finally:
            container.close()

    def _open(self, pts_us: int, height: int, width: int) -> None:
        for flags in MOVFLAGS:
            try:
                self._container = self._av.open(str(self.path), "w", format="mp4", options={"movflags": flags})
                options = {"g": str(KEY_FRAMES), **dict(ENCODERS)[self.codec]}
                self._video: Any = self._container.add_stream(self.codec, rate=FRAME_RATE, options=options)
                self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
                self._video.codec_context.time_base = Fraction(1, TICKS)
                self._video.codec_context.thread_count = 1
                self._audio: Any = self._container.add_stream("aac", rate=SOUND_RATE, layout="mono")
                self._audio.bit_rate = 128_000
                self._container.start_encoding()
                break
            except (self._av.error.FFmpegError, ValueError) as error:
                if flags == MOVFLAGS[-1]:
                    raise MediaError(f"The film {self.path} cannot be written: {error}.") from error
        self._resampler = self._av.AudioResampler(format="fltp", layout="mono", rate=SOUND_RATE, frame_size=1024)
        self._first_us = pts_us

    def _sound_until(self, time_us: int) -> None:
        """Speech is known before the pictures that it moves, so all of it up to the end of a picture is there."""
        for block in self._mixed(_samples(time_us - self._first_us)):
            frame = self._av.AudioFrame.from_ndarray(block[None], format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._written, Fraction(1, SAMPLE_RATE)
            self._written += len(block)
            for resampled in self._resampler.resample(frame):
                self._container.mux(self._audio.encode(resampled))

    def _mixed(self, end: int) -> Iterator[FloatArray]:
        """Blocks of the sound from what was written up to sample `end`."""
        for begin in range(self._written, end, _BLOCK):
            block = np.zeros(min(_BLOCK, end - begin), np.float32)
            for pts_us, samples in self._pieces:
                at = _samples(pts_us - self._first_us) - begin
                piece = samples[max(0, -at) :][: max(0, len(block) - max(at, 0))]
                block[max(at, 0) : max(at, 0) + len(piece)] += piece
            yield np.clip(block, -1.0, 1.0)
        ended = end * 1_000_000 // SAMPLE_RATE + self._first_us
        self._pieces = [p for p in self._pieces if p[0] + len(p[1]) * 1_000_000 // SAMPLE_RATE > ended]


def _samples(us: int) -> int:
    # times are rounded to microseconds, samples are 62.5 of them: to the nearest, or neighbours would overlap by one
    return round(us * SAMPLE_RATE / 1_000_000)
