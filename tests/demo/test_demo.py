"""The demo with the shipped weights: every link real, nothing pre-rendered."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import av
import numpy as np
import pytest

from echo_runtime.demo.performance import FOLDER, bundled_performance
from echo_runtime.runtime.motion_log import MotionLog
from echo_runtime.runtime.serving import ServingConfig, serve
from echo_runtime.signals import MOTION_INDEX


@pytest.fixture(scope="module")
def rolled():
    """(motions, sums of all picture bytes) of 3.2 s with a player, the same seed each time; each player once."""
    done = {}

    def roll(player, seed=0):
        if (player, seed) not in done:
            config = ServingConfig(
                player=str(player), voice=str(player), seconds=3.2, seed=seed, virtual_clock=True, backend="eager",
                control_port=0,
            )  # fmt: skip
            with serve(config) as serving:
                log = MotionLog(serving.runtime)
                serving.run()
            assert set(log.origins) == {"generated"}
            done[player, seed] = np.array(log.motions), np.array(log.picture_sums)
        return done[player, seed]

    return roll


def test_the_bundled_performance_is_complete():
    performance = bundled_performance()
    assert performance.player.is_file()
    assert len(performance.lines) >= 2
    for line in performance.lines:
        assert 0 < line.at_s < performance.seconds
        assert 1.0 < len(line.samples) / line.rate < 6.0
        assert np.abs(line.samples).max() > 0.1


def test_another_player_gives_another_npc_face_with_the_same_seed(rolled):
    motions, pictures = rolled(FOLDER / "player.mp4")
    other_motions, other_pictures = rolled(FOLDER / "other_player.mp4")
    late = slice(65, None)  # by then one player smiles and the other does not
    assert np.abs(motions[late] - other_motions[late]).max() > 0.05
    assert (pictures[late] != other_pictures[late]).mean() > 0.9


def test_another_seed_gives_other_motion(rolled):
    motions, _ = rolled(FOLDER / "player.mp4")
    again, _ = rolled(FOLDER / "player.mp4", seed=5)
    assert np.abs(motions - again).max() > 0.01


def test_motion_is_in_its_range(rolled):
    motions, _ = rolled(FOLDER / "player.mp4")
    assert np.isfinite(motions).all()
    assert motions[:, :52].min() >= 0
    assert motions[:, :52].max() <= 1
    assert motions[:, MOTION_INDEX["jawOpen"]].max() < 0.5, "the NPC is silent here"


def test_the_demo_command_makes_a_film_and_a_report(tmp_path):
    command = [sys.executable, "-m", "echo_runtime", "demo", "--seconds", "4", "--out", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert report["frames_received"] == sum(report["frames_by_origin"].values())
    assert report["frames_by_origin"]["generated"] > 0
    assert report["seq_gaps"] == 0
    assert report["realtime_factor"] > 0
    assert set(report["latency_ms"]) == {"capture_to_publish", "publish_to_client"}
    assert report["player"]["pictures"] > 0
    assert set(report["backend"]) == {"speech encoder", "motion", "perception", "context", "renderer"}
    with av.open(str(tmp_path / "npc.mp4")) as film:
        assert film.streams.audio
        assert film.streams.video[0].width > film.streams.video[0].height
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(pictures) > 5
    right = pictures[-1][:, pictures[-1].shape[1] // 2 :]
    assert right.std() > 20, "the NPC's half is empty"


def test_evaluate_prints_nothing_but_json_even_when_it_must_first_make_its_data(tmp_path):
    if shutil.which("espeak-ng") is None or shutil.which("flite") is None:
        pytest.skip("espeak-ng and flite are not installed: sudo apt-get install espeak-ng flite")
    command = [sys.executable, "-m", "echo_runtime", "evaluate", "--sessions", "2", "--seconds", "10", "--json"]
    command += ["--picture-frames", "30", "--drift-minutes", "0", "--no-voices"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    numbers = json.loads(done.stdout)
    assert numbers["pictures"]["faces_found"] > 0.9
    assert numbers["closed_in_silence"] > 0.8
