"""How well the encoder reads mouths: on held-out synthetic voices against the truth, on recordings by plausibility."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch
from PIL import Image, ImageDraw

from echo_runtime.errors import MediaError
from echo_runtime.generator.speech_encoder import MOUTH_GROUPS, VISEMES, SpeechEncoder
from echo_runtime.log_mel import HOP, log_mel
from echo_runtime.signals import SAMPLE_RATE, FloatArray
from echo_runtime.training.measures.correlation import pearson
from echo_runtime.training.measures.lips import CLOSED, runs
from echo_runtime.training.speech.corpus import Example

_JAW, _CLOSE = MOUTH_GROUPS.index("jawOpen"), MOUTH_GROUPS.index("mouthClose")
_FUNNEL, _PUCKER = MOUTH_GROUPS.index("mouthFunnel"), MOUTH_GROUPS.index("mouthPucker")
_OPEN_VISEMES = [VISEMES.index(v) for v in ("aa", "ae", "oh")]


@torch.no_grad()
def read_mouth(encoder: SpeechEncoder, mel: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """(T, 80) → mouth groups (T, 12) and the likeliest viseme (T,)."""
    mouth = encoder.mouth(encoder(torch.from_numpy(np.asarray(mel, np.float32))[None]))
    return mouth.groups[0].numpy(), mouth.viseme_logits[0].argmax(-1).numpy()


def lip_gap(groups: FloatArray) -> FloatArray:
    """(T, 12) → (T,): jawOpen − mouthClose, at least 0."""
    return np.clip(groups[..., _JAW] - groups[..., _CLOSE], 0.0, None)


def measure(encoder: SpeechEncoder, examples: Sequence[Example]) -> dict[str, float]:
    """Held-out scores at 100 Hz: jaw_r and rounding_r (funnel + pucker) over speech; closed_pbm and closed_fv, share of
    events in which the lips close; false_closed, share of truly open frames shown closed; open_ratio, mean opening of
    open vowels over the true one; closed_in_silence; viseme_accuracy over speech."""
    predicted, truth, classes, guesses = [], [], [], []
    closed: dict[str, list[bool]] = {"PP": [], "FF": []}
    for item in examples:
        groups, guess = read_mouth(encoder, item.mels[0])
        for viseme, found in closed.items():
            for start, stop in runs(item.visemes == VISEMES.index(viseme)):
                found.append(bool(lip_gap(groups[max(0, start - 2) : stop + 2]).min() < CLOSED))
        predicted.append(groups)
        truth.append(item.groups.astype(np.float32))
        classes.append(item.visemes)
        guesses.append(guess)
    p, t = np.concatenate(predicted), np.concatenate(truth)
    c, g = np.concatenate(classes), np.concatenate(guesses)
    speech = c != 0
    # a moment of transition on each side of a pause belongs to the speech
    quiet = np.convolve(speech, np.ones(33), "same") < 0.5
    wide = speech & (lip_gap(t) > 0.2)
    vowels = np.isin(c, _OPEN_VISEMES) & wide
    rounding = [x[:, _FUNNEL] + x[:, _PUCKER] for x in (p, t)]
    return {
        "jaw_r": pearson(p[speech, _JAW], t[speech, _JAW]),
        "rounding_r": pearson(rounding[0][speech], rounding[1][speech]),
        "closed_pbm": _mean(np.array(closed["PP"])),
        "closed_fv": _mean(np.array(closed["FF"])),
        "false_closed": _mean(lip_gap(p)[wide] < CLOSED),
        "open_ratio": _mean(lip_gap(p)[vowels]) / _mean(lip_gap(t)[vowels]),
        "closed_in_silence": _mean(lip_gap(p)[quiet] < CLOSED),
        "viseme_accuracy": _mean((c == g)[speech]),
    }


def _mean(values: np.ndarray) -> float:
    """NaN for nothing, quietly: a small held-out set may lack a sound."""
    return float(np.mean(values)) if len(values) else float("nan")


def read_sound(path: Path | str) -> FloatArray:
    """A sound file as mono float32 at 16 kHz. Raises MediaError when it cannot be read."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise MediaError(f"The sound file {path} cannot be read: {error}") from error
    return soxr.resample(samples.mean(1), rate, SAMPLE_RATE).astype(np.float32)


def plausibility(encoder: SpeechEncoder, samples: FloatArray) -> dict[str, float]:
    """Without a known truth: correlation of jawOpen with the log loudness envelope (a rendered truth has about 0.64,
    a filmed speaker about 0.55), and the share of quiet moments in which the mouth is closed."""
    groups, _ = read_mouth(encoder, log_mel(samples))
    energy = (samples[: len(groups) * HOP].reshape(-1, HOP) ** 2).mean(1)
    smooth = np.convolve(energy, np.ones(5) / 5, "same")
    loudness = np.log(np.sqrt(smooth) + 1e-4)
    quiet = np.sqrt(smooth) < max(0.03 * float(np.sqrt(smooth).max()), 1e-4)
    return {
        "jaw_loudness_r": pearson(groups[:, _JAW], loudness),
        "closed_in_quiet": float((lip_gap(groups)[quiet] < CLOSED).mean()) if quiet.any() else float("nan"),
        "jaw_deviation": float(groups[:, _JAW].std()),
    }


def curve_sheet(encoder: SpeechEncoder, examples: Sequence[Example], width: int = 1200) -> Image.Image:
    """Truth (grey) and reading (colour) of jaw, closing, rounding and rolled lower lip, one row per example."""
    shown = (("jawOpen", "red"), ("mouthClose", "orange"), ("mouthPucker", "blue"), ("mouthRollLower", "green"))
    row = 4 * 60 + 20
    sheet = Image.new("RGB", (width, row * len(examples)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, item in enumerate(examples):
        groups, _ = read_mouth(encoder, item.mels[0])
        frames = min(len(groups), width // 4)
        draw.text((4, i * row + 2), item.voice, fill="black")
        for start, stop in runs(np.isin(item.visemes, (1, 2))):
            # p, b, m, f, v: the moments that must close
            draw.rectangle([start * 4, i * row + 16, stop * 4, (i + 1) * row - 4], fill="#f0f0d0")
        for k, (name, colour) in enumerate(shown):
            base = i * row + 18 + (k + 1) * 60
            index = MOUTH_GROUPS.index(name)
            for values, ink in ((item.groups[:, index], "#909090"), (groups[:, index], colour)):
                points = [(4 * x, base - 56 * float(np.clip(v, 0, 1)) * 1.6) for x, v in enumerate(values[:frames])]
                draw.line(points, fill=ink, width=2)
            draw.text((width - 110, base - 40), name, fill=colour)
    return sheet
