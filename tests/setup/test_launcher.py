"""The launcher's own logic, with a Python that only notes how it is called: no network, no installation."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = [
    "sh",
    "env",
    "dirname",
    "readlink",
    "cksum",
    "mkdir",
    "find",
    "rm",
    "cat",
    "uname",
    "flock",
    "sleep",
    "cp",
    "touch",
]
FAKE_PYTHON = r"""#!/bin/sh
printf '%s\n' "$*" >> "$NOTES"
case $1 in
    -c) ;;
    --version) echo 'Python 3.11.9' ;;
    -m) case $2 in
        venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
        pip)
            case $* in
                *--version*) ;;
                *download.pytorch.org*) exit "${INDEX_STATUS:-1}" ;;
                *) echo 'pip speaks'; sleep "${PIP_SECONDS:-0}"; [ ! -e "$NOTES.broken" ] || exit 1 ;;
            esac ;;
        esac ;;
    -P) if [ "$2" = - ]; then cat > "$NOTES.check"; echo "${MISSING-}"; else printf '<%s>' "$@"; fi ;;
esac
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="echo-runtime.ps1 is the launcher of Windows")


class Place:
    """A copy of the launcher in a folder with an awkward name, and a PATH that holds only what is put there."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "a folder's $HOME *"
        self.home.mkdir()
        shutil.copy(ROOT / "echo-runtime", self.home)
        (self.home / "pyproject.toml").write_text("[project]\n")
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        self.notes = folder / "notes"
        self.add("python3.11", FAKE_PYTHON)
        self.folder = folder

    def add(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, *arguments: str, program: Path | None = None, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [program or self.home / "echo-runtime", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.bin), "NOTES": str(self.notes), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, program: Path | None = None, **environment: str) -> tuple[int, str, str]:
        process = self.start(*arguments, program=program, **environment)
        out, err = process.communicate(timeout=20)
        return process.returncode, out, err

    def calls(self, word: str) -> list[str]:
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [line for line in lines if word in line]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_both_scripts_parse() -> None:
    subprocess.run(["sh", "-n", ROOT / "echo-runtime"], check=True)
    if shutil.which("bash"):
        subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)
    assert os.access(ROOT / "echo-runtime", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_first_start_sets_up_and_the_second_does_not(place: Place) -> None:
    awkward = ["run", "--player", "a b.mp4", "", "*", "'\"$(date)`x`\\", "--", "ü\nü"]
    status, out, err = place.run(*awkward)
    assert status == 0, err
    # standard output is the command's alone, so that --json can be piped
    assert out == "".join(f"<{word}>" for word in ["-P", "-m", "echo_runtime", *awkward])
    assert "pip speaks" in err
    for step in ("[1/3] torch (CPU build)", "[2/3]", "[3/3]"):
        assert step in err
    pip = place.calls("-m pip --disable-pip-version-check install")
    assert "--index-url https://download.pytorch.org/whl/cpu" in pip[0]
    assert "--timeout 8" in pip[0]
    assert pip[1].endswith("install torch==2.13.0")  # the CPU index was out of reach
    assert pip[2].endswith(f"install -e {place.home}")
    assert len(pip) == 3

    place.notes.unlink()
    begin = time.perf_counter()
    status, out, err = place.run("demo")
    assert time.perf_counter() - begin < 1.0
    assert (status, err) == (0, "")
    assert place.notes.read_text().splitlines() == ["-P -m echo_runtime demo"]


def test_the_cpu_index_is_used_where_it_answers(place: Place) -> None:
    assert place.run(INDEX_STATUS="0")[0] == 0
    assert not place.calls("torch==2.13.0")


def test_an_nvidia_machine_gets_the_cuda_build(place: Place) -> None:
    place.add("nvidia-smi", "#!/bin/sh\nexit 0\n")
    _, _, err = place.run("demo")
    assert "torch (cuda build)" in err
    assert not place.calls("download.pytorch.org")
    assert place.calls("install torch>=2.11,<2.14")


def test_an_nvidia_driver_that_does_not_answer_is_no_gpu(place: Place) -> None:
    place.add("nvidia-smi", "#!/bin/sh\nexit 9\n")
    assert "torch (CPU build)" in place.run("demo")[2]


def test_an_interrupted_set_up_goes_on(place: Place) -> None:
    broken = place.notes.with_name("notes.broken")
    broken.touch()
    status, out, err = place.run("demo")
    assert (status, out) == (2, "")
    assert "torch could not be installed" in err
    broken.unlink()
    assert place.run("demo")[0] == 0
    assert len(place.calls("-m venv")) == 1


def test_a_killed_set_up_goes_on(place: Place) -> None:
    process = place.start("demo", PIP_SECONDS="5")
    for _ in range(200):
        if place.calls("torch==2.13.0"):
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    status, out, _ = place.run("demo")
    assert (status, out) == (0, "<-P><-m><echo_runtime><demo>")


def test_half_an_environment_is_made_anew(place: Place) -> None:
    (place.home / ".venv" / "bin").mkdir(parents=True)
    (place.home / ".venv" / "leftover").touch()
    assert place.run("demo")[0] == 0
    assert not (place.home / ".venv" / "leftover").exists()


@pytest.mark.parametrize("tool", ["flock", "mkdir"])
def test_starts_at_the_same_time_set_up_once(place: Place, tool: str) -> None:
    if tool == "mkdir":
        (place.bin / "flock").unlink(missing_ok=True)
    elif not (place.bin / "flock").exists():
        pytest.skip("flock is not installed")
    processes = [place.start("demo", PIP_SECONDS="0.2") for _ in range(3)]
    for process in processes:
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (0, "<-P><-m><echo_runtime><demo>"), err
    assert len(place.calls("-m venv")) == 1
    assert len(place.calls("install -e")) == 1


def test_a_lock_whose_owner_died_is_taken_over(place: Place) -> None:
    (place.bin / "flock").unlink(missing_ok=True)
    dead = subprocess.Popen(["true"])
    dead.wait()
    lock = place.home / ".venv" / ".lock-folder"
    lock.mkdir(parents=True)
    (lock / "pid").write_text(f"{dead.pid}\n")
    assert place.run("demo")[0] == 0
    assert not lock.exists()


def test_extras_come_with_the_commands_that_need_them(place: Place) -> None:
    place.run("demo")
    assert not [line for line in place.calls("install -e") if "[" in line]
    place.run("test", "-q")
    place.run("test", "-q")
    place.run("train", "motion")
    assert [line.rsplit("[", 1)[1] for line in place.calls("install -e") if "[" in line] == ["train,evaluate,test]"]


def test_changed_pins_and_a_moved_folder_are_set_up_again(place: Place) -> None:
    place.run("demo")
    (place.home / "pyproject.toml").write_text("[project] # changed\n")
    place.run("demo")
    assert len(place.calls("install -e")) == 2
    moved = place.folder / "moved"
    place.home.rename(moved)
    place.home = moved
    assert place.run("demo")[0] == 0
    assert place.calls("install -e")[-1].endswith(f"install -e {moved}")


def test_it_works_through_links(place: Place) -> None:
    inner = place.folder / "links"
    inner.mkdir()
    (inner / "first").symlink_to(place.home / "echo-runtime")
    (inner / "second").symlink_to("first")
    assert place.run("demo", program=inner / "second")[1] == "<-P><-m><echo_runtime><demo>"
    assert (place.home / ".venv").is_dir()


def test_without_a_fitting_python_it_says_so(place: Place) -> None:
    (place.bin / "python3.11").unlink()
    place.add("python3", "#!/bin/sh\n[ \"$1\" = --version ] || exit 1\necho 'Python 3.13.1'\n")
    status, out, err = place.run("demo")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith(
        "echo-runtime: Python 3.11 or 3.12 is needed, and python3 here is: Python 3.13.1"
    )


def test_a_python_without_venv_is_named_with_its_package(place: Place) -> None:
    place.add("python3.11", "#!/bin/sh\ncase $2 in *ensurepip*) exit 1 ;; esac\n")
    status, _, err = place.run("demo")
    assert status == 2
    assert err.splitlines()[-1].endswith(
        "python3.11 has no venv; install it with: sudo apt-get install -y python3.11-venv"
    )


def test_a_wrong_echo_python_is_named(place: Place) -> None:
    status, _, err = place.run("demo", ECHO_PYTHON="/no/such/python")
    assert status == 2
    assert "ECHO_PYTHON is /no/such/python" in err


def test_missing_libraries_are_named_with_the_line_that_installs_them(place: Place) -> None:
    place.add("apt-get", "#!/bin/sh\n")
    status, out, err = place.run("demo", MISSING="libGL.so.1 PortAudio")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == (
        "echo-runtime: system libraries are missing (libGL.so.1 PortAudio); "
        "install them with: sudo apt-get install -y libgl1 libglib2.0-0 libportaudio2"
    )
    # it is looked at again until it is there, and nothing is installed twice
    assert place.run("demo")[0] == 0
    assert len(place.calls("install -e")) == 1


def test_without_portaudio_everything_but_the_microphone_works(place: Place) -> None:
    status, out, err = place.run("demo", MISSING="PortAudio")
    assert (status, out) == (0, "<-P><-m><echo_runtime><demo>")
    assert "PortAudio is missing, so there will be no microphone" in err


def test_the_library_check_itself_runs(place: Place) -> None:
    place.run("demo")
    program = place.notes.with_name("notes.check").read_text()
    done = subprocess.run([sys.executable, "-"], input=program, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"PortAudio", "libGL.so.1", "libgthread-2.0.so.0", "libglib-2.0.so.0"}
