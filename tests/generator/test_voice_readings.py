"""Readings of a voice: frequencies are warped in hertz, and the mean is what the encoder says of each."""

import numpy as np
import pytest
import torch

from echo_runtime.generator.speech_encoder import SpeechEncoder
from echo_runtime.generator.voice_readings import FACTORS, VoiceReadings, warp_matrix
from echo_runtime.log_mel import band_centres_hz


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("hertz", [500.0, 1500.0, 3000.0])
def test_a_peak_moves_by_the_factor(factor, hertz):
    centres = band_centres_hz()
    mel = np.exp(-0.5 * ((np.arange(80) - np.interp(hertz, centres, np.arange(80))) / 2.0) ** 2)
    found = centres[int(np.argmax(warp_matrix(factor) @ mel.astype(np.float32)))]
    assert found == pytest.approx(hertz / factor, rel=0.06)


def test_factor_one_changes_nothing():
    np.testing.assert_array_equal(warp_matrix(1.0), np.eye(80, dtype=np.float32))


@torch.no_grad()
def test_the_mean_of_all_readings():
    torch.manual_seed(0)
    encoder = SpeechEncoder().eval()
    mel = torch.randn(1, 140, 80)
    found = VoiceReadings(encoder)(mel)
    one_by_one = [encoder.window_features(mel @ torch.from_numpy(warp_matrix(f).T.copy())) for f in FACTORS]
    torch.testing.assert_close(found, torch.stack(one_by_one).mean(0), atol=1e-5, rtol=1e-4)
    alone = VoiceReadings(encoder, (1.0,))(mel)
    torch.testing.assert_close(alone, encoder.window_features(mel))
    assert (found - alone).abs().max() > 1e-3
