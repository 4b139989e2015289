"""Clips of what was received: frames placed by their times, speech where it is heard, the player beside it if wanted.

PyAV is imported when a clip is written, not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.errors import MediaError, MissingDependencyError
from echo_runtime.signals import ByteArray, FloatArray

if TYPE_CHECKING:
    pass

BACKGROUND = (46, 52, 64)
"""sRGB behind transparent pixels."""
SOUND_RATE = 48_000
_TICKS = 90_000
"""Time base of the video stream, per second."""
_SNAP_US = 2_000
_NO_AV = "Reading and writing clips needs PyAV: pip install 'av>=14'."


def composite(rgba: ByteArray, background: tuple[int, int, int] = BACKGROUND) -> ByteArray:
    """(H, W, 4) with straight alpha over a plain colour: (H, W, 3)."""
    alpha = rgba[..., 3:].astype(np.uint16)
    over = rgba[..., :3] * alpha + np.asarray(background, np.uint16) * (255 - alpha)
    return ((over + 127) // 255).astype(np.uint8)


class SoundTrack:
    """Pieces of sound at their times, mixed to mono on demand."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, FloatArray, int]] = []

    def add(self, pts_us: int, samples: FloatArray, rate: int) -> None:
        """`samples` (n,) in [-1, 1], heard from `pts_us` on; within 2 ms of the last piece's end it follows exactly."""
        if self._pieces:
            start, last, last_rate = self._pieces[-1]
            if last_rate == rate and abs(start + len(last) * 1_000_000 // rate - pts_us) <= _SNAP_US:
                # times are rounded, sound is not: a gap or an overlap of one sample would click
                self._pieces[-1] = (start, np.concatenate([last, samples]), rate)
                return
        self._pieces.append((pts_us, np.asarray(samples, np.float32), rate))

    def cut(self, pts_us: int) -> None:
        """Remove everything from `pts_us` on: it was interrupted."""
        kept = []
        for start, samples, rate in self._pieces:
            count = max(0, (pts_us - start) * rate // 1_000_000)
            if count:
                kept.append((start, samples[:count], rate))
        self._pieces = kept

    def mix(self, start_us: int, duration_us: int) -> FloatArray:
        """(n,) at SOUND_RATE, covering `duration_us` from `start_us` on."""
        out = np.zeros(duration_us * SOUND_RATE // 1_000_000, np.float32)
        for pts_us, samples, rate in self._pieces:
            begin = (pts_us - start_us) * SOUND_RATE // 1_000_000
            piece = _resample(samples, rate)
            skip = max(0, -begin)
            piece = piece[skip : skip + max(0, len(out) - max(begin, 0))]
            if len(piece):
                out[max(begin, 0) : max(begin, 0) + len(piece)] += piece
        return np.clip(out, -1.0, 1.0)


class SideMedia:
    """A file with pictures and sound that runs beside the NPC: the player. Its first picture is seen at `start_us`."""

    def __init__(self, path: str | Path, start_us: int) -> None:
        av = _load_av()
        self.start_us = start_us
        try:
            self._container = av.open(str(path))
            video = self._container.streams.video
            if not video:
                raise MediaError(f"{path} holds no pictures to show beside the NPC.")
            self.sound = _read_sound(av, path) if self._container.streams.audio else None
        except (av.error.FFmpegError, OSError) as error:
            raise MediaError(f"{path} cannot be read as a video: {error}.") from error
        video[0].codec_context.thread_count = 1
        self._frames: Iterator[Any] = self._container.decode(video=0)
        self._first: float | None = None
        self._next: Any = next(self._frames, None)
        self._picture: ByteArray | None = None
        if self._next is None:
            raise MediaError(f"{path} holds no pictures to show beside the NPC.")
        self._aspect = self._next.width / self._next.height

    def width(self, height: int) -> int:
        """Pixels at a given height; even."""
        return max(2, 2 * round(height * self._aspect / 2))

    def at(self, pts_us: int, height: int) -> ByteArray:
        """(height, width, 3): the picture that is seen at `pts_us`; black before the first. Times must not go back."""
        while self._next is not None:
            time = self._next.time or 0.0
            self._first = time if self._first is None else self._first
            if self.start_us + (time - self._first) * 1e6 > pts_us:
                break
            shown = self._next.reformat(width=self.width(height), height=height, format="rgb24")
            self._picture = shown.to_ndarray()
            self._next = next(self._frames, None)
        if self._picture is None:
            return np.zeros((height, self.width(height), 3), np.uint8)
        return self._picture

    def close(self) -> None:
        self._container.close()


class ClipWriter:
    """Writes an mp4 (H.264, AAC). Frames are encoded as they come; sound is mixed, and the file written, by `close`."""

    def __init__(
        self, path: str | Path, side: SideMedia | None = None, background: tuple[int, int, int] = BACKGROUND
    ) -> None:
        self._av = _load_av()
        self.path = Path(path)
        self.sound = SoundTrack()
        self.frames = 0
        self._side, self._background = side, background
        self._first_us = self._last_us = 0
        self._packets: list[Any] = []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.open("ab").close()  # libav opens it only when everything else is done
            self._container = self._av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        except (self._av.error.FFmpegError, OSError) as error:
            raise MediaError(f"The clip {path} cannot be written: {error}.") from error
        self._video: Any = None

    def set_side(self, side: SideMedia) -> None:
        """Show `side` from here on; before the first frame only, since a clip's size is fixed."""
        if self.frames:
            raise MediaError("A clip's side picture must be known before its first frame.")
        self._side = side

    def add_frame(self, pts_us: int, rgba: ByteArray) -> None:
        """(H, W, 4) uint8 RGBA with straight alpha, seen from `pts_us` on. Frames not after the last are left out."""
        if self.frames and pts_us <= self._last_us:
            return
        picture = composite(rgba, self._background)
        if self._side is not None:
            picture = np.concatenate([self._side.at(pts_us, picture.shape[0]), picture], axis=1)
        height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2  # 4:2:0 has no odd sizes
        picture = np.ascontiguousarray(picture[:height, :width])
        if self._video is None:
            self._first_us = pts_us
            self._video = self._container.add_stream("libx264", rate=25, options={"crf": "17", "preset": "veryfast"})
            self._video.width, self._video.height, self._video.pix_fmt = width, height, "yuv420p"
            self._video.codec_context.time_base = Fraction(1, _TICKS)
            self._video.codec_context.thread_count = 1
        elif (height, width) != (self._video.height, self._video.width):
            picture = self._fit(picture)
        frame = self._av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.time_base = Fraction(1, _TICKS)
        frame.pts = (pts_us - self._first_us) * _TICKS // 1_000_000
        self._packets += self._video.encode(frame)
        self._last_us = pts_us
        self.frames += 1

    def close(self, frame_us: int = 40_000) -> None:
        """Finish the file; `frame_us` is how long the last frame is seen. Raises MediaError when no frame ever came."""
        try:
            if not self.frames:
                raise MediaError(f"No frame came, so {self.path} was not written.")
            self._packets += self._video.encode(None)
            duration = self._last_us - self._first_us + frame_us
            samples = self.sound.mix(self._first_us, duration)
            if self._side is not None and self._side.sound is not None:
                player = SoundTrack()
                player.add(self._side.start_us, *self._side.sound)
                samples = np.clip(samples + player.mix(self._first_us, duration), -1.0, 1.0)
            self._packets += self._encode_sound(samples)
            # interleaved by time, as players expect
            for packet in sorted(self._packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
                self._container.mux(packet)
        finally:
            self._packets = []
            self._container.close()
            if self._side is not None:
                self._side.close()
            if not self.frames:
                self.path.unlink(missing_ok=True)

    def _encode_sound(self, samples: FloatArray) -> list[Any]:
        stream: Any = self._container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        stream.bit_rate = 128_000
        packets = []
        step = 1024  # one AAC frame
        for start in range(0, len(samples), step):
            frame = self._av.AudioFrame.from_ndarray(samples[None, start : start + step], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
            packets += stream.encode(frame)
        return packets + list(stream.encode(None))

    def _fit(self, picture: ByteArray) -> ByteArray:
        """An NPC whose picture changed its size."""
        frame = self._av.VideoFrame.from_ndarray(picture, format="rgb24")
        return frame.reformat(width=self._video.width, height=self._video.height).to_ndarray()


def write_clip(
    path: str | Path,
    frames: Iterable[tuple[int, ByteArray]],
    sound: Iterable[tuple[int, FloatArray, int]] = (),
    side: SideMedia | None = None,
) -> None:
    """Write (pts_us, rgba) frames and (pts_us, samples, rate) sound as an mp4, `side` at their left."""
    writer = ClipWriter(path, side)
    try:
        for pts_us, rgba in frames:
            writer.add_frame(pts_us, rgba)
        for piece in sound:
            writer.sound.add(*piece)
    finally:
        writer.close()


def _load_av() -> Any:
    try:
        import av
    except ImportError as error:
        raise MissingDependencyError(_NO_AV) from error
    return av


def _resample(samples: FloatArray, rate: int) -> FloatArray:
    """(n,) from `rate` to SOUND_RATE."""
    if rate == SOUND_RATE or not len(samples):
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate, SOUND_RATE), np.float32)


def _read_sound(av: Any, path: str | Path) -> tuple[FloatArray, int]:
    """All sound of a file as mono samples, and their rate."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
    pieces = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            pieces += [part.to_ndarray().reshape(-1) for part in resampler.resample(frame)]
        pieces += [part.to_ndarray().reshape(-1) for part in resampler.resample(None)]
    return (np.concatenate(pieces) if pieces else np.zeros(0, np.float32)), SOUND_RATE
