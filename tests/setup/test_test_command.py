"""`echo-runtime test` hands the right line to pytest, and says so where there are no tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from echo_runtime.commands import test as command_module
from echo_runtime.commands.test import pytest_line, repository_root

ROOT = Path(__file__).resolve().parents[2]


def test_soaks_run_only_when_asked() -> None:
    assert pytest_line(ROOT, [], soak=False)[3:5] == ["-m", "not soak"]
    assert pytest_line(ROOT, [], soak=True)[3:5] == ["-m", "soak"]


def test_the_whole_suite_runs_in_several_processes_and_what_is_named_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xdist")
    (tmp_path / "test_mine.py").touch()
    monkeypatch.chdir(tmp_path)
    for whole in ([], ["-q"], ["-k", "codec"]):
        assert "--dist" in pytest_line(ROOT, whole, soak=False)
    for alone in (["test_mine.py"], ["test_mine.py::test_a"], ["-s"], ["--pdb"]):
        assert "--dist" not in pytest_line(ROOT, alone, soak=False)
    assert "--dist" not in pytest_line(ROOT, [], soak=True)


def test_paths_are_those_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_mine.py").touch()
    monkeypatch.chdir(tmp_path)
    line = pytest_line(ROOT, ["test_mine.py::test_a", "tests/setup", "-k", "a or b", "-x"], soak=False)
    assert line[5:] == [str(tmp_path / "test_mine.py::test_a"), "tests/setup", "-k", "a or b", "-x"]


def test_options_reach_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(
        "import pytest\ndef test_short(): pass\n@pytest.mark.soak\ndef test_long(): assert 0\n"
    )
    line = [sys.executable, "-m", "echo_runtime", "test", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run([*line, "-k", "short or long"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 deselected" in done.stdout
    done = subprocess.run([*line, "--soak"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "1 failed, 1 deselected" in done.stdout


def test_an_installed_wheel_has_no_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from echo_runtime.commands import main

    monkeypatch.setattr(command_module.echo_runtime, "__file__", str(tmp_path / "echo_runtime" / "__init__.py"))
    assert repository_root() is None
    monkeypatch.setattr(sys, "argv", ["echo-runtime", "test"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert (
        error
        == "echo-runtime: This installation has no tests; clone the repository and run `./echo-runtime test` in it.\n"
    )
