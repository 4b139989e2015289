"""What one NPC makes of the player over minutes, at run time: Φ beside the frame path, its newest answer in f_pu.

Every NPC has one of its own, because Φ also reads when the NPC itself spoke: a smile means another thing as an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from echo_runtime.context.asynchronous_understanding import AsynchronousUnderstanding
from echo_runtime.context.moment_collector import MomentCollector
from echo_runtime.context.understanding import Moment, State, Understanding, Understood
from echo_runtime.recording.inflow import Inflow
from echo_runtime.recording.newest_result import NewestResult
from echo_runtime.signals import FRAME_US, FloatArray

Fusion = Callable[..., tuple[FloatArray, ...]]
"""A compiled HighLevelContext: P_usr (1, K, width), S_usr (1, 1, hidden), age (1,) s, known (1,) → f_pu."""
_NO_SOUND = np.zeros(0, np.float32)


class _Beside(Protocol):
    """How an understanding model is asked."""

    def offer(self, moment: Moment) -> None: ...
    def newest(self, now_us: int) -> tuple[Understood, float] | None: ...
    def reset(self) -> None: ...
    def state(self) -> State: ...
    def load_state(self, state: State) -> None: ...
    def stop(self, timeout_s: float = 2.0) -> bool: ...


class ImmediateUnderstanding:
    """Answers inside `offer`: for virtual clocks and for evaluation, where the same inputs must give the same frames.
    The interface of AsynchronousUnderstanding."""

    def __init__(self, model: Understanding) -> None:
        self._model = model
        self._newest: Understood | None = None

    def offer(self, moment: Moment) -> None:
        self._newest = self._model.observe(moment)

    def newest(self, now_us: int) -> tuple[Understood, float] | None:
        return None if self._newest is None else (self._newest, max(0.0, (now_us - self._newest.time_us) / 1e6))

    def reset(self) -> None:
        self._model.reset()
        self._newest = None

    def state(self) -> State:
        return self._model.state()

    def load_state(self, state: State) -> None:
        self._model.load_state(state)
        self._newest = None

    def stop(self, timeout_s: float = 2.0) -> bool:
        return True


class PlayerContext:
    """Ticks of the player in, f_pu out. Used by the runtime's loop only; what `model` does happens beside it, unless
    `immediate`."""

    def __init__(self, model: Understanding, fuse: Fusion, name: str = "", immediate: bool = False) -> None:
        self._hidden_width = model.hidden_width
        self._model: _Beside = ImmediateUnderstanding(model) if immediate else AsynchronousUnderstanding(model, name)
        self._fuse = fuse
        self._collector = MomentCollector(sound_s=0.0)
        self._used: Understood | None = None
        self.through(Inflow(), name)

    def through(self, inflow: Inflow, npc: str) -> None:
        """Answers come through `inflow` from now on, so that they are adopted at the same moments in a replay."""
        self._inflow = inflow
        self._answers: NewestResult[Understood] = NewestResult(inflow, f"understood {npc}")

    def observe(self, face: FloatArray, voice: FloatArray, npc_speaking: bool, observed_us: int) -> None:
        """n ticks of the player: face (n, 61), voice (4n, 81), the last of them at `observed_us`."""
        self._collector.add(face, voice, _NO_SOUND, float(npc_speaking))
        if self._collector.ready:
            moment = self._collector.take(observed_us - self._collector.beyond * FRAME_US)
            assert moment is not None
            if not self._inflow.replaying:
                self._model.offer(moment)

    def f_pu(self, p_usr: FloatArray, observed_us: int) -> FloatArray:
        """P_usr (1, K, width), which has seen the player up to `observed_us`, with the newest S_usr in it, as old as
        that is then; P_usr itself before the first answer."""
        self._used = self._answers.adopt(lambda: n[0] if (n := self._model.newest(observed_us)) is not None else None)
        if self._used is None:
            return p_usr
        age_s = max(0.0, (observed_us - self._used.time_us) / 1e6)
        age, known = np.array([age_s], np.float32), np.ones(1, np.float32)
        return self._fuse(p_usr, self._used.s_usr[None, -1:], age, known)[0]

    @property
    def adopted_us(self) -> int | None:
        """Time of the moment whose answer is in the newest f_pu; None without one."""
        return None if self._used is None else self._used.time_us

    @property
    def behaviours(self) -> Mapping[str, float]:
        """What Φ says the player is doing, by behaviour_transformer.BEHAVIOURS; empty before the first answer."""
        return {} if self._used is None else self._used.behaviours

    def reset(self) -> None:
        """Another player: nothing of this one stays."""
        self._collector.reset()
        self._model.reset()

    def state(self) -> State:
        return self._model.state()

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave. Raises ValueError when it is of a model of other sizes."""
        self._model.load_state(state)

    def close(self) -> None:
        """Ends the thread, if there is one."""
        self._model.stop()
