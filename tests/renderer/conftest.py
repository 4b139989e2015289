from dataclasses import replace

import pytest
import torch

from echo_runtime.renderer import NeuralRenderer, RendererConfig
from echo_runtime.renderer.shell import Shell

SMALL = RendererConfig(
    size=64, canvas_size=96, hair_size=64, back_size=48, eyes_box=(16, 16, 48, 32), mouth_box=(16, 32, 48, 64),
    trunk=16, field_size=16, field_channels=(12, 8), expression_size=8, patch_channels=(28, 8), feature_groups=2,
    feature_channels=4,
)  # fmt: skip


SHELL = Shell(centre_y=4.5, centre_z=0.5, wide=1.75, low=-2.3, high=1.75)


@pytest.fixture(params=["hair as a picture", "hair on a shell"])
def small_renderer(request: pytest.FixtureRequest) -> NeuralRenderer:
    """Random layers and random decoders, so that every path matters."""
    config = replace(SMALL, shell=SHELL, behind_size=40) if "shell" in request.param else SMALL
    torch.set_num_threads(1)
    torch.manual_seed(3)
    renderer = NeuralRenderer(config)
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
