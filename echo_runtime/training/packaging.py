"""From the folders that training stages write to packages that the runtime loads."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file

from echo_runtime.avatars import AvatarManifest, Package, load_package, update_package, write_package
from echo_runtime.errors import PackageError, TrainingError
from echo_runtime.signals import Style

# The camera of the synthetic head's renderer, which renderers learn from (training/head).
CAMERA = {"fov_deg": 20.0, "distance_m": 0.88, "look_at": [0.0, 0.012, 0.0]}
CREDITS = [
    "Head geometry of the training pictures: ICT-FaceKit, USC Institute for Creative Technologies (MIT licence)",
    "Training speech: espeak-ng, flite, festival, Pico and RHVoice, used as tools while generating data; no part of "
    "them is included",
]


def package_model(out: Path, speech: Path | None = None, motion: Path | None = None) -> Package:
    """Puts the weights of the stages `speech` and `motion` (folders) into the model package `out`; parts that are not
    given stay as they are. Raises TrainingError when a folder holds no finished stage."""
    package: Package | None = None
    if speech is not None:
        from echo_runtime.generator.speech_encoder import DEFAULT_CONFIG

        tensors = {"speech_encoder": _tensors(speech / "speech_encoder.safetensors")}
        sizes = _config(speech) if (speech / "config.json").is_file() else asdict(DEFAULT_CONFIG)
        change = {"speech_encoder": sizes, "training": {"speech_encoder": _record(speech)}}
        package = update_package(out, _model_manifest(change), tensors)
    if motion is not None:
        config = _config(motion, "flow", "sampling", "perception")
        tensors = {stem: _tensors(motion / f"{stem}.safetensors") for stem in ("motion", "perception")}
        record = _record(motion)
        change = {
            "motion": {"flow": config["flow"], "sampling": config["sampling"]},
            "perception": config["perception"],
            "training": {"motion": record, "perception": record},
        }
        if (motion / "context.safetensors").is_file():
            tensors["context"] = _tensors(motion / "context.safetensors")
            change["context"] = _config(motion, "behaviour", "width", file="context.json")
            change["training"]["context"] = record
        package = update_package(out, _model_manifest(change), tensors)
    if package is None:
        raise TrainingError("Nothing to package: give a folder of the stage speech, motion, or both.")
    return package


def package_avatar(out: Path, name: str, renderer: Path, style: Style | None = None) -> Package:
    """The avatar `name` with the renderer of the folder `renderer`, written to `out`.

    `style`: how it carries itself; by default as the package that is at `out` says, or average. Raises TrainingError.
    """
    import cv2

    config = _config(renderer, "size")
    reference = cv2.imread(str(renderer / "reference.png"), cv2.IMREAD_UNCHANGED)
    if reference is None or reference.ndim != 3 or reference.shape[2] != 4:
        raise TrainingError(f"{renderer / 'reference.png'} is not an RGBA picture; train the renderer again.")
    manifest: dict[str, Any] = {
        "kind": "avatar",
        "name": name,
        "size": [config["size"], config["size"]],
        "camera": CAMERA,
        "style": _style(out, style),
        "renderer": config,
        "credits": CREDITS[:1],
        "licences": ["MIT"],
        "training": {"renderer": _record(renderer)},
    }
    tensors = {"renderer": _tensors(renderer / "renderer.safetensors")}
    return write_package(out, manifest, tensors, np.asarray(cv2.cvtColor(reference, cv2.COLOR_BGRA2RGBA), np.uint8))


def _model_manifest(change: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "model", "name": "model", "credits": CREDITS, "licences": ["MIT"], **change}


def _style(out: Path, style: Style | None) -> dict[str, Any]:
    if style is None and (out / "avatar.json").is_file():
        try:
            earlier = load_package(out).manifest
        except PackageError:
            earlier = None  # it is about to be replaced
        if isinstance(earlier, AvatarManifest):
            return earlier.style.model_dump()
    chosen = style or Style()
    return {"name": style_name(chosen), **asdict(chosen)}


def style_name(style: Style) -> str:
    """In words: "average", or what stands out, as "lively, reserved"."""
    words = [
        high if value > 0.6 else low
        for value, low, high in (
            (style.temperament, "calm", "lively"), (style.expressiveness, "reserved", "expressive"),
        ) if abs(value - 0.5) > 0.1
    ]  # fmt: skip
    return ", ".join(words) or "average"


def _config(folder: Path, *keys: str, file: str = "config.json") -> dict[str, Any]:
    path = folder / file
    try:
        config = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise TrainingError(f"{path} is missing; run that stage of training first.") from error
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); run that stage of training again.") from error
    absent = [key for key in keys if not isinstance(config, dict) or key not in config]
    if absent:
        raise TrainingError(f"{path} says nothing of {absent[0]!r}; is {folder} the folder of another stage?")
    return dict(config)


def _tensors(path: Path) -> dict[str, Any]:
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); run that stage of training first.") from error


def _record(folder: Path) -> dict[str, Any]:
    """What training.json says, with the commit that it was made at."""
    path = folder / "training.json"
    if not path.is_file():
        raise TrainingError(f"{path} is missing; run that stage of training to its end first.")
    try:
        record = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise TrainingError(f"{path} is not valid JSON ({error}); run that stage of training again.") from error
    record.setdefault("commit", current_commit())
    return record


def current_commit() -> str:
    """Of the repository that this code runs from; "unknown" outside one."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True
        )
    except OSError:
        return "unknown"
    return found.stdout.strip() if found.returncode == 0 else "unknown"
