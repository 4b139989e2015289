"""What the demo says of its callback: a memory changes the face when its topic is mentioned, and nothing else does."""

from __future__ import annotations

import time

import pytest
from echo_bridge.streams import Event
from live_run import recorded_run

from echo_runtime.demo.callback import callback_report, callback_sentence, remember
from echo_runtime.demo.performance import bundled_performance

pytestmark = pytest.mark.usefixtures("beside_the_packages")


@pytest.fixture(scope="module")
def reminded(untrained, untrained_models, tmp_path_factory):
    """(recording, frames, recalls): the NPC of the demo's past, to whom the brother is mentioned after a second."""
    folder = tmp_path_factory.mktemp("reminded")
    remember(folder / "memory", "bo", bundled_performance().earlier.memory("bo", time.time()))
    recalled = []
    with recorded_run(untrained, untrained_models, folder / "run.echo", virtual=True, memory=folder / "memory") as live:
        live.client.on_receive(
            lambda item: (
                recalled.append((item.pts, item.detail))
                if isinstance(item, Event) and item.name == "recalled"
                else None
            )
        )
        live.client.open_npc("bo")
        live.client.advance(1.0)
        live.client.say_text("player", "I met your brother at the mill today.")
        live.client.advance(2.5)
        deadline = time.monotonic() + 20.0
        while not recalled and time.monotonic() < deadline:
            live.client.stats()
    return folder / "run.echo", live.frames, recalled


def test_the_word_brings_it_back_and_the_face_shows_it(reminded, untrained_models):
    path, frames, recalled = reminded
    report = callback_report(path, frames, recalled, untrained_models)
    assert (report["topic"], report["emotion"]) == ("brother", "sad")
    assert 0.9 < report["at_s"] < 1.5
    assert report["expression_difference"] > 2 * report["before"]  # of how they parted a little is left
    assert len(report["moved_most"]) == 3
    assert "'brother'" in callback_sentence(report)


def test_without_a_recall_nothing_is_claimed(reminded, untrained_models):
    path, frames, _ = reminded
    assert callback_report(path, frames, [], untrained_models) is None
    late = [(frames[-1].pts_us, {"topic": "brother", "emotion": "sad"})]
    assert callback_report(path, frames, late, untrained_models) is None
    assert callback_sentence(None) == ""
