"""A disk without room, a limit on the size of files, a place that cannot be written to: one sentence, nothing lost."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from echo_runtime.avatars import load_package, shipped_folder
from echo_runtime.errors import TrainingError
from echo_runtime.training import progress
from echo_runtime.training.atomic_writing import reserve, writing_error
from echo_runtime.training.renderer_pictures import prepare_folder

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from echo_runtime.commands import main
sys.argv = ["echo-runtime", *sys.argv[1:]]
main()
"""


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "tiny"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def checkpoint_on(folder: Path) -> progress.Checkpoint:
    checkpoint = progress.Checkpoint(folder)
    checkpoint.save({"model": {"weight": torch.ones(100)}}, {"step": 1}, np.random.default_rng(0))
    return checkpoint


def test_a_full_disk_keeps_the_checkpoint_of_before(tiny_disk: Path) -> None:
    checkpoint = checkpoint_on(tiny_disk)
    large = {"model": {"weight": torch.ones(100_000)}}
    with pytest.raises(
        TrainingError, match=r"checkpoint.safetensors cannot be written: the disk is full \(it needs 0\.4 MB, 0\.\d MB"
    ):
        checkpoint.save(large, {"step": 2}, np.random.default_rng(0))
    assert checkpoint.load(np.random.default_rng(0))[1]["step"] == 1
    assert not list(tiny_disk.glob("*.part"))


def test_writers_of_other_libraries_leave_nothing_half_written(tiny_disk: Path) -> None:
    path = tiny_disk / "sheet.png"
    with progress.replacing(path) as part:
        part.write_bytes(b"small")
    with pytest.raises(TrainingError, match="the disk is full"), progress.replacing(path) as part:
        part.write_bytes(bytes(1_000_000))
    assert [p.name for p in tiny_disk.iterdir()] == ["sheet.png"]
    assert path.read_bytes() == b"small"


def test_arrays_are_there_whole_or_not_at_all(tiny_disk: Path) -> None:
    path = tiny_disk / "session.npz"
    progress.write_arrays(path, small=np.ones(4))
    with pytest.raises(TrainingError, match=r"the disk is full \(it needs 1\.6 MB"):
        progress.write_arrays(path, large=np.ones(200_000))
    assert [p.name for p in tiny_disk.iterdir()] == ["session.npz"]
    with np.load(path, allow_pickle=False) as kept:
        assert list(kept) == ["small"]


def test_room_is_asked_for_before_the_work(tiny_disk: Path) -> None:
    progress.require_space(tiny_disk, 1000, "a note")
    with pytest.raises(TrainingError, match=r"has no room for 4800 pictures: 1300\.0 MB are needed, 0\.\d MB are free"):
        progress.require_space(tiny_disk, 1_300_000_000, "4800 pictures")


def test_a_memory_map_gets_its_room_at_once(tiny_disk: Path) -> None:
    """A page of a map that finds no room kills the process, so the room is asked for before."""
    small = np.lib.format.open_memmap(tiny_disk / "small.npy", "w+", np.uint8, (50_000,))
    reserve(tiny_disk / "small.npy")
    small[:] = 7
    assert (tiny_disk / "small.npy").stat().st_blocks * 512 >= 50_000
    np.lib.format.open_memmap(tiny_disk / "pictures.npy", "w+", np.uint8, (1_000_000,))
    with pytest.raises(TrainingError, match=r"pictures\.npy cannot be written: the disk is full \(it needs 1\.0 MB"):
        reserve(tiny_disk / "pictures.npy")
    assert [path.name for path in tiny_disk.iterdir()] == ["small.npy"]


def test_pictures_that_have_no_room_are_said(tiny_disk: Path) -> None:
    pytest.importorskip("numba")
    with pytest.raises(TrainingError, match=r"has no room for 300 pictures: \d+\.\d MB are needed"):
        prepare_folder(tiny_disk / "pictures", "mira", 300, 64, 1)


def test_a_limit_on_files_is_said_by_the_command(tmp_path: Path) -> None:
    """The real command under a real limit (RLIMIT_FSIZE): the weights that it writes are too large."""
    pytest.importorskip("numba")
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN  # Python's own, which turns the signal into an OSError
    stage = tmp_path / "stage"
    stage.mkdir()
    mira = load_package(shipped_folder() / "mira")
    for name in ("renderer.safetensors", "reference.png"):
        shutil.copy(mira.file(name), stage)
    (stage / "config.json").write_text(json.dumps(mira.manifest.renderer))
    (stage / "training.json").write_text(mira.manifest.training["renderer"].model_dump_json())
    out = tmp_path / "packages"
    arguments = ["train", "package", "--out", str(out), "--renderer", str(stage)]
    done = subprocess.run([sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be written: the limit on the size of files is reached" in done.stderr
    assert [path.name for path in out.rglob("*") if path.is_file()] == []


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(TrainingError, match=r"cannot be written \(.*\); choose another --out"):
            progress.require_space(folder, 0, "anything")


def test_a_folder_that_is_not_ours_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        if os.geteuid() == 0:
            error = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "x"))
            assert "permission denied" in str(writing_error(error, tmp_path / "x"))
        else:
            with pytest.raises(TrainingError, match="permission denied"):
                progress.write_text(tmp_path / "x", "y")
    finally:
        tmp_path.chmod(0o700)


def test_errors_of_other_kinds_stay_what_they_are(tmp_path: Path) -> None:
    assert writing_error(FileNotFoundError(errno.ENOENT, "no"), tmp_path) is None
    whole = progress.replacing(tmp_path / "x")
    whole.__enter__().write_text("half")
    assert not whole.__exit__(ZeroDivisionError, ZeroDivisionError(), None)  # not swallowed
    assert list(tmp_path.iterdir()) == []
