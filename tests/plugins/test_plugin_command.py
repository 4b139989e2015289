"""`echo-runtime plugin` as a user types it: the wrong folder, the wrong engine, the words in the wrong order."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.fixture
def folders(tmp_path):
    unity, unreal, neither = (tmp_path / name for name in ("unity game", "unreal game", "neither"))
    for folder in (unity / "Assets", unity / "ProjectSettings", unreal, neither):
        folder.mkdir(parents=True)
    (unreal / "Game.uproject").write_text(json.dumps({"FileVersion": 3, "EngineAssociation": "5.4"}), "utf-8")
    return {"unity": unity, "unreal": unreal, "neither": neither}


def echo_runtime(*words):
    return subprocess.run(
        [sys.executable, "-m", "echo_runtime", "plugin", *map(str, words)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def refused(ran, *parts):
    """One sentence, no traceback, nothing on stdout; the sentence has these parts."""
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    for part in parts:
        assert part in ran.stderr, ran.stderr


@pytest.mark.parametrize(
    ("engine", "folder", "says", "says_not"),
    [
        ("unity", "neither", "is not a Unity project: it has no folder Assets and no ProjectSettings", "Unreal"),
        ("unreal", "neither", "is not an Unreal project: no .uproject file lies in it", "Unity"),
        ("unity", "unreal", "is an Unreal project, not a Unity one; run: echo-runtime plugin install unreal", "Assets"),
        (
            "unreal",
            "unity",
            "is a Unity project, not an Unreal one; run: echo-runtime plugin install unity",
            ".uproject",
        ),
    ],
)
def test_each_engine_speaks_for_itself(folders, engine, folder, says, says_not):
    before = sorted(folders[folder].iterdir())
    ran = echo_runtime("install", engine, folders[folder])
    refused(ran, says, str(folders[folder]))
    assert says_not not in ran.stderr
    if "run:" in says:
        assert ran.stderr.strip().endswith(f'"{folders[folder]}"'), "a path with a space is put into quotation marks"
    assert sorted(folders[folder].iterdir()) == before


def test_words_in_the_wrong_order(folders):
    ran = echo_runtime("install", folders["unreal"], "unreal")
    assert ran.returncode == 2
    assert "unity" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("command", [["install", "unreal"], ["check"]])
def test_the_project_file_stands_for_its_folder(folders, command):
    first = echo_runtime("install", "unreal", folders["unreal"] / "Game.uproject")
    assert first.returncode == 0, first.stderr
    ran = echo_runtime(*command, folders["unreal"] / "Game.uproject")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (folders["unreal"] / "Plugins" / "EchoRuntime" / "EchoRuntime.uplugin").is_file()


def test_a_project_just_beside_is_named(folders, tmp_path):
    refused(echo_runtime("install", "unreal", tmp_path), f"One lies in {folders['unreal']}: was that meant?")
    refused(echo_runtime("install", "unity", folders["unity"] / "Assets"), f"One lies in {folders['unity']}")


def test_check_of_neither(folders):
    refused(echo_runtime("check", folders["neither"]), "no Unity project", "no Unreal project")
