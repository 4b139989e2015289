"""Kokoro's own process: requests come in on stdin as lines of JSON, sound goes out on stdout.

    PYTHON kokoro_worker.py MODEL.onnx VOICES.bin

It may run under another Python than the runtime's, whose libraries need an older numpy than kokoro-onnx does; hence it
imports nothing of the runtime. API: github.com/thewh1teagle/kokoro-onnx, `Kokoro.create`.

In: {"id", "text", "voice", "speed", "lang"} speaks, {"cancel": id} ends a text after the sentence under way. Out: lines
of JSON, {"ready": true, "voices": [...]} or {"error": text} first, then {"id", "rate", "samples": n} followed by n
float32 little-endian, {"id", "end": true} or {"id", "error": text}.
"""

from __future__ import annotations

import json
import os
import queue
import re
import sys
import threading
from contextlib import suppress

SENTENCE_PAUSE_S = 0.25
_SHORT = 25
"""Characters below which a sentence is spoken together with the next one: the voice is steadier on longer texts."""


def sentences(text: str) -> list[str]:
    """Parts of `text` that are spoken one after the other, so that the first is heard while the next is made."""
    parts = [part.strip() for part in re.split(r"(?<=[.!?;:。！？])\s+|\n+|(?<=[。！？])", text)]
    joined: list[str] = []
    for part in filter(None, parts):
        if joined and len(joined[-1]) < _SHORT:
            joined[-1] += " " + part
        else:
            joined.append(part)
    return joined


def main() -> int:
    if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
        sys.path.pop(0)  # the modules beside this one are not meant to be found by their bare names
    with suppress(OSError, AttributeError):  # speech must never cost the face a frame; Windows has no nice
        os.nice(5)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the messages

    def say(message: dict[str, object], sound: bytes = b"") -> None:
        out.write(json.dumps(message).encode() + b"\n" + sound)
        out.flush()

    try:
        import numpy as np
        from kokoro_onnx import Kokoro

        kokoro = Kokoro(sys.argv[1], sys.argv[2])
        voices = [str(name) for name in kokoro.get_voices()]
    except Exception as error:  # libraries raise what they like for a model that is none
        say({"error": f"{type(error).__name__}: {error}"[:300]})
        return 1
    say({"ready": True, "voices": voices})
    waiting: queue.SimpleQueue[dict[str, object] | None] = queue.SimpleQueue()
    cancelled: set[object] = set()

    def read() -> None:
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if "cancel" in request:
                cancelled.add(request["cancel"])
            else:
                waiting.put(request)
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while (request := waiting.get()) is not None:
        number = request["id"]
        try:
            parts = sentences(str(request["text"]))
            for index, part in enumerate(parts):
                if number in cancelled:
                    break
                samples, rate = kokoro.create(
                    part, voice=str(request["voice"]), speed=float(str(request["speed"])), lang=str(request["lang"])
                )
                sound = np.asarray(samples, "<f4").ravel()
                if index + 1 < len(parts):
                    sound = np.concatenate([sound, np.zeros(int(rate * SENTENCE_PAUSE_S), "<f4")])
                say({"id": number, "rate": int(rate), "samples": len(sound)}, sound.astype("<f4").tobytes())
            say({"id": number, "end": True})
        except BrokenPipeError:
            return 0
        except Exception as error:
            say({"id": number, "error": f"{type(error).__name__}: {error}"[:300]})
        cancelled.discard(number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
