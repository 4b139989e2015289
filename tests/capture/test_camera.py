"""The camera through a fake device behind cv2.VideoCapture's interface, and through real device files."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from plugged_camera import MJPG, Capture, Socket, noise

from echo_runtime.capture import camera as camera_module
from echo_runtime.capture.camera import Camera
from echo_runtime.capture.devices import device_source, picture_format
from echo_runtime.capture.devices.cameras import linux_cameras
from echo_runtime.capture.devices.choosing import Device, choose
from echo_runtime.capture.devices.device_source import back_off
from echo_runtime.capture.devices.exposure import ExposureWatch
from echo_runtime.capture.devices.holders import holders_of_file, holders_of_port
from echo_runtime.capture.devices.picture_format import as_rgb
from echo_runtime.capture.opening import open_player
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.capture.source import monotonic_us
from echo_runtime.errors import DeviceError, DeviceNotFoundError
from echo_runtime.signals import FRAME_US


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(device_source, "FIRST_WAIT_S", 0.05)
    monkeypatch.setattr(device_source, "back_off", lambda: back_off(0.05, 0.2))


@pytest.fixture
def started():
    """started(socket, device, ...) -> a Camera that is closed at the end."""
    cameras: list[Camera] = []

    def start(socket: Socket, device: int | str = 0, **more) -> Camera:
        camera = Camera(device, open_device=socket.open, list_devices=socket.devices, **more)
        cameras.append(camera)
        camera.start(monotonic_us())
        return camera

    yield start
    for camera in cameras:
        camera.close()


def wait(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def told(camera: Camera, word: str) -> list[str]:
    """All that was said so far, with that word in it."""
    camera.heard = getattr(camera, "heard", []) + camera.take_notes()  # type: ignore[attr-defined]
    return [note for note in camera.heard if word in note]  # type: ignore[attr-defined]


# -- opening, by name and format ----------------------------------------------------------------------------------------


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
    with pytest.raises(DeviceNotFoundError, match='was not found: there are 0 "HD Webcam".*echo-runtime devices'):
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
        with pytest.raises(DeviceError) as caught:
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


# -- while it runs ------------------------------------------------------------------------------------------------------


def test_unplugged_and_plugged_in_again_under_another_number(started):
    socket = Socket()
    camera = started(socket)
    wait(lambda: camera.pictures > 5)
    socket.plugged = False
    wait(lambda: told(camera, "gives no pictures any more"))
    assert camera.statistics()["camera_connected"] == 0
    camera.read_until(monotonic_us())
    assert camera.read_until(monotonic_us()) == []  # invalid, and at once: nobody waits
    socket.number, socket.plugged = 1, True  # Linux gives the next number while the old one is not yet closed
    before = monotonic_us()
    wait(lambda: told(camera, "camera 0 is back"))
    wait(lambda: any(p.time_us > before for p in camera.read_until(monotonic_us())))
    assert socket.opened[-1] == 1
    statistics = camera.statistics()
    assert (statistics["camera_losses"], statistics["camera_connected"]) == (1, 1)
    assert camera.notes == ["camera 0 gives no pictures any more; looking for it until it is back"]  # listed once


def test_attempts_become_rarer_up_to_a_limit():
    waits = back_off(0.5, 5.0)
    assert [next(waits) for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


def test_a_driver_that_never_returns_holds_up_nobody_and_is_said(started, monkeypatch):
    monkeypatch.setattr(camera_module, "STUCK_AFTER_S", 0.2)
    socket = Socket()
    camera = started(socket)
    wait(lambda: camera.pictures > 5)
    socket.stuck = True
    longest = 0.0

    def looked() -> list[str]:
        nonlocal longest
        began = time.perf_counter()
        camera.read_until(monotonic_us())
        longest = max(longest, time.perf_counter() - began)
        return told(camera, "does not answer")

    wait(looked)
    time.sleep(0.3)
    assert longest < 0.1
    assert len(looked()) == 1
    count = camera.pictures
    socket.stuck = False
    wait(lambda: camera.pictures > count + 3)


def test_a_camera_that_opens_slowly_does_not_keep_the_run_waiting(started, monkeypatch):
    monkeypatch.setattr(device_source, "OPENING_S", 0.1)
    camera = started(Socket(opening_s=0.6))
    assert camera.read_until(monotonic_us()) == []
    assert told(camera, "takes long to open")
    wait(lambda: camera.pictures)


def test_a_driver_that_raises_is_a_lost_camera_and_not_the_end(started):
    def scene(number: int) -> np.ndarray:
        if number == 8 and len(socket.opened) == 1:
            raise cv2.error("Unknown C++ exception from OpenCV code")
        return noise(number)

    socket = Socket(scene=scene)
    camera = started(socket)
    wait(lambda: told(camera, "failed (error: Unknown C++ exception"))
    wait(lambda: told(camera, "is back"))


def test_a_picture_that_stands_still_is_opened_anew_and_then_believed(started, monkeypatch):
    monkeypatch.setattr(camera_module, "FROZEN_AFTER_S", 0.2)
    socket = Socket()
    camera = started(socket)
    wait(lambda: camera.pictures > 5)
    socket.frozen = True
    wait(lambda: told(camera, "repeats the same picture"))
    socket.frozen = False
    wait(lambda: told(camera, "is back"))
    still = Socket(scene=lambda number: noise(1))
    virtual = started(still)
    wait(lambda: told(virtual, "is back"))
    count = virtual.pictures
    time.sleep(0.6)
    assert virtual.losses == 1
    assert virtual.pictures > count


def test_a_slow_camera_is_said_once_and_measured(started, monkeypatch):
    monkeypatch.setattr(camera_module, "RATE_AFTER", 10)
    camera = started(Socket(rate=12.0))
    wait(lambda: told(camera, "pictures a second instead of 30"))
    wait(lambda: camera.pictures > 25)
    assert len(told(camera, "instead of 30")) == 1
    assert 4 < camera.rate < 13


def test_pictures_that_nobody_takes_and_pictures_that_never_came_are_counted(started):
    socket = Socket(rate=200.0)
    camera = started(socket)
    wait(lambda: camera.pictures >= 30)
    assert camera.dropped >= 30 - 4
    assert len(camera.read_until(monotonic_us())) <= 4
    missed = camera.missed
    socket.stuck = True
    time.sleep(0.3)
    socket.stuck = False
    wait(lambda: camera.missed > missed + 3)
    assert camera.statistics()["camera_dropped"] == camera.dropped


def test_closing_twice_and_while_it_is_looked_for(started):
    socket = Socket()
    camera = started(socket)
    socket.plugged = False
    wait(lambda: camera.losses)
    began = time.monotonic()
    camera.close()
    camera.close()
    assert time.monotonic() - began < 2
    assert camera.ended
    wait(lambda: "device camera" not in {thread.name for thread in threading.enumerate()})


# -- light --------------------------------------------------------------------------------------------------------------


def lit(level: float, person_at: int | None = None) -> np.ndarray:
    picture = np.clip(noise(1).astype(np.float32) * (level / 120.0), 0, 255).astype(np.uint8)
    if person_at is not None:
        picture[100:400, person_at : person_at + 200] = 250
    return picture


def said_over(levels: Callable[[float], np.ndarray], seconds: float, watch: ExposureWatch | None = None) -> list[str]:
    watch = watch or ExposureWatch()
    said = [watch.watch(us, levels(us / 1e6)) for us in range(0, int(seconds * 1e6), 40_000)]
    return [sentence for sentence in said if sentence]


def test_darkness_is_said_once_and_again_only_after_light():
    assert said_over(lambda s: lit(120), 10) == []
    assert len(said_over(lambda s: lit(20), 20)) == 1
    assert "turn on a light" in said_over(lambda s: lit(20), 3)[0]
    assert "black pictures" in said_over(lambda s: np.zeros((480, 640, 3), np.uint8), 3)[0]
    assert said_over(lambda s: lit(20 if 5 < s < 6.5 else 120), 20) == []  # a hand before the lens is no night
    about = said_over(lambda s: lit(38 + 6 * np.sin(s)), 60)
    assert len(about) <= 1, "around the threshold it must not be said again and again"
    assert len([s for s in said_over(lambda s: lit(20 if s % 12 < 6 else 120), 24) if "light" in s]) == 2


def test_hunting_exposure_is_said_once_and_people_who_move_are_not_taken_for_it():
    hunting = said_over(lambda s: lit(110 + 35 * np.sin(2 * np.pi * 0.7 * s)), 20)
    assert len(hunting) == 1
    assert "up and down" in hunting[0]
    assert said_over(lambda s: lit(120, person_at=int(220 + 200 * np.sin(4 * s))), 20) == []
    assert said_over(lambda s: lit(120 if s < 5 else 180), 20) == []  # a lamp that is switched on
    assert said_over(lambda s: lit(110 + 4 * np.sin(4 * s)), 20) == []  # within what cameras always do


def test_a_dark_camera_is_said_once_by_the_source_too(started):
    began = monotonic_us()
    camera = started(Socket(scene=lambda n: noise(n) // 12), clock=lambda: began + 20 * (monotonic_us() - began))
    wait(lambda: told(camera, "sees little light"))
    time.sleep(0.3)
    assert len(told(camera, "little light")) == 1
    assert camera.statistics()["camera_brightness"] < 20


# -- the face behind it -------------------------------------------------------------------------------------------------


def test_a_face_neither_freezes_nor_jumps_when_its_camera_is_unplugged_and_plugged_in_again(draw_face):
    """25 ticks a second through the real tracker; the tick that is late by more than 20 ms would be a frozen frame."""
    from capture_signals import motion

    faces = [cv2.cvtColor(draw_face(motion(jawOpen=0.1 * k, mouthSmileLeft=0.8)), cv2.COLOR_RGB2BGR) for k in range(6)]

    def scene(number: int) -> np.ndarray:
        picture = faces[abs(number // 4 % 10 - 5)].copy()
        picture[0, 0] = number % 256
        return picture

    socket = Socket(scene=scene, rate=30.0)
    camera = Camera(open_device=socket.open, list_devices=socket.devices)
    rows: list[np.ndarray] = []
    slowest = 0.0
    with PlayerCapture(camera, None, real_time=True) as capture:
        capture.start()

        def tick(count: int) -> None:
            nonlocal slowest
            for _ in range(count):
                time.sleep(FRAME_US / 1e6)
                began = time.perf_counter()
                rows.extend(capture.advance(monotonic_us()).face)
                slowest = max(slowest, time.perf_counter() - began)

        def until(seen: bool) -> None:
            end = time.monotonic() + 30
            while not rows or (rows[-1][-1] > 0.9) != seen:
                assert time.monotonic() < end, rows[-1][-1]
                tick(1)

        until(True)
        tick(20)
        gone = len(rows)
        socket.plugged = False
        end = time.monotonic() + 30
        while rows[-1][-1] > 0.05:
            assert time.monotonic() < end
            tick(1)
        assert np.abs(rows[-1][:-1]).max() < 0.1  # back to neutral, not frozen in a grimace
        socket.plugged = True
        back = len(rows)
        until(True)
        tick(10)
        assert capture.device_statistics["camera_losses"] == 1
        notes = capture.take_notes()
    face = np.array(rows)
    steps = np.abs(np.diff(face[:, :52], axis=0)).max(axis=1)
    usual = steps[5:gone].max()
    assert steps[back - 1 :].max() < max(1.6 * usual, 0.35), (steps[back - 1 :].max(), usual)
    assert slowest < 0.1, "advance waited for the camera"
    assert sum("gives no pictures any more" in note for note in notes) == 1


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
