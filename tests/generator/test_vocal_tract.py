"""A voice is heard with lowered frequencies when, and as long as, that leaves fewer doubts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.generator.speech_encoder import VISEMES, SpeechEncoder
from echo_runtime.generator.vocal_tract import FACTORS, VocalTract, doubt, warp_matrix, warped
from echo_runtime.log_mel import band_centres_hz, log_mel


def reading(sure: float, frames: int = 4, silent: bool = False) -> np.ndarray:
    """Probabilities with `sure` on one viseme and the rest spread."""
    out = np.full((frames, len(VISEMES)), (1.0 - sure) / (len(VISEMES) - 1), np.float32)
    out[:, 0 if silent else 10] = sure
    return out


def after(voice: VocalTract, own: float, other: float, chunks: int) -> VocalTract:
    """`own`, `other`: how sure the readings with factor 1 and 1.2 are."""
    for _ in range(chunks):
        pair = (reading(other), reading(own)) if voice.lowered else (reading(own), reading(other))
        voice = voice.heard(*pair)
    return voice


def test_the_clearer_reading_wins_and_is_left_again():
    voice = after(VocalTract(), own=0.7, other=0.8, chunks=5)
    assert not voice.lowered  # too little was heard
    voice = after(voice, 0.7, 0.8, 4)
    assert voice.lowered
    assert voice.factor == FACTORS[1]
    voice = after(voice, 0.9, 0.6, 60)  # another voice speaks through the same NPC
    assert not voice.lowered


def test_a_small_advantage_does_not_count():
    voice = after(VocalTract(), 0.8, 0.801, 200)
    assert not voice.lowered
    assert voice.frames <= 251


@given(st.lists(st.tuples(st.floats(0.06, 0.99), st.floats(0.06, 0.99), st.booleans()), max_size=60))
def test_silence_decides_nothing_and_memory_is_bounded(heard):
    voice = VocalTract()
    for own, other, silent in heard:
        before = voice
        voice = voice.heard(reading(own, silent=silent), reading(other, silent=silent))
        if silent and own > 0.5:
            assert (voice.lowered, voice.frames) == (before.lowered, before.frames)
        assert 0 <= voice.frames <= 254
    assert voice.chunks == len(heard)


def test_it_asks_often_at_first_and_rarely_later():
    voice, asked = VocalTract(), []
    for _ in range(200):
        asked.append(voice.asks)
        voice = voice.heard(reading(0.8), reading(0.7)) if voice.asks else voice.skipped()
    assert all(asked[:50])
    assert sum(asked[100:]) <= 100 // 4


def test_warping_moves_a_tone_down():
    time = np.arange(16_000) / 16_000
    mel = log_mel(np.sin(2 * np.pi * 2400 * time).astype(np.float32))
    centres = band_centres_hz()
    assert centres[mel[50].argmax()] == pytest.approx(2400, rel=0.04)
    assert centres[warped(mel, 1.2)[50].argmax()] == pytest.approx(2000, rel=0.04)
    np.testing.assert_allclose(warp_matrix(1.2).sum(1), 1.0, rtol=1e-5)
    assert warped(mel, 1.0) is mel


def test_doubt_is_entropy():
    entropy, voiced = doubt(np.stack([reading(1.0)[0], np.full(17, 1 / 17, np.float32), reading(0.9, silent=True)[0]]))
    np.testing.assert_allclose(entropy[:2], [0.0, np.log(17)], atol=1e-4)
    assert voiced.tolist() == [True, True, False]


def test_features_carry_the_visemes():
    import torch

    torch.manual_seed(0)
    encoder = SpeechEncoder().eval()
    mel = torch.randn(1, 40, 80)
    with torch.no_grad():
        features = encoder.features(mel)[0].numpy()
        padded = torch.nn.functional.pad(encoder.padded(mel), (0, 0, 2, 0), value=-13.815511)[:, :-2]
        direct = encoder.mouth(encoder.window(padded)).viseme_logits.softmax(-1)[0].reshape(10, 4, -1).mean(1)
    np.testing.assert_allclose(encoder.visemes_in(features), direct.numpy(), atol=1e-4)
