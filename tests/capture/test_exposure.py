"""Dark and hunting pictures."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from plugged_camera import Socket, noise, told, wait

from echo_runtime.capture.devices.exposure import ExposureWatch
from echo_runtime.capture.source import monotonic_us

ROOM = noise(1)[::4, ::4].astype(np.float32)


def lit(level: float, person_at: int | None = None) -> np.ndarray:
    """(120, 160, 3) the room at that brightness, and somebody bright in it."""
    picture = np.clip(ROOM * (level / 120.0), 0, 255).astype(np.uint8)
    if person_at is not None:
        picture[25:100, person_at : person_at + 50] = 250
    return picture


def said_over(levels: Callable[[float], np.ndarray], seconds: float, watch: ExposureWatch | None = None) -> list[str]:
    watch = watch or ExposureWatch()
    said = [watch.watch(us, levels(us / 1e6)) for us in range(0, int(seconds * 1e6), 80_000)]
    return [sentence for sentence in said if sentence]


def test_darkness_is_said_once_and_again_only_after_light():
    assert said_over(lambda s: lit(120), 10) == []
    assert len(said_over(lambda s: lit(20), 20)) == 1
    assert "turn on a light" in said_over(lambda s: lit(20), 3)[0]
    assert "black pictures" in said_over(lambda s: np.zeros((120, 160, 3), np.uint8), 3)[0]
    assert said_over(lambda s: lit(20 if 5 < s < 6.5 else 120), 20) == []  # a hand before the lens is no night
    about = said_over(lambda s: lit(38 + 6 * np.sin(s)), 60)
    assert len(about) <= 1, "around the threshold it must not be said again and again"
    assert len([s for s in said_over(lambda s: lit(20 if s % 12 < 6 else 120), 24) if "light" in s]) == 2


def test_hunting_exposure_is_said_once_and_people_who_move_are_not_taken_for_it():
    hunting = said_over(lambda s: lit(110 + 35 * np.sin(2 * np.pi * 0.7 * s)), 20)
    assert len(hunting) == 1
    assert "up and down" in hunting[0]
    assert said_over(lambda s: lit(120, person_at=int(55 + 50 * np.sin(4 * s))), 20) == []
    assert said_over(lambda s: lit(120 if s < 5 else 180), 20) == []  # a lamp that is switched on
    assert said_over(lambda s: lit(110 + 4 * np.sin(4 * s)), 20) == []  # within what cameras always do


def test_a_dark_camera_is_said_once_by_the_source_too(started):
    began = monotonic_us()
    camera = started(Socket(scene=lambda n: noise(n) // 12), clock=lambda: began + 20 * (monotonic_us() - began))
    wait(lambda: told(camera, "sees little light"))
    time.sleep(0.3)
    assert len(told(camera, "little light")) == 1
    assert camera.statistics()["camera_brightness"] < 20
