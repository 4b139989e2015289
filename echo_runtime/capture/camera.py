"""A webcam through OpenCV: a thread keeps its newest pictures."""

from __future__ import annotations

import threading
import time
from collections import deque

import cv2
import numpy as np

from echo_runtime.capture.source import Clock, Source, monotonic_us
from echo_runtime.errors import DeviceNotFoundError
from echo_runtime.signals import PictureObservation

RETRY_S = 1.0
"""A camera that vanished is looked for this often."""
LOST_AFTER = 10
"""This many failed reads in a row mean that the camera is gone."""


def _open(device: int | str, width: int, height: int, rate: float) -> cv2.VideoCapture | None:
    level = cv2.getLogLevel()
    cv2.setLogLevel(0)  # OpenCV prints its own lines for every backend that fails
    try:
        capture = cv2.VideoCapture(device)
        if not capture.isOpened():
            return None
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        capture.set(cv2.CAP_PROP_FPS, rate)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture
    finally:
        cv2.setLogLevel(level)


class Camera(Source[PictureObservation]):
    """Camera number `device` (0 is the first) or a device path such as /dev/video2.

    `start` raises DeviceNotFoundError. A camera that vanishes later is no error: there are no pictures until it is
    back, and `notes` says so.
    """

    origin = "camera"
    live = True

    def __init__(
        self,
        device: int | str = 0,
        *,
        width: int = 640,
        height: int = 480,
        rate: float = 30.0,
        clock: Clock = monotonic_us,
    ) -> None:
        super().__init__()
        self._device, self._size, self._rate, self._clock = device, (width, height), rate, clock
        self._pictures: deque[PictureObservation] = deque(maxlen=4)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, start_us: int) -> None:
        capture = _open(self._device, *self._size, self._rate)
        if capture is None:
            raise DeviceNotFoundError(
                f"camera {self._device} cannot be opened; plug one in, close the program that uses it, "
                "try another number (--player camera:1), or play a video file (--player PATH)"
            )
        self._thread = threading.Thread(target=self._watch, args=(capture,), name="camera", daemon=True)
        self._thread.start()

    def _watch(self, capture: cv2.VideoCapture | None) -> None:
        failures = 0
        while not self._stop.is_set():
            if capture is None:
                self._stop.wait(RETRY_S)
                capture, failures = _open(self._device, *self._size, self._rate), 0
                continue
            ok, bgr = capture.read()
            time_us = self._clock()
            if ok and bgr is not None:
                failures = 0
                rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
                self._pictures.append(PictureObservation(time_us, rgb))
                continue
            failures += 1
            if failures >= LOST_AFTER:
                self.notes.append(f"camera {self._device} gives no pictures any more; looking for it every second")
                capture.release()
                capture = None
            time.sleep(0.01)
        if capture is not None:
            capture.release()

    def read_until(self, time_us: int) -> list[PictureObservation]:
        out = []
        while self._pictures and self._pictures[0].time_us <= time_us:
            out.append(self._pictures.popleft())
        return out

    @property
    def ended(self) -> bool:
        return self._stop.is_set()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
