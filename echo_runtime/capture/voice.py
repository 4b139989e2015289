"""The player's voice, A_usr: causal log-mel at 100 Hz and the probability of speech, streaming.

Speech activity is Silero VAD 6 (https://github.com/snakers4/silero-vad, MIT), rebuilt here from the network that its
wheel describes and the safetensors weights that it carries: importing the package itself would set torch to one thread
for the whole process, and its own loader unpickles.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from echo_runtime.errors import MissingDependencyError
from echo_runtime.log_mel import HOP, LogMel
from echo_runtime.signals import SAMPLE_RATE, VOICE_DIM, FloatArray, SoundObservation, VoiceObservation

WINDOW = 512
"""Samples per decision of the speech detector: 32 ms."""
CONTEXT = 64
"""Samples of the window before that the detector sees again."""


@cache
def _weights() -> dict[str, FloatArray]:
    spec = importlib.util.find_spec("silero_vad")  # finds, does not import
    path = Path(spec.origin).parent / "data" / "silero_vad_16k.safetensors" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise MissingDependencyError("the speech detector's weights are missing: pip install 'silero-vad>=6.2,<7'")
    return load_file(path)


class SpeechDetector:
    """Probability of speech, one number per 512 samples. State: 64 samples of context and an LSTM cell.

    Plain matrix products: for four spectral frames a call into a deep-learning library costs more than the arithmetic.
    """

    def __init__(self, weights: dict[str, FloatArray] | None = None) -> None:
        w = weights or _weights()
        self._basis = np.ascontiguousarray(w["stft_conv.weight"][:, 0].T)
        names = ("conv1", "conv2", "conv3", "conv4")
        # (out, in, 3) → (3 · in, out), for windows laid out tap by tap
        self._convs = [
            (w[f"{n}.weight"].transpose(2, 1, 0).reshape(-1, w[f"{n}.weight"].shape[0]).copy(), w[f"{n}.bias"])
            for n in names
        ]
        self._gates = np.concatenate([w["lstm_cell.weight_ih"], w["lstm_cell.weight_hh"]], axis=1)
        self._gate_bias = w["lstm_cell.bias_ih"] + w["lstm_cell.bias_hh"]
        self._final, self._final_bias = w["final_conv.weight"].reshape(-1), float(w["final_conv.bias"][0])
        self.reset()

    def reset(self) -> None:
        self._context = np.zeros(CONTEXT, np.float32)
        self._hidden, self._cell = np.zeros(128, np.float32), np.zeros(128, np.float32)

    def __call__(self, window: FloatArray) -> float:
        """(512,) samples at 16 kHz → probability in [0, 1]."""
        signal = np.concatenate([self._context, np.asarray(window, np.float32)])
        self._context = signal[-CONTEXT:]
        padded = np.pad(signal, (0, 64), mode="reflect")
        spectrum = np.lib.stride_tricks.sliding_window_view(padded, 256)[::128] @ self._basis
        x = np.hypot(spectrum[:, :129], spectrum[:, 129:])  # (4, 129)
        for (weight, bias), stride in zip(self._convs, (1, 2, 2, 1), strict=True):
            around = np.pad(x, ((1, 1), (0, 0)))
            steps = range(0, len(x), stride)
            x = np.maximum(np.stack([around[i : i + 3].reshape(-1) for i in steps]) @ weight + bias, 0.0)
        enter, keep, new, leave = np.split(self._gates @ np.append(x[0], self._hidden) + self._gate_bias, 4)
        self._cell = _sigmoid(keep) * self._cell + _sigmoid(enter) * np.tanh(new)
        self._hidden = _sigmoid(leave) * np.tanh(self._cell)
        return float(_sigmoid(np.maximum(self._hidden, 0.0) @ self._final + self._final_bias))


def _sigmoid(x: FloatArray) -> FloatArray:
    return 0.5 + 0.5 * np.tanh(0.5 * x)


class VoiceAnalyser:
    """Sound in runs of any length → log-mel frames with activity; the same numbers however the runs are cut.

    A mel frame carries the newest decision of the detector that was complete at its end (0 before the first).
    `threshold` in (0, 1): which probability of the detector is given as 0.5, where speech begins for everybody else.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self._odds = threshold / (1.0 - threshold)
        self._mel, self._detector = LogMel(), SpeechDetector()
        self.reset()

    def reset(self) -> None:
        self._mel.reset()
        self._detector.reset()
        self._pending = np.zeros(0, np.float32)
        self._samples = self._frames = self._windows = 0
        self._activity = 0.0

    def analyse(self, samples: FloatArray) -> FloatArray:
        """(n,) samples at 16 kHz → (m, 81) the frames that they complete: 80 bands and the activity."""
        samples = np.asarray(samples, np.float32)
        bands = self._mel(samples)
        self._pending = np.concatenate([self._pending, samples])
        self._samples += len(samples)
        out = np.empty((len(bands), VOICE_DIM), np.float32)
        out[:, :-1] = bands
        for row in out:
            self._frames += 1
            while (self._windows + 1) * WINDOW <= self._frames * HOP:
                self._activity = self._moved(self._detector(self._pending[:WINDOW]))
                self._pending = self._pending[WINDOW:]
                self._windows += 1
            row[-1] = self._activity
        return out

    def _moved(self, probability: float) -> float:
        """With the odds divided by those of the threshold: 0 and 1 stay, the threshold becomes 0.5."""
        return probability if self._odds == 1.0 else probability / (probability + (1.0 - probability) * self._odds)

    def __call__(self, sound: SoundObservation) -> VoiceObservation:
        """The sound that follows the run before, as an observation; a gap is the caller's to fill (SoundTimeline)."""
        begun = self._samples - self._frames * HOP  # samples of the coming frame that are already here
        frames = self.analyse(sound.samples)
        end_us = sound.time_us + (HOP - begun) * 1_000_000 // SAMPLE_RATE
        return VoiceObservation(end_us, frames[:, :-1], frames[:, -1])
