"""What is wrong with a training command is said before the work begins: one sentence, status 2, no traceback."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from echo_runtime.commands import main
from echo_runtime.errors import MissingDependencyError, TrainingError
from echo_runtime.training.head.mesh import load_head
from echo_runtime.training.speech import espeak, festival, flite

Call = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture) -> Call:
    """Calls `echo-runtime train …` in this process; returns what it said on stderr."""

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["echo-runtime", "train", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr().err
        assert ended.value.code == 2, said
        assert "Traceback" not in said
        return said

    return run


@pytest.mark.parametrize("stage", ["speech", "motion", "renderer", "tracker"])
def test_no_minutes(refused: Call, tmp_path: Path, stage: str) -> None:
    for minutes in ("0", "-3", "many", "nan", "inf"):
        assert "--minutes" in refused(stage, "--minutes", minutes, "--out", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["dyads", "speech", "motion", "renderer", "tracker", "package", "performance"])
def test_a_place_that_cannot_be_written_to(refused: Call, tmp_path: Path, stage: str) -> None:
    (tmp_path / "file").write_text("")
    assert "choose another --out" in refused(stage, "--out", tmp_path / "file" / "below")


@pytest.mark.parametrize("stage", ["speech", "motion", "renderer", "tracker"])
def test_wrong_sources_of_weights(refused: Call, tmp_path: Path, stage: str) -> None:
    assert "no package or folder 'nobody'" in refused(stage, "--from", "nobody", "--out", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    assert "it holds no weights" in refused(stage, "--from", tmp_path / "empty", "--out", tmp_path / "out")


def test_no_head(refused: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_HEAD", str(tmp_path / "gone.npz"))
    assert "ECHO_HEAD names" in refused("renderer", "--out", tmp_path / "out", "--count", 200, "--minutes", 0.1)
    assert "does not exist" in refused("head", tmp_path / "nowhere", "--out", tmp_path / "out" / "head.npz")


@pytest.mark.parametrize("damage", [b"", b"no archive", b"PK\x03\x04" + bytes(60)])
def test_a_damaged_head(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "head.npz").write_bytes(damage)
    with pytest.raises(TrainingError, match=r"head\.npz cannot be read"):
        load_head(tmp_path / "head.npz")


@pytest.mark.parametrize(("program", "install"), [(flite, "apt-get install flite"), (festival, "apt-get install fest")])
def test_a_synthesiser_that_is_not_there(monkeypatch: pytest.MonkeyPatch, program: object, install: str) -> None:
    monkeypatch.setenv("PATH", "")
    find = program._program  # type: ignore[attr-defined]
    find.cache_clear()
    try:
        with pytest.raises(MissingDependencyError, match=install):
            find()
    finally:
        find.cache_clear()


def test_no_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(espeak.ctypes, "CDLL", missing)
    espeak._library.cache_clear()
    try:
        assert not espeak.available()
        with pytest.raises(MissingDependencyError, match="apt-get install espeak-ng"):
            espeak._library()
    finally:
        espeak._library.cache_clear()


def test_the_command_without_synthesisers(tmp_path: Path) -> None:
    """The real command in an environment with an empty PATH."""
    pytest.importorskip("numba")
    environment = {**os.environ, "PATH": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "echo_runtime", "train", "speech", "--out", str(tmp_path), "--minutes", "0.1"],
        capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=200,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "apt-get install" in done.stderr.splitlines()[-1]
