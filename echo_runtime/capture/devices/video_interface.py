"""OpenCV's VideoCapture: which of its interfaces opens a camera here, and its traps."""

from __future__ import annotations

import os
import sys
from typing import Any, Protocol

import cv2

_LINUX_WAIT_S = "2"
"""How long OpenCV waits for a picture of a camera that stands still, instead of 10 s
(OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT in modules/videoio/src/cap_v4l.cpp)."""

FIRST_INTERFACE = 100
"""From here on a camera's number also says its interface, as cv2.CAP_DSHOW + 1 does."""


class VideoDevice(Protocol):
    """The part of cv2.VideoCapture that a camera needs
    (https://docs.opencv.org/4.11.0/d8/dfe/classcv_1_1VideoCapture.html)."""

    def isOpened(self) -> bool: ...

    def read(self) -> tuple[bool, Any]: ...

    def set(self, propId: int, value: float) -> bool: ...

    def get(self, propId: int) -> float: ...

    def getBackendName(self) -> str: ...

    def release(self) -> None: ...


def camera_interfaces() -> list[int]:
    """Of OpenCV, in the order to try."""
    if sys.platform == "win32":
        return [cv2.CAP_MSMF, cv2.CAP_DSHOW]
    return [cv2.CAP_AVFOUNDATION if sys.platform == "darwin" else cv2.CAP_V4L2]


def open_video(target: int | str) -> VideoDevice | None:
    """A camera by number or device file, or anything else that OpenCV reads by path. None when it cannot be opened."""
    # Media Foundation otherwise prepares hardware transforms for up to minutes (github.com/opencv/opencv/issues/17687)
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", _LINUX_WAIT_S)
    plain = target < FIRST_INTERFACE if isinstance(target, int) else target.startswith("/dev/")
    level = cv2.getLogLevel()
    cv2.setLogLevel(0)  # OpenCV prints its own lines for everything that fails
    try:
        for interface in camera_interfaces() if plain else [cv2.CAP_ANY]:
            capture = cv2.VideoCapture(target, interface)
            if capture.isOpened():
                return capture
            capture.release()
    finally:
        cv2.setLogLevel(level)
    return None
