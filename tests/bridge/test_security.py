"""Encrypted connections: who is let in, who is refused, and what a change of the allow-list does while it runs."""

import json
import logging
import os
import stat
import subprocess
import sys
import time

import numpy as np
import pytest
import zmq
from echo_bridge import BridgeServer, EchoClient
from echo_bridge.keys import ALLOW_LIST, AllowList, ClientKeys, KeyPair, ServerKeys
from network_namespace import absent, second_network

from echo_runtime.errors import ConnectionLostError, KeyFileError, UsageError


@pytest.fixture
def folder(tmp_path):
    """Keys of a runtime, and of quest, which may connect; thief may not."""
    pair = KeyPair.new()
    pair.write(tmp_path / "runtime.key", "runtime")
    for name in ("quest", "vive", "thief"):
        KeyPair.new().write(tmp_path / f"{name}.key", name)
    for name in ("quest", "vive"):
        AllowList.add(tmp_path / ALLOW_LIST, name, KeyPair.read(tmp_path / f"{name}.key").public)
    return tmp_path


@pytest.fixture
def server(folder):
    with BridgeServer(control_port=0, keys=ServerKeys.read(folder / "runtime.key")) as server:
        yield server


def connect(server, folder, name, timeout=5.0, **more):
    return EchoClient.connect(
        f"tcp://127.0.0.1:{server.ports['control']}", timeout=timeout, client=name,
        server_key=KeyPair.read(folder / "runtime.key").public, key_file=folder / f"{name}.key", **more,
    )  # fmt: skip


def publish(server, seconds, condition):
    """Publishes until the condition holds; whether it did."""
    picture = np.zeros((8, 8, 4), np.uint8)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        server.publisher.publish_picture("mira", picture, pts=time.monotonic_ns() // 1000, origin="idle")
        for request in server.poll(0.0):
            request.done()
        time.sleep(0.02)
    return condition()


def test_an_allowed_client_uses_all_three_sockets(server, folder):
    with connect(server, folder, "quest") as client:
        assert publish(server, 10.0, lambda: client.latest_frame("mira") is not None)
        server.publisher.publish_motion("mira", np.zeros(60, np.float32), pts=1, origin="idle")
        assert publish(server, 10.0, lambda: client.latest_face("mira") is not None)
        assert client.status == ("connected", "")


def test_a_key_that_is_not_listed_is_refused_with_a_sentence(server, folder):
    with pytest.raises(ConnectionLostError, match="does not allow this client's key"):
        connect(server, folder, "thief", timeout=1.0)
    assert server.control._sessions.present == []


def test_a_wrong_server_key_never_connects(server, folder):
    with pytest.raises(ConnectionLostError):
        EchoClient.connect(
            f"tcp://127.0.0.1:{server.ports['control']}", timeout=0.8, server_key=KeyPair.new().public,
            key_file=folder / "quest.key",
        )  # fmt: skip
    assert server.control._sessions.present == []


def test_a_plain_client_gets_nothing_from_any_socket(server):
    with pytest.raises(ConnectionLostError, match="encryption"):
        EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}", timeout=1.0)
    with zmq.Context() as context:
        sockets = []
        for stream in ("cues", "video"):
            socket = context.socket(zmq.SUB)
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SUBSCRIBE, b"")
            socket.connect(f"tcp://127.0.0.1:{server.ports[stream]}")
            sockets.append(socket)
        publish(server, 0.6, lambda: False)
        assert [socket.poll(0) for socket in sockets] == [0, 0]
        for socket in sockets:
            socket.close()


def test_a_client_with_keys_does_not_fall_back_to_a_plain_runtime(folder):
    with BridgeServer(control_port=0) as plain, pytest.raises(ConnectionLostError, match="encryption"):
        connect(plain, folder, "quest", timeout=1.0)


def test_the_allow_list_is_read_again_while_the_runtime_runs(server, folder):
    """Added: in at the next attempt. Removed: cut off from all three sockets, and out at the next attempt."""
    AllowList.add(folder / ALLOW_LIST, "thief", KeyPair.read(folder / "thief.key").public)
    with connect(server, folder, "thief") as late, connect(server, folder, "quest") as quest:
        assert publish(server, 10.0, lambda: late.latest_frame("mira") and quest.latest_frame("mira"))
        AllowList.remove(folder / ALLOW_LIST, "thief")
        removed = time.monotonic()
        assert publish(server, 10.0, lambda: late.status[0] == "refused")
        assert time.monotonic() - removed < 5.0
        assert "allows this client's key no more" in late.closing_text
        time.sleep(0.1)
        seq = late.latest_frame("mira").header.seq
        assert publish(server, 10.0, lambda: quest.latest_frame("mira").header.seq > seq + 5), "the others go on"
        assert late.latest_frame("mira").header.seq == seq
        assert quest.status == ("connected", "")
    with pytest.raises(ConnectionLostError, match="does not allow"):
        connect(server, folder, "thief", timeout=1.0)


def test_a_subscriber_that_says_nothing_is_cut_off_too(server, folder):
    """Somebody who only ever listens has no session to close: the sockets of the streams are bound anew."""
    keys = ClientKeys(KeyPair.read(folder / "runtime.key").public, KeyPair.read(folder / "quest.key"))
    with zmq.Context() as context:
        socket = context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        keys.protect(socket)
        socket.connect(f"tcp://127.0.0.1:{server.ports['video']}")
        assert publish(server, 10.0, lambda: socket.poll(0))
        ports = dict(server.publisher.ports)
        old = server.publisher._sockets["video"]
        AllowList.remove(folder / ALLOW_LIST, "quest")
        assert publish(server, 10.0, lambda: old.closed and len(server.publisher._sockets) == 2)
        time.sleep(0.3)
        while socket.poll(0):
            socket.recv_multipart()
        publish(server, 0.7, lambda: False)
        assert not socket.poll(0)
        assert server.publisher.ports == ports
        socket.close()


def test_a_session_belongs_to_its_key(server, folder):
    keys = KeyPair.read(folder / "runtime.key").public
    with connect(server, folder, "quest") as quest:
        other = EchoClient.connect(
            f"tcp://127.0.0.1:{server.ports['control']}", client="quest", server_key=keys, key_file=folder / "vive.key"
        )
        assert not other.welcome.returned
        assert other.welcome.session != quest.welcome.session
        time.sleep(0.2)
        assert quest.status == ("connected", ""), "another key has not taken the session over"
        other.close()


def test_a_half_written_list_changes_nothing(server, folder, monkeypatch):
    # libraries that other tests import change levels, handlers and switches of logging for the whole process
    warnings = []
    monkeypatch.setattr(
        logging.getLogger("echo_bridge.server"), "warning", lambda text, *values: warnings.append(text % values)
    )
    (folder / ALLOW_LIST).write_text("quest abc\n")
    deadline = time.monotonic() + 15.0
    while not warnings and time.monotonic() < deadline:
        time.sleep(0.1)
    assert warnings
    assert "stays as it was" in warnings[0]
    with connect(server, folder, "quest") as client:
        assert client.status[0] == "connected"


def test_an_address_outside_this_machine_needs_keys_or_a_loud_word(folder):
    with pytest.raises(UsageError, match="keys new"):
        BridgeServer("0.0.0.0", control_port=0)
    keys = ServerKeys.read(folder / "runtime.key")
    with (
        BridgeServer("0.0.0.0", control_port=0, keys=keys) as server,
        connect(server, folder, "quest") as client,
    ):
        assert client.status[0] == "connected"
    with pytest.raises(UsageError, match="--server-key"):
        EchoClient.connect("tcp://192.0.2.1:27810", timeout=0.1)
    with pytest.raises(KeyFileError, match="both"):
        EchoClient.connect("tcp://192.0.2.1:27810", timeout=0.1, server_key="x" * 40)


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_secret_keys_are_for_their_owner_only(folder):
    file = folder / "quest.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / ALLOW_LIST).stat().st_mode) == 0o600
    file.chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        KeyPair.read(file)


DAMAGED = ["", "secret\n", "secret abc\n", f"public {'0' * 40}\n", f"secret {'%' * 40}\n", f"secret {'0' * 41}\n"]


@pytest.mark.parametrize("text", [*DAMAGED, "secret\u00e9 x\n", "a b c\n"])
def test_damaged_key_files_are_one_sentence(tmp_path, text):
    file = tmp_path / "a.key"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(KeyFileError) as refusal:
        KeyPair.read(file)
    assert str(refusal.value).endswith(".")


def test_a_public_key_that_does_not_belong_to_its_secret_one_is_refused(tmp_path):
    KeyPair(KeyPair.new().public, KeyPair.new().secret).write(tmp_path / "a.key", "a")
    with pytest.raises(KeyFileError, match="does not belong"):
        KeyPair.read(tmp_path / "a.key")


def test_the_secret_key_is_not_shown():
    pair = KeyPair.new()
    assert pair.secret not in repr(pair)


def test_keys_on_the_command_line(tmp_path):
    def run(*words):
        line = [sys.executable, "-m", "echo_runtime", "keys", *words, "--folder", str(tmp_path / "keys")]
        return subprocess.run(line, capture_output=True, text=True, timeout=60)

    assert "runtime's key:" in run("new").stdout
    again = run("new")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "already" in again.stderr
    made = run("new", "quest")
    assert "--server-key" in made.stdout
    public = KeyPair.read(tmp_path / "keys" / "quest.key").public
    assert public in run("list").stdout
    assert run("allow", KeyPair.new().public, "vive").returncode == 0
    assert run("allow", "tooshort", "x").returncode == 2
    assert run("new", "../x").returncode == 2
    assert run("remove", "quest").returncode == 0
    assert run("remove", "quest").returncode == 2
    assert list(AllowList(tmp_path / "keys" / ALLOW_LIST).names) == ["vive"]


# From another network ------------------------------------------------------------------------------------------------

OUTSIDE = """
import json, sys, time
import zmq
from echo_bridge import EchoClient
from echo_bridge.codec import encode
from echo_bridge.commands import Hello
from echo_runtime.errors import EchoError

address, server, folder, ports = sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
found = {}

def attempt(name, **options):
    try:
        with EchoClient.connect(f"tcp://{address}:{ports['control']}", timeout=3.0, client=name, **options) as client:
            found[name] = "in" if client.wait_for_frame("mira", timeout=5.0) else "nothing"
    except EchoError as error:
        found[name] = f"{type(error).__name__}: {error}"

attempt("right", server_key=server, key_file=f"{folder}/quest.key")
attempt("unlisted", server_key=server, key_file=f"{folder}/thief.key")
attempt("wrong-server", server_key=zmq.curve_keypair()[0].decode(), key_file=f"{folder}/quest.key")
attempt("plain", insecure_lan=True)
with zmq.Context() as context:
    heard = 0
    sockets = []
    for name, port in ports.items():
        socket = context.socket(zmq.DEALER if name == "control" else zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        if name != "control":
            socket.setsockopt(zmq.SUBSCRIBE, b"")
        socket.connect(f"tcp://{address}:{port}")
        if name == "control":
            socket.send_multipart([encode(Hello(proto=(1, 0), client="rude")), b""])
        sockets.append(socket)
    time.sleep(1.0)
    found["plain bytes"] = sum(socket.poll(0) for socket in sockets)
    for socket in sockets:
        socket.close()
print(json.dumps(found))
"""


def test_from_a_second_network_only_a_listed_key_gets_in(folder):
    reason = absent()
    if reason:
        pytest.skip(reason)
    with second_network() as (address, there):
        keys = ServerKeys.read(folder / "runtime.key")
        with BridgeServer(address, control_port=0, keys=keys) as server:
            words = [
                *there,
                sys.executable,
                "-c",
                OUTSIDE,
                address,
                keys.own.public,
                str(folder),
                json.dumps(server.ports),
            ]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as client:
                publish(server, 60.0, lambda: client.poll() is not None)
                found = json.loads(client.stdout.read())
            assert server.control._sessions.present == []
    assert found["right"] == "in"
    assert "does not allow" in found["unlisted"]
    assert found["wrong-server"].startswith("ConnectionLostError")
    assert found["plain"].startswith("ConnectionLostError")
    assert found["plain bytes"] == 0


def test_without_keys_the_runtime_does_not_listen_beyond_this_machine():
    line = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--player", "none", "--voice", "none"]
    refused = subprocess.run(
        [*line, "--bind", "0.0.0.0", "--control-port", "0"], capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 2
    assert "keys new" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_public_key_is_never_taken_for_an_option():
    assert all(KeyPair.new().public[0].isalnum() for _ in range(200))
    line = [sys.executable, "-m", "echo_bridge.live", "--port", "9", "--server-key", "-" + "0" * 39, "--seconds", "0.1"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert "--key" in ended.stderr, "it misses the other one"
    assert "usage" not in ended.stderr
