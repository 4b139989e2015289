"""The neural renderer: a motion frame to a picture of one NPC."""

from echo_runtime.renderer.config import RendererConfig
from echo_runtime.renderer.neural_renderer import NeuralRenderer, PictureGraph
from echo_runtime.renderer.weights import build_renderer, load_renderer, renderer_tensors, save_renderer

__all__ = [
    "NeuralRenderer",
    "PictureGraph",
    "RendererConfig",
    "build_renderer",
    "load_renderer",
    "renderer_tensors",
    "save_renderer",
]
