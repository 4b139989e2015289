"""What the LAU costs however long the conversation has been: minute 11 against hour 10, in turns.

    python benchmarks/linguistic_affect.py [--hours 10] [--json]

A turn every four seconds of varied talk. `tick_us_p50`: being asked for c_emo, once per 40 ms. `turn_ms_p50`: hearing a
turn. `cost_ratio`: hour 10 over minute 11, of a second of conversation (25 ticks and a quarter of a turn), medians of
batches measured in turns, so that other load falls on both alike. `memory_growth_mb`: from minute 11 to hour 10, as
Python counts its allocations. `file_kb`: the memory file at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Iterator, Sequence

from echo_runtime.context.linguistic_affect import LinguisticAffect
from echo_runtime.context.memory import encode, parted

TURN_S = 4
_ROUNDS, _TURNS = 60, 3
"""Batches, and turns of each: together 12 minutes, so that minute 11 stays near itself."""
_THINGS = (
    "dragon", "river", "lantern", "wolf", "harbour", "bread", "castle", "violin", "orchard", "mill", "garden", "ship",
    "letter", "horse", "tower",
)  # fmt: skip
_SAID = (
    "The {0} made me so happy, what a wonderful {1}!", "I was very sad when the {0} broke.", "Where is the {0}?",
    "The {0} is behind the {1}, I think.", "I hate that {0}, it is not fair.", "Do you remember the {0} and the {1}?",
    "Thank you, you are so kind.", "It was frightening, but now I am fine.", "Yes, of course.", "{1}? No {0} at all.",
)  # fmt: skip


def talk(seed: int) -> Iterator[tuple[str, str]]:
    """(speaker, text) without end, with ever new words among the old ones."""
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        new = "".join(rng.choice("bdfgklmnprst") + rng.choice("aeiou") for _ in range(4))
        things = [rng.choice([*_THINGS, new]) for _ in range(2)]
        yield ("player" if number % 2 else "npc"), rng.choice(_SAID).format(*things)


class Conversation:
    """An LAU after so many seconds, which goes on."""

    def __init__(self, seconds: float, seed: int) -> None:
        self._lau, self._talk, self.now_us = LinguisticAffect("npc"), talk(seed), 0
        while self.now_us < seconds * 1e6:
            self.turn()

    def turn(self) -> None:
        speaker, text = next(self._talk)
        self._lau.hear(speaker, text, self.now_us)
        self.now_us += TURN_S * 1_000_000

    def batch(self) -> tuple[float, float]:
        """(seconds per turn, seconds per tick) over a few turns and their ticks."""
        turns = ticks = 0.0
        for _ in range(_TURNS):
            began = time.perf_counter()
            self.turn()
            turns += time.perf_counter() - began
            began = time.perf_counter()
            for tick in range(25 * TURN_S):
                self._lau.c_emo(self.now_us + tick * 40_000)
            ticks += time.perf_counter() - began
        return turns / _TURNS, ticks / (_TURNS * 25 * TURN_S)

    def file_bytes(self) -> int:
        return len(encode(parted(self._lau, self.now_us, 0.0)))


def measure(hours: float = 10.0, rounds: int = _ROUNDS) -> dict[str, float]:
    """See the module."""
    tracemalloc.start()
    early = Conversation(660.0, 1)
    first = tracemalloc.get_traced_memory()[0]
    late = Conversation(3600.0 * hours, 1)
    second = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    batches: list[dict[int, tuple[float, float]]] = []
    for number in range(rounds):
        # who goes first changes, because the second finds the caches as the first left them
        order = [(0, early), (1, late)] if number % 2 else [(1, late), (0, early)]
        batches.append({i: conversation.batch() for i, conversation in order})
    costs = [[turn / TURN_S + 25 * tick for turn, tick in (pair[i] for pair in batches)] for i in (0, 1)]
    return {
        "tick_us_p50": round(1e6 * statistics.median(b[1][1] for b in batches), 2),
        "turn_ms_p50": round(1e3 * statistics.median(b[1][0] for b in batches), 4),
        "cost_ratio": round(statistics.median(costs[1]) / statistics.median(costs[0]), 3),
        "memory_growth_mb": round((second - first) / 1e6, 3),
        "file_kb": round(late.file_bytes() / 1e3, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    numbers = measure(options.hours)
    if options.json:
        print(json.dumps({"linguistic_affect": numbers}, indent=1))
    else:
        for name, value in numbers.items():
            print(f"{name:<18} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
