"""Listens to a microphone in a process of its own and prints what happens, one JSON line each.

    python microphone_program.py NAME

Ends when its stdin does. Lines: {"note": …}, {"heard": seconds of sound since the last line, "tone": share of 440 Hz in
it, "age": of its end in seconds}, and at the end {"statistics": …}, {"closed_in": seconds}.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import numpy as np

from echo_runtime.capture.microphone import Microphone
from echo_runtime.capture.source import monotonic_us
from echo_runtime.errors import EchoError


def main() -> None:
    name = sys.argv[1]
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    microphone = Microphone(name or None)
    try:
        microphone.start(monotonic_us())
    except EchoError as error:
        print(json.dumps({"error": type(error).__name__, "text": str(error)}), flush=True)
        return
    runs, slowest = [], 0.0
    while not ended.is_set():
        time.sleep(0.02)
        began = time.perf_counter()
        runs += microphone.read_until(monotonic_us())
        slowest = max(slowest, time.perf_counter() - began)
        for note in microphone.take_notes():
            print(json.dumps({"note": note}), flush=True)
        samples = np.concatenate([run.samples for run in runs]) if runs else np.zeros(0, np.float32)
        if len(samples) > 8000:
            blocks = samples[: len(samples) // 160 * 160].reshape(-1, 160)
            wave = np.exp(2j * np.pi * 440 * np.arange(160) / 16_000)
            share = np.abs(blocks @ wave) ** 2 / (80 * (blocks**2).sum(1) + 1e-9)
            age = (monotonic_us() - runs[-1].time_us) / 1e6
            line = {"heard": len(samples) / 16_000, "tone": float(np.median(share)), "age": age}
            print(json.dumps(line), flush=True)
            runs = []
    print(
        json.dumps({"statistics": microphone.statistics(), "notes": microphone.notes, "slowest": slowest}), flush=True
    )
    began = time.monotonic()
    microphone.close()
    print(json.dumps({"closed_in": time.monotonic() - began}), flush=True)


main()
