"""Libraries that are missing, of the wrong version, or cannot be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from installed_library import library

from echo_runtime.doctor import libraries
from echo_runtime.doctor.imports import failed_imports, import_all, names_to_import
from echo_runtime.doctor.requirements import import_name


def test_an_import_that_crashes_hangs_or_raises_is_one_finding_and_the_others_go_on(tmp_path, monkeypatch):
    library(tmp_path, "fine-before", "")
    library(tmp_path, "crashes", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    library(tmp_path, "hangs", "import time; time.sleep(1000)")
    library(tmp_path, "raises", "raise Exception('libnvinfer.so.10: cannot open shared object file\\nmore')")
    library(tmp_path, "exits", "import sys; print('a library that prints'); sys.exit(3)")
    library(tmp_path, "fine-behind", 'print(\'{"begin": "nonsense"}\')')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = ["fine_before", "crashes", "hangs", "raises", "exits", "fine_behind", "not_there"]
    found = import_all(names, timeout=8.0)
    assert set(found) == set(names)
    assert found["fine_before"].error == found["fine_behind"].error == ""
    assert "ends the process" in found["crashes"].error
    assert "does not finish within 8 s" in found["hangs"].error
    assert found["raises"].error == "Exception: libnvinfer.so.10: cannot open shared object file"
    assert found["exits"].error.startswith("SystemExit")
    assert found["not_there"].error.startswith("ModuleNotFoundError")
    findings = list(failed_imports(found))
    assert [finding.level for finding in findings].count("error") == 5
    assert all(finding.advice for finding in findings if finding.level == "error")
    assert "2 libraries can be imported" in findings[-1].text


def test_names_of_libraries_and_of_what_they_are_imported_as():
    assert import_name("opencv-python") == "cv2"
    assert import_name("pyzmq") == "zmq"
    assert import_name("not-installed-at-all") == "not_installed_at_all"
    assert {"torch", "cv2", "zmq", "mediapipe"} <= set(names_to_import())


_VERSIONS = """
import json, sys
from echo_runtime.doctor import libraries
looks = (libraries.library_versions, libraries.contradictions, libraries.opencv_builds)
print(json.dumps([(f.level, f.text, f.advice) for look in looks for f in look()]))
"""


def versions_with(folder: Path) -> list[tuple[str, str, str]]:
    done = subprocess.run(
        [sys.executable, "-c", _VERSIONS],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
    )
    return [tuple(finding) for finding in json.loads(done.stdout)]


def test_numpy_2_and_a_newer_protobuf_are_found_with_the_line_that_mends_it(tmp_path):
    assert [level for level, *_ in versions_with(tmp_path)] == ["ok"], "this environment is in order"
    library(tmp_path, "numpy", "", "2.2.0")
    library(tmp_path, "protobuf", "", "6.30.0")
    found = [finding for finding in versions_with(tmp_path) if finding[0] == "error"]
    assert any("numpy is 2.2.0, where" in text and "<2" in advice for _, text, advice in found)
    assert any("mediapipe" in text and "protobuf" in text and "6.30.0" in text for _, text, _ in found)
    assert any("mediapipe" in text and "numpy" in text for _, text, _ in found)


def test_mixed_builds_of_opencv(tmp_path):
    library(tmp_path, "opencv-python-headless", "", "4.13.0.90")
    (error,) = [f for f in versions_with(tmp_path) if "share one folder" in f[1]]
    assert error[0] == "error"
    assert "pip uninstall -y" in error[2]
    assert "opencv-python-headless" in error[2]


def test_a_python_that_is_too_old_or_too_new(monkeypatch):
    (fine,) = libraries.python_version()
    assert fine.level == "ok"
    for version in ("3.9.18", "3.14.0"):
        monkeypatch.setattr(libraries.platform, "python_version", lambda version=version: version)
        (finding,) = libraries.python_version()
        assert finding.level == "error"
        assert version in finding.text
        assert "3.12" in finding.advice
