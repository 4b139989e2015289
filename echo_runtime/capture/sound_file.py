"""The sound of a file: wav, flac, ogg and mp3 by soundfile, the sound track of a video by PyAV, at 16 kHz mono."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from av.error import FFmpegError

from echo_runtime.capture.retiming import SoundConverter
from echo_runtime.capture.source import Source
from echo_runtime.capture.video_file import open_container
from echo_runtime.errors import MediaError
from echo_runtime.signals import FloatArray, SoundObservation

BLOCK_S = 0.1
SILENT_PEAK = 1e-3
"""A file whose loudest sample is below this (−60 dB) is called silent."""

Run = tuple[int, int, FloatArray]
"""Time from the file's start in µs, rate in Hz, samples (n,) or (n, channels)."""


def _read_plain(path: Path) -> Iterator[Run]:
    with soundfile.SoundFile(str(path)) as file:
        count = 0
        for block in file.blocks(blocksize=max(int(file.samplerate * BLOCK_S), 1), dtype="float32", always_2d=True):
            yield count * 1_000_000 // file.samplerate, file.samplerate, block
            count += len(block)


def _read_track(path: Path) -> Iterator[Run]:
    with open_container(path) as container:
        if not container.streams.audio:
            raise MediaError(f"{path} has no sound track; give a file with sound for the voice")
        stream = container.streams.audio[0]
        begin_s = (container.start_time or 0) / 1e6
        time_us = 0
        for frame in container.decode(stream):
            data = frame.to_ndarray()
            if np.issubdtype(data.dtype, np.integer):
                middle = 128 if data.dtype == np.uint8 else 0
                data = (data.astype(np.float32) - middle) / float(2 ** (8 * data.dtype.itemsize - 1))
            channels = len(frame.layout.channels)
            samples = data.T if frame.format.is_planar else data.reshape(-1, channels)
            time_us = time_us if frame.time is None else round((frame.time - begin_s) * 1e6)
            yield time_us, frame.sample_rate, samples.astype(np.float32)
            time_us += frame.samples * 1_000_000 // frame.sample_rate


def read_runs(path: Path) -> Iterator[Run]:
    """Decode `path` run by run. MediaError when it is missing, unreadable or has no sound."""
    if path.is_file() and path.stat().st_size:
        try:
            soundfile.info(str(path))
        except soundfile.LibsndfileError:
            pass
        else:
            yield from _read_plain(path)
            return
    yield from _read_track(path)


class SoundFile(Source[SoundObservation]):
    """The first sound track of `path` as 16 kHz mono runs that carry `start_us` + their time in the file.

    Raises MediaError when the file is missing, unreadable or has no sound. A silent one is no error: `notes` says so.
    """

    origin = "file"

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self.path = Path(path)
        if not self._has_sound():
            self.say(f"{self.path.name} is silent: the NPC will hear nothing")
        self._start_us = 0
        self._runs = read_runs(self.path)
        self._converter: SoundConverter | None = None
        self._ended = False

    def _has_sound(self) -> bool:
        """Reads until something is heard, so usually a fraction of a second."""
        samples = 0
        try:
            for _, _, block in read_runs(self.path):
                samples += len(block)
                if len(block) and np.nanmax(np.abs(block)) > SILENT_PEAK:
                    return True
        except FFmpegError as error:
            if not samples:
                raise MediaError(f"the sound of {self.path} cannot be decoded; convert it to wav") from error
        if not samples:
            raise MediaError(f"{self.path} holds no sound (0 samples); record or copy it again")
        return False

    def start(self, start_us: int) -> None:
        self._start_us = start_us

    def read_until(self, time_us: int) -> list[SoundObservation]:
        """Runs that together reach `time_us` at least; the last may reach a little further."""
        out: list[SoundObservation] = []
        while not self._ended and not self._reaches(time_us):
            try:
                at, rate, samples = next(self._runs)
            except StopIteration:
                self._ended = True
            except FFmpegError as error:
                self._ended = True
                self.say(f"the sound of {self.path.name} is damaged ({error.strerror}); the rest is silence")
            else:
                if self._converter is None or self._converter.rate != rate:
                    out += self._converter.flush() if self._converter else []
                    self._converter = SoundConverter(rate)
                out += self._converter(self._start_us + at, samples)
        if self._ended and self._converter:
            out += self._converter.flush()
            self._converter = None
        return out

    def _reaches(self, time_us: int) -> bool:
        produced = self._converter.produced_us if self._converter else None
        return (self._start_us if produced is None else produced) >= time_us

    @property
    def ended(self) -> bool:
        return self._ended

    def close(self) -> None:
        self._ended = True
        self._runs.close()  # type: ignore[attr-defined]
