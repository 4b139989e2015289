from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from capture_signals import tone
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.capture.opening import open_player, open_voice
from echo_runtime.capture.sound_file import SoundFile
from echo_runtime.capture.video_file import VideoFile
from echo_runtime.errors import MediaError, UsageError

GREY = [np.full((48, 64, 3), 10 * i, np.uint8) for i in range(12)]


def test_pictures_come_at_their_times_and_once(make_video) -> None:
    source = VideoFile(make_video(GREY, rate=30))
    source.start(7_000_000)
    assert source.read_until(6_999_999) == []
    early = source.read_until(7_100_000)
    assert [p.time_us for p in early] == [7_000_000, 7_033_333, 7_066_667, 7_100_000]
    rest = source.read_until(60_000_000)
    assert len(rest) == 8
    assert source.ended
    assert source.read_until(90_000_000) == []
    assert abs(int(rest[-1].rgb[24, 32, 0]) - 110) < 8
    source.close()
    source.close()


def test_a_turned_video_stands_upright(make_video, tmp_path: Path) -> None:
    import shutil
    import subprocess

    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg to write a display rotation")
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, 32:] = 255  # bright at the right
    flat = make_video([picture] * 3)
    turned = tmp_path / "turned.mp4"
    command = ["ffmpeg", "-v", "error", "-display_rotation", "90", "-i", str(flat), "-c", "copy", str(turned)]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("this ffmpeg knows no -display_rotation")
    source = VideoFile(turned)
    source.start(0)
    rgb = source.read_until(0)[0].rgb
    assert rgb.shape == (64, 48, 3)
    assert rgb[:20].mean() > 200  # turned counter-clockwise, the right side is on top
    assert rgb[-20:].mean() < 50


@settings(max_examples=10, deadline=None)
@given(steps=st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_sound_is_the_same_however_it_is_asked_for(tmp_path_factory, steps: list[int]) -> None:
    import soundfile

    path = tmp_path_factory.mktemp("sound") / "stereo.wav"
    soundfile.write(path, np.stack([tone(0.6, 44_100), np.zeros(26_460, np.float32)], 1), 44_100)
    source, out, now = SoundFile(path), [], 0
    source.start(0)
    while not source.ended:
        now += steps[len(out) % len(steps)] * 1000
        out.append(np.concatenate([np.zeros(0, np.float32), *(o.samples for o in source.read_until(now))]))
        assert sum(map(len, out)) * 1000 / 16 >= min(now, 599_000)
    heard = np.concatenate(out)
    assert abs(len(heard) - 9600) <= 1
    np.testing.assert_allclose(heard[800:8800], 0.5 * tone(0.6)[800:8800], atol=0.01)


def test_the_sound_of_a_video_keeps_its_place_beside_the_pictures(make_video) -> None:
    click = np.zeros(44_100, np.float32)
    click[22_050:22_500] = 0.8
    path = make_video([*GREY, *GREY], sound=click)
    source = SoundFile(path)
    source.start(1_000_000)
    runs = source.read_until(3_000_000)
    loud = [
        o.time_us + int(np.argmax(np.abs(o.samples) > 0.3)) * 1000 // 16 for o in runs if np.abs(o.samples).max() > 0.3
    ]
    assert loud[0] == pytest.approx(1_500_000, abs=4000)


def test_flac_and_16_bit_files(make_sound) -> None:
    for name in ("a.flac", "b.wav"):
        source = SoundFile(make_sound(tone(0.3, 48_000), 48_000, name))
        source.start(0)
        heard = np.concatenate([o.samples for o in source.read_until(10**9)])
        np.testing.assert_allclose(heard[800:4000], tone(0.3)[800:4000], atol=0.01)


def test_a_silent_file_is_noted_not_refused(make_sound) -> None:
    source = SoundFile(make_sound(np.zeros(8000, np.float32)))
    assert source.notes == ["sound.wav is silent: the NPC will hear nothing"]
    source.start(0)
    assert sum(len(o.samples) for o in source.read_until(10**7)) == 8000


def test_bad_files_are_refused_in_one_sentence(make_video, make_sound, tmp_path: Path) -> None:
    empty, text, damaged = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "damaged.mp4"
    empty.touch()
    text.write_text("no video at all\n" * 50)
    damaged.write_bytes(make_video(GREY).read_bytes()[:900])
    for path, match in (
        (tmp_path / "none.mp4", "there is no file"),
        (tmp_path, "is a folder"),
        (empty, "0 bytes"),
        (text, "cannot be read"),
        (damaged, "cannot be read"),
    ):
        for kind in (VideoFile, SoundFile):
            with pytest.raises(MediaError, match=match) as caught:
                kind(path)
            assert "\n" not in str(caught.value)
    with pytest.raises(MediaError, match="no video track"):
        VideoFile(make_sound(tone(0.2)))
    with pytest.raises(MediaError, match="no sound track"):
        SoundFile(make_video(GREY, name="mute.mp4"))
    with pytest.raises(MediaError, match="0 samples"):
        SoundFile(make_sound(np.zeros(0, np.float32), name="nothing.wav"))


def test_a_video_that_breaks_off_ends_with_what_it_has(make_video, tmp_path: Path) -> None:
    import av

    rng = np.random.default_rng(0)
    whole = make_video([rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(20)])
    matroska = tmp_path / "whole.mkv"  # readable from the front, unlike an mp4 with its index at the end
    with av.open(str(whole)) as a, av.open(str(matroska), "w") as b:
        stream = b.add_stream_from_template(a.streams.video[0])
        for packet in a.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                b.mux(packet)
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(matroska.read_bytes()[: matroska.stat().st_size // 2])
    source = VideoFile(torn)
    source.start(0)
    assert 1 <= len(source.read_until(10**9)) < 20
    assert source.ended


def test_what_a_user_writes(make_video, make_sound) -> None:
    from echo_runtime.capture.camera import Camera
    from echo_runtime.capture.engine import EngineSource
    from echo_runtime.capture.microphone import Microphone

    engine = EngineSource()
    assert isinstance(open_player("camera"), Camera)
    assert isinstance(open_player("camera:2"), Camera)
    assert isinstance(open_voice("microphone"), Microphone)
    assert open_player("engine", engine) is engine.faces
    assert open_voice("engine", engine) is engine.sounds
    assert isinstance(open_player(str(make_video(GREY))), VideoFile)
    assert isinstance(open_voice(str(make_sound(tone(0.1)))), SoundFile)
    assert open_player("none") is None
    with pytest.raises(UsageError):
        open_player("engine")
