"""A model with Kokoro's signature that hums: for tests of everything around the real one.

    PYTHON tiny_kokoro.py FOLDER

PYTHON has kokoro-onnx and onnx. Inputs and output as the v1.0 export: tokens (1, n) int64, style (1, 256), speed (1,)
→ audio (samples,). A token lasts 50 ms; the pitch is the style's first number, in radians per sample.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES_PER_TOKEN = 1200.0


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def main(folder: Path) -> None:
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    constants = [
        constant("per_token", np.float32(SAMPLES_PER_TOKEN)),
        constant("loud", np.float32(0.3)),
        constant("zero", np.float32(0.0)),
        constant("one", np.float32(1.0)),
        constant("scalar", np.zeros(0, np.int64)),
        constant("first", np.zeros(2, np.int64)),
        constant("first_end", np.ones(2, np.int64)),
    ]
    nodes = [
        helper.make_node("Size", ["tokens"], ["count"]),
        helper.make_node("Cast", ["count"], ["count_f"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["speed", "scalar"], ["speed_s"]),
        helper.make_node("Mul", ["count_f", "per_token"], ["usual"]),
        helper.make_node("Div", ["usual", "speed_s"], ["length"]),
        helper.make_node("Range", ["zero", "length", "one"], ["times"]),
        helper.make_node("Slice", ["style", "first", "first_end"], ["pitch"]),
        helper.make_node("Reshape", ["pitch", "scalar"], ["pitch_s"]),
        helper.make_node("Mul", ["times", "pitch_s"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["wave"]),
        helper.make_node("Mul", ["wave", "loud"], ["audio"]),
    ]
    output = helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["samples"])
    graph = helper.make_graph(nodes, "hum", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "kokoro-v1.0.onnx")
    voices = {}
    for name, pitch in {"af_low": 0.05, "bf_high": 0.15}.items():
        voices[name] = np.full((510, 1, 256), pitch, np.float32)
    with (folder / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, **voices)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
