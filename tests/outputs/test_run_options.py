"""`run` with other ways out, as a user calls it, and what is said when it cannot be."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import av
import pytest
from pythonosc.osc_packet import OscPacket

from echo_runtime.commands import main
from echo_runtime.live_link_face import decode


@pytest.fixture
def run(monkeypatch, capfd, untrained):
    """Calls `echo-runtime run` in this process; returns (exit status, stdout, stderr)."""
    packages = [
        "--model",
        untrained / "model",
        "--avatar",
        untrained / "blank",
        "--control-port",
        0,
        "--backend",
        "eager",
    ]

    def call(*arguments: object) -> tuple[int, str, str]:
        argv = [
            "echo-runtime",
            "run",
            "--player",
            "none",
            "--voice",
            "none",
            "--control-port",
            0,
            *packages,
            *arguments,
        ]
        monkeypatch.setattr(sys, "argv", [str(a) for a in argv])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def test_all_ways_out_at_once(run, tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unreal,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vrm,
    ):
        for receiver in (unreal, vrm):
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(5.0)
        film = tmp_path / "npc.mp4"
        status, out, _ = run(
            "--virtual-clock", "--seconds", 2, "--json", "--livelink-out", f"127.0.0.1:{unreal.getsockname()[1]}",
            "--vmc-out", f"127.0.0.1:{vrm.getsockname()[1]}", "--vmc-names", "vrm1", "--video-out", film,
        )  # fmt: skip
        assert status == 0
        assert decode(unreal.recv(2048)).subject == "blank"
        messages = [m.message for m in OscPacket(vrm.recv(2048)).messages]
        assert "aa" in [m.params[0] for m in messages if m.address == "/VMC/Ext/Blend/Val"]
    report = json.loads(out)
    counted = report["outputs"][str(film)]
    assert counted == {"pictures": sum(report["frames_by_origin"].values()), "dropped": 0}
    with av.open(str(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == counted["pictures"] >= 50
        assert container.streams.audio


def test_without_them_the_report_says_nothing_of_them(run) -> None:
    status, out, _ = run("--virtual-clock", "--seconds", 0.2, "--json")
    assert status == 0
    assert "outputs" not in json.loads(out)


@pytest.mark.parametrize(("options", "words"), [
    (("--livelink-out", "no-such-machine.invalid"), ("no-such-machine.invalid", "known")),
    (("--vmc-out", "127.0.0.1:0"), ("0", "39539")),
    (("--vmc-out", "127.0.0.1", "--vmc-names", "Joy"), ("Joy", "perfect-sync")),
    (("--vmc-out", "127.0.0.1", "--vmc-out", "127.0.0.1"), ("own port",)),
    (("--video-out", "film.avi"), ("film.avi", ".mp4")),
    (("--video-out", "/proc/film.mp4"), ("/proc/film.mp4", "written")),
])  # fmt: skip
def test_one_sentence_says_what_is_wrong(run, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    status, _, err = run("--virtual-clock", "--seconds", 1, *options)
    said = [line for line in err.splitlines() if line.startswith("echo-runtime: ")]
    assert status == 2
    assert "Traceback" not in err
    assert len(said) == 1, err
    assert all(word in said[0] for word in words), said
