"""The shipped understanding model at run time: Φ as a compiled graph, with ten minutes of memory."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from echo_runtime.context.behaviour_transformer import BEHAVIOURS
from echo_runtime.context.understanding import Moment, State, Understood, check_arrays
from echo_runtime.signals import FloatArray

STATE_NAMES = ("key", "value", "filled")

Graph = Callable[..., tuple[npt.NDArray, ...]]
"""A BehaviourGraph as a backend compiled it: arrays in, arrays out, none changed in place."""


class BehaviourUnderstanding:
    """`graph`: a compiled BehaviourGraph; `initial`: key, value and filled of its empty state, batch of one.

    A summary with numbers that are not finite is left out: it would stay in the memory for ten minutes.
    """

    def __init__(
        self, graph: Graph, initial: tuple[FloatArray, ...], hidden_width: int, turn: threading.Lock | None = None
    ) -> None:
        self.graph, self._width = graph, hidden_width
        self._turn = turn or threading.Lock()
        """Held while the graph runs, which several of these share, each in a thread of its own."""
        self._initial = initial
        self._shapes = {name: array.shape for name, array in zip(STATE_NAMES, initial, strict=True)}
        self.left_out = 0
        """Summaries that were not finite."""
        self._state: tuple[npt.NDArray, ...]
        self._hidden: npt.NDArray
        self._logits: npt.NDArray
        self._time_us: int | None
        self.reset()

    def fresh(self) -> BehaviourUnderstanding:
        """Another one, which remembers nobody yet; they share the graph."""
        return BehaviourUnderstanding(self.graph, self._initial, self._width, self._turn)

    @property
    def hidden_width(self) -> int:
        return self._width

    def observe(self, moment: Moment) -> Understood:
        """One graph call per summary; without any, what was understood last, and when."""
        state, hidden, logits = self._state, self._hidden, self._logits
        finite = np.isfinite(moment.summaries).all(1)
        for summary in moment.summaries[finite]:
            with self._turn:
                hidden, logits, *rest = self.graph(summary[None], *state)
            state = tuple(rest)
        self._state, self._hidden, self._logits = state, hidden, logits
        self.left_out += int((~finite).sum())
        if self._time_us is None or finite.any():
            self._time_us = moment.time_us
        odds = 1.0 / (1.0 + np.exp(-logits[0].astype(np.float64).clip(-60.0, 60.0)))
        known = bool(state[-1].any())  # before the first summary nothing is known of behaviours
        behaviours = dict(zip(BEHAVIOURS, map(float, odds), strict=True)) if known else {}
        return Understood(hidden.astype(np.float32), self._time_us, behaviours)

    def reset(self) -> None:
        self._state = self._initial
        self._hidden = np.zeros((1, self._width), np.float32)
        self._logits = np.zeros((1, len(BEHAVIOURS)), np.float32)
        self._time_us = None

    def state(self) -> State:
        named = dict(zip(STATE_NAMES, self._state, strict=True))
        return {**named, "hidden": self._hidden, "logits": self._logits}

    def check_state(self, state: State) -> None:
        shapes = {**self._shapes, "hidden": (1, self._width), "logits": (1, len(BEHAVIOURS))}
        check_arrays(state, shapes, "the behaviour transformer")

    def load_state(self, state: State) -> None:
        self.check_state(state)
        self._state = tuple(state[name].copy() for name in STATE_NAMES)
        self._hidden, self._logits = state["hidden"].copy(), state["logits"].copy()
        self._time_us = None  # the memory comes from another clock
