"""What a renderer promises to those who draw with it: shapes, range, straight alpha, parts that follow the motion."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_runtime.renderer import PictureGraph
from echo_runtime.renderer.neural_renderer import NeuralRenderer
from echo_runtime.renderer.sampling import enlarged_by_stencils, enlargement, enlarging_stencils, sample, sample_shared
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX


def motions(count: int) -> torch.Tensor:
    torch.manual_seed(0)
    motion = torch.rand(count, MOTION_DIM)
    motion[:, 52:] = (motion[:, 52:] - 0.5) * 0.1
    return motion


def test_pictures_have_the_promised_shape_and_range(small_renderer: NeuralRenderer) -> None:
    pictures = small_renderer(motions(3))
    assert pictures.shape == (3, 4, 64, 64)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert pictures[:, 3].std() > 0.05


def test_colour_is_straight(small_renderer: NeuralRenderer) -> None:
    motion = motions(2)
    premultiplied, _ = small_renderer.compose(motion)
    pictures = small_renderer(motion)
    inside = (pictures[:, 3] > 0.07) & (pictures[:, 3] < 1) & (premultiplied[:, :3] >= 0).all(1)
    inside &= (premultiplied[:, :3] <= premultiplied[:, 3:]).all(1)
    assert inside.sum() > 50
    again = (pictures[:, :3] * pictures[:, 3:]).permute(0, 2, 3, 1)[inside]
    torch.testing.assert_close(again, premultiplied[:, :3].permute(0, 2, 3, 1)[inside], atol=1e-5, rtol=1e-4)


def test_empty_pixels_carry_the_colour_beside_them(small_renderer: NeuralRenderer) -> None:
    """A straight-alpha picture that is scaled by a filter must not darken at its border."""
    with torch.no_grad():
        for name, canvas in small_renderer.named_parameters():
            if name.endswith(("_canvas", ".picture")):
                canvas.zero_()
        small_renderer.neck_canvas[:, 0, 20:28, 20:28] = 0.8
        small_renderer.neck_canvas[:, 3, 20:28, 20:28] = 1.0
    picture = small_renderer(torch.zeros(1, MOTION_DIM))[0]
    empty = picture[3] == 0.0
    beside = F.max_pool2d(picture[None, 3:], 5, 1, 2)[0, 0] > 0.5
    beside &= empty
    assert beside.sum() > 20
    assert (picture[0, beside] > 0.5 * picture[0, picture[3] > 0.9].mean()).all()


def test_the_graph_gives_bytes_of_the_same_picture(small_renderer: NeuralRenderer) -> None:
    motion = motions(1)
    picture = PictureGraph(small_renderer)(motion)
    assert picture.dtype == torch.uint8
    assert picture.shape == (1, 64, 64, 4)
    expected = (small_renderer(motion) * 255).round().permute(0, 2, 3, 1)
    assert (picture.float() - expected).abs().max() <= 1


def test_a_picture_does_not_depend_on_its_batch(small_renderer: NeuralRenderer) -> None:
    motion = motions(4)
    together = small_renderer(motion)
    for i in range(4):
        torch.testing.assert_close(small_renderer(motion[i : i + 1])[0], together[i], atol=2e-5, rtol=1e-4)


def test_a_crop_is_a_part_of_the_whole(small_renderer: NeuralRenderer) -> None:
    motion = motions(2)
    whole, _ = small_renderer.compose(motion)
    part, _ = small_renderer.compose(motion, slice(8, 40), slice(16, 60))
    torch.testing.assert_close(part, whole[:, :, 8:40, 16:60], atol=2e-5, rtol=1e-4)


def test_a_crop_without_eyes_differs_only_where_eyes_are(small_renderer: NeuralRenderer) -> None:
    motion = torch.zeros(1, MOTION_DIM)
    below = slice(36, 64)
    whole, _ = small_renderer.compose(motion)
    part, _ = small_renderer.compose(motion, below, slice(0, 64), eyes=False)
    torch.testing.assert_close(part, whole[:, :, below], atol=2e-5, rtol=1e-4)
    without, _ = small_renderer.compose(motion, eyes=False)
    assert (without - whole).abs()[:, :, 20:28, 20:44].max() > 1e-3


def test_look_coefficients_are_read_from_the_gaze_only(small_renderer: NeuralRenderer) -> None:
    motion = motions(1)
    other = motion.clone()
    other[0, MOTION_INDEX["eyeLookUpLeft"]] += 0.5
    torch.testing.assert_close(small_renderer(motion), small_renderer(other))
    other[0, MOTION_INDEX["gazeYaw"]] += 0.3
    assert (small_renderer(motion) - small_renderer(other)).abs().max() > 1e-4


@pytest.mark.parametrize(("small", "large"), [(16, 64), (5, 20), (64, 256)])
def test_enlarging_by_matrices_or_stencils_is_bilinear_interpolation(small: int, large: int) -> None:
    maps = torch.randn(2, 3, small, small)
    matrix = enlargement(small, large)
    expected = F.interpolate(maps, size=(large, large), mode="bilinear", align_corners=False)
    torch.testing.assert_close(matrix @ maps @ matrix.T, expected, atol=1e-5, rtol=1e-4)
    by_stencils = enlarged_by_stencils(maps, enlarging_stencils(large // small))
    torch.testing.assert_close(by_stencils, expected, atol=1e-5, rtol=1e-4)


def test_sampling_a_shared_canvas_is_sampling_copies() -> None:
    canvas, grid = torch.rand(1, 4, 20, 20), torch.rand(3, 8, 9, 2) * 2.4 - 1.2
    torch.testing.assert_close(sample_shared(canvas, grid), sample(canvas.expand(3, -1, -1, -1), grid))


def test_openvino_draws_the_same_picture(small_renderer: NeuralRenderer) -> None:
    openvino = pytest.importorskip("openvino", reason="openvino is not installed")
    graph = PictureGraph(small_renderer).eval()
    converted = openvino.convert_model(torch.export.export(graph, (motions(1),)))
    compiled = openvino.Core().compile_model(
        converted, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    )
    for frame in motions(3):
        drawn = compiled([frame[None].numpy()])[0].astype(np.int32)
        expected = graph(frame[None]).numpy().astype(np.int32)
        # compared as seen, over black: where alpha is nearly zero the straight colour means nothing
        seen = [p[..., :3] * p[..., 3:] / 255.0 for p in (drawn, expected)]
        assert np.abs(seen[0] - seen[1]).mean() < 0.02
