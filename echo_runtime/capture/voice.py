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
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from echo_runtime.errors import MissingDependencyError
from echo_runtime.log_mel import HOP, LogMel
from echo_runtime.signals import SAMPLE_RATE, VOICE_DIM, FloatArray, SoundObservation, VoiceObservation

WINDOW = 512
"""Samples per decision of the speech detector: 32 ms."""
CONTEXT = 64
"""Samples of the window before that the detector sees again."""


@cache
def _weights() -> dict[str, torch.Tensor]:
    spec = importlib.util.find_spec("silero_vad")  # finds, does not import
    path = Path(spec.origin).parent / "data" / "silero_vad_16k.safetensors" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise MissingDependencyError("the speech detector's weights are missing: pip install 'silero-vad>=6.2,<7'")
    return load_file(path)


class SpeechDetector:
    """Probability of speech, one number per 512 samples. State: 64 samples of context and an LSTM cell."""

    def __init__(self) -> None:
        self._w = _weights()
        self.reset()

    def reset(self) -> None:
        self._context = torch.zeros(CONTEXT)
        self._cell = (torch.zeros(1, 128), torch.zeros(1, 128))

    @torch.inference_mode()
    def __call__(self, window: FloatArray) -> float:
        """(512,) samples at 16 kHz → probability in [0, 1]."""
        w = self._w
        signal = torch.cat([self._context, torch.from_numpy(np.ascontiguousarray(window, np.float32))])
        self._context = signal[-CONTEXT:]
        padded = F.pad(signal[None, None], (0, 64), mode="reflect")
        spectrum = F.conv1d(padded, w["stft_conv.weight"], stride=128)
        x = torch.hypot(spectrum[:, :129], spectrum[:, 129:])
        for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
            x = F.relu(F.conv1d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride=stride, padding=1))
        gates = [w[f"lstm_cell.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        self._cell = torch.lstm_cell(x[:, :, 0], self._cell, *gates)
        logit = F.conv1d(F.relu(self._cell[0])[:, :, None], w["final_conv.weight"], w["final_conv.bias"])
        return float(torch.sigmoid(logit))


class VoiceAnalyser:
    """Sound in runs of any length → log-mel frames with activity; the same numbers however the runs are cut.

    A mel frame carries the newest decision of the detector that was complete at its end (0 before the first).
    """

    def __init__(self) -> None:
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
                self._activity = self._detector(self._pending[:WINDOW])
                self._pending = self._pending[WINDOW:]
                self._windows += 1
            row[-1] = self._activity
        return out

    def __call__(self, sound: SoundObservation) -> VoiceObservation:
        """The sound that follows the run before, as an observation; a gap is the caller's to fill (SoundTimeline)."""
        begun = self._samples - self._frames * HOP  # samples of the coming frame that are already here
        frames = self.analyse(sound.samples)
        end_us = sound.time_us + (HOP - begun) * 1_000_000 // SAMPLE_RATE
        return VoiceObservation(end_us, frames[:, :-1], frames[:, -1])
