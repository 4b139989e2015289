"""What comes with the runtime: weights, the demo's performance, and mediapipe's models of faces."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from echo_runtime.doctor.finding import Finding

AGAIN = "get the files anew: `git checkout echo_runtime`, or install echo-runtime again"
FACE_MODELS = (
    "modules/face_detection/face_detection_short_range.tflite",
    "modules/face_landmark/face_landmark_with_attention.tflite",
)
"""What mediapipe.solutions.face_mesh reads (its face_landmark_front_cpu.binarypb names them)."""


def face_models() -> Iterator[Finding]:
    try:
        spec = find_spec("mediapipe")
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        return  # a library that is missing is a finding of its own
    folder = Path(next(iter(spec.submodule_search_locations)))
    missing = [name for name in FACE_MODELS if not (folder / name).is_file() or not (folder / name).stat().st_size]
    if missing:
        yield Finding(
            "face models", "error", f"mediapipe lacks {', '.join(missing)}",
            "pip install --force-reinstall --no-deps mediapipe",
        )  # fmt: skip
    else:
        yield Finding("face models", "ok", "mediapipe brings the models that find and follow a face")


def weights() -> Iterator[Finding]:
    """Every file of the shipped packages against its hash."""
    try:
        from echo_runtime.avatars import avatar_names, load_package, model_package
        from echo_runtime.errors import EchoError
    except Exception as error:
        yield Finding("weights", "error", f"cannot be read ({type(error).__name__}: {error})", "see libraries")
        return
    good = []
    try:
        good.append(model_package().name)
    except EchoError as error:
        yield Finding("weights", "error", str(error), AGAIN)
    except Exception as error:
        yield Finding("weights", "error", f"the model cannot be read ({type(error).__name__}: {error})", AGAIN)
    names = avatar_names()
    if not names:
        yield Finding("weights", "error", "no avatar is shipped with this installation", AGAIN)
    for name in names:
        try:
            good.append(load_package(name).name)
        except EchoError as error:
            yield Finding("weights", "error", str(error), AGAIN)
        except Exception as error:
            yield Finding("weights", "error", f"{name} cannot be read ({type(error).__name__}: {error})", AGAIN)
    if good:
        yield Finding("weights", "ok", f"{', '.join(good)}: every file is as it was shipped")


def performance() -> Iterator[Finding]:
    try:
        from echo_runtime.demo.performance import bundled_performance

        found = bundled_performance()
    except ImportError as error:
        yield Finding("demo", "error", f"the bundled player cannot be read ({error})", "see libraries")
        return
    except Exception as error:
        yield Finding("demo", "error", f"the bundled player cannot be read ({error})", AGAIN)
        return
    yield Finding("demo", "ok", f"the bundled player ({found.seconds:.0f} s) and {len(found.lines)} lines of the NPC")
