"""A runtime as a child process: started, waited for by its `ready` line, stopped."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from echo_runtime.errors import ConnectionLostError


class RuntimeProcess:
    """Runs `program` until the context ends. It must print {"event": "ready", "control": PORT} as a line on stdout."""

    def __init__(self, program: Sequence[str], timeout: float = 120.0) -> None:
        self.ready: dict[str, Any] = {}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            list(program), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._wait_until_ready(timeout)
        except BaseException:
            self.stop()
            raise

    @property
    def control_port(self) -> int:
        return int(self.ready["control"])

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, timeout: float = 10.0) -> int:
        """Ask it to end, insist after `timeout` seconds; returns its exit status."""
        if self._process.poll() is None:
            self._process.terminate()  # not SIGINT: what a shell starts in the background ignores it
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._errors.close()
        return self._process.returncode

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._process.stdout.close()
        self._lines.put(None)

    def _wait_until_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise ConnectionLostError(f"The runtime was not ready within {timeout:g} s.{self._words()}") from None
            if line is None:
                status = self._process.wait()
                raise ConnectionLostError(f"The runtime ended with status {status}.{self._words()}")
            try:
                message = json.loads(line)
            except ValueError:
                continue  # words for people
            if isinstance(message, dict) and message.get("event") == "ready":
                self.ready = message
                return

    def _words(self) -> str:
        """The end of what it wrote to stderr."""
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace").strip()
        return f" It said: {text[-1000:]}" if text else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ConnectionLostError):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10.0)  # it may be on its way out, and have something to say
        if error is not None and self._process.poll():
            error.add_note(f"The runtime ended with status {self._process.returncode}.{self._words()}")
        self.stop()
