"""Speech by espeak-ng, through the program that the user has installed: never linked to, never shipped (it is GPL 3).

Options of the program: espeak-ng(1). It is told the text on its standard input, so that no text is taken for an option,
and writes a WAV file to its standard output as it speaks, hundreds of times faster than it is heard.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from echo_runtime.errors import MissingDependencyError, SpeechSynthesisError
from echo_runtime.speech_synthesis.deadline import Deadline
from echo_runtime.speech_synthesis.synthesiser import Cancellation, Sound, VoiceSettings
from echo_runtime.speech_synthesis.wave_stream import sound_pieces

PIECE_DEADLINE_S = 10.0
"""Until the next tenth of a second of sound: on a very busy machine a program starts slowly."""
USUAL_VOICE = "en-us"
_WORDS_PER_MINUTE = 175
"""Its usual speed; 80 to 450 are taken."""


class EspeakNg:
    """One process per text. Implements `synthesiser.SpeechSynthesiser`."""

    concurrent = 2
    pitched = True

    def __init__(self) -> None:
        """Raises MissingDependencyError when the program is not there."""
        self._program = find_program()

    def speak(self, text: str, voice: VoiceSettings, cancellation: Cancellation) -> Iterator[Sound]:
        """See `SpeechSynthesiser.speak`. 22050 Hz."""
        name = voice.name or voice.language or USUAL_VOICE
        try:
            process = subprocess.Popen(
                [self._program, "--stdin", "--stdout", "-b", "1", "-z", *_manner(voice), "-v", name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise SpeechSynthesisError(f"{self._program} cannot be started: {error}.") from error
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            with (
                cancellation.calling(process.kill),
                Deadline(PIECE_DEADLINE_S, process.kill) as deadline,
            ):
                with suppress(OSError):  # it ended: its status says why
                    # it would take what follows for names of phonemes, up to ]]
                    process.stdin.write(text.replace("[[", "[ [").encode())
                    process.stdin.close()
                yield from sound_pieces(
                    process.stdout.read1,  # type: ignore[attr-defined]  # a pipe is buffered
                    "espeak-ng",
                    on_piece=lambda: deadline.extend(PIECE_DEADLINE_S),
                )
                said = process.stderr.read(2_000).decode(errors="replace")
                status = process.wait()
            if cancellation.cancelled:
                return
            if deadline.expired:
                raise SpeechSynthesisError(f"espeak-ng gave no sound for {PIECE_DEADLINE_S:g} s and was ended.")
            if status and "voice does not exist" in said:
                raise SpeechSynthesisError(f"espeak-ng has no voice '{name}': `espeak-ng --voices` lists what it has.")
            if status:
                words = " ".join(said.split())[:200] or "nothing"
                raise SpeechSynthesisError(f"espeak-ng ended with status {status} and said: {words}.")
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):
                    pipe.close()
            process.wait()

    def close(self) -> None:
        """Nothing stays open between texts."""


def find_program() -> str:
    """Path of espeak-ng. Raises MissingDependencyError with what installs it."""
    found = shutil.which("espeak-ng")
    # its Windows installer does not add itself to the search path
    for folder in (os.environ.get("ProgramFiles"), os.environ.get("ProgramFiles(x86)")):  # noqa: SIM112 - Windows' name
        program = Path(folder or "", "eSpeak NG", "espeak-ng.exe")
        if found is None and folder and program.is_file():
            found = str(program)
    if found is None:
        raise MissingDependencyError(
            "Voice for text by espeak-ng needs the program espeak-ng, which is not installed: "
            "`sudo apt-get install espeak-ng` (Debian, Ubuntu), `brew install espeak-ng` (macOS), or its installer "
            "from https://github.com/espeak-ng/espeak-ng/releases (Windows)."
        )
    return found


def _manner(voice: VoiceSettings) -> list[str]:
    """Options of speed, in words per minute, and pitch, 0 to 99 with 50 as usual."""
    speed = round(min(450.0, max(80.0, _WORDS_PER_MINUTE * voice.rate)))
    pitch = round(min(99.0, max(0.0, 50.0 + 50.0 * math.log2(voice.pitch))))
    return ["-s", str(speed), "-p", str(pitch)]
