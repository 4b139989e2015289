"""The recogniser's own process: utterances come in on stdin, one line of JSON per utterance goes out on stdout.

    python -m echo_runtime.recognition.worker CHOICE

An utterance is its number of samples as a little-endian u32, then the samples as float32. First comes {"ready": true}
or {"error": text}. It works at low priority and ends with its stdin: recognition must never cost the face a frame, and
a library that holds the interpreter for a second would, in the runtime's own process.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from contextlib import suppress

import numpy as np

from echo_runtime.recognition.recogniser import choose_recogniser, load_recogniser

LONGEST = 60 * 16_000


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> int:
    with suppress(OSError, AttributeError):
        os.nice(5)
    try:
        recogniser = load_recogniser(choose_recogniser(sys.argv[1]))
    except Exception as error:  # libraries raise what they like for a model that is none
        _say({"error": f"{type(error).__name__}: {error}"[:300]})
        return 1
    _say({"ready": True})
    source = sys.stdin.buffer
    while len(head := source.read(4)) == 4:
        (count,) = struct.unpack("<I", head)
        if count > LONGEST or len(data := source.read(4 * count)) < 4 * count:
            break
        try:
            text = recogniser.transcribe(np.frombuffer(data, "<f4"))
        except Exception as error:
            _say({"error": f"{type(error).__name__}: {error}"[:300]})
            continue
        _say({"text": text[:4096]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
