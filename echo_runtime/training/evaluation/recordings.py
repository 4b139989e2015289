"""Recordings of people to try the lips on: files and folders that the user names, or speech that Debian packages.

Debian's are read where their packages put them, and never copied: `pocketsphinx-testdata` holds readings of a novel
from LibriVox with transcripts, `asterisk-core-sounds-en-g722` prompts spoken by Allison Smith (CC BY-SA 3.0).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from av.error import FFmpegError

from echo_runtime.capture.sound_file import read_runs
from echo_runtime.errors import EchoError, MediaError
from echo_runtime.signals import SAMPLE_RATE, FloatArray

SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".mp4", ".mov", ".mkv", ".webm", ".g722")
LONGEST_S = 40.0
"""Longer recordings are cut: a measure needs phones, not hours."""
_LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")
_PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_PROMPT_NAMES = (
    "demo-congrats", "demo-abouttotry", "demo-moreinfo", "demo-nomatch", "vm-options", "vm-whichbox", "ss-noservice",
)  # fmt: skip
INSTALL = "sudo apt-get install pocketsphinx-testdata asterisk-core-sounds-en-g722"


@dataclass(frozen=True)
class Recording:
    """`samples` (n,) mono at 16 kHz; `text` when a transcript is known."""

    name: str
    samples: FloatArray
    text: str | None = None


def read_recording(path: Path, text: str | None = None) -> Recording:
    """The sound of one file, at most LONGEST_S of it. A file NAME.txt beside it is its transcript.

    Raises MediaError when it is missing, unreadable or silent.
    """
    runs: list[tuple[int, np.ndarray]] = []
    seconds = 0.0
    try:
        for _, rate, block in read_runs(path):
            runs.append((rate, block.mean(1) if block.ndim == 2 else block))
            seconds += len(block) / rate
            if seconds > LONGEST_S:
                break
    except FFmpegError as error:
        raise MediaError(f"The sound of {path} cannot be decoded ({error}); convert it to wav.") from error
    if not runs:
        raise MediaError(f"{path} holds no sound; record or copy it again.")
    rate = runs[0][0]
    samples = soxr.resample(np.concatenate([b for r, b in runs if r == rate]), rate, SAMPLE_RATE).astype(np.float32)
    if not np.isfinite(samples).all() or float(np.abs(samples).max(initial=0.0)) < 1e-3:
        raise MediaError(f"{path} is silent; give a recording of somebody who speaks.")
    beside = path.with_suffix(".txt")
    if text is None and beside.is_file():
        text = beside.read_text("utf-8", errors="replace")
    return Recording(path.stem, samples[: int(LONGEST_S * SAMPLE_RATE)], text)


def find_recordings(paths: Sequence[Path]) -> list[Recording]:
    """Every sound file of `paths` (files, or folders without their sub-folders).

    Raises MediaError for a path that is missing or unreadable, and for a folder without sound. In a folder, files that
    cannot be read are left out as long as one can.
    """
    found: list[Recording] = []
    for path in paths:
        if not path.exists():
            raise MediaError(f"The recording {path} does not exist; check the path.")
        if path.is_file():
            found.append(read_recording(path))
            continue
        before, failure = len(found), None
        for file in sorted(p for p in path.iterdir() if p.suffix.lower() in SOUNDS):
            try:
                found.append(read_recording(file))
            except EchoError as error:
                failure = error
        if len(found) == before:
            raise failure or MediaError(f"There is no sound file in {path}; it may hold {', '.join(SOUNDS)}.")
    return found


def packaged_recordings() -> list[Recording]:
    """Human speech that is installed on this machine; empty where there is none."""
    found = []
    transcripts = _LIBRIVOX / "transcription"
    if transcripts.is_file():
        for line in transcripts.read_text("utf-8").splitlines():
            if match := re.fullmatch(r"(.*)\(([^()]+)\)\s*", line):
                path = _LIBRIVOX / f"{match[2]}.wav"
                if path.is_file():
                    found.append(read_recording(path, match[1]))
    for name in _PROMPT_NAMES:
        path = _PROMPTS / f"{name}.g722"
        if path.is_file():
            found.append(read_recording(path))
    return found
