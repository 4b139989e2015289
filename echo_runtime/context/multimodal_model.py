"""A multimodal language model as the understanding model Φ of the HBCU (ECHO section 3.1), read, never asked to write.

    P_think + dialogue + picture + sound → hidden states after one layer → the last tokens, pooled → S_usr

Its S_usr means nothing to weights that were trained with another Φ: give its width to HighLevelContext.realigned,
whose f_align is untrained, and whose gate is shut, until `train context` has trained it with this model. The model
keeps no memory of its own: all it knows of the past is the dialogue that a moment carries.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from echo_runtime.context.multimodal_loading import MultimodalModel, load_multimodal
from echo_runtime.context.thinking_prompt import thinking_messages
from echo_runtime.context.understanding import Moment, State, Understood
from echo_runtime.errors import BackendError
from echo_runtime.signals import SAMPLE_RATE, ByteArray, FloatArray

TOKENS = 8
"""Tokens of S_usr."""
READ_TOKENS = 48
"""The last tokens of the prompt that are pooled into them: the end of the question, which has read all before it."""
PICTURE_SIDE = 448
"""Pictures are shrunk to this longest side: a face needs no more, and cost grows with the area."""
SOUND_S = 8.0
SHORTEST_SOUND_S = 0.2
_NARROWEST = 50
"""Pictures whose sides differ more than this many times are left out; image processors refuse them."""


class MultimodalUnderstanding:
    """One `observe` is one pass over a few hundred to a thousand tokens: seconds on a processor, less on a GPU.

    Run it in AsynchronousUnderstanding. `tokens`: how many S_usr has.
    """

    def __init__(self, model: MultimodalModel, tokens: int = TOKENS) -> None:
        self.model, self.tokens = model, tokens
        self._control = control_tokens(model.processor)

    @classmethod
    def from_folder(cls, folder: str | Path, **options: Any) -> MultimodalUnderstanding:
        """See `load_multimodal` for the options and errors."""
        return cls(load_multimodal(folder, **options))

    @property
    def hidden_width(self) -> int:
        return self.model.width

    def observe(self, moment: Moment) -> Understood:
        """`s_usr` (tokens, hidden width). Summaries are not read. Raises BackendError when memory runs out."""
        try:
            hidden = self._hidden(self._inputs(moment))
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            if self.model.device.type == "cuda":
                torch.cuda.empty_cache()
            raise BackendError(
                f"{self.model.name} ran out of memory on {self.model.device}; take a smaller model, bf16, or another "
                "device."
            ) from error
        pooled = F.adaptive_avg_pool1d(hidden[-READ_TOKENS:].float().T, self.tokens).T
        return Understood(np.ascontiguousarray(pooled.cpu().numpy()), moment.time_us)

    def reset(self) -> None:
        """Nothing to forget."""

    def state(self) -> State:
        return {}

    def check_state(self, state: State) -> None:
        if state:
            raise ValueError(f"A language model keeps no memory of its own, this one holds {sorted(state)}")

    def load_state(self, state: State) -> None:
        self.check_state(state)

    def _inputs(self, moment: Moment) -> dict[str, Tensor]:
        picture = None if moment.picture is None else shrunk(moment.picture)
        sound = recent(moment.sound) if self.model.hears and moment.sound is not None else None
        messages = thinking_messages(moment.turns, picture is not None, sound is not None, self._control)
        processor = self.model.processor
        text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        given: dict[str, Any] = {"text": [text], "return_tensors": "pt"}
        if picture is not None:
            given["images"] = [picture]
        if sound is not None:
            given |= {"audio": [sound], "sampling_rate": SAMPLE_RATE}
        made = processor(**given)
        return {
            name: value.to(self.model.device, self.model.dtype if value.is_floating_point() else None)
            for name, value in made.items()
            if isinstance(value, Tensor)
        }

    def _hidden(self, inputs: dict[str, Tensor]) -> Tensor:
        """(tokens of the prompt, width), after the chosen layer. The body's own output has a norm on top, made for
        another layer; so the layer is listened to instead."""
        heard: list[Any] = []
        listening = self.model.last_layer.register_forward_hook(lambda _module, _args, out: heard.append(out))
        try:
            with torch.inference_mode():
                self.model.body(**inputs, use_cache=False)
        finally:
            listening.remove()
        out = heard[-1]
        return (out if isinstance(out, Tensor) else out[0])[0]


def control_tokens(processor: Any) -> list[str]:
    """Strings that the tokenizer does not read as letters: special ones, and added ones in brackets."""
    tokenizer = processor.tokenizer
    added = [t.content for t in tokenizer.added_tokens_decoder.values() if t.special or t.content[:1] in "<["]
    marks = [getattr(processor, f"{kind}_token", None) for kind in ("image", "audio", "video")]
    return sorted({*added, *tokenizer.all_special_tokens, *(m for m in marks if isinstance(m, str))} - {""})


def shrunk(picture: ByteArray, side: int = PICTURE_SIDE) -> ByteArray | None:
    """(H, W, 3) with its longest side at most `side`; None for a picture too narrow to be one."""
    height, width = picture.shape[:2]
    if max(height, width) > _NARROWEST * min(height, width):
        return None
    scale = side / max(height, width)
    if scale >= 1.0:
        return np.ascontiguousarray(picture)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def recent(sound: FloatArray) -> FloatArray | None:
    """The last seconds, finite and in [-1, 1]; None for less than a syllable."""
    if len(sound) < SHORTEST_SOUND_S * SAMPLE_RATE:
        return None
    return np.nan_to_num(sound[-int(SOUND_S * SAMPLE_RATE) :], posinf=1.0, neginf=-1.0).clip(-1.0, 1.0)


def _is_out_of_memory(error: Exception) -> bool:
    # torch tells about the processor's memory in a plain RuntimeError
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "out of memory" in str(error) or "can't allocate memory" in str(error)
