"""The real runtime on addresses beyond this machine: encrypted with keys, or plain with a loud word."""

import subprocess
import sys

import pytest
from echo_bridge import EchoClient
from echo_bridge.keys import ALLOW_LIST, AllowList, KeyPair

from echo_runtime.errors import ConnectionLostError


def test_with_keys_the_runtime_serves_those_who_are_listed(real_runtime, tmp_path):
    pair = KeyPair.new()
    pair.write(tmp_path / "runtime.key", "runtime")
    KeyPair.new().write(tmp_path / "quest.key", "quest")
    AllowList.add(tmp_path / ALLOW_LIST, "quest", KeyPair.read(tmp_path / "quest.key").public)
    options = ("--bind", "0.0.0.0", "--keys", str(tmp_path / "runtime.key"), "--picture-format", "jpeg")
    with real_runtime(0, *options) as process:
        address = f"tcp://127.0.0.1:{process.control_port}"
        with EchoClient.connect(
            address, timeout=30.0, server_key=pair.public, key_file=tmp_path / "quest.key"
        ) as client:
            frame = client.wait_for_frame("bo", timeout=60.0)
            assert frame.header.format == "jpeg"
            assert frame.rgba.shape == (64, 64, 4)
        with pytest.raises(ConnectionLostError, match="encryption"):
            EchoClient.connect(address, timeout=2.0)


def test_insecure_lan_is_loud(untrained):
    line = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", "0", "--bind", "0.0.0.0"]
    line += ["--insecure-lan", "--player", "none", "--voice", "none", "--backend", "eager", "--virtual-clock"]
    line += ["--avatar", str(untrained / "blank"), "--model", str(untrained / "model"), "--seconds", "0.08"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert "WARNING: --insecure-lan" in ended.stderr
    assert "unencrypted" in ended.stderr
