import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.log_mel import SILENCE, LogMel, log_mel


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=12), st.integers(0, 2**31))
def test_streaming_equals_whole(pieces, seed):
    sound = np.random.default_rng(seed).normal(0, 0.1, sum(pieces)).astype(np.float32)
    stream = LogMel()
    parts = [stream(part) for part in np.split(sound, np.cumsum(pieces)[:-1])]
    np.testing.assert_allclose(np.concatenate(parts), log_mel(sound), atol=1e-5)
    assert len(log_mel(sound)) == len(sound) // 160


def test_silence_is_the_floor():
    np.testing.assert_allclose(log_mel(np.zeros(1600, np.float32)), SILENCE, atol=1e-5)


def test_a_tone_lights_its_own_band():
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000).astype(np.float32)
    centre = int(log_mel(tone)[50].argmax())
    higher = int(log_mel(0.5 * np.sin(2 * np.pi * 3000 * np.arange(16000) / 16000).astype(np.float32))[50].argmax())
    assert 20 < centre < higher < 70


def test_it_looks_only_back():
    sound = np.random.default_rng(0).normal(0, 0.1, 3200).astype(np.float32)
    changed = sound.copy()
    changed[1600:] = 0
    np.testing.assert_array_equal(log_mel(sound)[:10], log_mel(changed)[:10])
