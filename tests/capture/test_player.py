from __future__ import annotations

import time

import numpy as np
import pytest
from capture_signals import motion, tone

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.face_tracking import FaceTracker
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.capture.sound_file import SoundFile
from echo_runtime.capture.source import Source, monotonic_us
from echo_runtime.capture.video_file import VideoFile
from echo_runtime.errors import MediaError, ProtocolError
from echo_runtime.log_mel import SILENCE
from echo_runtime.signals import FRAME_US, MOTION_INDEX, FaceObservation, PictureObservation, SoundObservation

JAW = MOTION_INDEX["jawOpen"]


class Album(Source[PictureObservation]):
    """Pictures at given times; breaks off like a camera that is pulled out."""

    def __init__(self, pictures: list[PictureObservation]) -> None:
        super().__init__()
        self.left = list(pictures)

    def start(self, start_us: int) -> None:
        pass

    def read_until(self, time_us: int) -> list[PictureObservation]:
        due = [p for p in self.left if p.time_us <= time_us]
        self.left = self.left[len(due) :]
        return due

    @property
    def ended(self) -> bool:
        return not self.left

    def close(self) -> None:
        pass


class SlowAlbum(Album):
    """Takes as long for a picture as a camera in the dark."""

    def read_until(self, time_us: int) -> list[PictureObservation]:
        time.sleep(0.15)
        return super().read_until(time_us)


def play(capture: PlayerCapture, start_us: int, end_us: int, steps: list[int]) -> dict[str, np.ndarray]:
    capture.start(start_us)
    windows, now = [], start_us
    while now < end_us:
        now = min(now + steps[len(windows) % len(steps)] * 1000, end_us)
        windows.append(capture.advance(now))
    firsts = np.cumsum([0, *(w.ticks for w in windows)])
    assert [w.first_tick for w in windows] == firsts[:-1].tolist()
    return {name: np.concatenate([getattr(w, name) for w in windows]) for name in ("face", "voice", "sound")}


def test_a_clip_gives_whole_ticks_however_time_advances(make_video, draw_face) -> None:
    pictures = [draw_face(motion(jawOpen=0.7 * (i % 10 > 4))) for i in range(10)] * 2
    path = make_video(pictures, rate=30, sound=tone(0.65, 44_100), sound_rate=44_100)
    results = []
    for steps in ([40], [7, 95, 13]):
        with PlayerCapture(VideoFile(path), SoundFile(path)) as capture:
            results.append(play(capture, 3_000_000, 4_600_000, steps))
            assert capture.ended
            assert capture.statistics.share_tracked == 1.0
            assert capture.picture is not None
            assert capture.landmarks is not None
            assert capture.statistics.sound_s == pytest.approx(0.65, abs=0.1)
    a, b = results
    assert a["face"].shape == (40, 61)
    assert a["voice"].shape == (160, 81)
    assert a["sound"].shape == (25_600,)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])
    face = a["face"]
    assert face[10:16, -1].min() > 0.9
    assert face[-1, -1] < 0.1  # the clip is over
    assert abs(face[-1, JAW]) < 0.1
    assert np.abs(a["sound"][12_800:]).max() < 1e-3
    np.testing.assert_allclose(a["voice"][-20:, :-1], SILENCE, atol=1e-2)
    assert np.ptp(face[5:16, JAW]) > 0.2


def test_observed_is_the_newest_capture_time(draw_face) -> None:
    source = Album([PictureObservation(1_000_000 + t, draw_face(motion())) for t in (0, 30_000, 95_000)])
    capture = PlayerCapture(source, None)
    capture.start(1_000_000)
    assert capture.advance(1_039_999).ticks == 0
    assert capture.advance(1_040_000).observed_us == 1_030_000
    assert capture.advance(1_080_000).observed_us == 1_030_000
    assert capture.advance(1_120_000).observed_us == 1_095_000
    capture.close()


def test_the_engine_is_a_player_too() -> None:
    engine = EngineSource()
    capture = PlayerCapture(engine.faces, engine.sounds)
    capture.start(0)
    engine.push_face(FaceObservation(10_000, motion(jawOpen=3.0), 0.8))
    engine.push_samples(0, tone(0.5, 48_000), 48_000)
    engine.push_sound(SoundObservation(600_000, np.ones(640, np.float32)))
    window = capture.advance(800_000)
    assert window.face[0, JAW] == 1.0  # clipped
    assert window.face[0, -1] == np.float32(0.8)
    assert capture.statistics.faces == 1
    assert capture.statistics.share_tracked == 1.0
    np.testing.assert_allclose(window.sound[1600:6400], tone(0.5)[1600:6400], atol=0.01)
    assert window.sound[9600:10_240].min() == 1.0
    for bad in (np.zeros(3, np.float32), np.full(60, np.nan, np.float32)):
        with pytest.raises(ProtocolError):
            engine.push_face(FaceObservation(0, bad, 1.0))
    with pytest.raises(MediaError):
        engine.push_samples(0, tone(0.1), 3)


def test_nobody_there_is_silence_and_an_invalid_face() -> None:
    capture = PlayerCapture(None, None)
    capture.start(0)
    window = capture.advance(400_000)
    assert window.ticks == 10
    assert window.observed_us == 0
    assert not window.face.any()
    np.testing.assert_allclose(window.voice[:, :-1], SILENCE, atol=1e-3)


def test_in_real_time_advance_does_not_wait_and_a_vanished_camera_is_survived(draw_face) -> None:
    picture = draw_face(motion())
    slowest, validity = 0.0, []
    tracker = FaceTracker()
    tracker(PictureObservation(0, picture))  # loads the model before the clock counts
    tracker.reset()
    start = monotonic_us()
    source = SlowAlbum([PictureObservation(start + t, picture) for t in range(0, 800_000, 33_333)])
    with PlayerCapture(source, None, tracker=tracker, real_time=True) as capture:
        capture.start(start)
        while monotonic_us() < start + 2_600_000:
            before = time.perf_counter()
            window = capture.advance(monotonic_us())
            slowest = max(slowest, time.perf_counter() - before)
            validity += window.face[:, -1].tolist()
            time.sleep(0.01)
        validity += capture.advance(start + 2_600_000).face[:, -1].tolist()
        assert capture.statistics.notes == ()
    assert len(validity) == 65
    assert max(validity) > 0.9
    assert validity[-1] < 0.1
    assert slowest < 0.14  # less than a look at the source takes


def test_a_tracker_that_breaks_is_a_note_not_a_crash() -> None:
    start = monotonic_us()
    broken = PictureObservation(start, np.zeros((5,), np.uint8))
    with PlayerCapture(Album([broken]), None, real_time=True) as capture:
        capture.start(start)
        deadline = time.monotonic() + 10
        while not capture.statistics.notes and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "face tracking stopped" in capture.statistics.notes[0]
        assert capture.advance(monotonic_us() + FRAME_US).ticks >= 1
