"""Loads a multimodal language model from a folder on the user's disk: its body up to one layer, and its processor.

Nothing is downloaded and no code from the folder runs: `local_files_only`, no remote code, weights from safetensors
only (pickled ones can run code). What the adapter does not use is not kept: the output head and the layers above the
chosen one. Interfaces: huggingface.co/docs/transformers, "Auto Classes", "Processors", "Qwen2.5-Omni".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from echo_runtime.context.multimodal_processor import THINKERS, first_line, multimodal_processor
from echo_runtime.errors import BackendError, MissingDependencyError, UsageError

INSTALL = "pip install 'echo-runtime[llm]'"
DEPTH = 2.0 / 3.0
"""Which layer is read by default, as a share of all: late enough for meaning, before the next word takes over."""
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
_NOT_THINKER = ("talker.", "token2wav.")
_GIB = 1 << 30


@dataclass(frozen=True)
class MultimodalModel:
    """`body` gives hidden states, the last ones being those after `layer` (counted from 1) of `layers`.

    `processor`: text, pictures and (if `hears`) sound to the body's inputs. `width` of the hidden states. `name`: the
    model's class.
    """

    name: str
    body: nn.Module
    last_layer: nn.Module
    processor: Any
    layer: int
    layers: int
    width: int
    hears: bool
    device: torch.device
    dtype: torch.dtype


def load_multimodal(
    folder: str | Path,
    *,
    layer: int | None = None,
    device: str = "auto",
    dtype: str = "auto",
    memory_gib: float | None = None,
) -> MultimodalModel:
    """Loads the model in `folder`; takes as long as reading its weights, and is not for the frame path.

    `layer`: which one is read, 1 … number of layers, by default two thirds up. `device`: auto, cpu, cuda, cuda:1.
    `dtype`: f32, bf16, f16; auto is bf16 on a GPU and f32 on the processor. `memory_gib`: what the weights may take,
    besides being no more than is free on the device and in the machine. Raises MissingDependencyError without
    transformers; UsageError for a folder that holds no such model; BackendError when the device or its memory will not
    do.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise UsageError(
            f"There is no folder {folder}; give the folder of a model on this machine (config.json and *.safetensors), "
            "because none is downloaded."
        )
    if not (path / "config.json").is_file():
        raise UsageError(f"{path} holds no config.json, so it is not a model that transformers can load.")
    transformers = _library()
    config = _config(transformers, path)
    model_class, prefixes = _model_class(transformers, config, path)
    place, kind = _place(device), _kind(device, dtype)
    _require_memory(path, prefixes, place, kind, memory_gib)
    model = _weights(model_class, path, place, kind)
    body, last_layer, number, count = _up_to(model, layer, path)
    return MultimodalModel(
        name=model_class.__name__,
        body=body.eval().requires_grad_(False),
        last_layer=last_layer,
        processor=multimodal_processor(transformers, config, path),
        layer=number,
        layers=count,
        width=_text_config(config).hidden_size,
        hears=config.model_type in THINKERS,
        device=place,
        dtype=kind,
    )


def _library() -> Any:
    try:
        import PIL  # noqa: F401
        import transformers
    except ImportError as error:
        raise MissingDependencyError(
            f"A language model as understanding model needs {error.name}, which is not installed; run: {INSTALL}"
        ) from error
    transformers.logging.disable_progress_bar()
    return transformers


def _config(transformers: Any, path: Path) -> Any:
    try:
        return transformers.AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a damaged file makes transformers raise errors of many kinds
        raise UsageError(
            f"{path} is not a model that transformers {transformers.__version__} knows: {first_line(error)}"
        ) from error


def _text_config(config: Any) -> Any:
    return config.thinker_config.text_config if config.model_type == "qwen2_5_omni" else config.get_text_config()


def _model_class(transformers: Any, config: Any, path: Path) -> tuple[Any, tuple[str, ...]]:
    """The class, and prefixes of weights in the folder that it leaves alone."""
    if config.model_type in THINKERS:
        return transformers.Qwen2_5OmniThinkerForConditionalGeneration, _NOT_THINKER
    if type(config) in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        found = transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING[type(config)]
        return (found[0] if isinstance(found, list | tuple) else found), ()
    raise UsageError(
        f"{path} holds a {config.model_type} model; an understanding model reads pictures and text "
        "(Qwen2.5-Omni, Qwen2-VL, SmolVLM and others that transformers loads as image-text-to-text)."
    )


def _place(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
    except RuntimeError as error:
        raise UsageError(f"There is no device {device!r}; choose auto, cpu, cuda, or cuda with a number.") from error
    if place.type not in ("cpu", "cuda"):
        raise UsageError(f"An understanding model runs on cpu or cuda, not on {device}.")
    if place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count():
        raise BackendError(f"torch sees {torch.cuda.device_count()} CUDA devices, so {device} cannot be used; use cpu.")
    return place


def _kind(device: str, dtype: str) -> torch.dtype:
    if dtype == "auto":
        return torch.bfloat16 if _place(device).type == "cuda" else torch.float32
    if dtype not in DTYPES:
        raise UsageError(f"There is no number type {dtype!r}; choose auto, {', '.join(DTYPES)}.")
    return DTYPES[dtype]


# -- memory -----------------------------------------------------------------------------------------------------------


def weight_count(path: Path, without: tuple[str, ...] = ()) -> int:
    """Numbers in the safetensors files of a folder, from their headers (format: huggingface.co/docs/safetensors: eight
    bytes of length, then JSON). Raises UsageError when there are none or one is damaged."""
    files = sorted(path.glob("*.safetensors"))
    if not files:
        raise UsageError(f"{path} holds no *.safetensors files; weights in other formats are not loaded.")
    count = 0
    for file in files:
        try:
            with file.open("rb") as stream:
                length = int.from_bytes(stream.read(8), "little")
                if length > file.stat().st_size:
                    raise ValueError("its header is cut off")
                header = json.loads(stream.read(length))
            for name, entry in header.items():
                if name != "__metadata__" and not name.startswith(without):
                    count += int(torch.Size(entry["shape"]).numel())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{file} is damaged ({first_line(error)}); download the model again.") from error
    return count


def _free_bytes(place: torch.device) -> int | None:
    if place.type == "cuda":
        return int(torch.cuda.mem_get_info(place)[0])
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return None  # a system that does not say


def _require_memory(
    path: Path, without: tuple[str, ...], place: torch.device, kind: torch.dtype, memory_gib: float | None
) -> None:
    needed = weight_count(path, without) * kind.itemsize
    if memory_gib is not None and needed > memory_gib * _GIB:
        raise _too_large(path, needed, kind, f"{memory_gib:g} GiB are allowed")
    # weights for a GPU pass through the processor's memory
    for passed in {place.type: place, "cpu": torch.device("cpu")}.values():
        free = _free_bytes(passed)
        if free is not None and needed > free:
            raise _too_large(path, needed, kind, f"{free / _GIB:.1f} GiB are free on {passed}")


def _too_large(path: Path, needed: int, kind: torch.dtype, there: str) -> BackendError:
    return BackendError(
        f"The weights in {path} take {needed / _GIB:.1f} GiB as {str(kind).removeprefix('torch.')}, and {there}; "
        "take a smaller model, bf16, or another device."
    )


def _weights(model_class: Any, path: Path, place: torch.device, kind: torch.dtype) -> nn.Module:
    try:
        model, report = model_class.from_pretrained(
            path, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=kind,
            output_loading_info=True,
        )  # fmt: skip
        missing = sorted(report["missing_keys"])
        if missing:
            raise UsageError(
                f"{path} lacks {len(missing)} weights of {model_class.__name__} ({missing[0]} …); download it again."
            )
        return model.to(place)
    except UsageError:
        raise
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise BackendError(f"There is not enough memory on {place} for the model in {path}.") from error
    except ImportError as error:
        raise MissingDependencyError(
            f"{model_class.__name__} needs more: {first_line(error)}; run: {INSTALL}"
        ) from error
    except Exception as error:  # damaged weights make several libraries raise errors of many kinds
        raise UsageError(f"The weights in {path} cannot be loaded: {first_line(error)}") from error


def _up_to(model: Any, layer: int | None, path: Path) -> tuple[nn.Module, nn.Module, int, int]:
    """The model without its output head and without the layers above `layer`, and that layer."""
    decoder = model.get_decoder()
    layers = getattr(decoder, "layers", None)
    if not isinstance(layers, nn.ModuleList) or not len(layers):
        raise UsageError(f"{type(model).__name__} in {path} has no row of decoder layers; that class is not supported.")
    count = len(layers)
    number = max(1, round(DEPTH * count)) if layer is None else layer
    if not 1 <= number <= count:
        raise UsageError(f"The model in {path} has the layers 1 to {count}, not {number}.")
    decoder.layers = layers[:number]
    return model.base_model, decoder.layers[-1], number, count
