import pytest
import torch

from echo_runtime.renderer import NeuralRenderer, RendererConfig

SMALL = RendererConfig(
    size=64, canvas_size=96, hair_size=64, back_size=48, eyes_box=(16, 16, 48, 32), mouth_box=(16, 32, 48, 64),
    trunk=16, field_size=16, field_channels=(12, 8), expression_size=8, patch_channels=(28, 8), feature_groups=2,
    feature_channels=4,
)  # fmt: skip


@pytest.fixture
def small_renderer() -> NeuralRenderer:
    """Random layers and random decoders, so that every path matters."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    renderer = NeuralRenderer(SMALL)
    with torch.no_grad():
        for name, parameter in renderer.named_parameters():
            if name.endswith(("_canvas", ".picture")):
                alpha = torch.rand(1, 1, *parameter.shape[2:])
                parameter.copy_(torch.cat([torch.rand(1, 3, *parameter.shape[2:]) * alpha, alpha], 1))
            elif name.endswith(".depth"):
                parameter.uniform_(4.0, 6.0)
            elif "out." in name or "_basis" in name:
                parameter.normal_(0.0, 0.02)
    return renderer.eval()
