"""A microphone through sounddevice (PortAudio): its callback fills a queue."""

from __future__ import annotations

from collections import deque
from typing import Any

from echo_runtime.capture.retiming import SoundConverter
from echo_runtime.capture.source import Clock, Source, monotonic_us
from echo_runtime.errors import DeviceError, DeviceNotFoundError, MissingDependencyError
from echo_runtime.signals import SAMPLE_RATE, FloatArray, SoundObservation

BLOCK_S = 0.01


def _portaudio() -> Any:
    try:
        import sounddevice
    except OSError as error:  # the package is there, the system library is not
        raise MissingDependencyError(
            "the microphone needs the PortAudio library: sudo apt-get install libportaudio2"
        ) from error
    return sounddevice


class Microphone(Source[SoundObservation]):
    """The default input, or the one called or numbered `device` (`python -m sounddevice` lists them).

    `start` raises MissingDependencyError without PortAudio, DeviceNotFoundError without a microphone. Sound is asked
    for at 16 kHz; a device that cannot is read at its own rate and resampled.
    """

    origin = "microphone"
    live = True

    def __init__(self, device: int | str | None = None, *, clock: Clock = monotonic_us) -> None:
        super().__init__()
        self._device, self._clock = device, clock
        self._runs: deque[tuple[int, FloatArray]] = deque(maxlen=1000)  # 10 s
        self._stream: Any = None
        self._converter: SoundConverter | None = None
        self._overflows = 0

    def start(self, start_us: int) -> None:
        sounddevice = _portaudio()
        name = "the default microphone" if self._device is None else f"microphone {self._device!r}"
        try:
            info = sounddevice.query_devices(self._device, "input")
        except (ValueError, sounddevice.PortAudioError) as error:
            raise DeviceNotFoundError(
                f"{name} was not found; plug one in, choose one from `python -m sounddevice` "
                "(--voice microphone:NAME), or play a sound file (--voice PATH)"
            ) from error
        failure: Exception | None = None
        for rate in dict.fromkeys((SAMPLE_RATE, int(info["default_samplerate"]))):
            try:
                self._stream = sounddevice.InputStream(
                    samplerate=rate, device=self._device, channels=1, dtype="float32", latency="low",
                    blocksize=int(rate * BLOCK_S), callback=self._heard,
                )  # fmt: skip
                self._converter = SoundConverter(rate)
                self._stream.start()
                return
            except (ValueError, sounddevice.PortAudioError) as error:
                failure = error
        raise DeviceError(f"{name} cannot be opened ({failure}); close the program that uses it") from failure

    def _heard(self, data: FloatArray, frames: int, time: Any, status: Any) -> None:
        """PortAudio's thread: only stamp and copy."""
        length_us = frames * 1_000_000 // int(self._stream.samplerate)
        age_us = round((time.currentTime - time.inputBufferAdcTime) * 1e6)
        if not 0 < age_us < 1_000_000:  # some drivers give no times
            age_us = length_us
        self._runs.append((self._clock() - age_us, data[:, 0].copy()))
        self._overflows += bool(status)

    def read_until(self, time_us: int) -> list[SoundObservation]:
        """All that was heard; PortAudio's blocks are shorter than any tick, so none is held back."""
        out: list[SoundObservation] = []
        while self._runs and self._converter is not None:
            out += self._converter(*self._runs.popleft())
        return out

    @property
    def ended(self) -> bool:
        return self._stream is not None and self._stream.closed

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close(ignore_errors=True)
