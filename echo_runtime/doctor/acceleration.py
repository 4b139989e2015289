"""GPU, CUDA, TensorRT and OpenVINO: what could make frames faster, and what is in its way."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from echo_runtime.doctor.finding import Finding
from echo_runtime.doctor.imports import Imported, import_all
from echo_runtime.doctor.requirements import installed_version

CUDA_TORCH = "delete the folder .venv and start `ECHO_TORCH=cuda ./echo-runtime doctor`"
CPU_TORCH = "to save that space delete the folder .venv and start `ECHO_TORCH=cpu ./echo-runtime doctor`"


def nvidia_gpus() -> list[str]:
    """Names, drivers and memory as NVIDIA's own tool lists them; empty without it or without a GPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()] if done.returncode == 0 else []


def gpu(imported: dict[str, Imported], gpus: list[str]) -> Iterator[Finding]:
    torch = imported.get("torch")
    facts = torch.facts if torch is not None and not torch.error else {}
    build = facts.get("cuda_build", "")
    if facts.get("cuda"):
        memory = facts.get("memory", 0) / 2**30
        yield Finding("GPU", "ok", f"{facts['gpu']}, {memory:.0f} GiB, through torch with CUDA {build}")
    elif gpus and build:
        yield Finding(
            "GPU", "warning", f"{'; '.join(gpus)} cannot be used by torch with CUDA {build} ({facts.get('why')})",
            f"install a newer NVIDIA driver, one that knows CUDA {build}",
        )  # fmt: skip
    elif gpus and facts:
        yield Finding("GPU", "warning", f"{'; '.join(gpus)} is not used: this torch is built for the CPU", CUDA_TORCH)
    elif build:
        yield Finding(
            "GPU", "note", f"none, but torch is the build for CUDA {build}, which is several GB larger", CPU_TORCH
        )
    else:
        yield Finding("GPU", "note", "no NVIDIA GPU; frames are made on the CPU")


def openvino(imported: dict[str, Imported]) -> Iterator[Finding]:
    found = imported.get("openvino")
    if found is None or found.error:
        yield Finding("OpenVINO", "warning", "not usable, so frames come from the slower backend eager", "see imports")
        return
    devices = ", ".join(f"{name} ({full})" for name, full in found.facts.get("devices", {}).items())
    yield Finding("OpenVINO", "ok", f"{installed_version('openvino')} on {devices or 'no device'}")


def tensorrt(gpus: list[str]) -> Iterator[Finding]:
    version = installed_version("torch-tensorrt")
    if not version:
        advice = "to try it: pip install 'echo-runtime[tensorrt]'" if gpus else ""
        yield Finding("TensorRT", "note", "torch-tensorrt is not installed; it is optional", advice)
        return
    # besides ImportError it raises a plain Exception where libraries of CUDA are absent, and the import may crash
    result = import_all(["torch_tensorrt"])["torch_tensorrt"]
    if result.error:
        yield Finding(
            "TensorRT", "warning", f"torch-tensorrt {version} cannot be imported: {result.error}",
            "install the NVIDIA driver and a torch built for CUDA, or run `pip uninstall torch-tensorrt`; "
            "the other backends work without it",
        )  # fmt: skip
    elif not gpus:
        yield Finding("TensorRT", "note", f"torch-tensorrt {version} is installed, and there is no NVIDIA GPU for it")
    else:
        yield Finding("TensorRT", "ok", f"torch-tensorrt {version}")
