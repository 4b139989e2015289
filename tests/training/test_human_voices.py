"""Lips on recordings of people: the measure by hand, the aligner on a synthetic voice with known phones."""

import numpy as np
import pytest
import soundfile

from echo_runtime.errors import MediaError
from echo_runtime.signals import FRAME_RATE, MOTION_DIM, MOTION_INDEX, SAMPLE_RATE
from echo_runtime.training.evaluation.human import human_measures
from echo_runtime.training.evaluation.kept_alignments import alignment_of
from echo_runtime.training.evaluation.recordings import Recording, find_recordings
from echo_runtime.training.evaluation.scenes import recital
from echo_runtime.training.measures import phone_alignment
from echo_runtime.training.measures.human_voices import LipCounts, lips_on_phones, silent_frames
from echo_runtime.training.measures.phone_alignment import Alignment, Phone, align, spoken_words


def talking(frames, **opening_at):
    motion = np.zeros((frames, MOTION_DIM), np.float32)
    motion[:, MOTION_INDEX["jawOpen"]] = 0.3
    return motion


def test_one_plosive_closed_one_open_one_unsure():
    motion = talking(50)
    motion[10, MOTION_INDEX["mouthClose"]] = 0.3
    phones = (
        Phone("B", 0.40, 0.46, "bob"),  # frames 10 and 11
        Phone("P", 1.00, 1.06, "pot"),
        Phone("M", 1.40, 1.46, "mud", confidence=0.1),
    )
    found = lips_on_phones(motion, Alignment(phones, (), ""), np.zeros(50, bool))
    assert (found.closed, found.bilabials) == (1, 2)


def test_closure_one_frame_beside_the_phone_counts_and_two_frames_do_not():
    phone = Alignment((Phone("M", 0.80, 0.84, "am"),), (), "")
    for frame, closed in ((19, 1), (22, 1), (17, 0), (24, 0)):
        motion = talking(50)
        motion[frame, MOTION_INDEX["jawOpen"]] = 0.0
        assert lips_on_phones(motion, phone, np.zeros(50, bool)).closed == closed


def test_open_vowels_need_length_and_opening():
    motion = talking(50)
    motion[25:, MOTION_INDEX["jawOpen"]] = 0.1
    phones = (Phone("AA", 0.4, 0.6, "father"), Phone("AE", 1.2, 1.4, "cat"), Phone("AO", 1.6, 1.65, "for"))
    found = lips_on_phones(motion, Alignment(phones, (), ""), np.zeros(50, bool))
    assert (found.opened, found.vowels) == (1, 2)


def test_counts_are_pooled_by_adding():
    total = LipCounts(1, 2, 3, 4, 5, 6) + LipCounts(1, 2, 0, 0, 5, 6)
    assert total.shares() == {"plosive_closure": 0.5, "open_vowel_opening": 0.75, "closed_in_silence": 0.833}
    assert LipCounts().shares()["plosive_closure"] is None


def test_silence_is_far_from_words_and_quiet():
    sound = np.full(2 * SAMPLE_RATE, 1e-4, np.float32)
    sound[: SAMPLE_RATE // 2] = 0.3
    sound[int(1.4 * SAMPLE_RATE) : int(1.6 * SAMPLE_RATE)] = 0.3  # a word that nobody recognised
    silent = silent_frames(sound, Alignment((), ((0.0, 0.5),), "hello"))
    assert len(silent) == 50
    assert not silent[: round(0.66 * FRAME_RATE)].any()
    assert silent[20:30].all()
    assert not silent[34:41].any()


def test_transcripts_lose_their_marks():
    assert spoken_words("<s> Don't go, MISTER Dashwood! </s> (file-01)") == ["don't", "go", "mister", "dashwood"]


def test_a_still_face_scores_on_closures_and_loses_on_vowels(monkeypatch):
    phones = (Phone("B", 0.4, 0.46, "bar"), Phone("AA", 0.5, 0.7, "bar"))
    recording = Recording("made", np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32))
    found = human_measures(
        [recording],
        lambda scenes: [np.zeros((s.frames, MOTION_DIM), np.float32) for s in scenes],
        [Alignment(phones, ((0.4, 0.7),), "bar")],
    )
    assert found["plosive_closure"] == 1.0
    assert found["open_vowel_opening"] == 0.0
    assert found["recordings"]["made"]["understood"]


def test_a_recording_that_was_not_understood_is_listed_and_not_pooled():
    phones = (Phone("B", 0.4, 0.46, "bar", 0.1), Phone("AA", 0.5, 0.7, "bar", 0.1))
    recording = Recording("crowd", np.ones(SAMPLE_RATE, np.float32))
    found = human_measures([recording], lambda scenes: [], [Alignment(phones, (), "bar")])
    assert found["plosive_closure"] is None
    assert not found["recordings"]["crowd"]["understood"]


def test_a_recital_has_a_player_who_looks_on_in_silence():
    scene = recital(np.zeros(2 * SAMPLE_RATE, np.float32))
    assert scene.frames == 50
    assert scene.player_face[:, -1].min() == 1.0
    assert scene.player_voice[:, -1].max() == 0.0


def test_recordings_that_cannot_be_used(tmp_path):
    with pytest.raises(MediaError, match="does not exist"):
        find_recordings([tmp_path / "nobody.wav"])
    with pytest.raises(MediaError, match="no sound file"):
        find_recordings([tmp_path])
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(1600), 16_000)
    with pytest.raises(MediaError, match="silent"):
        find_recordings([silent])
    text = tmp_path / "text.wav"
    text.write_text("no sound at all")
    with pytest.raises(MediaError, match=r"text\.wav"):
        find_recordings([text])


def test_a_recording_is_mono_at_16_khz_with_its_transcript(tmp_path):
    stereo = np.stack([np.sin(np.arange(44_100) / 30), np.zeros(44_100)], 1)
    soundfile.write(tmp_path / "said.wav", stereo, 44_100)
    (tmp_path / "said.txt").write_text("Hello there")
    (found,) = find_recordings([tmp_path])
    assert found.text == "Hello there"
    assert len(found.samples) == pytest.approx(SAMPLE_RATE, abs=2)


def test_an_alignment_is_made_once(tmp_path, monkeypatch):
    made = Alignment((Phone("B", 0.1, 0.2, "bar", 0.9),), ((0.1, 0.3),), "bar")
    calls = []
    monkeypatch.setattr("echo_runtime.training.evaluation.kept_alignments.align", lambda *a: calls.append(a) or made)
    recording = Recording("x", np.ones(1600, np.float32) * 0.1)
    assert alignment_of(recording, tmp_path) == made
    assert alignment_of(recording, tmp_path) == made
    assert len(calls) == 1
    next(tmp_path.glob("*.json")).write_text("{damaged")
    assert alignment_of(recording, tmp_path) == made
    assert len(calls) == 2


@pytest.mark.skipif(not phone_alignment.available(), reason="pocketsphinx is not installed")
def test_phones_are_found_where_the_synthesiser_put_them():
    from echo_runtime.training.speech import synthesize
    from echo_runtime.training.speech.flite import available as flite_is_there

    if not flite_is_there():
        pytest.skip("flite is not installed")
    text = "nobody may bother my old father"
    said = synthesize(text, "flite:rms")
    found = align(said.samples, text)
    lips = found.named(("P", "B", "M"))
    true = [(a + b) / 2 for a, b, v in said.segments if v == "PP"]
    assert len(lips) == len(true) == 4
    for phone, middle in zip(lips, true, strict=True):
        assert phone.start - 0.05 < middle < phone.end + 0.05
    assert [p.name for p in found.named(("AA",))][-1:] == ["AA"]
    assert align(np.zeros(16_000, np.float32)) == Alignment((), (), "")
