"""What the long memory costs however long the conversation has been: minute 11 against hour 10, in turns.

    python benchmarks/context.py [--model FOLDER] [--hours 10] [--seconds 40] [--json]

The shipped LCU follows one conversation as the runtime does: per 40 ms a step of the LPE, HBCU's fusion of the newest
S_usr, and LAU's c_emo; twice a second Φ reads a summary (here in turn, at run time beside the frames). Two copies stand
at minute 11 and at hour 10, brought there by the chunked scan and by Φ's whole-sequence form, and then take the same
seconds in turns.

`tick_ms_p50`, `tick_ms_p95`: one such 40 ms, Φ's share of it included. `cost_ratio_hour10`: hour 10 over minute 11,
medians of seconds measured in turns. `memory_growth_mb`: what the process grew by between the two (resident set), all
state and history included. `state_mb`: size of the tensors, the same at any time.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.errors import EchoError, PackageError
from echo_runtime.signals import FACE_DIM, FRAME_RATE, FRAME_US, MELS_PER_FRAME, VOICE_DIM, FloatArray

if TYPE_CHECKING:
    from echo_runtime.avatars import Package

MINUTE_11_S = 660.0
_PIECE_S = 60
_TURN_S = 4


def player(seconds: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """A made-up player: face (T, 61) that wanders within its range, voice (4T, 81) that comes and goes."""
    random = np.random.default_rng(seed)
    frames = round(seconds * FRAME_RATE)
    slow = np.cumsum(random.normal(0, 0.05, (frames, FACE_DIM)), 0)
    face = (0.25 + 0.25 * np.sin(slow)).astype(np.float32)
    face[:, -1] = random.random(frames) > 0.02
    voice = random.normal(-6.0, 1.5, (frames * MELS_PER_FRAME, VOICE_DIM)).astype(np.float32)
    voice[:, -1] = np.repeat(np.sin(np.arange(frames) / 60.0) > 0, MELS_PER_FRAME)
    return face, voice


class Follower:
    """One conversation at the time `now_us`, ready to be followed tick by tick."""

    def __init__(self, models: Any, lau: Any) -> None:
        self.perception, self.context = models.perception(), models.player_context(immediate=True)
        self.lau, self.now_us = lau, 0

    def second(self, face: FloatArray, voice: FloatArray) -> list[float]:
        """The next 25 ticks; seconds that each took."""
        took = []
        for tick in range(FRAME_RATE):
            heard = voice[MELS_PER_FRAME * tick : MELS_PER_FRAME * (tick + 1)]
            began = time.perf_counter()
            self.now_us += FRAME_US
            self.perception.observe(face[tick : tick + 1], heard)
            self.context.observe(face[tick : tick + 1], heard, False, self.now_us)
            self.context.f_pu(self.perception.f_pu, self.now_us)
            self.lau.c_emo(self.now_us)
            took.append(time.perf_counter() - began)
        return took


class LongRun:
    """Brings the LCU of a package through hours, by its forms for whole sequences."""

    def __init__(self, package: Package) -> None:
        from linguistic_affect import talk

        from echo_runtime.context.context_weights import build_context
        from echo_runtime.context.linguistic_affect import LinguisticAffect
        from echo_runtime.runtime.models import build_modules

        manifest: Any = package.manifest
        if not manifest.context:
            raise PackageError(f"{package.directory} has no HBCU; package a motion stage that was trained with one.")
        _, _, self._perception = build_modules(package)
        self._phi, _ = build_context(manifest.context, package.tensors("context"))
        self._lpe, self._ring = self._perception.initial_state(1), self._phi.initial_state(1)
        self._hidden: Any = None
        self.lau, self._talk = LinguisticAffect("npc"), talk(1)
        self.seconds = 0.0

    def advance_to(self, seconds: float) -> None:
        import torch

        from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, summarise

        with torch.no_grad():
            while self.seconds < seconds:
                # a piece is a whole number of summaries
                ticks = round(_PIECE_S * FRAME_RATE / SUMMARY_FRAMES) * SUMMARY_FRAMES
                face, voice = (torch.from_numpy(x)[None] for x in player(ticks / FRAME_RATE, int(self.seconds)))
                self._p_usr, self._lpe = self._perception(face, voice, self._lpe, every=ticks)
                summaries = summarise(face, voice, torch.zeros(1, ticks))
                hidden, self._ring = self._phi(summaries, self._ring)
                self._hidden = hidden[:, -1]
                self.seconds += ticks / FRAME_RATE
        while self._turned_s < self.seconds:
            speaker, text = next(self._talk)
            self.lau.hear(speaker, text, round(self._turned_s * 1e6))
            self._turned_s += _TURN_S

    _turned_s = 0.0

    def follower(self, models: Any) -> Follower:
        """From here on, tick by tick; the LAU is this run's own."""
        from echo_runtime.context.behaviour_understanding import STATE_NAMES

        one = Follower(models, self.lau)
        scans = {f"scan.{i}": t.numpy().copy() for i, t in enumerate(self._lpe.tensors)}
        one.perception.load_state({"f_pu": self._p_usr[:, -1].numpy().copy(), **scans})
        ring = {n: t.numpy().copy() for n, t in zip(STATE_NAMES, self._ring.tensors, strict=True)}
        logits = self._phi.behaviour_logits(self._hidden).detach().numpy().copy()
        one.context.load_state({**ring, "hidden": self._hidden.numpy().copy(), "logits": logits})
        one.now_us = round(self.seconds * 1e6)
        return one


def resident_mb() -> float:
    """Resident memory of this process; NaN where the platform does not tell."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(model: str | None = None, hours: float = 10.0, seconds: int = 40) -> dict[str, float | str]:
    """See the module. Raises PackageError and BackendError."""
    import torch

    from echo_runtime.avatars import model_package
    from echo_runtime.runtime.models import load_models

    package = model_package(model)
    early_run, late_run = LongRun(package), LongRun(package)
    models = load_models(model)
    torch.set_num_threads(1)
    early_run.advance_to(MINUTE_11_S)
    early = early_run.follower(models)
    late_run.advance_to(MINUTE_11_S)
    before = resident_mb()
    late_run.advance_to(3600.0 * hours)
    growth = resident_mb() - before
    late = late_run.follower(models)
    face, voice = player(seconds + 2, 7)
    costs: list[tuple[float, float]] = []
    ticks: list[float] = []
    for number in range(seconds + 2):
        now = slice(number * FRAME_RATE, (number + 1) * FRAME_RATE)
        heard = slice(MELS_PER_FRAME * now.start, MELS_PER_FRAME * now.stop)
        # who goes first changes, because the second finds the caches as the first left them
        order = [early, late] if number % 2 else [late, early]
        took = {id(one): one.second(face[now], voice[heard]) for one in order}
        if number >= 2:  # the first are warm-up
            costs.append((statistics.fmean(took[id(early)]), statistics.fmean(took[id(late)])))
            ticks += took[id(late)]
    state = {**late.perception.state(), **late.context.state()}
    return {
        "tick_ms_p50": round(1e3 * statistics.median(ticks), 3),
        "tick_ms_p95": round(1e3 * float(np.quantile(ticks, 0.95)), 3),
        "tick_ms_mean": round(1e3 * statistics.fmean(ticks), 3),
        "cost_ratio_hour10": round(statistics.median(c[1] for c in costs) / statistics.median(c[0] for c in costs), 3),
        "memory_growth_mb": round(growth, 2),
        "state_mb": round(sum(a.nbytes for a in state.values()) / 1e6, 2),
        "backends": ", ".join(f"{k}: {models.backends[k]}" for k in ("perception", "context")),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        numbers = measure(options.model, options.hours, options.seconds)
    except EchoError as error:
        print(f"echo-runtime: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"context": numbers}, indent=1))
    else:
        for name, value in numbers.items():
            print(f"{name:<18} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
