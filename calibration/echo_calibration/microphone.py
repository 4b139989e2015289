"""How loud a room is, how loud the player speaks in it, and from when on to believe the speech detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from echo_runtime.capture.voice import VoiceAnalyser
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import FloatArray

BLOCK = 320
"""Samples of a level: 20 ms at 16 kHz."""
SHORTEST_S = 1.0
DIGITAL_SILENCE_DB = -90.0
"""A room is never this quiet: a microphone that gives less is muted, or no microphone."""
QUIET_DB = -45.0
"""Speech under this is hardly above the noise of usual microphones."""
LOUD_DB = -8.0
CLIPPED = 0.985
LARGEST_CLIPPED = 0.001
"""Share of the samples of speech that may stand at full scale."""
CLEAR_DB = 12.0
"""What speech must lie above the room."""
USUAL_THRESHOLD = 0.5
THRESHOLDS = (0.3, 0.85)


@dataclass(frozen=True)
class MicrophoneCalibration:
    """Levels in dB of full scale: `noise_db` of the quiet room, `speech_db` of the player's loudest syllables (90th
    percentile of 20 ms), `peak_db` of the loudest sample. `clipped`: share of samples at full scale while speaking.
    `threshold` in (0, 1): from which probability on sound counts as speech. `device`: as `--voice` names it, "" of a
    file. `quality` in [0, 1].
    """

    noise_db: float
    speech_db: float
    peak_db: float
    clipped: float
    threshold: float
    device: str = ""
    quality: float = 1.0

    @property
    def advice(self) -> list[str]:
        """Sentences about what would make it better."""
        said = []
        if self.speech_db < QUIET_DB + 8.0:
            said.append(f"Your voice is quiet ({self.speech_db:.0f} dB): raise the input level or come nearer.")
        if self.clipped > 0.0:
            said.append(f"{self.clipped:.2%} of the samples are clipped: lower the input level a little.")
        if self.speech_db - self.noise_db < 25.0:
            said.append(
                f"The room is only {self.speech_db - self.noise_db:.0f} dB below your voice: turn off fans and music, "
                "or use a headset."
            )
        return said


def calibrate_microphone(room: FloatArray, speech: FloatArray, device: str = "") -> MicrophoneCalibration:
    """Measure from (n,) samples at 16 kHz of the quiet room, and of the player speaking.

    Raises CalibrationError for a silent, muted or clipped microphone, speech that does not stand out from the room,
    and for recordings under a second.
    """
    for name, samples in (("room", room), ("voice", speech)):
        if len(samples) < SHORTEST_S * 16_000:
            raise CalibrationError(
                f"The recording of the {name} lasts {len(samples) / 16_000:.1f} s, but a second is needed; "
                "record longer."
            )
        if not np.isfinite(samples).all():
            raise CalibrationError(f"The recording of the {name} holds numbers that are not finite; record again.")
    noise_db, levels = float(np.median(block_levels(room))), block_levels(speech)
    speech_db = float(np.percentile(levels, 90))
    peak = float(np.abs(speech).max())
    if speech_db < DIGITAL_SILENCE_DB:
        raise CalibrationError(
            f"The microphone gives silence ({speech_db:.0f} dB); unmute it, allow this program to use it, or choose "
            "another one (--voice microphone:NAME)."
        )
    clipped = float((np.abs(speech) >= CLIPPED).mean())
    if clipped > LARGEST_CLIPPED or speech_db > LOUD_DB:
        raise CalibrationError(
            f"The microphone is overdriven ({clipped:.2%} of the samples clipped, speech at {speech_db:.0f} dB); "
            "lower its input level or move away from it, and record again."
        )
    if speech_db < QUIET_DB:
        raise CalibrationError(
            f"Your voice is too quiet ({speech_db:.0f} dB, at least {QUIET_DB:.0f}); raise the input level of the "
            "microphone, come nearer, and record again."
        )
    if speech_db - noise_db < CLEAR_DB:
        raise CalibrationError(
            f"Your voice is only {speech_db - noise_db:.0f} dB louder than the room (at least {CLEAR_DB:.0f}); "
            "turn off what makes noise, speak nearer to the microphone, and record again."
        )
    silent, spoken = speech_probability(room), speech_probability(speech)
    loud = spoken[_loud(levels, noise_db, len(spoken))]
    threshold, apart = choose_threshold(silent, loud if len(loud) >= 20 else spoken)
    level = np.clip((speech_db - noise_db - CLEAR_DB) / 20.0, 0.0, 1.0)
    quality = (0.4 + 0.6 * float(level)) * (0.4 + 0.6 * apart)
    return MicrophoneCalibration(
        round(noise_db, 1),
        round(speech_db, 1),
        round(20 * np.log10(max(peak, 1e-6)), 1),
        round(clipped, 6),
        round(threshold, 3),
        device,
        round(quality, 3),
    )


def block_levels(samples: FloatArray) -> FloatArray:
    """(n,) samples → (m,) levels of 20 ms in dB of full scale, at least -120."""
    blocks = samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK).astype(np.float64)
    return np.asarray(10.0 * np.log10((blocks**2).mean(1) + 1e-12), np.float32)


def speech_probability(samples: FloatArray) -> FloatArray:
    """(n,) samples → the detector's probability at 100 Hz."""
    return VoiceAnalyser().analyse(samples)[:, -1]


def choose_threshold(silent: FloatArray, spoken: FloatArray) -> tuple[float, float]:
    """Where room and voice are told apart best, as near to the usual 0.5 as that allows, and how well that is: from 0
    (as good as guessing) to 1."""
    candidates = np.round(np.arange(THRESHOLDS[0], THRESHOLDS[1] + 1e-9, 0.05), 2)
    right = np.array([((silent < t).mean() + (spoken >= t).mean()) / 2 for t in candidates])
    good = np.flatnonzero(right >= right.max() - 0.005)
    best = good[np.abs(candidates[good] - USUAL_THRESHOLD).argmin()]
    return float(candidates[best]), float(np.clip(2 * right[best] - 1, 0, 1))


def _loud(levels: FloatArray, noise_db: float, count: int) -> npt.NDArray[np.bool_]:
    """Which of `count` frames of 10 ms are clearly voice by their level; pauses between words are not."""
    wanted = levels > noise_db + 0.5 * (np.percentile(levels, 90) - noise_db)
    return np.repeat(wanted, 2)[:count] if len(wanted) * 2 >= count else np.resize(np.repeat(wanted, 2), count)
