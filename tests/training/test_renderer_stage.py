"""The renderer's training on a tiny data set: it learns, it resumes exactly, it starts from solved geometry."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from echo_runtime.errors import TrainingError
from echo_runtime.renderer import load_renderer, save_renderer
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.head import HeadRenderer, find_head, identities
from echo_runtime.training.progress import Checkpoint
from echo_runtime.training.renderer_checks import picture_scores
from echo_runtime.training.renderer_losses import LossWeights, flow_loss
from echo_runtime.training.renderer_motion_sources import CONVERSATION, SHOWN, picture_motions
from echo_runtime.training.renderer_motions import MAX_ROTATION, SHOWCASE, sampled_motion
from echo_runtime.training.renderer_pictures import (
    RendererPictures,
    cell_of,
    draw_pictures,
    open_pictures,
    prepare_folder,
)
from echo_runtime.training.renderer_pictures import _draw_share as draw_share
from echo_runtime.training.renderer_quality import renderer_quality
from echo_runtime.training.renderer_sizes import renderer_config
from echo_runtime.training.renderer_stage import train_renderer
from echo_runtime.training.renderer_training import RendererTraining

SIZES = {
    "trunk": 24, "field_channels": (12, 8), "expression_size": 16, "patch_channels": (28, 8), "feature_groups": 2,
    "feature_channels": 4,
}  # fmt: skip
COUNT, HELD_OUT, SIZE = 40, 6, 64


def has_head() -> bool:
    try:
        find_head()
    except TrainingError:
        return False
    return True


needs_head = pytest.mark.skipif(not has_head(), reason="the ICT-FaceKit head data is absent (set ECHO_HEAD)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures")
    prepare_folder(path, "mira", COUNT, HELD_OUT, 1, SIZE)
    draw_share(str(path), "mira", SIZE, 0, 1)
    return path


@pytest.fixture
def data(folder: Path) -> RendererPictures:
    torch.set_num_threads(1)
    return open_pictures(folder)


def training(data: RendererPictures) -> RendererTraining:
    return RendererTraining(data, renderer_config(data, **SIZES), 5, LossWeights())


def test_motions_are_repeatable_realistic_and_varied() -> None:
    frames = np.stack([sampled_motion(3, i) for i in range(400)])
    np.testing.assert_array_equal(frames[7], sampled_motion(3, 7))
    assert frames[:, :52].min() >= 0
    assert frames[:, :52].max() <= 1
    assert (np.abs(frames[:, 52:55]) <= MAX_ROTATION + 1e-6).all()
    assert (frames[:, 0] > 0.9).mean() > 0.1  # closed lids
    assert (frames[:, :52].max(0) > 0.3).mean() > 0.8  # nearly every shape is used
    assert len(SHOWCASE) == 14


@needs_head
def test_drawing_is_complete_and_resumes(folder: Path, data: RendererPictures) -> None:
    assert data.done.all()
    assert len(data.held_out_rows()) == HELD_OUT
    np.testing.assert_array_equal(data.motion[COUNT - HELD_OUT], SHOWCASE[0])
    assert data.pictures[0, ..., 3].max() == 255
    before = data.pictures[3].copy()
    again = draw_pictures(folder, "mira", COUNT, HELD_OUT, 1, SIZE)
    np.testing.assert_array_equal(again.pictures[3], before)
    with pytest.raises(TrainingError, match="other settings"):
        draw_pictures(folder, "mira", COUNT + 1, HELD_OUT, 1, SIZE)


@needs_head
def test_training_starts_from_solved_flows(data: RendererPictures) -> None:
    trained = training(data)
    motion, _, rest, neutral, region = trained.batch(16)
    solved = flow_loss(trained.renderer.fields(motion * trained.renderer.input_gain), rest, neutral, region, SIZE)
    fields = trained.renderer.fields(torch.zeros_like(motion))
    still = flow_loss(fields, rest, neutral, region, SIZE)
    assert solved < 0.5 * still


@needs_head
def test_a_few_steps_lower_the_loss_and_raise_psnr(data: RendererPictures) -> None:
    trained = training(data)
    before = picture_scores(trained.averaged(), data)
    losses = [trained.picture_step(1.0, 4) for _ in range(40)]
    assert np.mean(losses[-8:]) < 0.9 * np.mean(losses[:8])
    assert picture_scores(trained.averaged(), data)["whole"] > before["whole"] + 0.3


@needs_head
def test_resuming_continues_exactly(data: RendererPictures, tmp_path: Path) -> None:
    straight = training(data)
    for _ in range(3):
        straight.picture_step(0.5, 2)
    straight.save(Checkpoint(tmp_path), 1.25)
    expected = [straight.picture_step(0.5, 2) for _ in range(2)]
    resumed = training(data)
    assert resumed.resume(Checkpoint(tmp_path)) == 1.25
    assert [resumed.picture_step(0.5, 2) for _ in range(2)] == pytest.approx(expected, rel=1e-6)
    for (name, a), b in zip(straight.renderer.named_parameters(), resumed.renderer.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5, msg=name)
    for name, average in straight.ema.shadow.items():
        torch.testing.assert_close(average, resumed.ema.shadow[name], atol=1e-6, rtol=1e-5)


@needs_head
def test_the_stage_writes_a_usable_renderer(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = "echo_runtime.training.renderer_stage."
    monkeypatch.setattr(stage + "renderer_config", lambda data: renderer_config(data, **SIZES))
    monkeypatch.setattr(stage + "draw_pictures", lambda path, *a, **k: open_pictures(path))
    scores = train_renderer(tmp_path, minutes=0.03, pictures=folder, every=1.0)
    assert {"whole", "eyes", "mouth"} <= scores.keys()
    for name in ("renderer.safetensors", "config.json", "reference.png", "contact_sheet.png", "training.json"):
        assert (tmp_path / name).stat().st_size > 0
    assert load_renderer(tmp_path)(torch.zeros(1, 60)).shape == (1, 4, SIZE, SIZE)


@needs_head
def test_unknown_identity_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no identity 'nobody'"):
        draw_pictures(tmp_path, "nobody")


def test_missing_data_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="train renderer"):
        open_pictures(tmp_path)


def test_conversations_are_mixed_with_wide_motions_and_held_out_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part, level in (("train", 0.2), ("held_out", 0.4)):
        (tmp_path / part).mkdir()
        motion = np.zeros((50, 60), np.float32)
        motion[:, MOTION_INDEX["mouthSmileLeft"]] = level
        motion[:, MOTION_INDEX["headYaw"]] = rng.normal(0, 0.1, 50)
        np.savez(tmp_path / part / "0.npz", motion=motion)
    motion, kinds = picture_motions(300, 60, 1, tmp_path)
    smile = motion[:, MOTION_INDEX["mouthSmileLeft"]]
    spoken = kinds == CONVERSATION
    assert 0.5 < spoken[:240].mean() < 0.7
    assert (smile[:240][spoken[:240]] < 0.25).all()
    assert (smile[240:][spoken[240:]] > 0.3).all()
    assert (kinds[240:254] == SHOWN).all()
    assert (np.abs(motion[:, 52:55]) <= MAX_ROTATION + 1e-6).all()
    assert (motion[:, MOTION_INDEX["tongueOut"]] > 0.05).mean() > 0.08
    again, _ = picture_motions(300, 60, 1, tmp_path)
    np.testing.assert_array_equal(motion, again)


def test_larger_pictures_have_larger_cells() -> None:
    assert [cell_of(size) for size in (64, 256, 512)] == [4, 4, 8]


@needs_head
def test_training_starts_from_weights_of_another_size(data: RendererPictures, tmp_path: Path) -> None:
    first = training(data)
    first.picture_step(1.0, 2)
    save_renderer(tmp_path, first.averaged())
    grown = renderer_config(data, **SIZES, hair_size=160, canvas_size=128)
    second = RendererTraining(data, grown, 6, LossWeights(), tmp_path)
    small, large = first.averaged().hair_canvas, second.renderer.hair_canvas.detach()
    assert large.shape[2] == 160
    assert (F.interpolate(large, size=small.shape[2:], mode="area") - small).abs().mean() < 0.05
    torch.testing.assert_close(second.renderer.mouth.join.weight, first.averaged().mouth.join.weight, atol=1e-3, rtol=0)


@needs_head
def test_quality_is_measured_on_motions_of_each_kind(data: RendererPictures) -> None:
    renderer = training(data).averaged()
    scores = renderer_quality(renderer, "mira", count=4, size=SIZE)
    assert scores["renderer_psnr_db"] > 15.0
    assert scores["renderer_psnr_db"] == scores["renderer_psnr_wide_db"]
    assert "renderer_psnr_conversation_db" not in scores
    head = HeadRenderer(identities()["mira"], SIZE)
    perfect = renderer_quality(lambda motion: head.render(motion).rgba, "mira", count=4, size=SIZE)
    assert perfect["renderer_psnr_mouth_db"] > 100.0


@needs_head
def test_hair_starts_painted_from_all_sides(data: RendererPictures) -> None:
    renderer = training(data).averaged()
    drawn = renderer(torch.from_numpy(np.array(data.motion[data.held_out_rows()[:1]])))[0, 3].numpy()
    truth = data.pictures[data.held_out_rows()[0], ..., 3] / 255.0
    assert np.abs(drawn - truth).mean() < 0.03


def test_an_odd_size_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="multiple of 64"):
        train_renderer(tmp_path, size=100)
