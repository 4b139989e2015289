"""The reference client when the runtime goes, comes back, is replaced, or was never there."""

import socket
import threading
import time

import numpy as np
import pytest
from echo_bridge import BridgeServer, EchoClient, commands, limits
from echo_bridge.inbox import Inbox
from echo_bridge.streams import Event, Video
from network_relay import Relay

from echo_runtime.errors import CommandFailedError, ConnectionLostError


def wait_until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_a_runtime_that_comes_late_and_goes_is_told_as_a_status(port):
    told = []
    client = EchoClient.connect(
        f"tcp://127.0.0.1:{port}", on_status=lambda status, text: told.append(status), wait=False
    )
    time.sleep(0.5)
    assert told == ["connecting"]
    with BridgeServer(control_port=port):
        wait_until(lambda: told == ["connecting", "connected"])
        assert client.alive
    wait_until(lambda: told == ["connecting", "connected", "lost"])
    with pytest.raises(ConnectionLostError):
        client.stats()
    with BridgeServer(control_port=port) as server:
        wait_until(lambda: client.status == ("connected", ""))
        assert client.closing_text == ""
        pending = client.begin(commands.Stats)
        server.poll(5.0)[0].done(npcs=0)
        assert pending.done(5.0) == {"npcs": 0}
    client.close()


def test_npcs_are_opened_again_in_a_new_run(port):
    with BridgeServer(control_port=port) as server:
        client = EchoClient.connect(f"tcp://127.0.0.1:{port}")
        pending = client.begin(commands.Stats)
        server.poll(5.0)[0].done()
        pending.done(5.0)
        client._opened["mira"] = "other"
    with BridgeServer(control_port=port) as server:
        (request,) = server.poll(15.0)
        assert (request.message.npc, request.message.avatar) == ("mira", "other")
        client.close()


def test_a_connection_that_breaks_finds_its_session_again():
    """The network fails for a moment, the runtime goes on."""
    with BridgeServer(control_port=0) as server, Relay(server.ports["control"]) as relay:
        client = EchoClient.connect(f"tcp://127.0.0.1:{relay.port}", client="game", video=False, cues=False)
        session, run = client.welcome.session, client.welcome.run
        waiting = client.begin(commands.Stats)
        relay.cut()
        with pytest.raises(ConnectionLostError):
            waiting.done(15.0)
        wait_until(lambda: client.status == ("connected", "") and client.welcome.returned)
        assert (client.welcome.session, client.welcome.run) == (session, run)
        client.close()


def test_a_runtime_that_was_silent_for_a_while_and_is_the_same_is_connected_again(monkeypatch):
    """It computes and answers nothing, longer than a peer may be silent; the sockets stand."""
    monkeypatch.setattr(limits, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(limits, "PING_SECONDS", 0.1)
    stuck = threading.Event()
    told = []
    with BridgeServer(control_port=0) as server:
        address = f"tcp://127.0.0.1:{server.ports['control']}"
        with EchoClient.connect(address, on_status=lambda status, text: told.append(status)) as client:
            session = client.welcome.session
            monkeypatch.setattr(server.control, "_idle", lambda: stuck.wait(15.0))
            wait_until(lambda: told[-1] == "lost")
            stuck.set()
            wait_until(lambda: told[-1] == "connected")
            assert client.alive
            assert client.welcome.session == session
            client.player_face(np.zeros(60, np.float32))
            (request,) = [r for r in server.poll(5.0) if isinstance(r.message, commands.PlayerFace)]
            request.done()


def test_a_client_that_was_replaced_does_not_fight():
    with BridgeServer(control_port=0) as server:
        address = f"tcp://127.0.0.1:{server.ports['control']}"
        first = EchoClient.connect(address, client="game")
        second = EchoClient.connect(address, client="game")
        wait_until(lambda: first.status[0] == "refused")
        assert "took over" in first.status[1]
        time.sleep(1.5)
        assert second.status == ("connected", "")
        assert len(server.control._sessions.present) == 1
        with pytest.raises(ConnectionLostError, match="took over"):
            first.stats()
        server.publisher.publish_event("mira", "turn", {"state": "listening"})
        first.close()
        second.close()


def test_a_thousand_npcs_are_listed_in_pages_and_remembered_no_longer_than_that():
    names = [f"npc-{number:04d}" for number in range(1000)]
    with BridgeServer(control_port=0) as server:
        items = []
        address = f"tcp://127.0.0.1:{server.ports['control']}"
        with EchoClient.connect(address, on_receive=items.append) as client:
            server.publisher.publish_event("npc-0000", "turn", {"state": "listening"})
            wait_until(lambda: items)
            picture = np.zeros((2, 2, 4), np.uint8)
            for name in names:
                server.publisher.publish_picture(name, picture, pts=1, origin="idle")
                time.sleep(0.0005)  # the video queue holds few
            wait_until(lambda: len(client.npcs_seen) > 900)
            page = client.begin(commands.ListNpcs, limit=32)
            (request,) = [r for r in server.poll(5.0) if isinstance(r.message, commands.ListNpcs)]
            request.done(
                npcs=[{"name": n, "avatar": "a" * 32, "state": "listening"} for n in names[:32]], next=names[31]
            )
            assert len(page.done(5.0)["npcs"]) == 32, "a full page fits a header"
            assert all(isinstance(item, Event) or item.header.npc in names for item in items)


def test_names_cost_a_receiver_a_bounded_memory():
    inbox = Inbox()
    for number in range(3 * limits.NPCS):
        message = Video(
            npc=f"n{number}", seq=1, epoch=0, utt=0, pts=0, origin="idle", width=1, height=1, stride=4, format="bgra8"
        )
        assert inbox.accept(message)
    assert len(inbox.names) == limits.NPCS
    assert f"n{3 * limits.NPCS - 1}" in inbox.names


def test_no_more_npcs_than_allowed(monkeypatch, untrained):
    from echo_runtime.capture.engine import EngineSource
    from echo_runtime.capture.player import PlayerCapture
    from echo_runtime.runtime.clock import VirtualClock
    from echo_runtime.runtime.model_loading import ModelLoading
    from echo_runtime.runtime.runtime import Runtime, RuntimeOptions

    monkeypatch.setattr(limits, "NPCS", 2)
    clock, engine = VirtualClock(), EngineSource()
    with BridgeServer(control_port=0) as server, PlayerCapture(engine.faces, engine.sounds) as capture:
        runtime = Runtime(server, capture, engine, ModelLoading(dict, False), clock, RuntimeOptions())
        for name in ("a", "b"):
            runtime.open_npc(name, str(untrained / "blank"))
        with pytest.raises(CommandFailedError, match="close one") as refusal:
            runtime.open_npc("c", str(untrained / "blank"))
        assert refusal.value.code == "too_many_npcs"
        assert runtime.open_npc("a")
