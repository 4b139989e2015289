"""A microphone through sounddevice (PortAudio): its callback fills a queue."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from echo_runtime.capture.devices import portaudio
from echo_runtime.capture.devices.choosing import Device, choose
from echo_runtime.capture.devices.device_source import DeviceSource
from echo_runtime.capture.retiming import SoundConverter
from echo_runtime.capture.source import Clock, monotonic_us
from echo_runtime.errors import DeviceError, DeviceNotFoundError
from echo_runtime.signals import SAMPLE_RATE, FloatArray, SoundObservation

OPTION = "--voice microphone"
BLOCK_S = 0.01
WATCH_S = 0.1
LOST_AFTER_S = 4.0
"""A stream that calls nothing for so long is dead. (PulseAudio's virtual devices may deliver two seconds at once.)"""
MUTED_AFTER_S = 5.0
"""Nothing but zeros for so long: no microphone is that quiet, so something keeps the sound back."""
KEPT_RUNS = 1000
"""10 s of sound that nobody takes."""


class Microphone(DeviceSource[SoundObservation]):
    """The default input, or number `device`, or the one whose name is or holds `device`.

    `start` raises MissingDependencyError without PortAudio, DeviceNotFoundError or DeviceError without a microphone.
    Sound is asked for at 16 kHz; a device that cannot is read at its own rate and resampled. `overflows`: how often
    the system lost sound because it was not taken in time; `dropped`: blocks of 10 ms that the runtime did not take.
    """

    origin = "microphone"

    def __init__(self, device: int | str | None = None, *, clock: Clock = monotonic_us) -> None:
        super().__init__("the default microphone" if device is None else f"microphone {device!r}")
        self._device, self._clock = device, clock
        self._runs: deque[tuple[int, int, FloatArray]] = deque(maxlen=KEPT_RUNS)
        self._stream: Any = None
        self._converter: SoundConverter | None = None
        self._name = ""
        self._opened_before = False
        self._finished = threading.Event()
        self._called_at = self._sounded_at = 0.0
        self._muted = False
        self.sample_rate = 0
        self.overflows = self.dropped = 0

    def start(self, start_us: int) -> None:
        portaudio.load()
        super().start(start_us)

    # -- in the device's thread ---------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._opened_before:
            portaudio.refresh()  # its list of devices is as old as the library's start
        self._opened_before = True
        device = self._find()
        failure: Exception | None = None
        for rate in dict.fromkeys((SAMPLE_RATE, device.rate)):
            try:
                self._begin(device.number, rate)
                return
            except (ValueError, portaudio.load().PortAudioError) as error:
                failure = error
                self._shut()
        raise DeviceError(
            f"{self.label}{self._called()} cannot be opened ({_reason(failure)}); close the program that uses it, "
            f"allow this terminal to use the microphone, or choose another ({OPTION}:NAME)"
        ) from failure

    def _find(self) -> Device:
        devices = portaudio.microphones()
        if self._device is None:
            default = next((device for device in devices if device.default), devices[0] if devices else None)
            if default is None:
                raise DeviceNotFoundError(
                    f"{self.label} was not found: this machine shows no microphone; plug one in, or play a sound file "
                    "(--voice PATH), or do without (--voice none)"
                )
            self._name = default.name
            return default
        number_moved = isinstance(self._device, int) and self._name
        try:
            found = choose(devices, self._name if number_moved else self._device, "microphone", OPTION)
        except DeviceNotFoundError as error:
            raise DeviceNotFoundError(f"{error}, or play a sound file (--voice PATH)") from None
        self._name = found.name
        return found

    def _called(self) -> str:
        return f" ({self._name})" if self._name and self._name not in self.label else ""

    def _begin(self, number: int, rate: int) -> None:
        self._finished.clear()
        self._called_at = self._sounded_at = time.monotonic()
        self._muted = False

        def heard(data: FloatArray, frames: int, times: Any, status: Any) -> None:
            """PortAudio's thread: only stamp and copy."""
            length_us = frames * 1_000_000 // rate
            age_us = round((times.currentTime - times.inputBufferAdcTime) * 1e6)
            if not 0 < age_us < 1_000_000:  # some drivers give no times
                age_us = length_us
            self.dropped += len(self._runs) == KEPT_RUNS
            self._runs.append((self._clock() - age_us, rate, data[:, 0].copy()))
            self.overflows += bool(status)
            self._called_at = time.monotonic()
            if data.any():
                self._sounded_at = self._called_at

        self._stream = portaudio.open_input(number, rate, int(rate * BLOCK_S), heard, self._finished.set)
        if rate != self.sample_rate:
            self.sample_rate = rate
            own = "" if rate == SAMPLE_RATE else f" at its own rate of {rate} Hz, resampled to {SAMPLE_RATE} Hz"
            self.say(f"{self.label}{self._called()} is heard{own}", odd=False)

    def _work(self) -> str:
        ended = self._finished.wait(WATCH_S)
        now = time.monotonic()
        if ended or now - self._called_at > LOST_AFTER_S:
            return "gives no sound any more"
        if not self._muted and now - self._sounded_at > MUTED_AFTER_S:
            self._muted = True
            self.say(
                f"{self.label}{self._called()} gives only silence; switch it on, turn its level up, or allow this "
                "terminal to use the microphone"
            )
        return ""

    def _shut(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            portaudio.close(stream)

    # -- in the caller's ----------------------------------------------------------------------------------------------

    def read_until(self, time_us: int) -> list[SoundObservation]:
        """All that was heard; PortAudio's blocks are shorter than any tick, so none is held back."""
        out: list[SoundObservation] = []
        while self._runs:
            at_us, rate, samples = self._runs.popleft()
            if self._converter is None or self._converter.rate != rate:
                out += self._converter.flush() if self._converter is not None else []
                self._converter = SoundConverter(rate)
            out += self._converter(at_us, samples)
        return out

    def statistics(self) -> dict[str, float | str]:
        return {
            "microphone": f"{self._name or self.label}: {self.sample_rate} Hz",
            "microphone_connected": int(self.connected),
            "microphone_losses": self.losses,
            "microphone_overflows": self.overflows,
            "microphone_dropped_ms": round(1000 * BLOCK_S * self.dropped),
        }


def _reason(failure: Exception | None) -> str:
    """PortAudio's words without its numbers: `Device unavailable`."""
    words = str(failure.args[0]) if failure is not None and failure.args else str(failure)
    return words.removeprefix("Error opening InputStream: ").partition(" [")[0]
