"""A webcam through OpenCV: a thread keeps its newest pictures."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from echo_runtime.capture.devices.cameras import list_cameras
from echo_runtime.capture.devices.choosing import Device, choose, listed
from echo_runtime.capture.devices.device_source import DeviceSource
from echo_runtime.capture.devices.exposure import ExposureWatch
from echo_runtime.capture.devices.picture_format import PictureFormat, as_rgb, negotiate
from echo_runtime.capture.devices.refusal import OPTION, refusal, used_by
from echo_runtime.capture.devices.video_interface import VideoDevice, open_video
from echo_runtime.capture.source import Clock, monotonic_us
from echo_runtime.errors import DeviceError, DeviceNotFoundError
from echo_runtime.signals import PictureObservation

LOST_AFTER = 10
"""This many failed reads in a row mean that the camera is gone."""
LOST_AFTER_S = 1.0
"""So does a read that fails after the driver waited this long."""
STUCK_AFTER_S = 4.0
"""A driver that answers nothing for so long is said to be stuck; its own thread waits on."""
FROZEN_AFTER_S = 3.0
"""The same picture, to the last bit, for this long: no sensor does that; the driver repeats what it last had."""
RATE_AFTER = 90
"""Pictures from which on the measured rate is believed."""
SLOW = 0.6
"""Share of the rate asked for below which a camera is said to be slow."""

ASKS_IN_CALLER = sys.platform == "darwin"
"""macOS asks the user for the camera in the main thread only: elsewhere OpenCV fails with "can not spin main run loop
from other thread" (github.com/opencv/opencv/issues/16427). So whoever starts the source opens the camera for a moment.
"""

Opener = Callable[[int | str], VideoDevice | None]


class Camera(DeviceSource[PictureObservation]):
    """Camera number `device` (0 is the first), a part of its name, or a device path such as /dev/video2.

    `start` raises DeviceNotFoundError or DeviceError. A camera that vanishes later is looked for, under a new number
    too, until it is back. `format`: what it gives. `rate`: pictures a second as measured. `dropped`: pictures that came
    while nobody took them; `missed`: pictures that the camera itself left out. `open_device` and `list_devices` stand
    for OpenCV and the operating system.
    """

    origin = "camera"

    def __init__(
        self,
        device: int | str = 0,
        *,
        width: int = 640,
        height: int = 480,
        rate: float = 30.0,
        clock: Clock = monotonic_us,
        open_device: Opener = open_video,
        list_devices: Callable[[], Sequence[Device]] = list_cameras,
    ) -> None:
        super().__init__(f"camera {device}" if isinstance(device, int) else f"camera '{device}'")
        self._device, self._size, self._asked_rate, self._clock = device, (width, height), rate, clock
        self._open_device, self._list_devices = open_device, list_devices
        self._pictures: deque[PictureObservation] = deque(maxlen=4)
        self._capture: VideoDevice | None = None
        self._name = ""
        self._lock = threading.Lock()
        self._reading_since = 0.0
        self._stuck = False
        self._said: set[str] = set()
        self._accepted: bytes = b""
        self.format: PictureFormat | None = None
        self.dropped = self.missed = self.pictures = 0
        self._begin()

    def _begin(self) -> None:
        self._exposure = ExposureWatch()
        self._intervals_us: deque[int] = deque(maxlen=RATE_AFTER)
        self._last_us = 0
        self._failures = 0
        self._pace_s = 0.0
        self._sample, self._same_since = b"", 0.0

    def start(self, start_us: int) -> None:
        if ASKS_IN_CALLER:
            asked = self._open_device(self._find()[0])
            if asked is not None:
                asked.release()
        super().start(start_us)

    # -- in the device's thread ---------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._begin()
        target, found = self._find()
        path = found.path if found is not None else target if isinstance(target, str) else ""
        try:
            opened = negotiate(lambda: self._open_device(target), *self._size, self._asked_rate)
        except TimeoutError:
            raise DeviceError(
                f"{self.label} opens but gives no pictures{used_by(path)}; close the program that uses it, "
                f"plug it in again, or choose another ({OPTION}:NAME)"
            ) from None
        if opened is None:
            raise refusal(f"{self.label}{self._called()}", path, listed=found is not None)
        self._capture, got, first = opened
        # a file behind the path gives its pictures at once
        self._pace_s = 1.0 / (got.rate or self._asked_rate) if Path(path).is_file() else 0.0
        self._take(first)
        if got != self.format:  # once, and again when it comes back with another
            self.format = got
            self.say(f"{self.label}{self._called()} gives {got}", odd=False)

    def _find(self) -> tuple[int | str, Device | None]:
        """What to open, and the listed device that it is. Numbers change when cameras are plugged: one that was opened
        before is known by its name."""
        if isinstance(self._device, str) and (self._device.startswith("/") or Path(self._device).is_file()):
            return self._device, None
        devices = self._list_devices()
        found: Device | None
        if isinstance(self._device, str):
            found = choose(devices, self._device, "camera", OPTION)
        else:
            found = next((device for device in devices if device.number == self._device), None)
            if self._name and (found is None or found.name != self._name):
                found = next((device for device in devices if device.name == self._name), found)
            if found is None and devices:
                raise DeviceNotFoundError(
                    f"{self.label} cannot be opened: there are {listed(devices)}; choose one of them "
                    f"({OPTION}:NUMBER or {OPTION}:NAME), or play a video file (--player PATH)"
                )
        if found is not None:
            self._name = found.name
        return (found.number if found is not None else int(self._device)), found

    def _called(self) -> str:
        """The name, where the label does not say it."""
        return f" ({self._name})" if self._name and self._name not in self.label else ""

    def _work(self) -> str:
        assert self._capture is not None
        if self._pace_s:
            self._stop.wait(self._pace_s)
        began = self._reading_since = time.monotonic()
        ok, picture = self._capture.read()
        now = time.monotonic()
        self._reading_since = 0.0
        self._stuck = False
        if not ok or picture is None:
            self._failures += 1
            if self._failures >= LOST_AFTER or now - began > LOST_AFTER_S:
                return "gives no pictures any more"
            self._stop.wait(0.01)
            return ""
        try:
            rgb = as_rgb(picture)
        except ValueError as error:
            return f"gives {error}, which the runtime cannot read"
        self._failures = 0
        if self._frozen(rgb, now):
            return "repeats the same picture over and over"
        self._take(rgb)
        return ""

    def _take(self, rgb: np.ndarray) -> None:
        time_us = self._clock()
        with self._lock:
            self.dropped += len(self._pictures) == self._pictures.maxlen
            self._pictures.append(PictureObservation(time_us, rgb))
        self.pictures += 1
        if self._last_us:
            interval = time_us - self._last_us
            if len(self._intervals_us) >= 10:
                self.missed += max(round(interval / median(self._intervals_us)) - 1, 0) if interval < 1_000_000 else 0
            self._intervals_us.append(interval)
        self._last_us = time_us
        trouble = self._exposure.watch(time_us, rgb)
        if trouble:
            self.say(f"{self.label} {trouble}")
        if self.pictures % RATE_AFTER == 0 and len(self._intervals_us) == RATE_AFTER:
            self._judge_rate()

    def _judge_rate(self) -> None:
        if self.rate < SLOW * self._asked_rate and "slow" not in self._said:
            self._said.add("slow")
            self.say(
                f"{self.label} gives {self.rate:.0f} pictures a second instead of {self._asked_rate:.0f}; "
                "more light, or a USB port of its own, makes most cameras faster"
            )

    def _frozen(self, rgb: np.ndarray, now: float) -> bool:
        """A picture that is still the same after opening anew is taken for what the camera shows: a virtual camera may
        send a still picture."""
        sample = rgb[::16, ::16].tobytes()
        if sample != self._sample:
            self._sample, self._same_since = sample, now
            return False
        if now - self._same_since < FROZEN_AFTER_S or sample == self._accepted:
            return False
        self._accepted = sample
        return True

    def _shut(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    # -- in the caller's ----------------------------------------------------------------------------------------------

    @property
    def rate(self) -> float:
        """Pictures a second of the last ones, 0 before there are two."""
        intervals = list(self._intervals_us)
        return len(intervals) * 1e6 / max(sum(intervals), 1) if intervals else 0.0

    def read_until(self, time_us: int) -> list[PictureObservation]:
        since = self._reading_since
        if since and not self._stuck and time.monotonic() - since > STUCK_AFTER_S:
            self._stuck = True
            self.say(f"{self.label} does not answer; unplug it and plug it in again")
        out = []
        with self._lock:
            while self._pictures and self._pictures[0].time_us <= time_us:
                out.append(self._pictures.popleft())
        return out

    def statistics(self) -> dict[str, float | str]:
        return {
            "camera": f"{self._name or self.label}: {self.format or 'not open yet'}",
            "camera_connected": int(self.connected),
            "camera_rate": round(self.rate, 1),
            "camera_losses": self.losses,
            "camera_dropped": self.dropped,
            "camera_missed": self.missed,
            "camera_brightness": round(self._exposure.brightness, 1),
        }
