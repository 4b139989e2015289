"""Other ways out, attached to a runtime that runs: its frames and its voice arrive, and belong together."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from echo_bridge import EchoClient
from echo_bridge.recording import composite
from echo_bridge.server import BridgeServer
from pythonosc.osc_packet import OscPacket

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.live_link import LiveLinkFace
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import UsageError
from echo_runtime.live_link_face import decode, values_of
from echo_runtime.outputs.datagrams import DatagramOutput
from echo_runtime.outputs.destination import destination
from echo_runtime.outputs.live_link import LiveLinkEncoder
from echo_runtime.outputs.opening import OutputOptions, Outputs, open_outputs
from echo_runtime.runtime.clock import VirtualClock
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.runtime import Runtime, RuntimeOptions
from echo_runtime.signals import FRAME_US, GAZE, MOTION_DIM, MOTION_INDEX, ROTATION, AvatarFrame, FaceObservation

CAPS = ("speak", "interrupt", "advance")


@contextlib.contextmanager
def running(
    untrained: Path, models, options: OutputOptions, npcs: tuple[str, ...] = ("bo",)
) -> Iterator[tuple[EchoClient, list[AvatarFrame], Outputs]]:
    """A runtime on a virtual clock and its outputs, which are meant for `bo`, a client, and all published frames."""
    clock, engine, notes = VirtualClock(), EngineSource(), []
    with contextlib.ExitStack() as stack:
        bridge = stack.enter_context(
            BridgeServer(control_port=0, caps=CAPS, clock=clock.now_us, newest_face_only=False)
        )
        capture = stack.enter_context(PlayerCapture(engine.faces, engine.sounds, clock=clock.now_us))
        loading = ModelLoading(lambda: models, in_thread=False)
        stack.callback(loading.close)
        runtime = Runtime(bridge, capture, engine, loading, clock, RuntimeOptions(seed=1))
        stack.callback(runtime.memories.close_all)
        for npc in npcs:
            runtime.open_npc(npc, str(untrained / "blank"))
        shown: list[AvatarFrame] = []
        runtime.listeners.append(shown.append)
        outputs = stack.enter_context(open_outputs(options, runtime, "bo", notes.append))
        thread = threading.Thread(target=runtime.run)
        thread.start()
        stack.callback(thread.join, 30)
        stack.callback(runtime.stop.set)
        client = stack.enter_context(EchoClient.connect(f"tcp://127.0.0.1:{bridge.ports['control']}", timeout=30))
        client.timeout = 60.0
        yield client, shown, outputs


@contextlib.contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10.0)
        yield receiver, f"127.0.0.1:{receiver.getsockname()[1]}"


def drained(receiver: socket.socket) -> list[bytes]:
    receiver.settimeout(0.5)
    out = []
    with contextlib.suppress(TimeoutError):
        while True:
            out.append(receiver.recv(4096))
    return out


def test_a_film_holds_what_was_said_where_it_was_said(untrained: Path, untrained_models, tmp_path: Path) -> None:
    film = tmp_path / "bo.mp4"
    with running(untrained, untrained_models, OutputOptions(video=film)) as (client, shown, outputs):
        client.advance(0.8)
        client.speak("bo", 0.4 * np.sin(np.arange(8000) * 0.2).astype(np.float32), utt=5)
        client.advance(1.6)
        speaking = [f.utterance == 5 for f in shown]
    assert outputs.video is not None
    assert outputs.report() == {str(film): {"pictures": len(shown), "dropped": 0}}
    begins, ends = speaking.index(True) * 0.04, (len(speaking) - speaking[::-1].index(True)) * 0.04
    with av.open(str(film)) as container:
        pictures = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
        container.seek(0)
        sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    assert len(pictures) == len(shown)
    loud = np.flatnonzero(np.abs(sound) > 0.1) / 48_000
    # decoders may give the 1024 samples before the first instant, too
    assert loud[0] == pytest.approx(begins, abs=0.05)
    assert loud[-1] == pytest.approx(ends, abs=0.06)
    number = len(shown) // 2
    published, filmed = composite(shown[number].rgba).mean(-1), pictures[number].mean(-1)
    assert np.corrcoef(published.ravel(), filmed.ravel())[0, 1] > 0.8, "the picture of that frame"


def test_datagrams_are_the_frames_that_were_published(untrained: Path, untrained_models) -> None:
    with listening() as (live_link, to_unreal), listening() as (vmc, to_vrm):
        options = OutputOptions((to_unreal,), (to_vrm,), "arkit")
        with running(untrained, untrained_models, options, ("bo", "mira")) as (client, shown, outputs):
            client.advance(1.0)
        subjects = [decode(d) for d in drained(live_link)]
        messages = [m.message for d in drained(vmc) for m in OscPacket(d).messages]
    assert {s.subject for s in subjects} == {"bo", "mira"}
    # the newest wins: what arrives is some of the frames, in order, the last one among them
    expected = {np.asarray(values_of(f.motion), ">f4").tobytes(): i for i, f in enumerate(shown) if f.npc == "bo"}
    order = [expected[np.asarray(s.values, ">f4").tobytes()] for s in subjects if s.subject == "bo"]
    assert order == sorted(order)
    assert order[-1] == max(expected.values())
    assert subjects[-1].frame >= subjects[0].frame
    assert [m.params for m in messages if m.address == "/VMC/Ext/OK"][-1] == [0], "the farewell"
    jaws = [m.params[1] for m in messages if m.address.endswith("Val") and m.params[0] == "jawOpen"]
    assert jaws
    assert all(0.0 <= jaw <= 1.0 for jaw in jaws)
    report = outputs.report()
    assert report[to_unreal]["sent"] == len(subjects)
    assert report[to_unreal]["failed"] == report[to_vrm]["failed"] == 0


def test_what_does_not_go_together_is_refused(untrained: Path, untrained_models, tmp_path: Path) -> None:
    for options, why in (
        (OutputOptions(vmc=("127.0.0.1", "mira=127.0.0.1")), "own port"),
        (OutputOptions(("127.0.0.1:39539",), ("127.0.0.1",)), "own port"),
        (OutputOptions(vmc=("127.0.0.1",), vmc_names="vrm9"), "vrm9"),
        (OutputOptions(live_link=("nowhere.invalid",)), "nowhere.invalid"),
        (OutputOptions(video=tmp_path / "film.avi"), r"\.mp4"),
    ):
        with pytest.raises(UsageError, match=why), running(untrained, untrained_models, options):
            pass
    assert not (tmp_path / "film.avi").exists()


def test_what_goes_out_to_unreal_comes_in_as_a_phone() -> None:
    """One runtime's NPC may be another's player."""
    with LiveLinkFace(port=0, address="127.0.0.1") as phone:
        phone.start(0)
        where = destination(f"127.0.0.1:{phone.port}", "--livelink-out", 1)
        with contextlib.closing(DatagramOutput(where, LiveLinkEncoder(), tell=lambda _: None)) as out:
            motion = np.zeros(MOTION_DIM, np.float32)
            motion[[MOTION_INDEX[n] for n in ("jawOpen", "mouthSmileLeft", "eyeBlinkRight")]] = (0.5, 0.25, 1.0)
            motion[ROTATION], motion[GAZE] = (0.1, -0.2, 0.3), (0.2, 0.1)
            faces: list[FaceObservation] = []
            for number in range(400):
                out(AvatarFrame("bo", number * FRAME_US, "generated", motion, np.zeros((2, 2, 4), np.uint8)))
                time.sleep(0.005)
                faces += phone.read_until(2**62)
                if faces and faces[-1].validity == 1.0:
                    break
    seen = faces[-1]
    assert seen.validity == 1.0
    assert seen.known is None
    np.testing.assert_allclose(
        seen.motion[[MOTION_INDEX["jawOpen"], MOTION_INDEX["eyeBlinkRight"]]], [0.5, 1.0], atol=1e-3
    )
    np.testing.assert_allclose(seen.motion[GAZE], [0.2, 0.1], atol=1e-3)
    # a head that is always turned so is the phone's place; roll is kept
    np.testing.assert_allclose(seen.motion[ROTATION], [0.0, 0.0, 0.3], atol=0.02)
