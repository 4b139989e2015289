"""Steps and what is taken in them: arguments by place, calls in order, nothing from outside of a step."""

from __future__ import annotations

import threading

from echo_runtime.recording.comparison import Comparison
from echo_runtime.recording.inflow import Inflow, in_step
from echo_runtime.recording.newest_result import NewestResult
from echo_runtime.recording.recorder import Recorder
from echo_runtime.recording.recording import FORMAT, Recording
from echo_runtime.recording.replayed import ReplayedInflow
from echo_runtime.runtime.clock import VirtualClock
from echo_runtime.signals import Style


class Loop:
    def __init__(self, inflow: Inflow) -> None:
        self.inflow = inflow
        self.took: list[list] = []

    @in_step("open")
    def open(self, name, avatar="", style=None):
        self.inner()

    @in_step("observe")
    def inner(self):
        self.took.append([*self.inflow.take("thing", lambda: self.things.pop(0))])
        self.took.append([*self.inflow.take("thing", lambda: self.things.pop(0))])


def recorded(path, things, **arguments):
    recorder = Recorder(path, {"format": FORMAT, "about": {}})
    clock = recorder.clock(VirtualClock())
    loop = Loop(recorder)
    loop.things = things
    clock.now_us()  # outside of a step: not kept
    loop.open(**arguments)
    list(recorder.take("thing", lambda: ["outside of a step"]))
    recorder.close()
    return list(Recording(path).steps()), loop


def test_arguments_by_name_come_back_by_place_and_inner_steps_are_part_of_the_outer(tmp_path):
    style = Style(0.1, 0.9)
    steps, _ = recorded(tmp_path / "a.echo", [[1], [2, 3]], name="bo", style=style)
    assert [step.kind for step in steps] == ["open"]
    assert steps[0].arguments == ("bo", "", style)
    assert list(steps[0].taken["thing"]) == [[1], [2, 3]]
    assert steps[0].times == ()


def test_an_empty_answer_keeps_its_place_before_a_later_one(tmp_path):
    steps, live = recorded(tmp_path / "a.echo", [[], ["late"]], name="bo")
    inflow = ReplayedInflow(False, Comparison({}, {}))
    again = Loop(inflow)
    inflow.enter(steps[0])
    again.open("bo")
    inflow.leave()
    assert again.took == live.took == [[], ["late"]]
    assert inflow.comparison.same


def test_what_a_replay_does_not_ask_for_is_counted(tmp_path):
    steps, _ = recorded(tmp_path / "a.echo", [["one"], ["two"]], name="bo")
    inflow = ReplayedInflow(False, Comparison({}, {}))
    inflow.enter(steps[0])
    list(inflow.take("thing", list))
    inflow.leave()
    assert inflow.comparison.untaken == 1
    assert not inflow.comparison.same


def test_a_clock_that_is_read_more_often_repeats_the_last_time_of_the_step(tmp_path):
    recorder = Recorder(tmp_path / "a.echo", {"format": FORMAT, "about": {}})
    virtual = VirtualClock(1000)
    clock = recorder.clock(virtual)
    for _ in range(2):
        with recorder.step("observe", ()):
            clock.now_us()
            virtual.move_to(virtual.now_us() + 5)
            clock.now_us()
            thread = threading.Thread(target=clock.now_us)  # another thread's readings are its own
            thread.start()
            thread.join()
    recorder.close()
    first, second = Recording(tmp_path / "a.echo").steps()
    assert (first.times, second.times) == ((1000, 1005), (1005, 1010))
    inflow = ReplayedInflow(True, Comparison({}, {}))
    inflow.enter(first)
    assert [inflow.time.now_us() for _ in range(3)] == [1000, 1005, 1005]
    inflow.leave()
    inflow.enter(second)
    assert inflow.time.now_us() == 1005


def test_the_newest_result_is_recorded_when_it_changes(tmp_path):
    recorder = Recorder(tmp_path / "a.echo", {"format": FORMAT, "about": {}})
    results = NewestResult(recorder, "answer")
    newest = {"is": None}
    live = []
    for value in (None, "a", "a", "b", None):
        newest["is"] = value
        with recorder.step("observe", ()):
            live.append(results.adopt(lambda: newest["is"]))
            recorder.read_time(1)
    recorder.close()
    steps = list(Recording(tmp_path / "a.echo").steps())
    assert [list(step.taken.get("answer", ())) for step in steps] == [[], [["a"]], [], [["b"]], [[None]]]
    inflow = ReplayedInflow(False, Comparison({}, {}))
    results = NewestResult(inflow, "answer")
    again = []
    for step in steps:
        inflow.enter(step)
        again.append(results.adopt(lambda: "never asked"))
        inflow.leave()
    assert again == live == [None, "a", "a", "b", None]
