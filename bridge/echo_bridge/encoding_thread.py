"""Work on pictures that the frame path does not wait for: one thread, the newest picture of each NPC."""

from __future__ import annotations

import threading
from collections.abc import Callable


class EncodingThread:
    """Runs jobs one after another. A job that has not begun is replaced by a newer one of the same name, so that what
    waits is never more than one picture of each NPC. A job that raises is dropped; the next one runs."""

    def __init__(self) -> None:
        self._jobs: dict[str, Callable[[], object]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self.replaced = 0
        """Jobs that a newer one overtook."""
        self.failed = 0
        self._thread = threading.Thread(target=self._run, name="echo-encoding", daemon=True)
        self._thread.start()

    def submit(self, name: str, job: Callable[[], object]) -> None:
        """From any thread; does not wait."""
        with self._changed:
            self.replaced += name in self._jobs
            self._jobs[name] = job  # keeps its place, so that no NPC is always overtaken
            self._changed.notify()

    def drop(self, name: str) -> None:
        """Forget a job that has not begun."""
        with self._changed:
            self._jobs.pop(name, None)

    def close(self) -> None:
        """Ends after the job under way; what waits is dropped."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                job = self._jobs.pop(next(iter(self._jobs)))
            try:
                job()
            except Exception:  # a picture that cannot be encoded must not end those of the other NPCs
                self.failed += 1
