"""Training the speech encoder: it learns within seconds, stops and resumes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from echo_runtime.errors import MediaError, TrainingError
from echo_runtime.generator.speech_encoder import (
    DEFAULT_CONFIG,
    MOUTH_GROUPS,
    SpeechEncoder,
    load_speech_encoder,
)
from echo_runtime.training.packaging import package_model
from echo_runtime.training.speech import corpus, espeak, evaluation, festival, flite
from echo_runtime.training.speech.augmentation import augment_mel, augment_sound, warped
from echo_runtime.training.speech.corpus import build_corpus
from echo_runtime.training.speech_stage import (
    POOLS,
    SpeechSettings,
    Windows,
    prepare,
    save_weights,
    speech_loss,
    start_with,
    train_speech,
)

needs_synthesisers = pytest.mark.skipif(
    not (espeak.available() and flite.available() and {"kal", "ked", "slt"} <= festival.installed_voices()),
    reason="espeak-ng, flite and festival with kal, ked and slt are not all installed",
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


@pytest.mark.parametrize(("factor", "hz"), [(0.86, 500.0), (1.16, 500.0), (0.86, 4000.0), (1.16, 4000.0)])
def test_vocal_tracts_scale_frequencies_in_hz(factor: float, hz: float) -> None:
    """A longer tract lowers every resonance by the same factor, high ones no more than low ones."""
    points = 700 * (10 ** (np.linspace(np.log10(1 + 50 / 700), np.log10(1 + 7800 / 700), 82)[1:-1]) - 1)
    mel = np.exp(-((np.log(points / hz) / 0.06) ** 2))[None].astype(np.float32)
    peak = points[warped(mel, factor)[0].argmax()]
    assert peak == pytest.approx(hz / factor, rel=0.04)


def test_an_unreadable_recording_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(b"not sound")
    with pytest.raises(MediaError, match=r"broken\.wav"):
        evaluation.read_sound(path)


def silent_example(voice: str, frames: int = 300) -> corpus.Example:
    """An utterance by name only: its mel tells the voice's pool, for counting draws."""
    mel = np.full((frames, 80), -8.0, np.float16)
    groups = np.zeros((frames, len(MOUTH_GROUPS)), np.float16)
    groups[:, 0] = {"flite:awb": 0.1, "espeak:en-us": 0.2, "festival:lp": 0.3, "pico:en-US": 0.4}[voice]
    return corpus.Example((mel,), groups, np.ones(frames, np.int8), np.zeros((frames, 2), np.float16), voice)


def test_batches_hold_the_pools_in_their_shares() -> None:
    random = np.random.default_rng(0)
    encoder = SpeechEncoder(replace(DEFAULT_CONFIG, width=8))
    voices = ("flite:awb", "pico:en-US", "espeak:en-us", "festival:lp")
    windows = Windows([silent_example(v) for v in voices], encoder, random)
    seen = np.concatenate([windows.draw(20)[1][:, 150, 0].numpy() for _ in range(10)])
    shares = [np.mean(np.abs(seen - value) < 0.01) for value in (0.1, 0.4, 0.2, 0.3)]
    assert shares == pytest.approx(list(POOLS.values()), abs=0.07)
    silent = np.mean(seen == 0.0)
    assert 0.0 < silent < 0.12
    only = Windows([silent_example("espeak:en-us")], encoder, random)
    assert np.isfinite(only.draw(3)[0]).all()


def test_open_lips_cost_more_where_they_must_be_shut() -> None:
    torch.manual_seed(0)
    encoder = SpeechEncoder(replace(DEFAULT_CONFIG, width=8))
    with torch.no_grad():
        encoder.mouth_head.weight.zero_()
        encoder.closure_head.weight.zero_()
        encoder.closure_head.bias.fill_(-20.0)
    mel = torch.full((1, encoder.past_frames + 20 + encoder.future_frames, 80), -8.0)
    still = (torch.zeros(1, 20, len(MOUTH_GROUPS)), torch.zeros(1, 20, dtype=torch.long), torch.zeros(1, 20, 2))
    jaw = MOUTH_GROUPS.index("jawOpen")

    def loss(bias: float, truth: float) -> float:
        groups = still[0].clone()
        groups[..., jaw] = truth
        with torch.no_grad():
            encoder.mouth_head.bias.zero_()
            encoder.mouth_head.bias[jaw] = bias
            return float(speech_loss(encoder, mel, groups, *still[1:]))

    # the same error of 0.1: where the mouth rests, and where it is open anyway
    assert loss(0.1, 0.0) - loss(0.0, 0.0) > 1.5 * (loss(0.4, 0.3) - loss(0.3, 0.3))


def test_weights_of_twelve_groups_start_thirteen(tmp_path: Path) -> None:
    torch.manual_seed(0)
    old = SpeechEncoder(replace(DEFAULT_CONFIG, groups=12))
    save_weights(old, tmp_path / "speech_encoder.safetensors")
    encoder = SpeechEncoder(DEFAULT_CONFIG)
    start_with(encoder, tmp_path)
    assert torch.equal(encoder.mouth_head.weight[:12], old.mouth_head.weight.half().float())
    assert not encoder.mouth_head.weight[12].any()
    assert encoder.closed_pose[0, MOUTH_GROUPS.index("mouthPress")] > 0.3
    with pytest.raises(TrainingError, match="to start --from"):
        start_with(encoder, tmp_path / "nothing")
