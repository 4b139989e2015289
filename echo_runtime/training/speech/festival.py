"""festival as a program: a Scheme script speaks many sentences in one process and prints each phone with its end time.

Alan W. Black, Paul Taylor, Richard Caley, "The Festival Speech Synthesis System" (manual sections 14.4, 25: utterance
functions). Voices are Debian's festvox packages, recorded from people. English ones speak this project's sentences; the
others speak a few of their own language, for the variety of people that English lacks.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import soundfile

from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.signals import FloatArray
from echo_runtime.training.speech.mouth import Segment
from echo_runtime.training.speech.visemes import ARPABET_VISEME, visemes_of_sampa


@dataclass(frozen=True)
class FestivalVoice:
    """`scheme`: the voice's name in festival; `package`: its Debian package; `language`; `encoding` of its texts;
    `pitch_hz`: mean fundamental frequency, None where the voice's model of pitch cannot be moved."""

    scheme: str
    package: str
    language: str = "en"
    encoding: str = "latin-1"
    pitch_hz: float | None = None


FESTIVAL_VOICES = {
    "kal": FestivalVoice("kal_diphone", "festvox-kallpc16k", pitch_hz=105.0),
    "ked": FestivalVoice("ked_diphone", "festvox-kdlpc16k", pitch_hz=105.0),
    "slt": FestivalVoice("cmu_us_slt_arctic_hts", "festvox-us-slt-hts"),
    "lp": FestivalVoice("lp_diphone", "festvox-italp16k", "it"),
    "pc": FestivalVoice("pc_diphone", "festvox-itapc16k", "it"),
    "dita": FestivalVoice("czech_dita", "festvox-czech-dita", "cs", "iso-8859-2"),
    "krb": FestivalVoice("czech_krb", "festvox-czech-krb", "cs", "iso-8859-2"),
    "machac": FestivalVoice("czech_machac", "festvox-czech-machac", "cs", "iso-8859-2"),
    "ph": FestivalVoice("czech_ph", "festvox-czech-ph", "cs", "iso-8859-2"),
    "lj": FestivalVoice("suo_fi_lj_diphone", "festvox-suopuhe-lj", "fi"),
    "mv": FestivalVoice("hy_fi_mv_diphone", "festvox-suopuhe-mv", "fi"),
    "ona": FestivalVoice("upc_ca_ona_hts", "festvox-ca-ona-hts", "ca"),
}
"""slt is the speaker of flite's slt, recorded once and modelled otherwise."""


@cache
def _program() -> str:
    path = shutil.which("festival")
    if path is None:
        raise MissingDependencyError(
            "festival is not installed; on Debian or Ubuntu: sudo apt-get install festival "
            "festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts"
        )
    return path


@cache
def installed_voices() -> frozenset[str]:
    """The names in FESTIVAL_VOICES whose packages are installed; empty without festival."""
    if shutil.which("festival") is None:
        return frozenset()
    done = subprocess.run(
        [_program(), "-b", "(print (voice.list))"], capture_output=True, text=True, check=False, timeout=60
    )
    found = set(done.stdout.replace("(", " ").replace(")", " ").split())
    return frozenset(name for name, voice in FESTIVAL_VOICES.items() if voice.scheme in found)


def available(name: str = "kal") -> bool:
    """Whether the voice can be used here."""
    return name in installed_voices()


def synthesize(text: str, name: str, rate: float, pitch: float) -> tuple[FloatArray, int, list[Segment]]:
    """Samples in [-1, 1], their rate, and visemes; see `synthesize_many`."""
    return synthesize_many([text], name, rate, pitch)[0]


def synthesize_many(
    texts: Sequence[str], name: str, rate: float, pitch: float
) -> list[tuple[FloatArray, int, list[Segment]]]:
    """The texts by one voice in one process. `rate`: speed against the usual one; `pitch` in [0, 1] moves the mean
    pitch by up to ± 0.8 octaves where the voice allows it.

    Raises UsageError for an unknown voice, MissingDependencyError when festival or the voice's package is missing.
    """
    voice = FESTIVAL_VOICES.get(name)
    if voice is None:
        raise UsageError(f"festival has no voice {name!r} here; known ones are {', '.join(FESTIVAL_VOICES)}.")
    program = _program()
    if not available(name):
        raise MissingDependencyError(
            f"festival's voice {name!r} is not installed; on Debian or Ubuntu: sudo apt-get install {voice.package}"
        )
    with tempfile.TemporaryDirectory(prefix="festival") as folder:
        script = Path(folder) / "speak.scm"
        script.write_bytes(_script(texts, voice, rate, pitch, Path(folder)).encode(voice.encoding, "replace"))
        done = subprocess.run(
            [program, "-b", str(script)], capture_output=True, text=True, encoding="latin-1", check=False
        )
        spoken = []
        for i, printed in enumerate(done.stdout.split("utterance\n")[1:]):
            samples, sample_rate = soundfile.read(Path(folder) / f"{i}.wav", dtype="float32")
            spoken.append((samples, int(sample_rate), _segments(printed, voice.language)))
    if len(spoken) != len(texts):
        raise MissingDependencyError(
            f"festival spoke {len(spoken)} of {len(texts)} sentences with {name!r} ({done.returncode}): "
            f"{done.stderr.strip()[:200]}"
        )
    return spoken


def _script(texts: Sequence[str], voice: FestivalVoice, rate: float, pitch: float, folder: Path) -> str:
    lines = [f"(voice_{voice.scheme})", f"(Parameter.set 'Duration_Stretch {1 / rate:.4f})"]
    if voice.pitch_hz is not None:
        mean = voice.pitch_hz * 2 ** (1.6 * (pitch - 0.5))
        lines.append(
            f"(set! int_lr_params '((target_f0_mean {mean:.1f}) (target_f0_std {0.14 * mean:.1f})"
            " (model_f0_mean 170) (model_f0_std 34)))"
        )
    for i, text in enumerate(texts):
        quoted = text.replace("\\", " ").replace('"', " ")
        lines += [
            f'(set! spoken (SynthText "{quoted}"))',
            f'(utt.save.wave spoken "{folder / f"{i}.wav"}" \'riff)',
            '(format t "utterance\\n")',
            '(mapcar (lambda (s) (format t "%s %f\\n" (item.name s) (item.feat s \'end)))'
            " (utt.relation.items spoken 'Segment))",
        ]
    return "\n".join(lines) + "\n"


def _segments(printed: str, language: str) -> list[Segment]:
    segments: list[Segment] = []
    start = 0.0
    for line in printed.splitlines():
        phone, _, when = line.rpartition(" ")
        if not phone:
            continue
        end = float(when)
        parts = ARPABET_VISEME.get(phone, ("ax",)) if language == "en" else visemes_of_sampa(phone)
        # a diphthong's first half lasts longer than its glide
        edges = [start, start + 0.6 * (end - start), end] if len(parts) == 2 else [start, end]
        segments += [(a, b, part) for a, b, part in zip(edges[:-1], edges[1:], parts, strict=True) if b > a]
        start = end
    return segments
