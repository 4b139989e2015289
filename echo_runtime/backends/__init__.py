"""How a graph is compiled and run: eager torch, OpenVINO, eager on CUDA, TensorRT. Knows exported graphs only.

from echo_runtime.backends import choose_backend, compile_graph

graph = compile_graph(module, (torch.zeros(1, 60),), "openvino", "auto")
picture, = graph(motion)                      # numpy in, tuple of numpy out, same order as `forward`

graph = choose_backend("renderer", module, (torch.zeros(1, 60),))   # the fastest that computes the same
print(graph.backend, graph.precision, graph.choice.table())
"""

from echo_runtime.backends.choice import Candidate, Choice, choose_backend
from echo_runtime.backends.compile import BACKENDS, compile_graph
from echo_runtime.backends.graph import ArraySpec, CompiledGraph
from echo_runtime.backends.parity import Parity, Tolerance, compare_graphs

__all__ = [
    "BACKENDS",
    "ArraySpec",
    "Candidate",
    "Choice",
    "CompiledGraph",
    "Parity",
    "Tolerance",
    "choose_backend",
    "compare_graphs",
    "compile_graph",
]
