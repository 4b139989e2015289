"""Order, gaps, epochs and counts on the receiving side."""

import numpy as np
from echo_bridge.inbox import Frame, Inbox, Stream
from echo_bridge.streams import Event, Video
from hypothesis import given
from hypothesis import strategies as st


def _event(seq: int, epoch: int = 0, again: bool = False) -> Event:
    return Event(npc="mira", seq=seq, epoch=epoch, utt=0, pts=seq, again=again, name="turn")


def _video(seq: int, origin: str = "generated", published: int = 0, observed: int = 0, again: bool = False) -> Video:
    return Video(
        npc="mira", seq=seq, epoch=0, utt=0, pts=seq, origin=origin, width=1, height=1, stride=4, format="bgra8",
        published_us=published, observed_us=observed, again=again,
    )  # fmt: skip


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(0, 10))
def test_gaps_are_what_was_lost_after_joining(arrived, joined):
    stream = Stream()
    sent = [seq for seq, there in enumerate(arrived, joined + 1) if there]
    for seq in sent:
        assert stream.accept(seq, again=False)
    assert stream.gaps == (sent[-1] - sent[0] + 1 - len(sent) if sent else 0)


def test_last_values_are_taken_once_and_make_no_gap():
    stream = Stream()
    assert stream.accept(4, again=True)
    assert stream.accept(9, again=True), "an older state and a newer one"
    assert stream.accept(15, again=False)
    assert not stream.accept(15, again=True), "known"
    assert not stream.accept(9, again=True)
    assert stream.accept(16, again=False)
    assert stream.gaps == 0


def test_lower_epochs_are_dropped_and_make_no_gap():
    inbox = Inbox()
    assert inbox.accept(_event(1, epoch=5))
    assert not inbox.accept(_event(2, epoch=4))
    assert inbox.accept(_event(3, epoch=5))
    npc = inbox.npc("mira")
    assert (npc.outdated, npc.epoch, npc.streams["event"].gaps) == (1, 5, 0)


def test_a_new_run_begins_anew():
    inbox = Inbox()
    assert inbox.accept(_event(900, epoch=7))
    inbox.reset()
    assert inbox.accept(_event(1))
    assert inbox.npc("mira").streams["event"].gaps == 0


def test_latencies_come_from_the_stamps_of_generated_live_frames():
    inbox = Inbox()
    messages = [
        _video(1, "idle", published=900_000, observed=500_000, again=True),
        _video(2, "idle", published=1_000_000),
        _video(3, published=1_040_000, observed=1_000_000),
        _video(4, published=1_080_000, observed=1_020_000),
        _video(5, "held", published=1_120_000, observed=1_020_000),
    ]
    for message in messages:
        assert inbox.accept(message)
        inbox.put(Frame(message, np.zeros((1, 1, 4), np.uint8), message.published_us + 2000))
    statistics = inbox.statistics("mira")
    assert statistics["frames_by_origin"] == {"generated": 2, "held": 1, "idle": 2}
    assert statistics["latency_ms"]["publish_to_client"] == {"p50": 2.0, "p95": 2.0}
    assert statistics["latency_ms"]["capture_to_publish"]["p50"] == 50.0
    assert statistics["fps"] == 25.0
    assert inbox.statistics("nobody")["latency_ms"]["publish_to_client"]["p50"] is None
