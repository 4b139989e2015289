"""Libraries in C that write to stderr whatever one tells them."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_silencers = 0
_saved = -1


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Sends file descriptor 2 of the whole process to nowhere for a moment; threads may overlap in it."""
    global _silencers, _saved
    with _lock:
        if not _silencers:
            try:
                _saved = os.dup(2)
            except OSError:  # a process without stderr
                _saved = -1
            else:
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, 2)
                os.close(null)
        _silencers += 1
    try:
        yield
    finally:
        with _lock:
            _silencers -= 1
            if not _silencers and _saved >= 0:
                os.dup2(_saved, 2)
                os.close(_saved)
                _saved = -1
