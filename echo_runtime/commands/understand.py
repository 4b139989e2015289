"""`echo-runtime understand`: tries a multimodal language model as understanding model."""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path
from typing import Annotated, Any

import typer

UNTRAINED = (
    "The model loads and answers. It has no effect on a face yet: f_align, which reads its answers, is untrained for "
    "it, and the gate behind it is shut until the LCU has been trained (`train context`) on answers of this model."
)


def command(
    folder: Annotated[
        Path, typer.Argument(help="Folder of the model: config.json and *.safetensors. None is downloaded.")
    ],
    layer: Annotated[int | None, typer.Option(help="Which layer is read, from 1; default two thirds up.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, or cuda:1.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, f32, bf16 or f16; auto is bf16 on a GPU.")] = "auto",
    memory_gib: Annotated[
        float | None, typer.Option("--memory", min=0, help="GiB that the weights may take; default what is free.")
    ] = None,
    times: Annotated[int, typer.Option(min=1, max=100, help="Answers to time, after one that warms up.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Load a multimodal language model, let it look at a made-up moment, and tell how long an answer takes.

    It needs `pip install 'echo-runtime[llm]'`. It is untrained for faces until `train context` was run on its answers.
    """
    from echo_runtime.context.multimodal_model import MultimodalUnderstanding

    began = time.perf_counter()
    understanding = MultimodalUnderstanding.from_folder(
        folder, layer=layer, device=device, dtype=dtype, memory_gib=memory_gib
    )
    load_s = time.perf_counter() - began
    spent = []
    for _ in range(times + 1):
        began = time.perf_counter()
        understood = understanding.observe(_moment())
        spent.append(time.perf_counter() - began)
    model = understanding.model
    numbers: dict[str, Any] = {
        "model": model.name,
        "layer": model.layer,
        "layers": model.layers,
        "hidden_width": model.width,
        "tokens": len(understood.s_usr),
        "hears": model.hears,
        "device": str(model.device),
        "dtype": str(model.dtype).removeprefix("torch."),
        "load_s": round(load_s, 2),
        "answer_s_p50": round(statistics.median(spent[1:]), 3),
        "trained": False,
    }
    if as_json:
        print(json.dumps(numbers))
        return
    for name, value in numbers.items():
        print(f"{name:<16}{value}")
    print(UNTRAINED)


def _moment() -> Any:
    """A moment of full size: what it shows does not matter to the time it takes."""
    import numpy as np

    from echo_runtime.context.dialogue_history import PLAYER
    from echo_runtime.context.multimodal_model import PICTURE_SIDE, SOUND_S
    from echo_runtime.context.understanding import Moment
    from echo_runtime.signals import SAMPLE_RATE, DialogueTurn

    chance = np.random.default_rng(0)
    picture = chance.integers(0, 256, (PICTURE_SIDE, PICTURE_SIDE, 3), dtype=np.uint8)
    sound = (0.05 * chance.standard_normal(int(SOUND_S * SAMPLE_RATE))).astype(np.float32)
    said = ("I thought about what you said.", "And what did you think?", "That you were right, and I was unkind.")
    turns = tuple(DialogueTurn((PLAYER, "npc")[i % 2], text, i, i) for i, text in enumerate(said))
    return Moment(0, picture=picture, sound=sound, turns=turns)
