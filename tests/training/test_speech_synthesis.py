"""The synthesisers: sound and phoneme times belong together; held-out stays out."""

import itertools

import numpy as np
import pytest

from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.training.measures import phone_alignment
from echo_runtime.training.speech import aligned_voices, corpus, espeak, festival, flite
from echo_runtime.training.speech.aligned_voices import ALIGNED_VOICES
from echo_runtime.training.speech.sentences import HELD_OUT_SENTENCES, SENTENCES
from echo_runtime.training.speech.synthesis import (
    HELD_OUT_VOICES,
    OTHER_LANGUAGE_VOICES,
    VOICES,
    synthesize,
    synthesize_many,
)

needs_espeak = pytest.mark.skipif(not espeak.available(), reason="espeak-ng is not installed")
needs_ked = pytest.mark.skipif(not festival.available("ked"), reason="festival's voice ked is not installed")
needs_english = pytest.mark.skipif(
    not {"kal", "ked", "slt"} <= festival.installed_voices(), reason="festival's kal, ked and slt are not all installed"
)
needs_flite = pytest.mark.skipif(not flite.available(), reason="flite is not installed")
needs_aligner = pytest.mark.skipif(not phone_alignment.available(), reason="pocketsphinx is not installed")
ENGINES = [
    pytest.param("espeak:en-us", marks=needs_espeak),
    pytest.param("espeak:en-us+f5", marks=needs_espeak),
    pytest.param("flite:slt", marks=needs_flite),
    pytest.param("flite:kal16", marks=needs_flite),
    pytest.param("festival:ked", marks=needs_ked),
    *(
        pytest.param(
            voice,
            marks=pytest.mark.skipif(
                not aligned_voices.available(voice),
                reason=f"{voice} or pocketsphinx is not installed (pip install 'echo-runtime[voices,evaluate]'; "
                "on Debian with non-free: apt-get install rhvoice rhvoice-english)",
            ),
        )
        for voice in ALIGNED_VOICES
    ),
]


@pytest.mark.parametrize("voice", ENGINES)
def test_segments_cover_the_sound(voice: str) -> None:
    speech = synthesize("Maybe Bob found my other boots.", voice)
    assert speech.samples.dtype == np.float32
    assert 0.05 < np.abs(speech.samples).max() <= 1.05
    for (_, end, _), (start, _, _) in zip(speech.segments[:-1], speech.segments[1:], strict=True):
        assert start == pytest.approx(end, abs=1e-3)
    assert speech.segments[-1][1] == pytest.approx(speech.duration, abs=0.12)
    named = [v for _, _, v in speech.segments]
    assert named.count("PP") >= 4
    assert "FF" in named
    assert "TH" in named


@pytest.mark.parametrize("voice", ENGINES)
def test_phonemes_lie_where_they_sound(voice: str) -> None:
    """Vowels are loud and pauses are silent, which a shift by a tenth of a second would break."""
    speech = synthesize("Papa, papa. Papa, papa.", voice)

    def level(kind: str) -> float:
        parts = [
            speech.samples[int((a + 0.01) * 16000) : int((b - 0.01) * 16000)]
            for a, b, v in speech.segments
            if v == kind and b - a > 0.03
        ]
        return float(np.sqrt(np.mean(np.concatenate(parts) ** 2)))

    assert level("aa") > 2 * level("PP")
    assert level("aa") > 10 * level("sil")


@needs_espeak
def test_stretch_scales_times_with_the_sound() -> None:
    plain = synthesize("A warm home.", "espeak:en-us")
    large = synthesize("A warm home.", "espeak:en-us", stretch=1.15)
    # espeak-ng is not exactly the same twice in a process; without stretching both would be 13 % off
    assert large.duration == pytest.approx(1.15 * plain.duration, rel=0.06)
    assert large.segments[3][0] == pytest.approx(1.15 * plain.segments[3][0], rel=0.06)


@needs_espeak
def test_clauses_end_at_pauses() -> None:
    speech = synthesize("Come in, my friend. The soup is warm.", "espeak:en-us")
    ends = speech.clause_ends()
    assert len(ends) >= 2
    assert ends[-1] <= speech.duration
    assert ends == sorted(ends)


def test_unknown_voices_are_named() -> None:
    with pytest.raises(UsageError, match="espeak:NAME, flite:NAME, festival:NAME"):
        synthesize("Hello.", "mbrola:us1")
    with pytest.raises(UsageError, match="'nobody'"):
        synthesize("Hello.", "flite:nobody")
    with pytest.raises(UsageError, match="'nobody'"):
        synthesize("Hello.", "festival:nobody")


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    flite._program.cache_clear()
    with pytest.raises(MissingDependencyError, match="apt-get install flite"):
        synthesize("Hello.", "flite:awb")
    flite._program.cache_clear()
    festival._program.cache_clear()
    with pytest.raises(MissingDependencyError, match="apt-get install festival festvox-kallpc16k"):
        synthesize("Hello.", "festival:kal")
    festival._program.cache_clear()


@pytest.mark.skipif(not festival.available("kal"), reason="festival's kal is not installed")
def test_a_missing_festival_voice_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(festival, "available", lambda name: False)
    with pytest.raises(MissingDependencyError, match="apt-get install festvox-kdlpc16k"):
        synthesize("Hello.", "festival:ked")


@needs_flite
def test_pitch_moves_without_the_duration() -> None:
    """Zero crossings of a vowel below 400 Hz follow the pitch; the phones keep their times."""
    low, high = (synthesize("Ah. Ah. Ah.", "flite:awb", pitch=pitch) for pitch in (0.2, 0.9))
    assert low.duration == pytest.approx(high.duration, rel=0.02)

    def pitch_hz(sound: np.ndarray) -> float:
        middle = sound[len(sound) // 4 :][:3200]
        likeness = np.correlate(middle, middle, "full")[len(middle) - 1 :]
        return 16000 / (40 + int(likeness[40:250].argmax()))

    assert pitch_hz(high.samples) > 1.4 * pitch_hz(low.samples)


@pytest.mark.skipif(not festival.available("lp"), reason="festival's lp is not installed")
def test_other_languages_have_visemes_too() -> None:
    speech = synthesize_many(["Mamma, il pane e il vino.", "Buona fortuna!"], "festival:lp")
    assert len(speech) == 2
    named = [v for _, _, v in speech[0].segments]
    assert named.count("PP") >= 2
    assert "FF" in named
    assert speech[0].segments[-1][1] == pytest.approx(speech[0].duration, abs=0.12)


def test_texts_are_many_and_sets_of_pairs_stay_apart() -> None:
    assert len(set(SENTENCES)) >= 400
    assert len(set(HELD_OUT_SENTENCES)) >= 80


def test_held_out_stays_out() -> None:
    assert not {*VOICES, *OTHER_LANGUAGE_VOICES} & set(HELD_OUT_VOICES)
    assert not set(SENTENCES) & set(HELD_OUT_SENTENCES)
    random = np.random.default_rng(0)
    assert {corpus.choose_voice(random) for _ in range(500)} <= {*VOICES, *ALIGNED_VOICES}
    assert not set(ALIGNED_VOICES) & set(HELD_OUT_VOICES)


@needs_flite
@needs_aligner
def test_alignment_finds_the_times_that_a_synthesiser_tells() -> None:
    """flite knows when its lips are closed; what pocketsphinx finds in its sound is the same within 30 ms."""
    text = "My brother put the paper boat into the pond."
    spoken = synthesize(text, "flite:rms")
    found = aligned_voices.segments_of(spoken.samples, text)
    for (_, end, _), (start, _, _) in itertools.pairwise(found):
        assert start == pytest.approx(end, abs=1e-6)
    closures = [[(a, b) for a, b, viseme in s if viseme == "PP"] for s in (found, spoken.segments)]
    assert len(closures[0]) == len(closures[1]) >= 5
    assert np.abs(np.median(np.subtract(*closures), axis=0)).max() < 0.03


@needs_flite
@needs_aligner
def test_a_text_that_was_not_said_is_not_aligned() -> None:
    silence = np.zeros(16000, np.float32)
    assert aligned_voices.segments_of(silence, "Nobody says this.") == []
    spoken = synthesize("Good morning.", "flite:rms")
    assert aligned_voices.segments_of(spoken.samples, "Good morning, xqzzt.") == []


@needs_espeak
@needs_flite
@needs_english
def test_the_corpus_survives_its_file(tmp_path) -> None:
    made = corpus.build_corpus(6.0, seed=1, recordings=1)
    corpus.save_corpus(tmp_path / "corpus.npz", made)
    read = corpus.load_corpus(tmp_path / "corpus.npz")
    assert len(read) == len(made)
    for a, b in zip(made, read, strict=True):
        assert a.voice == b.voice
        assert len(a.mels) == len(b.mels) == 2
        for x, y in ((a.mels[1], b.mels[1]), (a.groups, b.groups), (a.visemes, b.visemes), (a.closures, b.closures)):
            assert np.array_equal(x, y)
        assert len(a.groups) == len(a.visemes) == len(a.mels[0])


@needs_espeak
@needs_flite
@needs_english
def test_the_corpus_says_the_same_for_the_same_seed() -> None:
    first, second = (corpus.build_corpus(3.0, seed=5, held_out=True, recordings=0) for _ in range(2))
    assert [e.voice for e in first] == [e.voice for e in second]
    for a, b in zip(first, second, strict=True):
        assert len(a.groups) == pytest.approx(len(b.groups), abs=5)
    assert {e.voice for e in first} <= set(HELD_OUT_VOICES)
