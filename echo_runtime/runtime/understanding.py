"""Makes understanding models ready to run: compiled, beside the frame path."""

from __future__ import annotations

from echo_runtime.backends import choose_backend
from echo_runtime.context.behaviour_transformer import BehaviourTransformer
from echo_runtime.context.behaviour_understanding import BehaviourUnderstanding
from echo_runtime.runtime.graphs import behaviour_graph


def behaviour_understanding(phi: BehaviourTransformer, backend: str = "auto") -> BehaviourUnderstanding:
    """Φ compiled for this machine, remembering nobody yet. Raises BackendError when it cannot be compiled."""
    described = behaviour_graph(phi.eval())
    # one thread: it runs twice a second beside the frame path, whose cores it must not take
    graph = choose_backend(described.name, described.module, described.example, backend=backend, threads=1)
    initial = tuple(tensor.numpy().copy() for tensor in phi.initial_state(1).tensors)
    return BehaviourUnderstanding(graph, initial, phi.config.width)
