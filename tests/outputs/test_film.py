"""Films: pictures and speech where they belong, readable files whatever happens, and a loop that never waits."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import av
import numpy as np
import pytest

from echo_runtime.errors import MediaError
from echo_runtime.outputs import film as film_module
from echo_runtime.outputs.film import SOUND_RATE, Film
from echo_runtime.outputs.video import WAITING_PICTURES, VideoOutput
from echo_runtime.signals import FRAME_US, MOTION_DIM, SAMPLE_RATE, AvatarFrame, FloatArray, SpokenSound

START = 123_456_789_000
"""Any time of the runtime's clock."""


def picture(light: float, size: tuple[int, int] = (64, 64)) -> np.ndarray:
    rgba = np.full((*size, 4), 255, np.uint8)
    rgba[..., :3] = round(255 * light)
    return rgba


def frame(number: int, light: float = 0.5, npc: str = "bo", epoch: int = 0, height: int = 64) -> AvatarFrame:
    motion, rgba = np.zeros(MOTION_DIM, np.float32), picture(light, (height, height))
    return AvatarFrame(npc, START + number * FRAME_US, "generated", motion, rgba, epoch=epoch)


def tone(seconds: float) -> FloatArray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)).astype(np.float32)


def seen(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds and mean light of all pictures."""
    with av.open(str(path)) as container:
        rows = [(f.time, f.to_ndarray(format="gray").mean() / 255) for f in container.decode(video=0)]
    return np.array(rows).T


def heard(path: Path) -> FloatArray:
    """The sound at 48 kHz, from the file's first instant on."""
    out = np.zeros(0, np.float32)
    with av.open(str(path)) as container:
        for f in container.decode(audio=0):
            begin = round(f.time * SOUND_RATE)
            out = np.pad(out, (0, max(0, begin + f.samples - len(out))))
            out[max(begin, 0) : begin + f.samples] = f.to_ndarray()[0][max(0, -begin) :]
    return out


def loud(sound: FloatArray, begin_s: float, end_s: float) -> float:
    part = sound[round(begin_s * SOUND_RATE) : round(end_s * SOUND_RATE)]
    return float(np.sqrt((part**2).mean()))


def onset(sound: FloatArray) -> float:
    return float(np.flatnonzero(np.abs(sound) > 0.1)[0] / SOUND_RATE)


@pytest.mark.parametrize("fallback", ["none", "flags", "codec"])
def test_a_flash_and_a_beep_are_at_the_same_time(tmp_path: Path, monkeypatch, fallback: str) -> None:
    """As PyAV is here, and as it would be with an older ffmpeg, or without H.264."""
    if fallback == "flags":
        monkeypatch.setattr(film_module, "MOVFLAGS", ("+no_such_flag", film_module.MOVFLAGS[1]))
    if fallback == "codec":
        monkeypatch.setattr(film_module, "ENCODERS", film_module.ENCODERS[2:])
    path = tmp_path / "film.mp4"
    film = Film(path)
    # speech is known before the pictures that it moves, in the pieces of a chunk
    film.sound(START + 25 * FRAME_US, tone(1.0)[:2560])
    for number in range(75):
        if number % 4 == 0 and 4 <= number < 25:
            done = 2560 * number // 4
            film.sound(START + 25 * FRAME_US + done * 1_000_000 // SAMPLE_RATE, tone(1.0)[done : done + 2560])
        film.picture(START + number * FRAME_US, picture(1.0 if 25 <= number < 50 else 0.0))
    film.close()
    times, light = seen(path)
    assert len(times) == film.pictures == 75
    np.testing.assert_allclose(np.diff(times), 0.04, atol=1e-3)
    flash = times[np.flatnonzero(light > 0.5)]
    assert flash[0] == pytest.approx(1.0, abs=0.001)
    sound = heard(path)
    assert onset(sound) == pytest.approx(flash[0], abs=0.02)
    assert loud(sound, 1.05, 1.9) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
    assert loud(sound, 0.0, 0.9) < 0.01
    assert loud(sound, 2.1, 2.9) < 0.01
    assert len(sound) / SOUND_RATE == pytest.approx(3.0, abs=0.05)
    # neighbouring pieces follow without a gap or a click: a pure tone stays pure
    spectrum = np.abs(np.fft.rfft(sound[round(1.1 * SOUND_RATE) : round(1.9 * SOUND_RATE)] * np.hanning(38_400)))
    spectrum[: int(460 * 0.8)][int(420 * 0.8) :] = 0.0
    assert spectrum.max() < 0.02 * 38_400 * 0.125


def test_what_was_interrupted_is_not_heard(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    out = VideoOutput(path, "bo", patient=True)
    out.spoken(SpokenSound("bo", START, tone(2.0)))
    for number in range(50):
        if number == 25:
            out.spoken(SpokenSound("bo", START + 40 * FRAME_US, tone(0.2), epoch=1))
        if number == 30:
            out.spoken(SpokenSound("bo", START + 30 * FRAME_US, tone(0.4), epoch=0))  # of the past
        out.shown(frame(number, epoch=int(number >= 25)))
    out.close()
    sound = heard(path)
    assert loud(sound, 0.1, 0.9) > 0.3
    assert loud(sound, 1.1, 1.5) < 0.01
    assert loud(sound, 1.62, 1.78) > 0.3
    assert out.pictures == 50


def test_a_pause_is_silence_and_a_still_picture(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = Film(path)
    film.picture(START, picture(0.2))
    film.sound(START + 4_000_000, tone(0.4))
    for number in range(10):
        film.picture(START + 4_000_000 + number * FRAME_US, picture(0.8))
    film.picture(START + 4_000_000, picture(0.0))  # late: left out
    film.close()
    times, light = seen(path)
    assert len(times) == 11
    assert times[1] - times[0] == pytest.approx(4.0, abs=0.002)
    assert light[1:].min() > 0.7
    assert onset(heard(path)) == pytest.approx(4.0, abs=0.02)


@pytest.mark.parametrize("size", [(63, 65), (16, 300)])
def test_odd_sizes_and_a_size_that_changes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "film.mp4"
    film = Film(path)
    for number in range(10):
        film.picture(START + number * FRAME_US, picture(0.5, size if number < 5 else (80, 80)))
    film.close()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.height, stream.width) == (size[0] // 2 * 2, size[1] // 2 * 2)
        assert stream.codec_context.name == "h264"
    assert len(seen(path)[0]) == 10


def test_a_film_whose_program_died_can_be_watched(tmp_path: Path) -> None:
    path, cut = tmp_path / "film.mp4", tmp_path / "cut.mp4"
    film = Film(path)
    film.sound(START, tone(8.0))
    for number in range(200):
        film.picture(START + number * FRAME_US, picture((number % 10) / 10))
    shutil.copy(path, cut)
    times, _ = seen(cut)
    assert len(times) >= 75, "all but what the encoder held and the last fragment"
    assert loud(heard(cut), 0.2, 2.0) > 0.3
    film.close()
    assert len(seen(path)[0]) == 200


def test_other_npcs_go_to_files_beside_it(tmp_path: Path) -> None:
    out = VideoOutput(tmp_path / "film.mp4", "bo", patient=True)
    out.spoken(SpokenSound("mira", START, tone(0.5)))
    for number in range(12):
        out.shown(frame(number, 0.2))
        out.shown(frame(number, 0.8, "mira"))
    out.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film-mira.mp4", "film.mp4"]
    assert seen(tmp_path / "film.mp4")[1].max() < 0.3
    assert seen(tmp_path / "film-mira.mp4")[1].min() > 0.7
    assert loud(heard(tmp_path / "film-mira.mp4"), 0.1, 0.4) > 0.3
    assert loud(heard(tmp_path / "film.mp4"), 0.1, 0.4) < 0.01


def test_without_a_picture_there_is_no_file(tmp_path: Path) -> None:
    notes: list[str] = []
    out = VideoOutput(tmp_path / "film.mp4", "bo", tell=notes.append)
    out.close()
    out.close()
    assert list(tmp_path.iterdir()) == []
    assert "film.mp4 was not written" in notes[0]


def test_a_busy_machine_loses_pictures_says_so_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    notes: list[str] = []
    out = VideoOutput(tmp_path / "film.mp4", "bo", tell=notes.append)
    frames = [frame(n, height=960) for n in (0, 1)]
    slowest = 0.0
    for number in range(4 * WAITING_PICTURES):
        shown = AvatarFrame("bo", START + number * FRAME_US, "generated", frames[0].motion, frames[number % 2].rgba)
        began = time.monotonic()
        out.shown(shown)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 1.0, "a copy, never an encoding of the whole queue"
    out.close()
    assert out.dropped > 0
    assert out.dropped + out.pictures == 4 * WAITING_PICTURES
    assert "too busy" in notes[0]
    assert f"lacks {out.dropped} pictures" in notes[-1]
    assert len(notes) == 2
    assert len(seen(tmp_path / "film.mp4")[0]) == out.pictures


def test_a_virtual_clock_waits_for_the_encoder_instead(tmp_path: Path) -> None:
    out = VideoOutput(tmp_path / "film.mp4", "bo", patient=True)
    for number in range(3 * WAITING_PICTURES):
        out.shown(frame(number))
    out.close()
    assert out.dropped == 0
    assert len(seen(tmp_path / "film.mp4")[0]) == 3 * WAITING_PICTURES


def test_what_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "folder.mp4", tmp_path / "file" / "film.mp4"):
        with pytest.raises(MediaError, match="cannot be written"):
            VideoOutput(path, "bo")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full, a disk that is always full")
def test_a_full_disk_ends_the_film_and_nothing_else(tmp_path: Path) -> None:
    notes: list[str] = []
    path = tmp_path / "film.mp4"
    path.symlink_to("/dev/full")
    out = VideoOutput(path, "bo", patient=True, tell=notes.append)
    for number in range(400):
        out.shown(frame(number, (number % 7) / 7))
        out.shown(frame(number, npc="mira"))
    out.close()
    assert any("film.mp4 ends here" in note for note in notes), notes
    assert len(seen(tmp_path / "film-mira.mp4")[0]) == 400
