"""The run-time generator: reproducible, out-of-step batches, one graph that exports and runs elsewhere alike."""

import numpy as np
import pytest
import torch

from echo_runtime.generator.face_grid import GENERATED_INDEX
from echo_runtime.generator.flow_transformer import FlowConfig
from echo_runtime.generator.noise import FlowNoise, pair_matrix
from echo_runtime.generator.sampler import sample
from echo_runtime.generator.streaming import SLOW, MotionGenerator, MotionState, SamplingConfig
from echo_runtime.signals import MOTION_INDEX, gaze_coefficients

SPEECH = 24
CONDITIONS = ("speech", "speech_known", "f_pu", "c_emo", "style")


@pytest.fixture(scope="module")
def generator() -> MotionGenerator:
    torch.manual_seed(0)
    sizes = FlowConfig(
        speech_dim=SPEECH,
        user_width=16,
        width=32,
        layers=1,
        heads=2,
        speech_inner=16,
        context_frames=9,
        user_inner=8,
        emotion_inner=8,
    )
    model = MotionGenerator(sizes, SamplingConfig(chunk_frames=4, grid=(0.0, 0.3, 1.0))).eval()
    for p in model.transformer.parameters():
        torch.nn.init.normal_(p, std=0.1)
    model.codec.scale.fill_(0.05)
    model.codec.mean.fill_(0.2)
    return model


def inputs(batch: int, seed: int, frames: int = 4) -> dict[str, torch.Tensor]:
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))

    return {"speech": normal(batch, frames + 10, SPEECH), "speech_known": torch.ones(batch, frames + 10),
            "f_pu": normal(batch, 6, 16), "c_emo": normal(batch, 10).abs(), "style": normal(batch, 2),
            "noise": normal(batch, frames, 60)}  # fmt: skip


def arguments(given: dict[str, torch.Tensor], state: MotionState) -> tuple[torch.Tensor, ...]:
    """As the graph takes them."""
    return given["noise"], *state.tensors, *(given[k] for k in CONDITIONS)


def row(i: dict[str, torch.Tensor], r: int) -> dict[str, torch.Tensor]:
    return {k: v[r : r + 1] for k, v in i.items()}


def test_motion_is_legal_and_reproducible(generator):
    runs = []
    for _ in range(2):
        state, frames = generator.initial_state(1), []
        for t in range(6):
            motion, state = generator.step(state, **inputs(1, t))
            frames.append(motion[0])
        runs.append(torch.cat(frames).numpy())
    np.testing.assert_array_equal(*runs)
    assert runs[0].shape == (24, 60)
    assert runs[0][:, :52].min() >= 0
    assert runs[0][:, :52].max() <= 1
    look = [i for n, i in MOTION_INDEX.items() if n.startswith("eyeLook")]
    np.testing.assert_allclose(runs[0][:, look], gaze_coefficients(runs[0][:, 58:60])[:, look], atol=1e-5)


def test_out_of_step_batch_equals_separate_npcs(generator):
    turns = [(True, True), (True, False), (False, True), (True, True), (True, False)]
    state, alone = generator.initial_state(2), [generator.initial_state(1) for _ in range(2)]
    for t, turn in enumerate(turns):
        given = inputs(2, t)
        motion, state = generator.step(state, **given, exec_mask=torch.tensor(turn))
        for r in range(2):
            if turn[r]:
                expected, alone[r] = generator.step(alone[r], **row(given, r))
                torch.testing.assert_close(motion[r : r + 1], expected, rtol=1e-4, atol=1e-5)


def test_reset_of_one_row_makes_a_fresh_npc(generator):
    state = generator.initial_state(2)
    for t in range(3):
        _, state = generator.step(state, **inputs(2, t))
    state.reset(torch.tensor([True, False]))
    given = inputs(2, 9)
    motion, _ = generator.step(state, **given)
    fresh, _ = generator.step(generator.initial_state(1), **row(given, 0))
    torch.testing.assert_close(motion[:1], fresh, rtol=1e-4, atol=1e-5)
    stale, _ = generator.step(generator.initial_state(1), **row(given, 1))
    assert (motion[1:] - stale).abs().max() > 1e-4


def test_exported_graph_equals_the_module(generator):
    graph = generator.graph
    exported = torch.export.export(graph, graph.example_inputs(1, user_tokens=6)).module()
    state = generator.initial_state(1)
    with torch.no_grad():
        for t in range(3):
            given = inputs(1, t)
            motion, *tensors = exported(*arguments(given, state))
            expected, state = generator.step(state, **given)
            torch.testing.assert_close(motion, expected, rtol=1e-4, atol=1e-5)
            for a, b in zip(tensors, state.tensors, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_openvino_runs_the_same_motion(generator):
    openvino = pytest.importorskip("openvino", reason="the OpenVINO backend is not installed")
    graph = generator.graph
    exported = torch.export.export(graph, graph.example_inputs(1, user_tokens=6))
    compiled = openvino.compile_model(
        openvino.convert_model(exported), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    )
    state = generator.initial_state(1)
    for t in range(6):  # longer than the ring
        given = inputs(1, t)
        result = compiled([a.numpy() for a in arguments(given, state)])
        expected, state = generator.step(state, **given)
        np.testing.assert_allclose(result[0], expected.numpy(), atol=2e-4)
        np.testing.assert_allclose(result[1], state.ring_key.numpy(), atol=1e-3)


@pytest.mark.parametrize("frames", [1, 2, 4, 8])
def test_exported_graphs_of_every_chunk_size_come_back_from_disk_alike(generator, tmp_path, frames):
    graph = generator.graph
    exported = torch.export.export(graph, graph.example_inputs(1, user_tokens=6, frames=frames))
    torch.export.save(exported, tmp_path / "motion.pt2")
    loaded = torch.export.load(tmp_path / "motion.pt2").module()
    state = generator.initial_state(1)
    with torch.no_grad():
        for t in range(3):
            given = inputs(1, t, frames)
            motion, *tensors = loaded(*arguments(given, state))
            expected, state = generator.step(state, **given)
            torch.testing.assert_close(motion, expected, rtol=1e-4, atol=1e-5)
            for a, b in zip(tensors, state.tensors, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_chunks_of_different_sizes_may_follow_each_other(generator):
    """The ring holds frames, not chunks: after any sizes it knows the newest frames, oldest first."""
    state = generator.initial_state(1)
    for t, frames in enumerate((1, 4, 2, 8, 1)):
        before = state
        _, state = generator.step(state, **inputs(1, t, frames))
        torch.testing.assert_close(state.ring_key[:, :, :-frames], before.ring_key[:, :, frames:])
    assert state.ring_valid.all()


def test_heads_have_mass_and_moods_last(generator):
    """A jump of the target arrives in steps, none of them more than the smoothing allows, and arrives; lips jump."""
    graph = generator.graph
    yaw, squint, jaw = 53, MOTION_INDEX["eyeSquintLeft"], MOTION_INDEX["jawOpen"]
    still = torch.zeros(1, 5, 60)
    still[..., [yaw, squint, jaw]] = 0.2
    slow, began = torch.zeros(1, len(SLOW)), torch.ones(1, 1)
    seen = []
    for _ in range(5):
        motion, slow = graph._smooth(still, slow, began)
        seen.append(motion[0])
    seen = torch.cat(seen).numpy()
    for place, follow in ((yaw, graph.sampling.pose_follow), (squint, graph.sampling.mood_follow)):
        assert max(np.diff([0.0, *seen[:, place]])) < 0.2 * follow + 1e-6
        assert seen[-1, place] == pytest.approx(0.2, abs=1e-3)
    assert (seen[:, jaw] == seen[0, jaw]).all()
    first, _ = graph._smooth(still, torch.zeros(1, len(SLOW)), torch.zeros(1, 1))
    assert torch.equal(first, still)  # a fresh NPC begins where it is


def test_noise_streams_as_one_sequence_of_unit_variance():
    noise = FlowNoise()
    white = torch.randn(300, 48, 60, generator=torch.Generator().manual_seed(0))
    none = torch.zeros(300, 2, 52)
    whole, _ = noise(white, none)
    first, state = noise(white[:, :8], none)
    second, _ = noise(white[:, 8:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(whole[:, 24:].std((0, 1)), torch.ones(52), atol=0.12, rtol=0)
    assert torch.linalg.matrix_rank(pair_matrix()) == 52


def test_noise_of_the_head_is_smooth_and_that_of_lips_is_white():
    noise = FlowNoise()
    out, _ = noise(torch.randn(200, 80, 60, generator=torch.Generator().manual_seed(0)), torch.zeros(200, 2, 52))
    out = out[:, 30:]
    follow = ((out[:, 1:] * out[:, :-1]).mean((0, 1)) / out.square().mean((0, 1))).numpy()
    assert follow[GENERATED_INDEX["headYaw"]] > 0.95
    assert abs(follow[GENERATED_INDEX["jawOpen"]]) < 0.05


def test_sampler_follows_the_line_to_a_known_target():
    target, start = torch.randn(2, 5, 3), torch.randn(2, 5, 3)
    seen = []

    def predict(x, level):
        seen.append((level, x))
        return target

    torch.testing.assert_close(sample(predict, start, (0.0, 0.25, 0.5, 1.0)), target)
    for level, x in seen:
        torch.testing.assert_close(x, level * target + (1 - level) * start)
