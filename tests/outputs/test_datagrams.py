"""Frames as real datagrams: received, unreachable, never waited for."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from echo_runtime.live_link_face import decode
from echo_runtime.outputs.datagrams import DatagramOutput
from echo_runtime.outputs.destination import destination
from echo_runtime.outputs.live_link import LiveLinkEncoder
from echo_runtime.outputs.vmc import VmcEncoder, farewell
from echo_runtime.signals import FRAME_US, GAZE, MOTION_DIM, MOTION_INDEX, ROTATION, AvatarFrame


def frame(number: int, npc: str = "bo", jaw: float = 0.0) -> AvatarFrame:
    motion = np.zeros(MOTION_DIM, np.float32)
    motion[MOTION_INDEX["jawOpen"]] = jaw
    motion[ROTATION], motion[GAZE] = (0.1, 0.2, -0.3), (np.radians(15.0), 0.0)
    return AvatarFrame(npc, number * FRAME_US, "generated", motion, np.zeros((2, 2, 4), np.uint8))


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(10.0)
        yield listening


def to(listening: socket.socket) -> str:
    return f"127.0.0.1:{listening.getsockname()[1]}"


def test_every_npc_is_a_live_link_subject(receiver: socket.socket) -> None:
    with contextlib.closing(DatagramOutput(destination(to(receiver), "-", 1), LiveLinkEncoder())) as out:
        seen = {}
        for number, (npc, jaw) in enumerate([("bo", 0.25), ("mira", 0.5), ("bo", 0.75)]):
            out(frame(number, npc, jaw))
            got = decode(receiver.recv(2048))
            assert got.values is not None
            seen[npc] = got
            assert got.subject == npc
            assert got.values[17] == pytest.approx(jaw), "jawOpen is the 18th of the app's values"
            # head yaw, pitch, roll and both eyes' yaw, pitch, roll, with the app's signs
            np.testing.assert_allclose(
                got.values[52:], [0.2, -0.1, -0.3, *[-np.radians(15.0), 0.0, 0.0] * 2], atol=1e-6
            )
            assert got.values[3] == pytest.approx(0.5), "eyeLookOutLeft follows from the gaze"
        assert seen["bo"].device != seen["mira"].device
        assert len(seen["bo"].device) == 36
    again = LiveLinkEncoder()(frame(0))
    assert decode(again[0]).device == seen["bo"].device, "the same device in every run"


def test_the_time_goes_on_at_25_frames_a_second() -> None:
    encoder = LiveLinkEncoder()
    frames = [decode(encoder(frame(n))[0]) for n in (10, 11, 12, 35)]
    assert [f.frame - frames[0].frame for f in frames] == [0, 1, 2, 25]
    assert all(f.rate == (25, 1) and 0 <= f.frame < 86_400 * 25 and 0.0 <= f.subframe < 1.0 for f in frames)


def test_one_npc_only_and_a_farewell(receiver: socket.socket) -> None:
    where = destination(f"mira={to(receiver)}", "-", 1)
    out = DatagramOutput(where, VmcEncoder(), npc=where.npc, farewell=farewell())
    out(frame(0, "bo"))
    out(frame(0, "mira"))
    assert b"/VMC/Ext/Blend/Apply" in receiver.recv(2048)
    out.close()
    out.close()
    assert receiver.recv(2048) == farewell()[0]
    assert out.sent == 2
    out(frame(1, "mira"))  # after the end: nothing, and nothing breaks


def test_nobody_listens_and_nothing_happens(receiver: socket.socket) -> None:
    notes: list[str] = []
    port = to(receiver)
    receiver.close()
    with contextlib.closing(DatagramOutput(destination(port, "-", 1), LiveLinkEncoder(), tell=notes.append)) as out:
        for number in range(50):
            out(frame(number))
            time.sleep(0.002)
        deadline = time.monotonic() + 10
        while out.sent + out.failed + out.skipped < 50 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert out.sent + out.failed + out.skipped == 50
    assert not notes or len(notes) <= out.failed + 1


def test_a_network_that_refuses_is_said_once_and_again_when_it_is_back() -> None:
    notes: list[str] = []

    def large_at_first(f: AvatarFrame) -> list[bytes]:
        return [bytes(70_000 if f.pts_us < 5 * FRAME_US else 10)]

    out = DatagramOutput(destination("127.0.0.1:9", "-", 1), large_at_first, tell=notes.append)
    for number in range(10):
        out(frame(number))
        wanted = number + 1
        deadline = time.monotonic() + 10
        while out.sent + out.failed < wanted and time.monotonic() < deadline:
            time.sleep(0.002)
    out.close()
    assert (out.failed, out.sent) == (5, 5), "70 000 bytes are no datagram"
    assert len(notes) == 2
    assert "Nothing can be sent to 127.0.0.1:9" in notes[0]
    assert "again" in notes[1]


def test_a_slow_encoder_keeps_nobody_waiting_and_sends_the_newest(receiver: socket.socket) -> None:
    begun, gate = threading.Event(), threading.Event()
    encode = LiveLinkEncoder()

    def slow(f: AvatarFrame) -> list[bytes]:
        begun.set()
        gate.wait(10)
        return encode(f)

    out = DatagramOutput(destination(to(receiver), "-", 1), slow)
    out(frame(0))
    assert begun.wait(10)
    began = time.monotonic()
    for number in range(1, 500):
        out(frame(number, jaw=number / 500))
    assert time.monotonic() - began < 5.0, "the loop was not held up"
    gate.set()
    got = [decode(receiver.recv(2048)) for _ in range(2)]
    out.close()
    assert got[-1].values is not None
    assert got[-1].values[17] == pytest.approx(499 / 500)
    assert out.skipped == 498


def test_a_frame_that_cannot_be_encoded_ends_nothing(receiver: socket.socket) -> None:
    encode = LiveLinkEncoder()
    out = DatagramOutput(destination(to(receiver), "-", 1), encode)
    broken = frame(0)
    broken.motion[:] = np.nan
    out(broken)
    deadline = time.monotonic() + 10
    while not out.broken and time.monotonic() < deadline:
        time.sleep(0.002)
    out(frame(1, jaw=0.5))
    assert decode(receiver.recv(2048)).subject == "bo"
    assert out.broken == 1
    out.close()
