"""The motion stage on a few seconds of made-up conversation: it learns, resumes, stops at nonsense, and its roll-out is
the run-time path."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, summarise
from echo_runtime.context.behaviour_transformer import BehaviourConfig, BehaviourTransformer
from echo_runtime.context.context_weights import context_config, context_tensors, load_context
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.errors import TrainingError
from echo_runtime.generator.face_grid import GENERATED_DIM
from echo_runtime.generator.motion_weights import load_motion, random_motion
from echo_runtime.generator.speech_encoder import SpeechEncoder
from echo_runtime.signals import FACE_DIM, FRAME_RATE, MOTION_DIM
from echo_runtime.training import conversations as conversations_module
from echo_runtime.training import motion_stage
from echo_runtime.training.conversations import conversation, understood
from echo_runtime.training.dyads import DyadSession, save_sessions
from echo_runtime.training.long_dialogues.dialogue import save_dialogue
from echo_runtime.training.motion_evaluation import blink_peaks, plosives_closed
from echo_runtime.training.motion_loss import MotionLoss
from echo_runtime.training.motion_model import MotionModel
from echo_runtime.training.motion_optimizer import StageOptimizer
from echo_runtime.training.motion_stage import MotionSettings, train_motion
from echo_runtime.training.motion_windows import SPEECH_REACH, ConversationStreams
from echo_runtime.training.rollout import roll_out_conversations, rollout

FRAMES = 150


def session(seed: int) -> DyadSession:
    rng = np.random.default_rng(seed)
    t = np.arange(FRAMES) / 25
    motion = np.zeros((FRAMES, MOTION_DIM), np.float32)
    motion[:, 17] = 0.3 + 0.3 * np.sin(2 * np.pi * 2 * t)
    motion[:, 53] = 0.1 * np.sin(t)
    face = rng.uniform(0, 1, (FRAMES, FACE_DIM)).astype(np.float32)
    face[:, -1] = 1
    return DyadSession(
        motion=motion, speech=rng.normal(0, 0.1, FRAMES * 640).astype(np.float32), player_face=face,
        player_voice=rng.normal(0, 0.1, FRAMES * 640).astype(np.float32),
        player_activity=np.ones(FRAMES * 4, np.float32), affect=np.zeros((FRAMES, 10), np.float32),
        npc_speaking=np.arange(FRAMES) < 100, viseme=np.zeros(FRAMES * 4, np.int8), events={}, voice="none", seed=seed,
    )  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder().eval()


@pytest.fixture
def folders(tmp_path, encoder):
    save_sessions(tmp_path / "dyads" / "train", [session(0), session(1)])
    save_sessions(tmp_path / "dyads" / "held_out", [session(2)])
    (tmp_path / "speech").mkdir()
    save_file(dict(encoder.state_dict()), tmp_path / "speech" / "speech_encoder.safetensors")
    return {"dyads": tmp_path / "dyads", "speech": tmp_path / "speech"}


TINY = MotionSettings(batch=2, frames=16, evaluated=1, evaluated_frames=20, evaluate_minutes=60,
                      sizes={"width": 32, "layers": 2, "context_frames": 10})  # fmt: skip


def test_both_stages_run_write_and_resume(tmp_path, folders):
    out = tmp_path / "motion"
    train_motion(out, minutes=0.08, settings=TINY, **folders)
    first = json.loads((out / "training.json").read_text())
    state = json.loads((out / "checkpoint.json").read_text())
    assert state["stage"] == 2
    assert list(out.glob("curves_*.png"))
    train_motion(out, minutes=0.12, settings=TINY, **folders)
    assert json.loads((out / "training.json").read_text())["steps"] > first["steps"]
    generator, perception = load_motion(out)
    assert rollout(generator, perception, SpeechEncoder().eval(), session(3), seed=0).shape == (144, MOTION_DIM)


def test_the_interaction_learns_from_long_dialogues_what_phi_understands(tmp_path, folders):
    """Φ stays as it is, the fusion moves; a package without sound is refused."""
    from test_context_stage import dialogue

    phi = BehaviourTransformer(BehaviourConfig(16, 1, 2, 20))
    fusion = HighLevelContext(16, 64)
    (tmp_path / "context").mkdir()
    save_file(context_tensors(phi, fusion), tmp_path / "context" / "context.safetensors")
    (tmp_path / "context" / "context.json").write_text(json.dumps(context_config(phi, fusion)))
    long = tmp_path / "long"
    long.mkdir()
    silent = dialogue(1)
    sound = np.random.default_rng(0).normal(0, 0.1, 640 * silent.frames).astype(np.float32)
    save_dialogue(long / "1.npz", replace(silent, speech=sound, player_sound=sound))
    settings = replace(TINY, articulation=0.0)
    out = tmp_path / "motion"
    train_motion(out, 0.1, settings=settings, context=tmp_path / "context", dialogues=long, **folders)
    assert "--context" in json.loads((out / "training.json").read_text())["command"]
    kept, moved = load_context(out)
    for name, tensor in phi.state_dict().items():
        torch.testing.assert_close(kept.state_dict()[name], tensor.half().float(), msg=name)
    assert (moved.gate != 0).any()
    save_dialogue(long / "1.npz", silent)
    with pytest.raises(TrainingError, match="--sound"):
        train_motion(out, 0.1, resume=False, settings=settings, context=tmp_path / "context", dialogues=long, **folders)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_weights(tmp_path, folders, monkeypatch):
    out = tmp_path / "motion"
    train_motion(out, minutes=0.03, settings=TINY, **folders)
    kept = (out / "motion.safetensors").read_bytes()

    def broken(*_):
        return torch.tensor(float("nan"), requires_grad=True)

    monkeypatch.setattr(motion_stage.MotionLoss, "__call__", broken)
    with pytest.raises(TrainingError, match="nan"):
        train_motion(out, minutes=1, settings=TINY, **folders)
    assert (out / "motion.safetensors").read_bytes() == kept


def test_missing_conversations_are_named(tmp_path, folders):
    with pytest.raises(TrainingError, match="no conversations"):
        train_motion(tmp_path / "out", 0.1, dyads=tmp_path / "nowhere", speech=folders["speech"], settings=TINY)


def test_interaction_freezes_the_speech_path_and_trains_the_user_branch():
    model = MotionModel(8)
    StageOptimizer(model, 2, 1e-3, 0.5)
    moving = {n for n, p in model.named_parameters() if p.requires_grad}
    assert not any("cross_speech" in n or "speech_in" in n for n in moving)
    assert any("cross_user" in n for n in moving)
    assert any(n.startswith("perception.") for n in moving)
    StageOptimizer(model, 1, 1e-3, 0.5)
    assert not any(p.requires_grad for n, p in model.named_parameters() if n.startswith("perception."))


def test_streams_walk_through_sessions_in_order(encoder):
    conversations = [conversation(session(i), encoder) for i in range(2)]
    streams = ConversationStreams([conversations], batch=3, frames=16, context=10, random=np.random.default_rng(0))
    place_before = None
    for _ in range(12):
        batch = streams.draw()
        for row, (truth, end) in enumerate(streams.places):
            index = next(i for i, c in enumerate(conversations) if c is truth)
            start = end - 16
            torch.testing.assert_close(batch.motion[row, 10:], truth.motion[start:end])
            known = min(start, 10)
            torch.testing.assert_close(batch.motion[row, 10 - known : 10], truth.motion[start - known : start])
            assert int(batch.first[row]) == -start
            # the player is seen up to one frame before: what was known when a frame was made
            if start:
                expected = torch.from_numpy(session(index).player_face[start - 1 : end - 1, :-1]).half().float()
                torch.testing.assert_close(batch.face[row, :, :-1], expected)
            if place_before is not None and not batch.fresh[row]:
                assert (truth, start) == place_before[row]
        place_before = list(streams.places)


def test_what_phi_understood_is_never_of_later(encoder):
    """S_usr of a frame is that of a summary which was over when its chunk was made, as old as its age says."""
    phi = BehaviourTransformer(BehaviourConfig(16, 1, 2, 20)).eval()
    whole = conversation(session(0), encoder, phi)
    assert whole.understood.shape == (whole.frames // SUMMARY_FRAMES, 16)
    streams = ConversationStreams([[whole]], batch=8, frames=32, context=10, random=np.random.default_rng(2))
    ages, unknown = set(), 0
    for _ in range(30):
        batch = streams.draw()
        for row in range(8):
            for frame in range(32):
                seen = int(batch.sight[row, frame]) - int(batch.first[row])
                if batch.s_known[row, frame] == 0:
                    unknown += 1
                    continue
                age = float(batch.age[row, frame])
                ended = seen - round(age * FRAME_RATE)
                assert ended % SUMMARY_FRAMES == 0
                assert 0 < ended <= seen
                expected = whole.understood[ended // SUMMARY_FRAMES - 1].float()
                torch.testing.assert_close(batch.s_usr[row, frame], expected)
                ages.add(round(age, 2))
    assert unknown > 0
    assert min(ages) < 0.1
    assert 1.5 < max(ages) < 2.5


def test_phi_remembers_its_window_and_no_more(encoder):
    """The S_usr of training, computed piece by piece, is what Φ says step by step at run time."""
    phi = BehaviourTransformer(BehaviourConfig(16, 2, 2, 8)).eval()
    face, voice = torch.rand(240, 61), torch.randn(960, 81)
    speaking = torch.rand(240) > 0.5
    found = understood(phi, face, voice, speaking)
    state = phi.initial_state(1)
    summaries = summarise(face[None], voice[None], speaking[None].float())
    for i, hidden in enumerate(found):
        with torch.no_grad():
            step, state = phi.observe(summaries[:, i], state)
        torch.testing.assert_close(hidden.float(), step[0], atol=2e-3, rtol=0.0)


def test_speech_features_do_not_depend_on_where_they_are_cut(encoder, monkeypatch):
    whole = conversation(session(0), encoder).speech
    monkeypatch.setattr(conversations_module, "FEATURE_PIECE", 40)
    torch.testing.assert_close(conversation(session(0), encoder).speech, whole, atol=2e-2, rtol=0.0)


def test_chunks_share_what_they_know(encoder):
    """Sight and speech are those of a chunk's start, and speech known is what had arrived then."""
    conversations = [conversation(session(i), encoder) for i in range(2)]
    streams = ConversationStreams([conversations], batch=8, frames=32, context=10, random=np.random.default_rng(1))
    sizes = set()
    for _ in range(20):
        batch = streams.draw()
        start = batch.chunk_start
        frames = torch.arange(32)
        assert (start <= frames).all()
        assert (frames - start < 8).all()
        assert (batch.sight <= start).all()
        assert (start - batch.sight <= 2).all()
        begins = frames == start
        sizes |= {int(n) for row in begins for n in np.diff(np.flatnonzero(row.numpy()))}
        until = torch.where(batch.known > 0.5, frames[:, None] + torch.arange(11) - SPEECH_REACH, -99).amax(-1)
        late = (batch.known < 0.5).any(-1)
        for row in range(8):
            for first in start[row].unique():
                inside = late[row] & (start[row] == first)
                ends = until[row][inside & (until[row] > -99)]
                assert len(ends.unique()) <= 1  # all frames of a chunk know the same speech
    assert sizes >= {1, 2, 4, 8}


def test_rolling_out_as_a_batch_equals_one_by_one(encoder):
    generator, perception = random_motion(encoder.feature_dim)
    both = [conversation(session(i), encoder) for i in range(2)]
    together = roll_out_conversations(generator, perception, both, seed=0, frames=20)
    assert together.shape == (2, 20, MOTION_DIM)
    assert np.abs(together[0] - together[1]).max() > 0
    again = roll_out_conversations(generator, perception, both, seed=0, frames=20)
    np.testing.assert_array_equal(together, again)


def test_loss_is_zero_for_the_truth_and_counts_closed_lips_more():
    model = MotionModel(8)
    loss = MotionLoss(model.generator.codec, torch.full((GENERATED_DIM,), 0.1))
    clean, level = torch.randn(2, 15, GENERATED_DIM), torch.zeros(2, 15)
    assert loss(clean, clean, level, torch.zeros(2, 15)) == 0
    wrong = clean + 0.3
    assert loss(wrong, clean, level, torch.ones(2, 15)) > loss(wrong, clean, level, torch.zeros(2, 15))


def test_blink_peaks_and_closures_are_counted():
    motion = np.zeros((100, MOTION_DIM), np.float32)
    motion[20:23, [0, 7]] = [[0.6], [0.95], [0.6]]
    np.testing.assert_allclose(blink_peaks(motion), [0.95])
    truth = np.zeros((100, MOTION_DIM), np.float32)
    truth[:, 17] = 0.3
    bilabial = np.zeros(100)
    bilabial[[30, 60]] = 1
    truth[[30, 60], 17] = 0
    half = truth.copy()
    half[58:63, 17] = 0.3
    assert plosives_closed(truth, truth, bilabial) == (2, 2)
    assert plosives_closed(half, truth, bilabial) == (1, 2)
