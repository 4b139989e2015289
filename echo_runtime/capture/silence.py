"""Libraries in C that write to stderr whatever one tells them."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

_lock = threading.Lock()
_silencers = 0
_saved = -1
_usual: TextIO | None = None
_heard: TextIO | None = None


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Sends file descriptor 2 of the whole process to nowhere for a moment; threads may overlap in it.

    What Python writes to sys.stderr meanwhile, the runtime's own sentences above all, is still shown.
    """
    global _silencers
    with _lock:
        if not _silencers:
            _silence()
        _silencers += 1
    try:
        yield
    finally:
        with _lock:
            _silencers -= 1
            if not _silencers:
                _end()


def _silence() -> None:
    global _saved, _usual, _heard
    try:
        _saved = os.dup(2)
    except OSError:  # a process without stderr
        _saved = -1
        return
    stream = sys.stderr
    with contextlib.suppress(OSError, ValueError, AttributeError):  # no stream at all, or one without a descriptor
        if stream.fileno() == 2:
            stream.flush()
            heard = open(os.dup(2), "w", buffering=1, encoding=stream.encoding, errors=stream.errors)  # noqa: SIM115
            _usual, _heard, sys.stderr = stream, heard, heard
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)


def _end() -> None:
    global _saved, _usual, _heard
    if _saved < 0:
        return
    os.dup2(_saved, 2)
    os.close(_saved)
    _saved = -1
    # not closed: another thread may be writing to it; it closes itself when nobody holds it any more
    if _heard is not None and sys.stderr is _heard and _usual is not None:
        sys.stderr = _usual
    _usual = _heard = None
