"""What a camera is asked for, what it gives, and its pictures as RGB."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from echo_runtime.capture.devices.video_interface import VideoDevice
from echo_runtime.signals import ByteArray

FIRST_PICTURE_S = 4.0
"""A camera that is open may take this long until its first picture (some measure the light first)."""
LARGEST_SIDE = 1280
"""Larger pictures are made smaller: the tracker gains nothing from them, and colour conversion costs milliseconds."""
SMALLEST_SIDE = 16
COMPRESSED_INTERFACES = ("V4L2", "DSHOW")
"""Where MJPG is asked for. Uncompressed pictures of several cameras, or large ones, are too much for one USB 2
bus, and many cameras then halve their rate. Media Foundation and AVFoundation choose by size and rate themselves."""


@dataclass(frozen=True)
class PictureFormat:
    """Size in pixels, `coding` the four letters of the camera's format ("" when it does not say), `rate` pictures a
    second that it claims (0 when it does not)."""

    width: int
    height: int
    coding: str
    rate: float

    def __str__(self) -> str:
        coding = f" {self.coding}" if self.coding else ""
        rate = f", {self.rate:.0f} pictures a second" if self.rate else ""
        return f"{self.width}×{self.height}{coding}{rate}"


def negotiate(
    open_device: Callable[[], VideoDevice | None], width: int, height: int, rate: float
) -> tuple[VideoDevice, PictureFormat, ByteArray] | None:
    """Opens the device and asks for size, rate and MJPG; when that gives no picture, opens it once more and takes what
    it gives of its own accord. Returns the device, what it gives and its first picture; None when it cannot be opened.

    Raises TimeoutError when it opens and gives no usable picture.
    """
    for wishes in (True, False):
        device = open_device()
        if device is None:
            return None
        try:
            if wishes:
                # the format first: it decides which sizes and rates there are
                if device.getBackendName() in COMPRESSED_INTERFACES:
                    device.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
                device.set(cv2.CAP_PROP_FRAME_WIDTH, width)
                device.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
                device.set(cv2.CAP_PROP_FPS, rate)
            device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
            first = _first_picture(device)
            if first is not None:
                return device, _format_of(device, first), as_rgb(first)
        except BaseException:
            device.release()
            raise
        device.release()
    raise TimeoutError


def _first_picture(device: VideoDevice) -> Any:
    """None when there is none in time, or none that is a picture."""
    end = time.monotonic() + FIRST_PICTURE_S
    while time.monotonic() < end:
        ok, picture = device.read()
        if ok and picture is not None:
            try:
                as_rgb(picture)
            except ValueError:
                return None
            return picture
        time.sleep(0.01)
    return None


def _format_of(device: VideoDevice, picture: Any) -> PictureFormat:
    height, width = picture.shape[:2]
    return PictureFormat(width, height, _coding(device.get(cv2.CAP_PROP_FOURCC)), _rate(device.get(cv2.CAP_PROP_FPS)))


def _coding(number: float) -> str:
    code = int(number) if 0 < number < 2**32 else 0
    letters = code.to_bytes(4, "little").decode("latin-1").strip("\0 ")
    return letters if letters.isprintable() and letters.isascii() else ""


def _rate(number: float) -> float:
    return float(number) if 1.0 <= number <= 1000.0 else 0.0


def as_rgb(picture: Any) -> ByteArray:
    """(H, W, 3) from what OpenCV gives: BGR, BGRA, grey in 8 or 16 bits, or YUYV pairs that were not converted.

    ValueError for anything else.
    """
    array = np.asarray(picture)
    if array.dtype == np.uint16:
        array = (array >> 8).astype(np.uint8)  # 16-bit grey of depth and infrared cameras
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or min(array.shape[:2], default=0) < SMALLEST_SIDE:
        raise ValueError(f"pictures of shape {array.shape} and type {array.dtype}")
    channels = 1 if array.ndim == 2 else array.shape[2]
    conversion = {
        1: cv2.COLOR_GRAY2RGB, 2: cv2.COLOR_YUV2RGB_YUY2, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB,
    }.get(channels)  # fmt: skip
    if conversion is None:
        raise ValueError(f"pictures of shape {array.shape}")
    largest = max(array.shape[:2])
    if largest > LARGEST_SIDE and channels != 2:
        scale = LARGEST_SIDE / largest
        array = cv2.resize(array, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(array, conversion), np.uint8)
