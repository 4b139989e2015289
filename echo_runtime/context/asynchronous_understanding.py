"""An understanding model beside the frame path, in a thread of its own (asynchronous inference).

The frame path offers moments and reads the newest finished answer; neither waits. One call is in flight at a time. A
moment that comes while the model is busy takes the place of the one that waits, whose summaries it inherits: the model
sees every summary, and of everything else the newest. What the model does wrong stays here: an exception or a call that
does not end costs answers, never frames.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echo_runtime.context.understanding import Moment, State, Understanding, Understood

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
"""After a failure the model is left alone for this long; doubled with every failure in a row."""
SLOW_CALL_S = 20.0
"""A call that takes longer is reported, once, as one that may never end."""
_SMOOTHING = 0.2


@dataclass(frozen=True)
class UnderstandingStatistics:
    """Counts since the start. `seconds_per_answer`: smoothed over about five answers, 0 before the first.

    `age_s` of the newest answer, None before the first. `busy_s`: how long the call in flight has taken, 0 without one.
    `joined`: moments that were merged into a newer one. `problem`: the last failure, one sentence; "" after a success.
    """

    answers: int
    failures: int
    joined: int
    seconds_per_answer: float
    age_s: float | None
    busy_s: float
    problem: str


class AsynchronousUnderstanding:
    """Owns `model` from now on: all its methods run in one thread of this object, except `check_state`.

    Methods may be called from any thread and return at once; only `stop` waits, as long as it is told.
    """

    def __init__(self, model: Understanding, name: str = "Φ") -> None:
        self.name, self.hidden_width = name, model.hidden_width
        self._model = model
        self._wake = threading.Condition()
        self._stopping = False
        self._waiting: Moment | None = None
        self._orders: list[Callable[[], None]] = []
        self._era = 0  # raised by reset and load_state: an answer from before them is not shown
        self._newest: Understood | None = None
        self._state: State = model.state()
        self._answers = self._failures = self._joined = self._in_row = 0
        self._seconds, self._problem = 0.0, ""
        self._reported: set[str] = set()
        self._began: float | None = None
        self._thread = threading.Thread(target=self._work, name=f"waiting understanding by {name}", daemon=True)
        self._thread.start()

    # -- the frame path -----------------------------------------------------------------------------------------------

    def offer(self, moment: Moment) -> None:
        """Hands a moment over. After `stop` it is dropped."""
        with self._wake:
            if self._stopping:
                return
            self._joined += self._waiting is not None
            self._waiting = moment.following(self._waiting)
            self._wake.notify()

    def newest(self, now_us: int) -> tuple[Understood, float] | None:
        """The newest finished answer and its age in seconds at `now_us`; None before the first."""
        understood = self._newest  # one reference, replaced as a whole
        return None if understood is None else (understood, max(0.0, (now_us - understood.time_us) / 1e6))

    def statistics(self, now_us: int) -> UnderstandingStatistics:
        began, newest = self._began, self.newest(now_us)
        busy = 0.0 if began is None else time.perf_counter() - began
        if busy > SLOW_CALL_S:
            self._report(f"{self.name}: a call takes longer than {SLOW_CALL_S:.0f} s; faces go on without it.")
        age = None if newest is None else newest[1]
        return UnderstandingStatistics(
            self._answers, self._failures, self._joined, self._seconds, age, busy, self._problem
        )

    # -- memory -------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forgets the player: no answer from before is given any more, and the model begins anew."""
        self._order(self._model.reset, {})

    def state(self) -> State:
        """The memory after the newest answer (or after `load_state`)."""
        with self._wake:
            return dict(self._state)

    def load_state(self, state: State) -> None:
        """Goes on from a memory. Raises ValueError, and changes nothing, when it is not of this model."""
        self._model.check_state(state)
        kept = {name: array.copy() for name, array in state.items()}
        self._order(lambda: self._model.load_state(kept), kept)

    def _order(self, order: Callable[[], None], state: State) -> None:
        with self._wake:
            self._era += 1
            self._newest, self._waiting, self._state = None, None, state
            self._orders = [order]
            self._wake.notify()

    # -- its end ------------------------------------------------------------------------------------------------------

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Ends the thread; True when it has ended. A call in flight that lasts longer is left to the end of the
        process and its answer is dropped; a program that ends under it must end by os._exit, as the command line
        does, or torch aborts it. May be called again."""
        with self._wake:
            self._stopping = True
            self._era += 1
            self._waiting, self._orders = None, []
            self._wake.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._report(f"{self.name}: a call did not end within {timeout_s:g} s; it is left behind.")
        return not self._thread.is_alive()

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (task := self._next()) is not None:
            moment, orders, era = task
            # the command line knows by this name that the process may have to end under a call
            self._thread.name = f"understanding by {self.name}"
            self._began = time.perf_counter()
            try:
                for order in orders:
                    order()
                if moment is not None:
                    understood = self._checked(self._model.observe(moment))
                    self._finish(understood, self._model.state(), era)
                elif orders:
                    self._finish(None, self._model.state(), era)
            except Exception as error:  # whatever a model raises must not reach the frame path
                self._fail(error)
            finally:
                self._began = None
                self._thread.name = f"waiting understanding by {self.name}"

    def _next(self) -> tuple[Moment | None, list[Callable[[], None]], int] | None:
        """Waits for work; None when there will be no more."""
        with self._wake:
            if self._in_row:
                pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (self._in_row - 1))
                self._wake.wait_for(lambda: self._stopping or bool(self._orders), pause)
            self._wake.wait_for(lambda: self._stopping or self._orders or self._waiting is not None)
            if self._stopping:
                return None
            task = (self._waiting, self._orders, self._era)
            self._waiting, self._orders = None, []
            return task

    def _checked(self, understood: Understood) -> Understood:
        s_usr = understood.s_usr
        if s_usr.ndim != 2 or s_usr.shape[1] != self.hidden_width or not len(s_usr):
            raise ValueError(f"S_usr is (n, {self.hidden_width}), not {s_usr.shape}.")
        if not np.isfinite(s_usr).all():
            raise ValueError("S_usr holds numbers that are not finite.")
        return understood

    def _finish(self, understood: Understood | None, state: State, era: int) -> None:
        with self._wake:
            if understood is not None and self._began is not None:
                took = time.perf_counter() - self._began
                self._seconds += (took - self._seconds) * (_SMOOTHING if self._answers else 1.0)
                self._answers += 1
            self._in_row, self._problem = 0, ""
            if era == self._era:
                self._state = state
                self._newest = understood or self._newest

    def _fail(self, error: Exception) -> None:
        text = str(error).strip()
        reason = f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
        with self._wake:
            self._failures += 1
            self._in_row += 1
            self._problem = f"{self.name}: {reason}"
        self._report(f"{self._problem}; faces go on with what was understood before.")

    def _report(self, sentence: str) -> None:
        if sentence not in self._reported and len(self._reported) < 20:
            self._reported.add(sentence)
            log.warning("%s", sentence)
