"""Which numbers of a face a device measures, and what perception sees of its regions because of that."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, PLAYER_REGIONS, FloatArray

NAMED_REGIONS: dict[str, tuple[str, ...]] = {
    "brows": PLAYER_REGIONS["brows"],
    "eyes": PLAYER_REGIONS["eyes"],
    "gaze": PLAYER_REGIONS["gaze"],
    "cheeks": PLAYER_REGIONS["cheeks"] + PLAYER_REGIONS["nose"],
    "mouth": PLAYER_REGIONS["mouth_corners"] + PLAYER_REGIONS["lips"],
    "jaw": PLAYER_REGIONS["jaw"],
    "head": PLAYER_REGIONS["head_pose"],
}
"""What an engine may say the validity of, by the words of the protocol's `regions`."""
HIDDEN_SHARE, SEEN_SHARE = 0.25, 0.5
"""A region of whose numbers at most a quarter is known is hidden, with half of them it is seen; between the two it
fades, so that nothing jumps while a device takes over."""


def _membership() -> FloatArray:
    mask = np.zeros((len(PLAYER_REGIONS), MOTION_DIM), np.float32)
    for i, names in enumerate(PLAYER_REGIONS.values()):
        mask[i, [MOTION_INDEX[n] for n in names]] = 1.0 / len(names)
    return mask


_MEAN = _membership()


def known_numbers(regions: Mapping[str, float], overall: float) -> FloatArray:
    """(60,) in [0, 1]: how far each number of a face of validity `overall` was measured, relative to that validity.

    `regions`: validities of single regions by the names of NAMED_REGIONS; others are skipped.
    """
    known = np.ones(MOTION_DIM, np.float32)
    for name, validity in regions.items():
        for channel in NAMED_REGIONS.get(name, ()):
            known[MOTION_INDEX[channel]] = min(max(validity / overall, 0.0), 1.0) if overall > 0.0 else 0.0
    return known


def seen_regions(known: FloatArray) -> FloatArray:
    """(60,) how far each number is known → (9,) how far each of PLAYER_REGIONS is seen."""
    share = _MEAN @ known
    return np.clip((share - HIDDEN_SHARE) / (SEEN_SHARE - HIDDEN_SHARE), 0.0, 1.0).astype(np.float32)
