"""Training the speech encoder: it learns within seconds, stops and resumes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from echo_runtime.errors import MediaError
from echo_runtime.generator.speech_encoder import (
    DEFAULT_CONFIG,
    SpeechEncoder,
    load_speech_encoder,
)
from echo_runtime.training.packaging import package_model
from echo_runtime.training.speech import espeak, evaluation, flite
from echo_runtime.training.speech.augmentation import augment_mel, augment_sound
from echo_runtime.training.speech.corpus import build_corpus
from echo_runtime.training.speech_stage import SpeechSettings, Windows, prepare, speech_loss, train_speech

needs_synthesisers = pytest.mark.skipif(
    not (espeak.available() and flite.available()), reason="espeak-ng and flite are not both installed"
)


@needs_synthesisers
def test_training_runs_writes_and_resumes(tmp_path: Path) -> None:
    settings = SpeechSettings(corpus_seconds=8.0, held_out_seconds=4.0, batch=2, evaluate_minutes=99)
    scores = train_speech(tmp_path, minutes=0.03, settings=settings)
    assert any(0.0 <= score["closed_in_silence"] <= 1.0 for score in scores.values())
    before = json.loads((tmp_path / "evaluation.json").read_text())["step"]
    assert before > 0
    assert list(tmp_path.glob("curves_*.png"))
    train_speech(tmp_path, minutes=0.06, settings=settings)
    assert json.loads((tmp_path / "evaluation.json").read_text())["step"] > before
    encoder = load_speech_encoder(tmp_path / "speech_encoder.safetensors")
    assert torch.isfinite(encoder(torch.zeros(1, 20, 80))).all()
    package = package_model(tmp_path / "packages" / "model", speech=tmp_path)
    record = package.manifest.training["speech_encoder"]
    assert record.hours > 0
    assert record.command.startswith("echo-runtime train speech")


@needs_synthesisers
def test_a_few_steps_lower_the_loss() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    encoder = SpeechEncoder(replace(DEFAULT_CONFIG, width=32))
    examples = build_corpus(5.0, seed=2, recordings=0)
    prepare(encoder, examples)
    batch = Windows(examples, encoder, random).draw(2)
    assert batch[0].shape == (2, encoder.past_frames + 200 + encoder.future_frames, 80)
    optimizer = torch.optim.AdamW(encoder.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        loss = speech_loss(encoder, *batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_augmentation_keeps_time_and_stays_finite() -> None:
    random = np.random.default_rng(3)
    sound = np.concatenate([np.zeros(4000), random.normal(size=8000) * 0.1, np.zeros(4000)]).astype(np.float32)
    for _ in range(10):
        other = augment_sound(sound, random)
        assert other.shape == sound.shape
        assert np.isfinite(other).all()
        assert np.abs(other).max() <= 0.951
        energy = other**2
        assert energy[4000:12000].mean() > 2 * energy[:3500].mean()
    mel = random.normal(-6, 3, (50, 80)).astype(np.float32)
    kept = mel.copy()
    for _ in range(10):
        assert np.isfinite(augment_mel(mel, random)).all()
    assert np.array_equal(mel, kept)


def test_an_unreadable_recording_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(b"not sound")
    with pytest.raises(MediaError, match=r"broken\.wav"):
        evaluation.read_sound(path)
