"""Which cameras there are, with the numbers by which OpenCV opens them.

Linux: the folders of /sys/class/video4linux; a webcam's second node carries metadata and no pictures, which
VIDIOC_QUERYCAP tells (https://docs.kernel.org/userspace-api/media/v4l/vidioc-querycap.html). Windows and macOS: the
package cv2-enumerate-cameras (Media Foundation or DirectShow, AVFoundation).
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from pathlib import Path

from echo_runtime.capture.devices.choosing import Device

SYS_FOLDER = Path("/sys/class/video4linux")
DEV_FOLDER = Path("/dev")

_CAPABILITY = struct.Struct("=16s32s32sIII12x")
"""v4l2_capability of videodev2.h: driver, card, bus_info, version, capabilities, device_caps, reserved."""
_QUERYCAP = 0x80000000 | _CAPABILITY.size << 16 | ord("V") << 8
_VIDEO_CAPTURE = 0x00000001 | 0x00001000
"""V4L2_CAP_VIDEO_CAPTURE, and the same for cameras of several planes."""


def list_cameras() -> list[Device]:
    """All cameras, by number. Does not open them, so it also shows those that another program uses."""
    if sys.platform.startswith("linux"):
        return linux_cameras()
    return enumerated_cameras()


def linux_cameras(sys_folder: Path = SYS_FOLDER, dev_folder: Path = DEV_FOLDER) -> list[Device]:
    found = []
    for entry in sys_folder.glob("video*") if sys_folder.is_dir() else ():
        number = entry.name.removeprefix("video")
        path = dev_folder / entry.name
        if not number.isdigit() or not path.exists() or not _gives_pictures(path):
            continue
        name = entry.name
        with contextlib.suppress(OSError):
            name = (entry / "name").read_text("utf-8", "replace").strip() or name
        found.append(Device(int(number), name, str(path)))
    return sorted(found, key=lambda device: device.number)


def _gives_pictures(path: Path) -> bool:
    """False for a node that says so; a device that must not be opened, or is gone, may well give them."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return True
    try:
        answer = bytearray(_CAPABILITY.size)
        fcntl.ioctl(descriptor, _QUERYCAP, answer)
        return bool(_CAPABILITY.unpack(answer)[5] & _VIDEO_CAPTURE)
    except OSError:
        return True
    finally:
        os.close(descriptor)


def enumerated_cameras() -> list[Device]:
    """What cv2-enumerate-cameras shows of the interfaces that the runtime opens cameras with; nothing without it.

    A camera that only a later interface shows (virtual ones on Windows) has the number that OpenCV knows it by there:
    its number plus the interface's (docs.opencv.org: VideoCaptureAPIs).
    """
    try:
        from cv2_enumerate_cameras import enumerate_cameras

        from echo_runtime.capture.devices.video_interface import camera_interfaces
    except ImportError:
        return []
    found: list[Device] = []
    for place, interface in enumerate(camera_interfaces()):
        with contextlib.suppress(Exception):  # the system's own interface refuses: cameras still open by number
            known = {device.name for device in found}
            for camera in enumerate_cameras(interface):
                name, number = str(camera.name or camera.index), int(camera.index) + (interface if place else 0)
                if name not in known:
                    found.append(Device(number, name, str(camera.path or "")))
    return found
