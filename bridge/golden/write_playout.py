"""Writes the playout scenarios: what goes into the playout structures and what must come out, for every client.

    python bridge/golden/write_playout.py

`playout.json` holds four lists. Each entry has a `name` and `steps`; a step is a list that begins with its verb:

- `speech` (`rate`, `priming_us`, `patience_us`): `push` pts_us, first, count, epoch, last, taken · `pull` count,
  now_us, heard, time_us, state, delay_us, underruns, buffered_us. Samples are numbered: sample n has the value n + 1,
  so that 0 is silence; `first` is the number of a piece's first sample. `heard` lists what was pulled as [offset,
  first, count], all else being 0.
- `frames` (`size`): `push` pts_us, item, epoch, taken · `show` time_us, item or null.
- `curves` (`size`): `push` pts_us, values, head, epoch, taken · `at` time_us, values, head, both within 1e-5.
- `clock`: `add` sent, received, answered, returned, offset_us, round_trip_us.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from echo_bridge.clock import ClockOffset
from echo_bridge.interpolation import CurveTrack
from echo_bridge.playout import FrameQueue, SpeechPlayout

FILE = Path(__file__).with_name("playout.json")
RATE = 16_000
CHUNK = 640
CHUNK_US = 40_000
START_US = 1_000_000
Steps = list[list[Any]]
Piece = tuple[int, int, int, int, int, bool]
"""Arrival in µs, pts_us, number of the first sample, count, epoch, last."""


def _runs(samples: np.ndarray) -> list[list[int]]:
    """Numbered samples as [offset, first, count]."""
    runs: list[list[int]] = []
    for offset in np.flatnonzero(samples).tolist():
        number = int(samples[offset]) - 1
        if runs and offset == runs[-1][0] + runs[-1][2] and number == runs[-1][1] + runs[-1][2]:
            runs[-1][2] += 1
        else:
            runs.append([offset, number, 1])
    return runs


def _on_time(count: int, start_us: int = START_US, epoch: int = 0, first: int = 0) -> list[Piece]:
    return [
        (
            start_us + i * CHUNK_US + 1_000, start_us + i * CHUNK_US, first + i * CHUNK, CHUNK, epoch, i == count - 1
        )
        for i in range(count)
    ]  # fmt: skip


def _late(pieces: list[Piece], index: int, late_us: int) -> list[Piece]:
    return [(piece[0] + (late_us if i >= index else 0), *piece[1:]) for i, piece in enumerate(pieces)]


def speech(
    name: str, pieces: list[Piece], until_us: int, begin_us: int = 900_000, pull: int = 160, rate: int = RATE,
    clock: Callable[[int], int] = lambda now: now,
) -> dict[str, Any]:  # fmt: skip
    """Play pieces as they arrive. `clock`: what the receiver takes for the runtime's time."""
    playout = SpeechPlayout(rate)
    steps: Steps = []
    waiting, now = sorted(pieces, key=lambda piece: piece[0]), begin_us
    while now < until_us:
        while waiting and waiting[0][0] <= now:
            _, pts, first, count, epoch, last = waiting.pop(0)
            samples = np.arange(first + 1, first + 1 + count, dtype=np.float32)
            steps.append(["push", pts, first, count, epoch, last, bool(playout.push(pts, samples, epoch, last))])
        heard = _runs(playout.pull(pull, clock(now)))
        steps.append(
            [
                "pull", pull, clock(now), heard, playout.time_us, playout.state, playout.delay_us, playout.underruns,
                playout.buffered_us,
            ]
        )  # fmt: skip
        now += pull * 1_000_000 // rate
    return {"name": name, "rate": rate, "priming_us": 40_000, "patience_us": 500_000, "steps": steps}


def _random_speech(seed: int) -> dict[str, Any]:
    draw = random.Random(seed)
    pieces: list[Piece] = []
    now, pts, first, epoch = START_US, START_US, 0, 0
    for i in range(draw.randint(3, 25)):
        if draw.random() < 0.08:
            epoch += 1
        if draw.random() < 0.1:
            pts += draw.randint(0, 400_000)
        count = draw.randint(0, 900)
        now = max(now, pts + draw.choice([0, 5_000, 20_000, 120_000]))
        stale = epoch > 0 and draw.random() < 0.1
        last = draw.random() < 0.15 or i == 24
        pieces.append((now, pts + draw.randint(-1_500, 1_500), first, count, epoch - stale, last))
        first += count
        pts += count * 1_000_000 // RATE
    return speech(f"random {seed}", pieces, now + 1_500_000, pull=draw.choice([160, 341, 512, 1024]))


def speech_scenarios() -> list[dict[str, Any]]:
    short = [(START_US, START_US, 0, 100, 0, True)]
    empty_last = [*_on_time(2)[:1], (1_060_000, 1_040_000, CHUNK, 0, 0, True)]
    cut_off = [*_on_time(25), *_on_time(5, 1_310_000, epoch=1, first=50_000)]
    gaps = [(p[0] + i * 9_000, p[1] + i * 9_000, *p[2:]) for i, p in enumerate(_on_time(8))]
    quick: list[Piece] = [(START_US + i * 20_000, START_US + i * 20_000, i * 480, 480, 0, i == 9) for i in range(10)]
    return [
        speech("on time", _on_time(12), 1_900_000),
        speech("on time, pulled in blocks of 1024", _on_time(12), 2_200_000, pull=1024),
        speech("one piece 200 ms late: silence, then priming", _late(_on_time(12), 6, 200_000), 2_300_000),
        speech("a grown delay shrinks in silence", _late(_on_time(8), 4, 300_000), 4_200_000, pull=320),
        speech("the last piece is missing", _on_time(3)[:2], 2_600_000),
        speech("shorter than the priming", short, 1_500_000),
        speech("a last piece without samples", empty_last, 1_500_000),
        speech("interrupted", cut_off, 2_200_000),
        speech("two utterances", [*_on_time(5), *_on_time(5, 2_000_000, first=9_000)], 2_800_000, pull=320),
        speech("overlapping times", [(p[0], p[1] - i * 4_000, *p[2:]) for i, p in enumerate(_on_time(8))], 1_900_000),
        speech("gaps between pieces", gaps, 2_100_000),
        speech("24000 Hz", quick, 1_500_000, pull=256, rate=24_000),
        speech("the clock jumps forward by 3 s in speech", _on_time(20), 2_400_000,
               clock=lambda now: now + (3_000_000 if now >= 1_400_000 else 0)),
        speech("the clock jumps forward by 3 s in silence", _on_time(5, 1_500_000), 2_400_000,
               clock=lambda now: now + (3_000_000 if 1_100_000 <= now < 1_400_000 else 0)),
        speech("the clock jumps back by 2 s in silence", _on_time(5, 1_500_000), 2_600_000,
               clock=lambda now: now - (2_000_000 if 1_100_000 <= now < 1_400_000 else 0)),
        *(_random_speech(seed) for seed in range(12)),
    ]  # fmt: skip


def frames(name: str, seed: int, size: int = 8) -> dict[str, Any]:
    draw = random.Random(seed)
    queue: FrameQueue[int] = FrameQueue(size)
    steps: Steps = []
    pts = epoch = 0
    for item in range(120):
        pts += draw.choice([0, 40_000, 40_000, 40_000, -20_000])
        if draw.random() < 0.05:
            epoch += 1
            pts -= draw.choice([0, 300_000])
        old = epoch > 0 and draw.random() < 0.1
        steps.append(["push", pts, item, epoch - old, bool(queue.push(pts, item, epoch - old))])
        if draw.random() < 0.6:
            at = pts - draw.choice([0, 40_000, 100_000, 1_000_000])
            steps.append(["show", at, queue.show(at)])
    return {"name": name, "size": size, "steps": steps}


def curves(name: str, seed: int, size: int = 8) -> dict[str, Any]:
    draw = random.Random(seed)
    track = CurveTrack(size)
    steps: Steps = []
    pts = epoch = 0
    for _ in range(60):
        pts += draw.choice([0, 40_000, 40_000, 50_000])
        if draw.random() < 0.06:
            epoch += 1
            pts -= draw.choice([0, 130_000])
        values = [round(draw.uniform(0.0, 1.0), 4) for _ in range(3)]
        turn = np.asarray([draw.gauss(0, 1) for _ in range(4)])
        head = [float(part) for part in (turn / np.linalg.norm(turn)).round(9)]
        taken = track.push(pts, np.asarray(values, np.float32), head, epoch)
        steps.append(["push", pts, values, head, epoch, bool(taken)])
        at = pts - draw.choice([-10_000, 0, 7_000, 55_000, 99_000, 1_000_000])
        there = track.at(at)
        assert there is not None
        shown = [round(float(value), 7) for value in there[0]], [round(float(part), 7) for part in there[1]]
        steps.append(["at", at, *shown])
    return {"name": name, "size": size, "steps": steps}


def clock(name: str, seed: int, jump_us: int = 0) -> dict[str, Any]:
    draw = random.Random(seed)
    offset = ClockOffset()
    steps: Steps = []
    sent, true_offset = 5_000_000, draw.randint(-(10**12), 10**12)
    for i in range(30):
        sent += 1_000_000
        if i == 15:
            true_offset += jump_us
        there, work, back = draw.randint(50, 3_000), draw.randint(0, 200), draw.randint(50, 3_000)
        received = sent + there + true_offset
        returned = sent + there + work + back
        offset.add(sent, received, received + work, returned)
        steps.append(["add", sent, received, received + work, returned, offset.offset_us, offset.round_trip_us])
    return {"name": name, "steps": steps}


def scenarios() -> dict[str, list[dict[str, Any]]]:
    return {
        "speech": speech_scenarios(),
        "frames": [frames(f"random {seed}", seed, size) for seed, size in ((1, 8), (2, 3), (3, 64))],
        "curves": [curves(f"random {seed}", seed, size) for seed, size in ((1, 8), (2, 64))],
        "clock": [clock("steady", 1), clock("jumps by an hour", 2, 3_600_000_000), clock("jumps back", 3, -7_000_000)],
    }


if __name__ == "__main__":
    lists = (
        f'"{kind}": [\n' + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries) + "\n]"
        for kind, entries in scenarios().items()
    )
    FILE.write_text("{\n" + ",\n".join(lists) + "\n}\n", encoding="utf-8")
