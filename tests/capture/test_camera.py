"""A camera that runs: unplugged, plugged in, slow, stuck, frozen; a fake device behind cv2.VideoCapture's interface."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest
from plugged_camera import Socket, noise, told, wait

from echo_runtime.capture import camera as camera_module
from echo_runtime.capture.camera import Camera
from echo_runtime.capture.devices import device_source
from echo_runtime.capture.devices.device_source import back_off
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.capture.source import monotonic_us
from echo_runtime.signals import FRAME_US


def test_unplugged_and_plugged_in_again_under_another_number(started):
    socket = Socket()
    camera = started(socket)
    wait(lambda: camera.pictures > 5)
    socket.plugged = False
    wait(lambda: told(camera, "gives no pictures any more"))
    assert camera.statistics()["camera_connected"] == 0
    camera.read_until(monotonic_us())
    assert camera.read_until(monotonic_us()) == []  # invalid, and at once: nobody waits
    attempts = len(socket.opened)
    wait(lambda: len(socket.opened) >= attempts + 2)  # in vain
    socket.number, socket.plugged = 1, True  # Linux gives the next number while the old one is not yet closed
    before = monotonic_us()
    wait(lambda: told(camera, "camera 0 is back"))
    wait(lambda: any(p.time_us > before for p in camera.read_until(monotonic_us())))
    assert socket.opened[-1] == 1
    statistics = camera.statistics()
    assert (statistics["camera_losses"], statistics["camera_connected"]) == (1, 1)
    assert camera.notes == ["camera 0 gives no pictures any more; looking for it until it is back"]  # listed once


def test_a_camera_that_another_program_took_meanwhile_is_said_once(started, tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells who holds a file")
    node = tmp_path / "video0"
    node.write_bytes(b"")
    socket = Socket(path=str(node))
    camera = started(socket)
    wait(lambda: camera.pictures > 5)
    hold = "import sys, time; f = open(sys.argv[1]); print(1, flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", hold, str(node)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        socket.plugged, socket.taken = False, True
        wait(lambda: told(camera, "gives no pictures any more"))
        socket.plugged = True
        wait(lambda: told(camera, f"(process {other.pid}) uses it"))
        attempts = len(socket.opened)
        wait(lambda: len(socket.opened) > attempts + 2)
        assert len(told(camera, "uses it")) == 1
    finally:
        other.kill()
        other.wait()
    socket.taken = False
    wait(lambda: told(camera, "is back"))


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
