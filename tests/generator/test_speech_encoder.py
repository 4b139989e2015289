"""The speech encoder's promises about time: windows equal the whole, and nothing later than the look-ahead is heard."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor

from echo_runtime.errors import PackageDamagedError
from echo_runtime.generator.speech_encoder import (
    CLOSERS,
    DEFAULT_CONFIG,
    MOUTH_GROUPS,
    VISEMES,
    SpeechEncoder,
    SpeechEncoderConfig,
    load_speech_encoder,
    mouth_coefficients,
    speech_encoder_from,
)
from echo_runtime.log_mel import SILENCE

NARROW = SpeechEncoderConfig(24, DEFAULT_CONFIG.dilations, DEFAULT_CONFIG.ahead, DEFAULT_CONFIG.groups)
"""The shipped layers in time, narrow enough to test quickly."""


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return SpeechEncoder(NARROW).eval()


def mel(frames: int, seed: int = 0) -> Tensor:
    return torch.randn(1, frames, 80, generator=torch.Generator().manual_seed(seed)) * 3 - 6


def test_sizes(encoder: SpeechEncoder) -> None:
    hidden = encoder(mel(40))
    assert hidden.shape == (1, 40, encoder.config.width)
    mouth = encoder.mouth(hidden)
    assert mouth.groups.shape == (1, 40, len(MOUTH_GROUPS))
    assert mouth.viseme_logits.shape == (1, 40, len(VISEMES))
    assert mouth.closure_logits.shape == (1, 40, len(CLOSERS))
    assert encoder.features(mel(40)).shape == (1, 10, encoder.feature_dim)


def test_hears_at_most_100_ms_ahead(encoder: SpeechEncoder) -> None:
    """Output i describes i · 10 ms; mel frame j ends at (j + 1) · 10 ms."""
    assert (encoder.future_frames + 1) * 10 <= 100
    signal = mel(160)
    with torch.no_grad():
        for changed in (70, 100, 131):
            other = signal.clone()
            other[:, changed:] += 5.0
            difference = (encoder(signal) - encoder(other)).abs().amax((0, 2))
            first = int(torch.nonzero(difference > 0)[0])
            assert first == changed - encoder.future_frames
            # features: picture k stands for k · 40 ms
            difference = (encoder.features(signal) - encoder.features(other)).abs().amax((0, 2))
            picture = int(torch.nonzero(difference > 0)[0])
            assert (changed + 1) * 10 - picture * 40 <= 110
            assert changed * 10 - picture * 40 < 100


def test_remembers_no_longer_than_it_says(encoder: SpeechEncoder) -> None:
    signal = mel(160)
    other = signal.clone()
    other[:, :50] += 5.0
    with torch.no_grad():
        difference = (encoder(signal) - encoder(other)).abs().amax((0, 2))
    assert int(torch.nonzero(difference > 0)[-1]) == 49 + encoder.past_frames


@settings(max_examples=15, deadline=None)
@given(start=st.integers(0, 90), length=st.integers(1, 60))
def test_window_equals_whole(encoder: SpeechEncoder, start: int, length: int) -> None:
    signal = mel(150, seed=1)
    padded = encoder.padded(signal)
    window = padded[:, start : start + encoder.past_frames + length + encoder.future_frames]
    with torch.no_grad():
        torch.testing.assert_close(
            encoder.window(window), encoder(signal)[:, start : start + length], atol=2e-5, rtol=1e-4
        )


@settings(max_examples=15, deadline=None)
@given(picture=st.integers(0, 29), pictures=st.integers(1, 8))
def test_feature_window_equals_whole(encoder: SpeechEncoder, picture: int, pictures: int) -> None:
    pictures = min(pictures, 30 - picture)
    signal = mel(120, seed=2)
    edge = torch.full((1, 200, 80), SILENCE)
    long = torch.cat([edge, signal, edge], 1)
    start = 200 + 4 * picture - 2 - encoder.past_frames
    window = long[:, start : start + encoder.past_frames + 4 * pictures + encoder.future_frames]
    with torch.no_grad():
        whole = encoder.features(signal)[:, picture : picture + pictures]
        torch.testing.assert_close(encoder.window_features(window), whole, atol=2e-5, rtol=1e-4)


def test_a_probable_closure_shuts_the_mouth(encoder: SpeechEncoder) -> None:
    torch.manual_seed(1)
    other = SpeechEncoder(NARROW).eval()
    other.closed_pose[0, MOUTH_GROUPS.index("mouthPress")] = 0.4
    with torch.no_grad():
        other.closure_head.weight.zero_()
        other.closure_head.bias.copy_(torch.tensor([12.0, -12.0]))
        groups = other.mouth(other(mel(10))).groups
    torch.testing.assert_close(groups, other.closed_pose[0].expand_as(groups), atol=1e-3, rtol=0)


def test_weights_through_a_half_precision_file(tmp_path) -> None:
    encoder = SpeechEncoder().eval()
    path = tmp_path / "speech_encoder.safetensors"
    save_file({name: tensor.half().contiguous() for name, tensor in encoder.state_dict().items()}, path)
    assert path.stat().st_size < 15e6
    read = load_speech_encoder(path)
    with torch.no_grad():
        a, b = encoder.features(mel(80)), read.features(mel(80))
    assert np.corrcoef(a.flatten(), b.flatten())[0, 1] > 0.999


def test_weights_from_before_the_tongue_still_read(tmp_path) -> None:
    old = SpeechEncoder(SpeechEncoderConfig(160, DEFAULT_CONFIG.dilations, DEFAULT_CONFIG.ahead)).eval()
    assert (old.config.groups, old.feature_dim) == (12, 222)
    path = tmp_path / "speech_encoder.safetensors"
    save_file({name: tensor.half().contiguous() for name, tensor in old.state_dict().items()}, path)
    read = load_speech_encoder(path)
    assert read.feature_dim == 222
    with torch.no_grad():
        groups = read.mouth(read(mel(10))).groups
    assert groups.shape == (1, 10, 12)
    assert (mouth_coefficients(groups.numpy())[..., 51] == 0).all()


def test_weights_that_do_not_fit_are_refused(tmp_path) -> None:
    with pytest.raises(PackageDamagedError, match="do not fit"):
        speech_encoder_from({"mean": torch.zeros(80)})
    (tmp_path / "x.safetensors").write_bytes(b"nothing")
    with pytest.raises(PackageDamagedError, match="cannot be read"):
        load_speech_encoder(tmp_path / "x.safetensors")
