"""A camera for tests, behind the interface of cv2.VideoCapture: plugged and unplugged, dark, slow, taken, odd."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from echo_runtime.capture.camera import Camera
from echo_runtime.capture.devices.choosing import Device

MJPG = cv2.VideoWriter.fourcc(*"MJPG")
YUYV = cv2.VideoWriter.fourcc(*"YUYV")


def noise(number: int) -> np.ndarray:
    """(480, 640, 3) BGR of a lit room as a sensor gives it: no two pictures are alike."""
    grain = np.random.default_rng(number).integers(0, 20, (60, 80, 3), dtype=np.uint8)
    return cv2.resize(grain + np.uint8(110), (640, 480), interpolation=cv2.INTER_NEAREST)


@dataclass
class Socket:
    """Where the camera is plugged in. `scene(number)` is its picture; `no_mjpg`: it opens with MJPG but gives nothing;
    `stuck`: reads do not return; `frozen`: the driver repeats the last picture; `opened`: how often it was opened."""

    scene: Callable[[int], np.ndarray] = noise
    rate: float = 100.0
    name: str = "HD Webcam"
    number: int = 0
    path: str = ""
    plugged: bool = True
    taken: bool = False
    no_mjpg: bool = False
    silent: bool = False
    stuck: bool = False
    frozen: bool = False
    opening_s: float = 0.0
    opened: list[int | str] = field(default_factory=list)
    opened_by: list[str] = field(default_factory=list)
    asked: list[tuple[int, float]] = field(default_factory=list)
    read_by: set[str] = field(default_factory=set)

    def open(self, target: int | str) -> Capture | None:
        self.opened.append(target)
        self.opened_by.append(threading.current_thread().name)
        time.sleep(self.opening_s)
        if not self.plugged or self.taken or target != self.number:
            return None
        return Capture(self)

    def devices(self) -> list[Device]:
        return [Device(self.number, self.name, self.path)] if self.plugged else []


class Capture:
    """What Socket.open gives."""

    def __init__(self, socket: Socket) -> None:
        self._socket, self._number, self._released = socket, 0, False
        self._coding, self._picture = YUYV, np.zeros((480, 640, 3), np.uint8)

    def isOpened(self) -> bool:
        return not self._released

    def getBackendName(self) -> str:
        return "V4L2"

    def set(self, propId: int, value: float) -> bool:
        self._socket.asked.append((propId, value))
        if propId == cv2.CAP_PROP_FOURCC:
            self._coding = int(value)
        return True

    def get(self, propId: int) -> float:
        return {cv2.CAP_PROP_FOURCC: float(self._coding), cv2.CAP_PROP_FPS: 30.0}.get(propId, 0.0)

    def read(self) -> tuple[bool, np.ndarray | None]:
        self._socket.read_by.add(threading.current_thread().name)
        while self._socket.stuck and not self._released:
            time.sleep(0.01)
        time.sleep(1.0 / self._socket.rate)
        dead = self._released or not self._socket.plugged or self._socket.silent
        if dead or (self._socket.no_mjpg and self._coding == MJPG):
            return False, None
        if not self._socket.frozen:
            self._number += 1
            self._picture = self._socket.scene(self._number)
        return True, self._picture

    def release(self) -> None:
        self._released = True


def wait(true: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def told(camera: Camera, word: str) -> list[str]:
    """All that the camera has said so far with that word in it."""
    said: list[str] = camera.__dict__.setdefault("said_so_far", [])
    said += camera.take_notes()
    return [note for note in said if word in note]
