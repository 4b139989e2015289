"""Words that differ only in what the lips or the tongue do, set into short frames, as in articulation tests.

p, b, m against t, d, n, k, w, v, f, th before the same vowel: an encoder that closes lips by guess fails on these.
"""

from __future__ import annotations

import random

_SETS = (
    "pat bat mat that cat", "pea bee me tea knee", "pole bowl mole toll coal", "pie buy my tie why",
    "pay bay may day way", "pan ban man than can", "pool boo moo too coo", "par bar mar tar car",
    "pill bill mill till will", "pick big mick tick wick", "pore bore more door war", "pet bet met debt wet",
    "pun bun none ton one", "peel beal meal deal wheel", "pine bine mine dine wine", "poor boar moor tour four",
    "pain bane main vein wane", "peer beer mere deer veer", "cap cab cam cat can", "rope robe roam wrote road",
    "lap lab lamb lad laugh", "rip rib rim writ riff", "cup cub come cut cuff", "hop hob hum hot huff",
    "soup sue moon soon tooth", "tap tab tam that tan", "simple symbol simmer sinner silver",
    "pepper bubble mummy daddy mother", "fin thin bin min tin", "fan van pan than ran", "vat bat mat that fat",
    "vest best messed test west", "thick fick pick sick kick", "though foe bow mow toe", "deaf death debt dead den",
    "leaf leave leap lean league", "wreath reef reap ream read", "boat vote moat note goat",
    "berry very merry dairy wary", "light might bite fight white", "loop room boom noon food",
    "shoe chew two boo moo", "lip limb live lit link", "map mob mop mat man", "bomb mom pop top not",
    "palm balm calm fall tall", "about amount apart account around", "oboe over only open omen",
    "appear amaze abuse avoid adore", "Emma Abba opera alpha other",
)  # fmt: skip
_HELD_OUT_SETS = (
    "pit bit mitt fit wit", "peak beak meek teak week", "pace base mace face lace", "pump bump mumps dump thump",
    "ape Abe aim ate eight", "happy abbey hammy haven heavy", "post boast most ghost toast",
    "push bush mush could wood",
)  # fmt: skip
_FRAMES = (
    "{0}, {1}, {2}, {3}, {4}.",
    "I said {0}, not {3}.",
    "Did you say {1}, or was it {4}?",
    "A {2} is no {0}!",
    "{2}? No, {1}. Or perhaps {3}.",
    "It sounds like {4}, but they mean {2}.",
    "{0} and {2}, {1} and {4}.",
    "Put {1} after {0}, and {2} after {3}.",
)


def _sentences(sets: tuple[str, ...], each: int, seed: int) -> tuple[str, ...]:
    chooser = random.Random(seed)
    lines: dict[str, None] = {}
    for words in sets:
        for frame in chooser.sample(_FRAMES, each):
            mixed = words.split()
            chooser.shuffle(mixed)
            text = frame.format(*mixed)
            lines.setdefault(text[0].upper() + text[1:])
    return tuple(lines)


MINIMAL_PAIRS = _sentences(_SETS, 5, 31)
HELD_OUT_MINIMAL_PAIRS = _sentences(_HELD_OUT_SETS, 1, 32)
