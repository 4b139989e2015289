"""flite as a program; `-psdur` prints each phone with its end time.

Alan W. Black and Kevin Lenzo, Flite (CMU). Voices built into the Debian program: awb, rms, slt, kal16.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import soundfile

from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.signals import FloatArray
from echo_runtime.training.speech.mouth import Segment
from echo_runtime.training.speech.visemes import ARPABET_VISEME

VOICE_NAMES = ("awb", "rms", "slt", "kal16")
_PITCH_HZ = {"awb": 125.0, "rms": 95.0, "slt": 165.0, "kal16": 105.0}


@cache
def _program() -> str:
    path = shutil.which("flite")
    if path is None:
        raise MissingDependencyError("flite is not installed; on Debian or Ubuntu: sudo apt-get install flite")
    return path


def available() -> bool:
    """Whether flite can be used here."""
    return shutil.which("flite") is not None


def synthesize(text: str, name: str, rate: float, pitch: float = 0.5) -> tuple[FloatArray, int, list[Segment]]:
    """Samples in [-1, 1], their rate, and visemes. `pitch` in [0, 1] moves the mean pitch by up to ± 0.8 octaves; 0.5
    leaves the voice's own. Raises UsageError for an unknown voice."""
    if name not in VOICE_NAMES:
        raise UsageError(f"flite has no voice {name!r}; the built-in ones are {', '.join(VOICE_NAMES)}.")
    settings = ["--setf", f"duration_stretch={1 / rate:.4f}"]
    if pitch != 0.5:
        settings += ["--setf", f"int_f0_target_mean={_PITCH_HZ[name] * 2 ** (1.6 * (pitch - 0.5)):.1f}"]
    with tempfile.TemporaryDirectory(prefix="flite") as folder:
        path = Path(folder) / "speech.wav"
        done = subprocess.run(
            [_program(), "-voice", name, *settings, "-psdur", "-t", text, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not path.exists():
            raise MissingDependencyError(f"flite failed ({done.returncode}): {done.stderr.strip()[:200]}")
        samples, sample_rate = soundfile.read(path, dtype="float32")
    segments: list[Segment] = []
    start = 0.0
    for item in done.stdout.split():
        phone, _, when = item.rpartition(":")
        end = float(when)
        parts = ARPABET_VISEME.get(phone, ("ax",))
        # a diphthong's first half lasts longer than its glide
        edges = [start, start + 0.6 * (end - start), end] if len(parts) == 2 else [start, end]
        segments += [(a, b, part) for a, b, part in zip(edges[:-1], edges[1:], parts, strict=True) if b > a]
        start = end
    return samples, int(sample_rate), segments
