"""A headset's face over the wire: what it moves in the NPC's perception, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from echo_bridge.curves import CURVE_SETS
from test_runtime import running

from echo_runtime.capture.player import PlayerWindow


@pytest.fixture
def worn(untrained, untrained_models):
    """(function that sends a headset's face for half a second, the windows that the runtime observed)."""
    with running(untrained, lambda: untrained_models) as (runtime, client):
        windows: list[PlayerWindow] = []
        advance = runtime.capture.advance

        def watched(time_us: int) -> PlayerWindow:
            window = advance(time_us)
            windows.append(window)
            return window

        runtime.capture.advance = watched

        def send(curves: str, regions: dict[str, float] | None = None, **values: float) -> np.ndarray:
            array = np.zeros(len(CURVE_SETS[curves]), np.float32)
            for name, value in values.items():
                array[CURVE_SETS[curves].index(name)] = value
            for _ in range(12):
                now = client.stats() and runtime.clock.now_us() + 1000
                client.player_curves(curves, array, captured_us=now, regions=regions)
                client.advance(0.04)
            return runtime.log.motions[-1]

        yield send, windows


def test_a_set_of_any_headset_moves_the_same_face(worn) -> None:
    send, windows = worn
    for curves, name in (
        ("fb70", "JAW_DROP"), ("androidxr68", "JAW_DROP"), ("htc51", "LIP_JAW_OPEN"), ("arkit52", "jawOpen"),
    ):  # fmt: skip
        send(curves, **{name: 0.75})
        newest = next(w for w in reversed(windows) if w.ticks)
        face = newest.face[-1]
        assert face[17] == pytest.approx(0.75), f"jawOpen, from {curves}"
        assert face[:52].sum() == pytest.approx(0.75)
        assert newest.seen is not None
        assert (newest.seen[-1] == 1.0).all() == (curves != "htc51")


def test_what_is_hidden_is_hidden_from_the_perception(untrained, untrained_models) -> None:
    """A smile in a region that is said not to be seen changes nothing; seen, it does."""

    def shown(regions: dict[str, float], smile: float) -> np.ndarray:
        with running(untrained, lambda: untrained_models, 3) as (runtime, client):
            array = np.zeros(70, np.float32)
            names = CURVE_SETS["fb70"]
            array[[names.index("LIP_CORNER_PULLER_L"), names.index("LIP_CORNER_PULLER_R")]] = smile
            for _ in range(12):
                now = client.stats() and runtime.clock.now_us() + 1000
                client.player_curves("fb70", array, captured_us=now, regions=regions)
                client.advance(0.04)
            return np.array(runtime.log.motions)

    hidden = {"mouth": 0.0}
    np.testing.assert_array_equal(shown(hidden, 0.0), shown(hidden, 1.0))
    assert np.abs(shown({}, 0.0) - shown({}, 1.0)).max() > 1e-4
