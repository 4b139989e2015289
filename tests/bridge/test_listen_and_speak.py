"""The commands `listen` and `speak`, and the runtime fixture, as processes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from echo_bridge.process import RuntimeProcess
from echo_bridge.testing import start_runtime

from echo_runtime.errors import ConnectionLostError

SMALL = [sys.executable, str(Path(__file__).parent / "small_runtime.py"), "--rate", "25"]
ECHO = [sys.executable, "-m", "echo_runtime"]


@pytest.fixture(scope="module")
def address():
    with RuntimeProcess(SMALL, timeout=20.0) as process:
        yield f"tcp://127.0.0.1:{process.control_port}"


@pytest.fixture(scope="module")
def wav(tmp_path_factory):
    soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed")
    path = tmp_path_factory.mktemp("sound") / "line.wav"
    soundfile.write(path, 0.5 * np.sin(np.arange(16_000) / 10.0), 16_000)
    return path


def test_listen_writes_a_clip_and_a_report_while_another_process_makes_the_npc_speak(address, wav, tmp_path):
    av = pytest.importorskip("av", reason="PyAV is not installed")
    clip, report = tmp_path / "npc.mp4", tmp_path / "out" / "report.json"
    options = ["--address", address, "--npc", "mira", "--seconds", "3", "--out", clip, "--report", report, "--json"]
    with subprocess.Popen([*ECHO, "listen", *options], stdout=subprocess.PIPE, text=True) as listening:
        time.sleep(0.5)
        spoken = subprocess.run(
            [*ECHO, "speak", wav, "--address", address, "--npc", "mira"], capture_output=True, text=True
        )
        printed = json.loads(listening.communicate(timeout=30)[0])
    assert (spoken.returncode, listening.returncode) == (0, 0), spoken.stderr
    assert "mira spoke 1.0 s" in spoken.stdout
    written = json.loads(report.read_text())
    assert written == printed
    assert written["frames_by_origin"]["generated"] >= 74
    assert written["frames_by_origin"]["held"] == written["frames_by_origin"]["idle"] == written["seq_gaps"] == 0
    assert written["fps"] == pytest.approx(25.0, abs=1.5)
    assert written["latency_ms"]["capture_to_publish"]["p50"] >= 50.0
    assert written["latency_ms"]["publish_to_client"]["p95"] > 0.0
    with av.open(str(clip)) as container:
        assert sum(1 for _ in container.decode(video=0)) >= 74
        assert container.duration / 1e6 == pytest.approx(3.0, abs=0.1)
    with av.open(str(clip)) as container:
        loud = np.abs(np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])) > 0.1
    assert loud.sum() / 48_000 > 0.5, "most of one second of speech is in it"


def test_ctrl_c_ends_listening_in_good_order(address, tmp_path):
    report = tmp_path / "report.json"
    options = ["--address", address, "--npc", "mira", "--out", tmp_path / "npc.mp4", "--report", report]
    with subprocess.Popen(
        [*ECHO, "listen", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as listening:
        deadline = time.monotonic() + 20
        while not (tmp_path / "npc.mp4").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1.0)
        listening.send_signal(signal.SIGINT)
        out, errors = listening.communicate(timeout=20)
    assert (listening.returncode, errors) == (0, "")
    assert "generated" in out
    assert json.loads(report.read_text())["frames_received"] > 5
    assert (tmp_path / "npc.mp4").stat().st_size > 1000


@pytest.mark.parametrize(("command", "sentence"), [
    (["listen", "--address", "tcp://127.0.0.1:9", "--wait", "0.5"], "No runtime answers at tcp://127.0.0.1:9"),
    (["listen", "--address", "nonsense"], "tcp://127.0.0.1:27810"),
    (["listen", "--side", "player.mp4"], "--out"),
    (["speak", "missing.wav"], "missing.wav cannot be read as sound"),
])  # fmt: skip
def test_bad_input_is_one_sentence_and_status_two(command, sentence):
    run = subprocess.run([*ECHO, *command], capture_output=True, text=True)
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.count("\n") == 1


def test_speaking_to_nobody_is_refused(wav):
    with RuntimeProcess(SMALL, timeout=20.0) as process:
        address = f"tcp://127.0.0.1:{process.control_port}"
        run = subprocess.run([*ECHO, "speak", wav, "--address", address], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert "--npc" in run.stderr


def test_start_runtime_yields_a_client_and_ends_the_process():
    with start_runtime("mira", program=SMALL) as client:
        assert client.wait_for_frame("mira").header.origin == "generated"
    assert not client.alive
    with pytest.raises(ConnectionLostError):
        client.stats()


def test_a_runtime_that_breaks_down_during_a_test_leaves_its_words_with_the_failure():
    program = 'import sys, time; print(\'{"event": "ready", "control": 1}\', flush=True); sys.exit(\'out of luck\')'

    def test():
        with RuntimeProcess([sys.executable, "-c", program]):
            raise ConnectionLostError("No answer.")

    with pytest.raises(ConnectionLostError) as failure:
        test()
    assert "status 1. It said: out of luck" in failure.value.__notes__[0]


def test_a_runtime_that_does_not_come_up_is_reported_with_its_words():
    with pytest.raises(ConnectionLostError, match=r"status 3.*no such camera"):
        RuntimeProcess([sys.executable, "-c", "import sys; print('no such camera', file=sys.stderr); sys.exit(3)"])
    with pytest.raises(ConnectionLostError, match=r"not ready within 0\.5 s"):
        RuntimeProcess([sys.executable, "-c", "print('hello', flush=True); import time; time.sleep(30)"], timeout=0.5)
