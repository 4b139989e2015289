"""Opening a camera by number and by name, its format, who holds it: a fake device, and real device files."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from plugged_camera import MJPG, Capture, Socket, told, wait

from echo_runtime.capture import camera as camera_module
from echo_runtime.capture.camera import Camera
from echo_runtime.capture.devices import picture_format, video_interface
from echo_runtime.capture.devices.cameras import enumerated_cameras, linux_cameras
from echo_runtime.capture.devices.choosing import Device, choose
from echo_runtime.capture.devices.holders import holders_of_file, holders_of_port
from echo_runtime.capture.devices.picture_format import as_rgb
from echo_runtime.capture.opening import open_player
from echo_runtime.errors import DeviceBusyError, DeviceError, DeviceNotFoundError


def test_mjpg_size_and_rate_are_asked_for_and_what_was_got_is_said(started):
    socket = Socket()
    camera = started(socket)
    wait(lambda: camera.pictures > 3)
    assert socket.asked[0] == (cv2.CAP_PROP_FOURCC, MJPG)  # before the size, which depends on it
    assert (cv2.CAP_PROP_FRAME_WIDTH, 640) in socket.asked
    assert (cv2.CAP_PROP_FPS, 30.0) in socket.asked
    assert told(camera, "gives") == ["camera 0 (HD Webcam) gives 640×480 MJPG, 30 pictures a second"]
    assert camera.notes == []  # nothing odd
    assert camera.statistics()["camera"] == "HD Webcam: 640×480 MJPG, 30 pictures a second"
    assert socket.read_by == {"device camera"}


def test_where_the_system_asks_the_user_in_the_main_thread_the_camera_is_opened_there_first(started, monkeypatch):
    monkeypatch.setattr(camera_module, "ASKS_IN_CALLER", True)
    socket = Socket()
    camera = started(socket)
    wait(lambda: camera.pictures)
    assert socket.opened_by == [threading.current_thread().name, "device camera"]


def test_a_camera_that_gives_nothing_with_mjpg_is_used_without(started, monkeypatch):
    monkeypatch.setattr(picture_format, "FIRST_PICTURE_S", 0.1)
    socket = Socket(no_mjpg=True)
    camera = started(socket)
    wait(lambda: camera.pictures > 3)
    assert len(socket.opened) == 2
    assert "YUYV" in str(camera.format)


def test_a_camera_that_opens_and_gives_nothing_at_all(monkeypatch):
    monkeypatch.setattr(picture_format, "FIRST_PICTURE_S", 0.1)
    socket = Socket(silent=True)
    with pytest.raises(DeviceError, match="camera 0 opens but gives no pictures"):
        Camera(open_device=socket.open, list_devices=socket.devices).start(0)


def test_a_camera_by_a_part_of_its_name(started):
    socket = Socket(number=4)
    camera = started(socket, "webcam")
    wait(lambda: camera.pictures)
    assert socket.opened == [4]
    assert isinstance(open_player("camera:HD Webcam"), Camera)


def test_names_that_fit_none_or_several_cameras_are_refused_with_the_list():
    devices = [Device(0, "HD Webcam"), Device(2, "HD Webcam Pro"), Device(3, "Capture card")]
    assert choose(devices, "hd webcam", "camera", "--player camera").number == 0  # the whole name wins
    assert choose(devices, "pro", "camera", "--player camera").number == 2
    with pytest.raises(DeviceNotFoundError, match='camera \'webcam\' could be any of 0 "HD Webcam", 2 "HD Webcam Pro"'):
        choose(devices, "webcam", "camera", "--player camera")
    with pytest.raises(DeviceNotFoundError, match=r'was not found: there are 0 "HD Webcam".*echo-runtime devices'):
        choose(devices, "scanner", "camera", "--player camera")
    with pytest.raises(DeviceNotFoundError, match="this machine shows no camera"):
        choose([], "webcam", "camera", "--player camera")
    for nothing in ("", "  "):
        with pytest.raises(DeviceNotFoundError):
            choose(devices, nothing, "camera", "--player camera")


def test_a_number_that_no_camera_has_names_those_that_there_are():
    socket = Socket(number=2)
    with pytest.raises(DeviceNotFoundError, match='camera 0 cannot be opened: there are 2 "HD Webcam"'):
        Camera(0, open_device=socket.open, list_devices=socket.devices).start(0)


def test_a_camera_that_another_program_holds_is_one_sentence_that_names_it(tmp_path):
    device = tmp_path / "video0"
    device.write_bytes(b"")
    hold = "import sys, time; f = open(sys.argv[1]); print(1, flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", hold, str(device)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        socket = Socket(taken=True)
        camera = Camera(open_device=socket.open, list_devices=lambda: [Device(0, "HD Webcam", str(device))])
        if not sys.platform.startswith("linux"):
            pytest.skip("only Linux tells who holds a file")
        with pytest.raises(DeviceBusyError) as caught:
            camera.start(0)
        said = str(caught.value)
        assert f"(process {other.pid}) uses it" in said
        assert "camera 0 (HD Webcam) cannot be opened" in said
        assert "close that program" in said
        assert "\n" not in said
        assert holders_of_file(device) != []
    finally:
        other.kill()
        other.wait()
    assert holders_of_file(device) == []


def test_a_camera_that_is_held_by_nobody_that_can_be_seen(tmp_path):
    socket = Socket(taken=True)
    with pytest.raises(DeviceError, match="another program probably uses it; close that program"):
        Camera(open_device=socket.open, list_devices=socket.devices).start(0)


def test_the_listing_of_linux_leaves_out_what_is_no_camera(tmp_path):
    sys_folder, dev_folder = tmp_path / "sys", tmp_path / "dev"
    dev_folder.mkdir()
    for node, name in (("video10", "Capture card\n"), ("video2", "HD Webcam: HD Webcam\n"), ("v4l-subdev0", "x")):
        (sys_folder / node).mkdir(parents=True)
        (sys_folder / node / "name").write_text(name)
        (dev_folder / node).write_bytes(b"")
    (sys_folder / "video3").mkdir()  # gone from /dev since
    found = linux_cameras(sys_folder, dev_folder)
    assert [(d.number, d.name) for d in found] == [(2, "HD Webcam: HD Webcam"), (10, "Capture card")]
    assert found[0].path == str(dev_folder / "video2")
    assert linux_cameras(tmp_path / "none", dev_folder) == []


def test_the_listing_elsewhere_joins_two_interfaces_and_survives_one_that_refuses(monkeypatch):
    """cv2-enumerate-cameras as it answers on Windows; a stand-in, for it answers nothing on Linux."""

    def enumerate_cameras(interface: int) -> list[SimpleNamespace]:
        if interface == cv2.CAP_MSMF:
            return [SimpleNamespace(index=0, name="HD Webcam", path="usb#1")]
        if interface == cv2.CAP_DSHOW:
            names = enumerate(["HD Webcam", "OBS Virtual Camera"])
            return [SimpleNamespace(index=i, name=name, path=None) for i, name in names]
        raise OSError("no such interface")

    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", SimpleNamespace(enumerate_cameras=enumerate_cameras))
    windows = [cv2.CAP_MSMF, cv2.CAP_DSHOW]
    monkeypatch.setattr(video_interface, "camera_interfaces", lambda: windows)
    assert [(d.number, d.name) for d in enumerated_cameras()] == [(0, "HD Webcam"), (701, "OBS Virtual Camera")]
    windows[0] = -1
    assert [d.number for d in enumerated_cameras()] == [700, 701]
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", None)
    assert enumerated_cameras() == []
    assert video_interface.open_video(790) is None


@pytest.mark.parametrize(
    "picture",
    [
        np.full((48, 64, 3), (10, 20, 230), np.uint8),
        np.full((48, 64, 4), (10, 20, 230, 255), np.uint8),
    ],
)
def test_colours_of_any_format_come_out_as_rgb(picture):
    rgb = as_rgb(picture)
    assert rgb.shape == (48, 64, 3)
    assert tuple(rgb[0, 0]) == (230, 20, 10)


def test_grey_deep_packed_and_huge_pictures_and_what_is_none():
    assert tuple(as_rgb(np.full((48, 64), 77, np.uint8))[0, 0]) == (77, 77, 77)
    assert tuple(as_rgb(np.full((48, 64), 77 << 8, np.uint16))[0, 0]) == (77, 77, 77)
    yuyv = np.full((48, 64, 2), 128, np.uint8)
    assert as_rgb(yuyv).shape == (48, 64, 3)
    assert as_rgb(np.zeros((2160, 3840, 3), np.uint8)).shape == (720, 1280, 3)
    for odd in (np.zeros((0, 0, 3), np.uint8), np.zeros((1, 460_800), np.uint8), np.zeros((48, 64, 5), np.uint8)):
        with pytest.raises(ValueError, match="pictures of shape"):
            as_rgb(odd)


def test_who_listens_on_a_port_is_found(tmp_path):
    import os
    import socket

    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells who listens")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert any(f"(process {os.getpid()})" in holder for holder in holders_of_port(port))
    assert holders_of_port(port) == []


def test_the_fake_fits_the_interface():
    from echo_runtime.capture.devices.video_interface import VideoDevice

    names = {name for name in VideoDevice.__dict__ if not name.startswith("_")}
    for kind in (Capture, cv2.VideoCapture):
        assert all(hasattr(kind, name) for name in names), kind
    assert Path(camera_module.__file__).name == "camera.py"
