from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.capture.voice import SpeechDetector, VoiceAnalyser
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import SoundObservation


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(60, 3000), min_size=1, max_size=6))
def test_streaming_is_offline(cuts: list[int]) -> None:
    samples = noise(0.5)
    whole = VoiceAnalyser().analyse(samples)
    assert whole.shape == (50, 81)
    stream, out, at = VoiceAnalyser(), [], 0
    while at < len(samples):
        size = cuts[len(out) % len(cuts)]
        out.append(stream.analyse(samples[at : at + size]))
        at += size
    np.testing.assert_allclose(np.concatenate(out), whole, atol=1e-4)


def test_nothing_later_changes_a_frame() -> None:
    samples = noise(1.0)
    other = samples.copy()
    other[8000:] = noise(0.5, seed=1)
    a, b = VoiceAnalyser().analyse(samples), VoiceAnalyser().analyse(other)
    np.testing.assert_array_equal(a[:50], b[:50])
    assert np.abs(a[50:] - b[50:]).max() > 0.1


def test_observations_carry_the_end_of_their_first_window() -> None:
    analyser = VoiceAnalyser()
    first = analyser(SoundObservation(1_000_000, noise(0.1)[:1000]))
    assert (first.time_us, len(first.log_mel), len(first.activity)) == (1_010_000, 6, 6)
    second = analyser(SoundObservation(1_062_500, noise(0.1)[1000:]))
    assert (second.time_us, len(second.log_mel)) == (1_070_000, 4)
    np.testing.assert_allclose(np.concatenate([first.log_mel, second.log_mel]), log_mel(noise(0.1)), atol=1e-4)


def test_silence_is_no_speech_and_reset_forgets() -> None:
    analyser = VoiceAnalyser()
    analyser.analyse(noise(0.5))
    analyser.reset()
    out = analyser.analyse(np.zeros(16_000, np.float32))
    assert (out[:, -1] < 0.2).all()
    np.testing.assert_allclose(out[:, :-1], SILENCE, atol=1e-3)


def test_speech_is_speech() -> None:
    """flite's voice, when it is installed, against a hum of the same loudness."""
    import shutil
    import subprocess
    import tempfile

    import soundfile

    if shutil.which("flite") is None:
        pytest.skip("needs flite (apt-get install flite)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(["flite", "-t", "The morning train was late again, so we walked home.", "-o", path], check=True)
        samples, rate = soundfile.read(path, dtype="float32")
    assert rate in (8000, 16000)
    from echo_runtime.capture.retiming import SoundConverter

    converter = SoundConverter(rate)
    spoken = np.concatenate([o.samples for o in converter(0, samples) + converter.flush()])
    hum = (0.1 * np.sin(2 * np.pi * 50 * np.arange(32_000) / 16_000)).astype(np.float32)
    assert VoiceAnalyser().analyse(spoken)[30:-30, -1].mean() > 0.7
    assert VoiceAnalyser().analyse(hum)[30:, -1].mean() < 0.3


def test_the_network_is_the_one_in_the_wheel() -> None:
    """Same structure as the package's own model: with that model's weights, the same probabilities."""
    import importlib.util

    spec = importlib.util.find_spec("silero_vad")
    assert spec is not None
    assert spec.origin is not None
    model = torch.jit.load(str(Path(spec.origin).parent / "data" / "silero_vad.jit"))
    names = {
        "stft.forward_basis_buffer": "stft_conv.weight",
        "decoder.decoder.2.weight": "final_conv.weight",
        "decoder.decoder.2.bias": "final_conv.bias",
    }
    for i in range(4):
        for part in ("weight", "bias"):
            names[f"encoder.{i}.reparam_conv.{part}"] = f"conv{i + 1}.{part}"
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        names[f"decoder.rnn.{part}"] = f"lstm_cell.{part}"
    detector = SpeechDetector({names[n]: w.detach().numpy() for n, w in model._model.state_dict().items()})
    samples = noise(1.0) * np.sin(np.linspace(0, 40, 16_000)).astype(np.float32)
    ours = [detector(samples[i : i + 512]) for i in range(0, 15_000, 512)]
    with torch.no_grad():
        theirs = [float(model(torch.from_numpy(samples[i : i + 512]), 16_000)) for i in range(0, 15_000, 512)]
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
