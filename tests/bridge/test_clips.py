"""Clips: what is written can be played, and shows and sounds what was put in."""

import numpy as np
import pytest

from echo_runtime.errors import MediaError

av = pytest.importorskip("av", reason="PyAV is not installed")

from echo_bridge.recording import BACKGROUND, SOUND_RATE, ClipWriter, SideMedia, SoundTrack, composite, write_clip  # noqa: E402

RATE = 16_000


def picture(colour, alpha=255, size=64):
    return np.full((size, size, 4), (*colour, alpha), np.uint8)


def tone(seconds, hertz, rate=RATE):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def read(path):
    """(times, pictures, sound at SOUND_RATE) of a clip."""
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return [time for time, _ in frames], [shown for _, shown in frames], sound


def hertz(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * SOUND_RATE / len(samples)


def test_frames_are_where_their_times_say_and_alpha_shows_the_background(tmp_path):
    clip = tmp_path / "folder" / "npc.mp4"
    times_us = [5_000_000 + t for t in (0, 40_000, 120_000, 130_000, 2_000_000)]
    colours = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (10, 250, 250)]
    write_clip(clip, [(t, picture(c, 255 if i else 0)) for i, (t, c) in enumerate(zip(times_us, colours, strict=True))])
    times, shown, _ = read(clip)
    np.testing.assert_allclose(times, [0, 0.04, 0.12, 0.13, 2.0], atol=1e-3)
    np.testing.assert_allclose(shown[0][32, 32], BACKGROUND, atol=6)
    for got, colour in zip(shown[1:], colours[1:], strict=True):
        np.testing.assert_allclose(got[32, 32], colour, atol=16)


def test_speech_is_heard_at_its_time(tmp_path):
    clip = tmp_path / "npc.mp4"
    frames = [(1_000_000 + i * 40_000, picture((9, 9, 9))) for i in range(75)]
    chunks = tone(1.0, 440).reshape(25, 640)
    sound = [(2_000_000 + i * 40_000, chunk, RATE) for i, chunk in enumerate(chunks)]
    write_clip(clip, frames, sound)
    _, _, samples = read(clip)
    assert len(samples) == pytest.approx(3 * SOUND_RATE, abs=2048)
    loud = np.abs(samples) > 0.1
    assert np.flatnonzero(loud)[0] / SOUND_RATE == pytest.approx(1.0, abs=0.03)
    assert np.flatnonzero(loud)[-1] / SOUND_RATE == pytest.approx(2.0, abs=0.03)
    assert hertz(samples[int(1.1 * SOUND_RATE) : int(1.9 * SOUND_RATE)]) == pytest.approx(440, abs=3)


def test_the_player_is_at_the_left_from_its_start_with_its_sound(tmp_path):
    player = tmp_path / "player.mp4"
    shades = [(t * 100_000, picture((200, 30, 30) if t < 10 else (30, 30, 200), size=48)) for t in range(20)]
    write_clip(player, shades, [(0, tone(2.0, 300), RATE)])
    clip = tmp_path / "both.mp4"
    frames = [(10_000_000 + i * 40_000, picture((30, 200, 30))) for i in range(75)]
    speech = [(10_000_000, tone(1.0, 1000), RATE)]
    write_clip(clip, frames, speech, SideMedia(player, start_us=11_000_000))
    times, shown, samples = read(clip)
    assert shown[0].shape == (64, 128, 3)
    at = dict(zip(np.round(times, 2), shown, strict=True))
    np.testing.assert_allclose(at[0.48][32, 32], 0, atol=12)
    np.testing.assert_allclose(at[1.48][32, 32], (200, 30, 30), atol=20)
    np.testing.assert_allclose(at[2.2][32, 32], (30, 30, 200), atol=20)
    np.testing.assert_allclose(at[1.48][32, 96], (30, 200, 30), atol=20)
    assert hertz(samples[int(0.1 * SOUND_RATE) : int(0.9 * SOUND_RATE)]) == pytest.approx(1000, abs=5)
    assert hertz(samples[int(1.2 * SOUND_RATE) : int(2.8 * SOUND_RATE)]) == pytest.approx(300, abs=5)


def test_odd_sizes_and_changing_sizes_are_no_obstacle(tmp_path):
    clip = tmp_path / "npc.mp4"
    write_clip(
        clip, [(0, picture((9, 99, 9), size=63)), (40_000, picture((9, 99, 9), size=81)), (40_000, picture((0, 0, 0)))]
    )
    times, shown, _ = read(clip)
    assert len(times) == 2
    assert shown[0].shape == shown[1].shape == (62, 62, 3)


def test_no_frame_leaves_no_file(tmp_path):
    writer = ClipWriter(tmp_path / "npc.mp4")
    with pytest.raises(MediaError, match="No frame came"):
        writer.close()
    assert not (tmp_path / "npc.mp4").exists()


def test_what_cannot_be_read_or_written_is_one_sentence(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"text\.mp4 cannot be read"):
        SideMedia(tmp_path / "text.mp4", 0)
    with pytest.raises(MediaError, match="cannot be written"):
        ClipWriter(tmp_path)


def test_alpha_is_straight():
    half = composite(picture((200, 100, 0), alpha=128), (0, 0, 100))
    np.testing.assert_allclose(half[0, 0], (100, 50, 50), atol=1)


def test_pieces_that_follow_each_other_join_without_a_click():
    track, samples = SoundTrack(), tone(1.0, 440)
    for i, piece in enumerate(np.array_split(samples, 23)):
        start = sum(len(p) for p in np.array_split(samples, 23)[:i])
        track.add(start * 1_000_000 // RATE + i % 2, piece, RATE)  # rounded times
    single = SoundTrack()
    single.add(0, samples, RATE)
    np.testing.assert_allclose(track.mix(0, 1_000_000), single.mix(0, 1_000_000), atol=1e-6)


def test_what_was_interrupted_is_not_heard():
    track = SoundTrack()
    track.add(1_000_000, tone(1.0, 440), RATE)
    track.cut(1_500_000)
    mixed = track.mix(1_000_000, 1_000_000)
    assert np.abs(mixed[: SOUND_RATE // 2]).max() > 0.4
    assert np.abs(mixed[SOUND_RATE // 2 + 50 :]).max() < 0.05
