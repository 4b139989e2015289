"""All that the doctor looks at, in order. A part that fails itself is a finding and does not end the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from echo_runtime.doctor import acceleration, devices, folders, imports, libraries, network, self_test, shipped
from echo_runtime.doctor.finding import Finding

CONTROL_PORT = 27810
"""echo_bridge.limits.DEFAULT_CONTROL_PORT, which cannot be imported where libraries are missing."""


class Examination:
    """`findings()` gives them as they are found. `demo_can_run` and `document` are valid afterwards."""

    def __init__(self, *, control_port: int = CONTROL_PORT, with_self_test: bool = True) -> None:
        self._port, self._with_self_test = control_port, with_self_test
        self._imported: dict[str, imports.Imported] = {}
        self._gpus: list[str] = []
        self._report: dict[str, Any] | None = None
        self.found: list[Finding] = []

    def findings(self) -> Iterator[Finding]:
        for part, look in self._parts():
            try:
                for finding in look():
                    self.found.append(finding)
                    yield finding
            except Exception as error:
                finding = Finding(part, "warning", f"could not be looked at ({type(error).__name__}: {error})")
                self.found.append(finding)
                yield finding

    def _parts(self) -> list[tuple[str, Callable[[], Iterator[Finding]]]]:
        parts: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
            ("Python", libraries.python_version),
            ("libraries", libraries.library_versions),
            ("libraries", libraries.contradictions),
            ("OpenCV", libraries.opencv_builds),
            ("imports", self._import),
            ("network", lambda: network.loopback(self._imported)),
            ("face models", shipped.face_models),
            ("weights", shipped.weights),
            ("demo", shipped.performance),
            ("GPU", self._gpu),
            ("OpenVINO", lambda: acceleration.openvino(self._imported)),
            ("TensorRT", lambda: acceleration.tensorrt(self._gpus)),
            ("devices", devices.devices),
            ("espeak-ng", devices.speech_program),
            ("ports", lambda: network.ports({self._port: "control of the runtime"})),
            ("folders", folders.folders),
            ("optional parts", libraries.optional_parts),
        ]
        return [*parts, ("self-test", self._test)] if self._with_self_test else parts

    def _import(self) -> Iterator[Finding]:
        self._imported = imports.import_all(imports.names_to_import())
        return imports.failed_imports(self._imported)

    def _gpu(self) -> Iterator[Finding]:
        self._gpus = acceleration.nvidia_gpus()
        return acceleration.gpu(self._imported, self._gpus)

    def _test(self) -> Iterator[Finding]:
        self._report, problem = self_test.run_self_test()
        return self_test.judge(self._report, problem)

    @property
    def demo_can_run(self) -> bool:
        return not any(finding.level == "error" for finding in self.found)

    @property
    def document(self) -> dict[str, Any]:
        """For --json: findings, and the numbers of the self-test (null without one)."""
        test = None
        if self._report is not None:
            test = {key: self._report.get(key) for key in ("realtime_factor", "stage_ms", "backend", "hardware")}
            test["frames"] = self._report.get("frames_by_origin", {}).get("generated", 0)
        return {
            "demo_can_run": self.demo_can_run,
            "findings": [asdict(finding) for finding in self.found],
            "self_test": test,
        }
