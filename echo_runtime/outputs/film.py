"""One NPC as an mp4: its pictures at their times and its voice where it is heard, encoded as they come.

Written in fragments that are joined at the end, so that a film whose program died can still be watched up to its last
second (ffmpeg.org/ffmpeg-formats.html, movflags hybrid_fragmented). Used by one thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from echo_bridge.recording import composite

from echo_runtime.errors import MediaError, MissingDependencyError
from echo_runtime.signals import FRAME_RATE, FRAME_US, SAMPLE_RATE, ByteArray, FloatArray

TICKS = 60_000
"""Time base of the pictures, per second; MPEG-4 knows none finer than 65 535."""
SOUND_RATE = 48_000
ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libx264", {"crf": "20", "preset": "veryfast"}),
    ("h264", {}),
    ("mpeg4", {"b": "4000000"}),
)
"""Best first. H.264 plays everywhere; where PyAV was built without it, MPEG-4 part 2 plays nearly everywhere."""
MOVFLAGS = ("+hybrid_fragmented+delay_moov", "+frag_keyframe+delay_moov+default_base_moof")
"""The second for ffmpeg before 7.1."""
KEY_FRAMES = FRAME_RATE
"""A fragment a second."""
AAC_FRAME = 1024
_BLOCK = SAMPLE_RATE
"""Silence is written in such blocks: a pause may last hours."""


@dataclass(frozen=True)
class _Piece:
    pts_us: int
    samples: FloatArray
    epoch: int


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
        self._pieces: list[_Piece] = []
        self._written = 0
        """Samples of sound since the first picture; …"""
        self._sent = 0
        """… the same at the film's rate, as far as they were encoded."""
        self._rest = np.zeros(0, np.float32)

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

    def sound(self, pts_us: int, samples: FloatArray, epoch: int = 0) -> None:
        """(n,) in [-1, 1] at 16 kHz, heard from `pts_us` on."""
        self._pieces.append(_Piece(pts_us, np.asarray(samples, np.float32), epoch))

    def cut(self, pts_us: int, epoch: int) -> None:
        """What was to be heard from `pts_us` on, of a lower epoch than this one, is not: it was interrupted."""
        kept = [
            replace(p, samples=p.samples[: max(0, _samples(pts_us - p.pts_us))]) if p.epoch < epoch else p
            for p in self._pieces
        ]
        self._pieces = [p for p in kept if len(p.samples)]

    def close(self) -> None:
        """Finishes the file, or removes it if no picture ever came."""
        if self._container is None:
            self.path.unlink(missing_ok=True)
            return
        container, self._container = self._container, None
        try:
            container.mux(self._video.encode(None))
            rest = self._resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            for packet in [*self._encoded(rest, last=True), *self._audio.encode(None)]:
                container.mux(packet)
        finally:
            container.close()

    def _open(self, pts_us: int, height: int, width: int) -> None:
        for flags in MOVFLAGS:
            try:
                ways = {"movflags": flags, "flush_packets": "1"}
                self._container = self._av.open(str(self.path), "w", format="mp4", options=ways)
                # without B-frames: their negative times would shift pictures against sound by a pause's length
                options = {"g": str(KEY_FRAMES), "bf": "0", **dict(ENCODERS)[self.codec]}
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
        self._resampler = soxr.ResampleStream(SAMPLE_RATE, SOUND_RATE, 1, dtype="float32", quality="HQ")
        self._first_us = pts_us

    def _sound_until(self, time_us: int) -> None:
        """Speech is known before the pictures that it moves, so all of it up to the end of a picture is there."""
        for block in self._mixed(_samples(time_us - self._first_us)):
            self._written += len(block)
            for packet in self._encoded(self._resampler.resample_chunk(block)):
                self._container.mux(packet)

    def _encoded(self, samples: FloatArray, last: bool = False) -> Iterator[Any]:
        """Packets of the sound at SOUND_RATE, in whole frames of the encoder until the last."""
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= AAC_FRAME or (last and len(self._rest)):
            piece, self._rest = self._rest[:AAC_FRAME], self._rest[AAC_FRAME:]
            frame = self._av.AudioFrame.from_ndarray(piece[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._sent, Fraction(1, SOUND_RATE)
            self._sent += len(piece)
            yield from self._audio.encode(frame)

    def _mixed(self, end: int) -> Iterator[FloatArray]:
        """Blocks of the sound from what was written up to sample `end`."""
        for begin in range(self._written, end, _BLOCK):
            block = np.zeros(min(_BLOCK, end - begin), np.float32)
            for piece in self._pieces:
                at = _samples(piece.pts_us - self._first_us) - begin
                part = piece.samples[max(0, -at) :][: max(0, len(block) - max(at, 0))]
                block[max(at, 0) : max(at, 0) + len(part)] += part
            yield np.clip(block, -1.0, 1.0)
        ended = end * 1_000_000 // SAMPLE_RATE + self._first_us
        self._pieces = [p for p in self._pieces if p.pts_us + len(p.samples) * 1_000_000 // SAMPLE_RATE > ended]


def _samples(us: int) -> int:
    # times are rounded to microseconds, samples are 62.5 of them: to the nearest, or neighbours would overlap by one
    return round(us * SAMPLE_RATE / 1_000_000)
