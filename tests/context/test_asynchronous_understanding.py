"""Beside the frame path: newest moment wins, one call in flight, failures and endless calls cost answers only."""

import logging
import re
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from echo_runtime.context.asynchronous_understanding import AsynchronousUnderstanding
from echo_runtime.context.behaviour_summary import SUMMARY_DIM
from echo_runtime.context.understanding import Moment, Understood

GENEROUS_S = 20.0
WIDTH = 4


class Counting:
    """Understands how many summaries it has seen. Each call waits for `gate`; `wrong` is raised or returned once."""

    hidden_width = WIDTH

    def __init__(self) -> None:
        self.seen = 0
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()
        self.wrong: object = None
        self.moments: list[Moment] = []
        self.threads: set[int] = set()
        self.inside = 0

    def observe(self, moment):
        self.inside += 1
        assert self.inside == 1
        self.threads.add(threading.get_ident())
        self.entered.set()
        self.gate.wait()
        self.inside -= 1
        wrong, self.wrong = self.wrong, None
        if isinstance(wrong, Exception):
            raise wrong
        if wrong is not None:
            return Understood(wrong, moment.time_us)
        self.moments.append(moment)
        self.seen += len(moment.summaries)
        return Understood(np.full((1, WIDTH), self.seen, np.float32), moment.time_us)

    def reset(self):
        self.seen = 0

    def state(self):
        return {"seen": np.array([self.seen], np.float32)}

    def check_state(self, state):
        if set(state) != {"seen"}:
            raise ValueError("not a count")

    def load_state(self, state):
        self.check_state(state)
        self.seen = int(state["seen"][0])


@pytest.fixture
def model():
    return Counting()


@pytest.fixture
def beside(model):
    context = AsynchronousUnderstanding(model)
    yield context
    model.gate.set()
    assert context.stop(GENEROUS_S)


def moment(time_us: int, count: int = 1) -> Moment:
    return Moment(time_us, np.full((count, SUMMARY_DIM), time_us, np.float32))


def until(happened) -> None:
    stop = time.monotonic() + GENEROUS_S
    while not happened():
        assert time.monotonic() < stop, "it never happened"
        time.sleep(0.002)


def answers(beside) -> int:
    return beside.statistics(0).answers


def test_an_answer_comes_with_its_age(beside, model):
    assert beside.newest(0) is None
    assert beside.statistics(0).age_s is None
    beside.offer(moment(1_000_000, 3))
    until(lambda: answers(beside) == 1)
    understood, age_s = beside.newest(2_500_000)
    assert understood.s_usr.tolist() == [[3.0] * WIDTH]
    assert age_s == pytest.approx(1.5)
    assert beside.newest(0)[1] == 0.0
    assert model.threads.isdisjoint({threading.get_ident()})


def test_the_newest_moment_wins_and_no_summary_is_lost(beside, model):
    model.gate.clear()
    beside.offer(moment(1))
    assert model.entered.wait(GENEROUS_S)
    for time_us in (2, 3, 4):
        began = time.perf_counter()
        beside.offer(moment(time_us))
        assert beside.newest(9) is None
        assert time.perf_counter() - began < 1.0
    assert beside.statistics(0).busy_s > 0
    model.gate.set()
    until(lambda: answers(beside) == 2)
    assert [m.time_us for m in model.moments] == [1, 4]
    assert model.moments[1].summaries[:, 0].tolist() == [2, 3, 4]
    assert beside.statistics(0).joined == 2
    assert beside.statistics(0).seconds_per_answer > 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (RuntimeError("CUDA out of memory\nmuch more"), "CUDA out of memory"),
        (np.zeros((1, WIDTH + 1), np.float32), "not \\(1, 5\\)"),
        (np.full((1, WIDTH), np.nan, np.float32), "not finite"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_a_failure_is_survived_and_told_once(beside, model, wrong, said, caplog):
    with caplog.at_level(logging.WARNING):
        beside.offer(moment(1))
        until(lambda: answers(beside) == 1)
        for failure in (1, 2):
            model.wrong = wrong
            beside.offer(moment(2))
            until(lambda failure=failure: beside.statistics(0).failures == failure)
        assert beside.newest(1)[0].time_us == 1
        assert beside.statistics(0).problem.startswith("Φ: ")
        beside.offer(moment(3))
        until(lambda: answers(beside) == 2)
    assert beside.statistics(0).problem == ""
    assert beside.newest(3)[0].time_us == 3
    told = [r.getMessage() for r in caplog.records]
    assert len(told) == 1
    assert re.search(said, told[0])


def test_after_a_failure_the_model_is_left_alone_for_a_while(beside, model):
    model.wrong = ValueError("no")
    beside.offer(moment(1))
    until(lambda: beside.statistics(0).failures == 1)
    began = time.monotonic()
    beside.offer(moment(2))
    until(lambda: answers(beside) == 1)
    assert time.monotonic() - began > 0.3


def test_an_endless_call_is_left_behind(caplog):
    model = Counting()
    model.gate.clear()
    context = AsynchronousUnderstanding(model, "llm")
    context.offer(moment(1))
    assert model.entered.wait(GENEROUS_S)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        assert not context.stop(0.1)
    assert time.monotonic() - began < 5.0
    assert "llm: a call did not end" in caplog.text
    model.gate.set()
    assert context.stop(GENEROUS_S)
    assert context.newest(0) is None, "what comes after the stop is dropped"
    context.offer(moment(2))
    assert context.newest(0) is None


def test_reset_drops_the_answer_in_flight(beside, model):
    beside.offer(moment(1, 5))
    until(lambda: answers(beside) == 1)
    model.gate.clear()
    model.entered.clear()
    beside.offer(moment(2, 5))
    assert model.entered.wait(GENEROUS_S)
    beside.reset()
    assert beside.newest(2) is None
    model.gate.set()
    beside.offer(moment(3, 2))
    until(lambda: beside.newest(3) is not None)
    assert beside.newest(3)[0].s_usr[0, 0] == 2.0


def test_memory_goes_out_and_in_without_waiting(beside, model):
    beside.offer(moment(1, 5))
    until(lambda: answers(beside) == 1)
    kept = beside.state()
    assert kept["seen"].tolist() == [5.0]
    model.gate.clear()
    model.entered.clear()
    beside.offer(moment(2))
    assert model.entered.wait(GENEROUS_S)
    assert beside.state()["seen"].tolist() == [5.0]
    beside.load_state({"seen": np.array([40.0], np.float32)})
    assert beside.state()["seen"].tolist() == [40.0]
    with pytest.raises(ValueError, match="not a count"):
        beside.load_state({})
    model.gate.set()
    beside.offer(moment(3))
    until(lambda: beside.newest(3) is not None)
    assert beside.newest(3)[0].s_usr[0, 0] == 41.0
    assert beside.state()["seen"].tolist() == [41.0]


def test_many_threads_may_offer_and_read(beside, model):
    def press() -> None:
        for time_us in range(200):
            beside.offer(moment(time_us))
            beside.newest(time_us)
            beside.statistics(time_us)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GENEROUS_S)
    until(lambda: model.seen == 800)
    until(lambda: answers(beside) == len(model.moments))
    assert answers(beside) + beside.statistics(0).joined == 800
    assert len(model.threads) == 1


ENDLESS = """
import sys, torch
from echo_runtime import commands
from echo_runtime.context.asynchronous_understanding import AsynchronousUnderstanding
from echo_runtime.context.understanding import Moment

class Endless:
    hidden_width = 4
    begun = False
    def observe(self, moment):
        x = torch.randn(300, 300)
        while True:
            x = torch.tanh(x @ x)
            Endless.begun = True
    def state(self):
        return {}

def command():
    beside = AsynchronousUnderstanding(Endless())
    beside.offer(Moment(0))
    while not Endless.begun:
        pass
    assert not beside.stop(0.1)
    sys.exit(3)

commands.app = command
commands.main()
"""


def test_a_command_ends_under_a_call_that_does_not():
    """A library that computes while the interpreter ends would abort the process."""
    ended = subprocess.run([sys.executable, "-c", ENDLESS], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 3, ended.stderr
