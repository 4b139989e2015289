"""Speech by Kokoro, a small neural model, through kokoro-onnx in a process of its own.

The package kokoro-onnx is not one of the runtime's: it needs numpy 2, which mediapipe does not take, and brings
espeak-ng (GPL 3). So it lives in a Python environment of the user's, named by ECHO_KOKORO_PYTHON.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from echo_runtime.errors import MissingDependencyError, SpeechSynthesisError, UsageError
from echo_runtime.signals import FloatArray
from echo_runtime.speech_synthesis import kokoro_worker
from echo_runtime.speech_synthesis.synthesiser import LONGEST_S, Cancellation, Sound, VoiceSettings

PYTHON_VARIABLE = "ECHO_KOKORO_PYTHON"
SENTENCE_S = 30.0
"""For one sentence, on a machine that is slower than speech."""
LOADING_S = 120.0
PIECE_S = 0.1
_INSTALL = (
    "make an environment for it (`python -m venv kokoro`, `kokoro/bin/pip install kokoro-onnx`) and name its Python in "
    f"{PYTHON_VARIABLE}"
)


@dataclass(frozen=True)
class KokoroFiles:
    """`python`: the interpreter that has kokoro-onnx; `model`: an .onnx file; `voices`: a voices….bin file."""

    python: str
    model: Path
    voices: Path


def find_kokoro(path: str) -> KokoroFiles:
    """The files in folder `path`. Raises UsageError (no folder, no model in it) and MissingDependencyError (no Python
    with kokoro-onnx), each with what to do."""
    folder = Path(path)
    if not path or not folder.is_dir():
        raise UsageError(f"There is no folder {path!r}: --voice-for-text kokoro:PATH takes the folder of a model.")
    # the quantised file if there is one, because it is the faster one
    models = sorted(folder.glob("*.onnx"), key=lambda p: ("int8" not in p.name, p.name))
    voices = sorted(folder.glob("voices*.bin"))
    if not models or not voices:
        raise UsageError(
            f"{path} holds no Kokoro model: kokoro-v1.0.onnx and voices-v1.0.bin belong there, from "
            "https://github.com/thewh1teagle/kokoro-onnx/releases."
        )
    python = os.environ.get(PYTHON_VARIABLE, "")
    if python and not Path(python).is_file():
        raise UsageError(f"{PYTHON_VARIABLE} names {python!r}, which is no Python: {_INSTALL}.")
    if not python:
        if importlib.util.find_spec("kokoro_onnx") is None:
            raise MissingDependencyError(f"Voice for text by kokoro needs kokoro-onnx, which is not here: {_INSTALL}.")
        python = sys.executable
    return KokoroFiles(python, models[0], voices[0])


class Kokoro:
    """One process, begun at once so that the model is there when the first text comes, and begun anew for the next text
    after it has ended. Implements `synthesiser.SpeechSynthesiser`."""

    concurrent = 1
    pitched = False

    def __init__(self, files: KokoroFiles, voice: str = "", sentence_s: float = SENTENCE_S) -> None:
        self._files, self._voice, self._sentence_s = files, voice, sentence_s
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._closed = False
        self._worker = _Worker(files)

    def speak(self, text: str, voice: VoiceSettings, cancellation: Cancellation) -> Iterator[Sound]:
        """See `SpeechSynthesiser.speak`. 24000 Hz; speed from 0.5 to 2."""
        worker = self._running()
        names = worker.wait_until_ready(LOADING_S, cancellation)
        if cancellation.cancelled:
            return
        name = voice.name or self._voice or names[0]
        if name not in names:
            raise SpeechSynthesisError(f"The Kokoro model has no voice '{name}'; it has {', '.join(names)[:300]}.")
        number = next(self._numbers)
        answers = worker.ask(
            number,
            {"id": number, "text": text, "voice": name, "speed": voice.rate, "lang": voice.language or _language(name)},
        )
        with cancellation.calling(lambda: answers.put({"cancelled": True})):
            try:
                while True:
                    try:
                        answer = answers.get(timeout=self._sentence_s)
                    except queue.Empty:
                        worker.end()
                        raise SpeechSynthesisError(
                            f"Kokoro gave no sound for {self._sentence_s:g} s and was ended."
                        ) from None
                    if cancellation.cancelled or "end" in answer:
                        return
                    if "error" in answer:
                        raise SpeechSynthesisError(f"Kokoro cannot speak this text: {answer['error']}.")
                    sound, rate = answer["sound"], int(answer["rate"])
                    step = max(1, round(rate * PIECE_S))
                    for start in range(0, len(sound), step):
                        yield Sound(sound[start : start + step], rate)
            finally:
                worker.forget(number)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._worker.end()

    def _running(self) -> _Worker:
        with self._lock:
            if not self._worker.alive and not self._closed:
                self._worker = _Worker(self._files)
            return self._worker


class _Worker:
    """The process, and the thread that sorts what it says by the texts it belongs to."""

    def __init__(self, files: KokoroFiles) -> None:
        self._process = subprocess.Popen(
            [files.python, kokoro_worker.__file__, str(files.model), str(files.voices)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._changed = threading.Condition()
        self._answers: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._voices: list[str] = []
        self._problem = ""
        self._said: deque[str] = deque(maxlen=5)
        for work in (self._read, self._read_errors):
            threading.Thread(target=work, name="kokoro", daemon=True).start()

    @property
    def alive(self) -> bool:
        with self._changed:
            return not self._problem

    def wait_until_ready(self, seconds: float, cancellation: Cancellation) -> list[str]:
        """The model's voices. Raises SpeechSynthesisError."""

        def wake() -> None:
            with self._changed:
                self._changed.notify_all()

        with cancellation.calling(wake), self._changed:
            came = self._changed.wait_for(lambda: self._voices or self._problem or cancellation.cancelled, seconds)
            if not came:
                self._process.kill()
                raise SpeechSynthesisError(f"Kokoro's model was not loaded within {seconds:g} s.")
            if self._problem and not cancellation.cancelled:
                raise SpeechSynthesisError(self._problem)
            return self._voices

    def ask(self, number: int, request: dict[str, object]) -> queue.SimpleQueue[dict[str, Any]]:
        answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._changed:
            if self._problem:
                answers.put({"error": self._problem})
            self._answers[number] = answers
        self._tell(request)
        return answers

    def forget(self, number: int) -> None:
        """What still comes of this text is thrown away, and no further sentence of it is begun."""
        with self._changed:
            self._answers.pop(number, None)
        self._tell({"cancel": number})

    def end(self) -> None:
        with suppress(OSError):
            self._process.kill()

    def _tell(self, message: dict[str, object]) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended: the reading thread says so
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        problem = ""
        assert self._process.stdout is not None
        with suppress(OSError, ValueError, KeyError):
            while line := self._process.stdout.readline(65_536):
                message = json.loads(line)
                if "samples" in message:
                    message["sound"] = self._sound(int(message["samples"]), int(message["rate"]))
                with self._changed:
                    if "ready" in message:
                        self._voices = list(message["voices"])
                        self._changed.notify_all()
                    elif "id" not in message:
                        problem = str(message["error"])
                        break
                    elif message["id"] in self._answers:
                        self._answers[message["id"]].put(message)
        self._process.kill()
        status = self._process.wait()
        with self._changed:
            last = problem or " ".join(self._said)[-200:]
            self._problem = f"Kokoro's process ended with status {status}{': ' if last else ''}{last}."
            for answers in self._answers.values():
                answers.put({"error": self._problem})
            self._changed.notify_all()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()

    def _sound(self, count: int, rate: int) -> FloatArray:
        assert self._process.stdout is not None
        if not 0 <= count <= LONGEST_S * rate or not 8_000 <= rate <= 192_000:
            raise ValueError("a length that no sentence has")
        data = self._process.stdout.read(4 * count)
        return np.clip(np.nan_to_num(np.frombuffer(data, "<f4")), -1.0, 1.0).astype(np.float32)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as said:
            for line in said:
                self._said.append(line.decode(errors="replace").strip()[:200])


_LANGUAGES = {
    "a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-br", "z": "cmn",
}  # fmt: skip


def _language(voice: str) -> str:
    """Kokoro's voices begin with a letter for their language (its VOICES.md): af_heart is American, bf_emma British."""
    return _LANGUAGES.get(voice[:1], "en-us")
