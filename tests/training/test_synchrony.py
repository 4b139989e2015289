import numpy as np
import pytest
import torch

from echo_runtime.errors import PackageDamagedError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, SAMPLES_PER_FRAME
from echo_runtime.training.measures.synchrony import synchrony
from echo_runtime.training.sync_network import SHIPPED, SyncNetwork, load_sync_network, mouth_channels
from echo_runtime.training.sync_stage import contrast


def unit(frames, seed=0):
    x = np.random.default_rng(seed).normal(size=(frames, 16))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_the_same_embeddings_are_at_distance_nought():
    lips = unit(100)
    found = synchrony([lips], [lips], [np.ones(100, bool)])
    assert found.lse_d == pytest.approx(0.0)
    assert found.lse_c == pytest.approx(np.sqrt(2), abs=0.05)  # random unit vectors are √2 apart
    assert found.offset_s == 0.0


def test_late_sound_is_found_at_its_offset():
    lips = unit(200)
    found = synchrony([lips], [np.roll(lips, 4, axis=0)], [np.ones(200, bool)])
    assert found.offset_s == pytest.approx(0.16)
    assert found.lse_d == pytest.approx(0.0)


def test_unrelated_sound_has_no_confidence():
    found = synchrony([unit(300)], [unit(300, 1)], [np.ones(300, bool)])
    assert found.lse_c < 0.1
    assert np.isnan(synchrony([unit(50)], [unit(50)], [np.zeros(50, bool)]).lse_d)


def test_mouth_channels_average_left_and_right():
    motion = np.zeros((2, MOTION_DIM), np.float32)
    motion[:, MOTION_INDEX["mouthPressLeft"]], motion[:, MOTION_INDEX["jawOpen"]] = 1.0, 0.5
    channels = mouth_channels(motion)
    assert channels.shape == (2, 11)
    assert channels[0, 0] == 0.5
    assert channels[0, 7] == 0.5


def test_the_towers_give_a_vector_per_frame_and_look_no_farther_than_they_say():
    torch.manual_seed(0)
    network = SyncNetwork().eval()
    motion, speech = np.zeros((30, MOTION_DIM), np.float32), np.zeros(30 * SAMPLES_PER_FRAME, np.float32)
    lips, sound = network.embed(motion, speech)
    assert lips.shape == sound.shape == (30, 64)
    np.testing.assert_allclose(np.linalg.norm(lips, axis=1), 1.0, rtol=1e-5)
    mel = torch.zeros(1, 120, 80)
    with torch.no_grad():
        before = network.sound(mel)
        mel[:, 60] = 1.0  # picture 15
        moved = (network.sound(mel) - before).abs().amax(-1)[0] > 1e-6
    assert set(torch.nonzero(moved)[:, 0].tolist()) <= set(range(12, 18))


def test_contrast_falls_when_moments_are_told_apart():
    mask = torch.ones(2, 30, dtype=torch.bool)
    own = torch.from_numpy(np.stack([unit(30), unit(30, 1)])).float()
    other = torch.from_numpy(np.stack([unit(30, 2), unit(30, 3)])).float()
    assert contrast(own, own, mask) < 0.2 < contrast(own, other, mask)


def test_a_missing_network_is_said(tmp_path):
    with pytest.raises(PackageDamagedError, match="train sync"):
        load_sync_network(tmp_path / "none.safetensors")


@pytest.mark.skipif(not SHIPPED.exists(), reason="the synchrony network is not there")
def test_the_shipped_network_is_small_and_knows_its_own_voice():
    from echo_runtime.training.speech import mouth_track, synthesize
    from echo_runtime.training.speech.espeak import available

    assert SHIPPED.stat().st_size < 1_000_000
    if not available():
        pytest.skip("espeak-ng is not installed")
    said = synthesize(
        "My mother bought a big blue boat, and nobody believed that we would ever go away.", "espeak:en-us"
    )
    frames = len(said.samples) // SAMPLES_PER_FRAME
    motion = np.zeros((frames, MOTION_DIM), np.float32)
    motion[:, :52] = mouth_track(said.segments, said.duration)[:frames]
    lips, sound = load_sync_network().embed(motion, said.samples)
    found = synchrony([lips], [sound], [np.ones(frames, bool)])
    assert abs(found.offset_s) <= 0.04
    assert found.lse_c > 0.3
