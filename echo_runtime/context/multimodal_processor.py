"""The processor of a multimodal language model: text, pictures and sound to the inputs of its body.

It is put together part by part, because the whole one of transformers also reads films, for which it needs torchvision;
here no film is ever shown.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from echo_runtime.errors import MissingDependencyError, UsageError

THINKERS = ("qwen2_5_omni", "qwen2_5_omni_thinker")
"""Model types whose thinker hears and sees: the whole model, and its thinker alone."""


def first_line(error: Exception) -> str:
    """What an error of a library says, in one line."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


class _NoFilm(dict):
    """Stands for the part of a processor that reads films; a dict, so that a processor can still print itself."""

    num_frames = fps = None

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("films are not read")


def multimodal_processor(transformers: Any, config: Any, path: Path) -> Any:
    """The processor in the folder `path` of a model with `config`, without its reader of films.

    `transformers`: the imported library. Raises UsageError and MissingDependencyError.
    """
    try:
        found = _processor_class(transformers, config, path)
        described, _ = found.get_processor_dict(path, local_files_only=True)
        parts = [_NoFilm() if "video" in part else _part(transformers, part, path) for part in found.get_attributes()]
        processor = _without_film(found).from_args_and_dict(parts, described)
    except UsageError:
        raise
    except ImportError as error:
        raise MissingDependencyError(f"The model in {path} needs more: {first_line(error)}") from error
    except Exception as error:  # missing or damaged files make transformers raise errors of many kinds
        raise UsageError(f"The processor of the model in {path} cannot be loaded: {first_line(error)}") from error
    if not (processor.chat_template or getattr(processor.tokenizer, "chat_template", None)):
        raise UsageError(f"The model in {path} has no chat template; take one that was tuned to follow instructions.")
    return processor


def _processor_class(transformers: Any, config: Any, path: Path) -> Any:
    for name in ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json"):
        if (path / name).is_file():
            named = json.loads((path / name).read_text("utf-8")).get("processor_class")
            found = getattr(transformers, named, None) if isinstance(named, str) else None
            if isinstance(found, type) and issubclass(found, transformers.ProcessorMixin):
                return found
    if config.model_type in THINKERS:
        return transformers.Qwen2_5OmniProcessor
    if type(config) in transformers.PROCESSOR_MAPPING:
        return transformers.PROCESSOR_MAPPING[type(config)]
    raise UsageError(f"{path} does not name a processor, so pictures cannot be prepared for its model.")


def _part(transformers: Any, part: str, path: Path) -> Any:
    readers = {
        "tokenizer": transformers.AutoTokenizer,
        "image_processor": transformers.AutoImageProcessor,
        "feature_extractor": transformers.AutoFeatureExtractor,
    }
    if part not in readers:
        raise UsageError(f"The processor in {path} has a part {part!r}, which is not supported.")
    return readers[part].from_pretrained(path, local_files_only=True, trust_remote_code=False)


def _without_film(found: Any) -> Any:
    def check_argument_for_proper_class(self: Any, name: str, argument: Any) -> Any:
        if isinstance(argument, _NoFilm):
            return _NoFilm
        return found.check_argument_for_proper_class(self, name, argument)

    return type(found.__name__, (found,), {"check_argument_for_proper_class": check_argument_for_proper_class})
