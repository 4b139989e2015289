"""Clock offset, and which addresses are taken."""

import socket
import subprocess
import sys

import pytest
from echo_bridge import BridgeServer, addresses
from echo_bridge.clock import ClockOffset
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.errors import AddressInUseError, BridgeError, UsageError


def test_the_quickest_ping_gives_the_offset():
    clock = ClockOffset()
    assert not clock.known
    assert clock.offset_us == 0
    clock.add(1000, 51_000, 51_010, 1210)  # 100 µs each way, offset 49 900
    clock.add(2000, 57_000, 57_010, 7210)  # 5 ms on the way there: offset looks larger
    assert clock.offset_us == 49_900
    assert clock.round_trip_us == 200


def test_old_pings_are_forgotten():
    clock = ClockOffset()
    clock.add(0, 100, 100, 0)
    for _ in range(8):
        clock.add(0, 500, 500, 100)
    assert clock.offset_us == 450


@given(st.integers(-(10**9), 10**9), st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), min_size=1))
def test_the_error_is_at_most_half_the_round_trip(offset, delays):
    clock = ClockOffset()
    for i, (there, back) in enumerate(delays):
        sent = 1_000_000 * i
        received = sent + there + offset
        clock.add(sent, received, received + 50, sent + there + 50 + back)
    assert abs(clock.offset_us - offset) <= clock.round_trip_us / 2 + 1


@pytest.mark.parametrize(("host", "inside"), [
    ("127.0.0.1", True), ("127.3.2.1", True), ("localhost", True), ("[::1]", True), ("0.0.0.0", False), ("*", False),
    ("192.168.1.5", False), ("example.org", False),
])  # fmt: skip
def test_only_loopback_is_inside(host, inside):
    assert addresses.is_loopback(host) is inside


def test_an_outside_address_is_refused_unless_allowed():
    with pytest.raises(UsageError, match="--insecure-lan"):
        BridgeServer("0.0.0.0", 0)
    BridgeServer("0.0.0.0", 0, insecure_lan=True).close()


@pytest.mark.parametrize(("text", "meant"), [
    ("tcp://127.0.0.1:27810", ("127.0.0.1", 27810)), ("localhost:80", ("localhost", 80)), ("5555", ("127.0.0.1", 5555)),
])  # fmt: skip
def test_addresses_are_read(text, meant):
    assert addresses.parse(text) == meant


@pytest.mark.parametrize("text", ["", "tcp://127.0.0.1", "tcp://127.0.0.1:99999", "ipc:///tmp/x", "host:0", "a b:80"])
def test_other_addresses_are_refused(text):
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:27810"):
        addresses.parse(text)


def test_a_port_in_use_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(AddressInUseError, match=rf"{port}.*--control-port"):
            BridgeServer(control_port=port)
        with pytest.raises(AddressInUseError, match=rf"{port}.*--video-port"):
            BridgeServer(control_port=0, video_port=port)


def test_two_runtimes_cannot_share_a_port_and_a_closed_one_frees_it():
    with BridgeServer(control_port=0) as first:
        port = first.ports["control"]
        with pytest.raises(AddressInUseError):
            BridgeServer(control_port=port)
    BridgeServer(control_port=port).close()


def test_an_address_of_another_machine_cannot_be_listened_on():
    with pytest.raises(BridgeError, match=r"Cannot listen on 192\.0\.2\.1"):
        BridgeServer("192.0.2.1", 0, insecure_lan=True)


def test_the_bridge_and_its_pytest_plugin_import_neither_torch_nor_much_else():
    code = """
import sys, importlib
before = set(sys.modules)
import echo_bridge.testing
assert not {"numpy", "zmq", "msgpack", "echo_bridge.client"} & set(sys.modules) - before, "the plugin is not lazy"
for name in ("server", "client", "playout", "interpolation", "recording", "process", "observations"):
    importlib.import_module("echo_bridge." + name)
import echo_bridge
for name in echo_bridge.__all__:
    getattr(echo_bridge, name)
heavy = {"torch", "mediapipe", "cv2", "pydantic", "typer", "av", "soxr", "openvino", "scipy"} & set(sys.modules)
assert not heavy, heavy
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
