"""A live program of any language as a child process: its events, and command lines to it."""

from __future__ import annotations

import contextlib
import importlib
import json
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LANGUAGES = ("python", "csharp", "cpp")
PATIENCE = 60.0
"""Seconds that anything may take on a slow machine."""


def absent(language: str) -> str | None:
    """Why a language's live program cannot be built or run here; None if it can."""
    try:
        core = importlib.import_module(f"{language}_core")
    except ModuleNotFoundError:
        return f"there is no {language} core here"
    reason: str | None = core.absent()
    return reason


def build(language: str, folder: Path) -> list[str]:
    """The words that start a language's live program, built in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    words: list[str] = importlib.import_module(f"{language}_core").build(folder)
    return words


class LiveProgram:
    """Runs until the context ends. `events`: everything it has printed so far, in order."""

    def __init__(self, words: list[str], port: int, *options: str, npc: str = "bo", client: str = "live") -> None:
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        line = [*words, "--port", str(port), "--client", client, *(["--npc", npc] if npc else []), *options]
        self.process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, bufsize=1
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def mark(self) -> int:
        """A place in the events: what comes after it can be waited for."""
        with self._changed:
            return len(self.events)

    def wait(self, event: str, since: int = 0, timeout: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The first event of this name whose fields are these; AssertionError with what came instead."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for found in self.events[since:]:
                    if found["event"] == event and all(found.get(name) == value for name, value in fields.items()):
                        return found
                left = deadline - time.monotonic()
                assert left > 0, self._story(f"no {event} {fields or ''} came within {timeout:g} s")
                assert self.process.poll() is None or self._thread.is_alive(), self._story(f"it ended before {event}")
                self._changed.wait(min(left, 0.5))

    def seen(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        with self._changed:
            return [e for e in self.events if e["event"] == event and all(e.get(k) == v for k, v in fields.items())]

    def quit(self) -> dict[str, Any]:
        """Its summary; asserts that it ended well."""
        with contextlib.suppress(BrokenPipeError):
            self.send("quit")
        summary = self.wait("summary")
        assert self.process.wait(PATIENCE) == 0, self._story("it did not end well")
        return summary

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(ValueError), self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _story(self, what: str) -> str:
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace")[-2000:]
        events = "\n".join(json.dumps(event) for event in self.events[-30:])
        return f"{what}; status {self.process.poll()}\n{events}\n{said}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._thread.join(timeout=5.0)
        for stream in (self.process.stdin, self.process.stdout, self._errors):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()
