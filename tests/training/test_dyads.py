"""Conversations: the same for the same seed, whole, smooth, and answered when they should be."""

from pathlib import Path

import numpy as np
import pytest

from echo_runtime.context.affect import EMOTIONS, affect_vector
from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.dyads import EVENTS, DyadSession, generate_session, load_sessions, save_sessions
from echo_runtime.training.dyads.demo import npc_lines, player_performance
from echo_runtime.training.dyads.listener import PlayerCues, Smile, npc_motion
from echo_runtime.training.dyads.pool import Character, load_pool, make_pool, save_pool
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.measures import lips
from echo_runtime.training.speech import VISEME_INDEX, espeak, flite

pytestmark = pytest.mark.skipif(
    not (espeak.available() and flite.available()), reason="espeak-ng and flite are not both installed"
)


@pytest.fixture(scope="module")
def pool() -> list[Character]:
    return make_pool(3, characters=4, lines=4)


@pytest.fixture(scope="module")
def sessions(pool: list[Character]) -> list[DyadSession]:
    return [generate_session(seed, 40.0, pool=pool) for seed in range(6)]


def test_shapes(sessions: list[DyadSession]) -> None:
    for s in sessions:
        assert s.motion.shape == (1000, 60)
        assert s.speech.shape == s.player_voice.shape == (640_000,)
        assert s.player_face.shape == (1000, 61)
        assert s.player_activity.shape == s.viseme.shape == (4000,)
        assert s.affect.shape == (1000, 10)
        assert s.npc_speaking.shape == (1000,)
        assert set(s.events) == set(EVENTS)
        assert s.motion[:, :52].min() >= 0.0
        assert s.motion[:, :52].max() <= 1.0
        assert not s.motion[:, [i for n, i in MOTION_INDEX.items() if n.startswith("eyeLook")]].any()
        assert all(np.isfinite(x).all() for x in (s.motion, s.player_face, s.speech, s.player_voice))


def test_the_same_seed_gives_the_same_session(pool: list[Character], sessions: list[DyadSession]) -> None:
    again = generate_session(0, 40.0, pool=pool)
    for name in ("motion", "speech", "player_face", "player_voice", "affect", "viseme"):
        assert np.array_equal(getattr(again, name), getattr(sessions[0], name))
    assert not np.array_equal(sessions[0].motion, sessions[1].motion)


def test_lips_close_in_silence_and_on_plosives(sessions: list[DyadSession]) -> None:
    for s in sessions:
        assert lips.closed_in_silence(s.motion, s.npc_speaking) > 0.98
        assert lips.plosive_closure(s.motion, s.motion, s.viseme == VISEME_INDEX["PP"]) == 1.0
        spoken = s.motion[s.npc_speaking]
        assert lips.lip_opening(spoken).max() > 0.2


def test_smiles_are_answered_in_time() -> None:
    """A smile in silence, by a neutral NPC: its own rises 0.3 to 0.8 s later, and not without cause."""
    frames = 250
    affect = np.tile(affect_vector("neutral"), (frames, 1))
    silent = Voice(10.0)
    for seed in range(12):
        rotation = np.zeros((frames, 3), np.float32)
        cues = PlayerCues([Smile(4.0, 1.5, 1.0)], [], rotation)
        motion, times = npc_motion(np.random.default_rng(seed), silent, silent, cues, affect)
        plain, _ = npc_motion(np.random.default_rng(seed), silent, silent, PlayerCues([], [], rotation), affect)
        smile = motion[:, MOTION_INDEX["mouthSmileLeft"]] + motion[:, MOTION_INDEX["mouthSmileRight"]]
        rise = smile - smile[:100].mean()
        assert rise.max() > 0.6
        begun = float(np.flatnonzero(rise > 0.1 * rise.max())[0]) / 25
        assert 4.3 <= begun <= 5.0
        assert 4.3 <= times["smile_answer"][0] <= 4.8
        assert plain[:, MOTION_INDEX["mouthSmileLeft"]].max() < 0.2


def test_affect_changes_the_face_and_the_answer() -> None:
    frames = 250
    silent = Voice(10.0)
    cues = PlayerCues([Smile(4.0, 1.5, 0.5)], [], np.zeros((frames, 3), np.float32))

    def face(emotion: str) -> np.ndarray:
        affect = np.tile(affect_vector(emotion), (frames, 1))
        return npc_motion(np.random.default_rng(0), silent, silent, cues, affect)[0]

    shown = {emotion: face(emotion) for emotion in EMOTIONS}

    def mean(emotion: str, name: str) -> float:
        return float(shown[emotion][:90, MOTION_INDEX[name]].mean())

    assert mean("happy", "mouthSmileLeft") > mean("neutral", "mouthSmileLeft") + 0.2
    assert mean("sad", "mouthFrownLeft") > 0.25
    assert mean("angry", "browDownLeft") > 0.4
    assert mean("surprised", "eyeWideLeft") > 0.25
    assert mean("afraid", "browInnerUp") > 0.4
    assert mean("disgusted", "noseSneerLeft") > 0.3
    answer = {e: np.ptp(m[90:, MOTION_INDEX["mouthSmileLeft"]]) for e, m in shown.items()}
    assert answer["happy"] > answer["neutral"] > answer["angry"]


def test_partners_are_nodded_at_and_blinks_come_as_often_as_in_people(sessions: list[DyadSession]) -> None:
    seconds = 40.0 * len(sessions)
    blinks = sum(len(s.events["blink"]) for s in sessions) / seconds
    assert 0.18 < blinks < 0.45
    nods = [n for s in sessions for n in s.events["nod"]]
    assert len(nods) > 0.05 * seconds
    lids = np.concatenate([s.motion[:, MOTION_INDEX["eyeBlinkLeft"]] for s in sessions])
    shut = np.count_nonzero((lids[1:] > 0.6) & (lids[:-1] <= 0.6)) / seconds
    assert shut == pytest.approx(blinks, rel=0.25)


def test_the_head_moves_smoothly(sessions: list[DyadSession]) -> None:
    for s in sessions:
        rotation = s.motion[:, 52:55]
        assert np.abs(np.diff(rotation, 3, axis=0)).max() < 0.02
        assert np.abs(np.diff(rotation, 3, axis=0)).mean() < 0.0015
        assert 0.02 < np.abs(rotation).max() < 0.6


def test_the_player_is_sometimes_lost(pool: list[Character]) -> None:
    found = [generate_session(seed, 30.0, pool=pool) for seed in range(20, 30)]
    lost = np.concatenate([s.player_face[:, 60] == 0 for s in found])
    assert 0.0 < lost.mean() < 0.2
    for s in found:
        gone = np.flatnonzero(s.player_face[:, 60] == 0)
        if len(gone) > 25:
            assert np.abs(s.player_face[gone[24], :52]).max() < 0.05


def test_sessions_survive_their_files(sessions: list[DyadSession], tmp_path: Path) -> None:
    save_sessions(tmp_path, sessions[:2])
    read = list(load_sessions(tmp_path))
    assert [s.seed for s in read] == [0, 1]
    assert np.array_equal(read[1].motion, sessions[1].motion)
    assert np.array_equal(read[1].events["nod"], sessions[1].events["nod"])
    assert np.abs(read[1].speech - sessions[1].speech).max() < 1e-4
    assert read[1].voice == sessions[1].voice
    with pytest.raises(TrainingError, match="no conversations"):
        list(load_sessions(tmp_path / "nothing"))
    (tmp_path / "0000000.npz").write_bytes(b"broken")
    with pytest.raises(TrainingError, match="not a stored conversation"):
        list(load_sessions(tmp_path))


def test_pools_survive_their_files(pool: list[Character], tmp_path: Path) -> None:
    save_pool(tmp_path / "pool.npz", pool)
    read = load_pool(tmp_path / "pool.npz")
    assert [c.voice for c in read] == [c.voice for c in pool]
    a, b = pool[2].utterances[3], read[2].utterances[3]
    assert a.segments == b.segments
    assert np.abs(a.samples - b.samples).max() < 1e-4


def test_a_performance_smiles_when_it_says(tmp_path: Path) -> None:
    first, second = player_performance(0, 20.0), player_performance(1, 20.0)
    assert first.player_face.shape == (500, 61)
    assert first.player_voice.shape == (320_000,)
    assert not np.array_equal(first.player_face, second.player_face)
    smile = first.player_face[:, MOTION_INDEX["mouthSmileLeft"]]
    for start in first.events["smile"]:
        assert smile[int((start + 0.4) * 25)] > 0.5
    assert first.player_face[:, 60].all()
    pauses = first.events["speech_start"][1:] - first.events["speech_end"][:-1]
    assert pauses.max() >= 7.0


def test_the_npc_has_lines() -> None:
    lines = npc_lines()
    assert len(lines) >= 3
    for line in lines:
        assert 2.4 < line.utterance.duration < 5.0
        assert np.abs(line.utterance.samples).max() == pytest.approx(0.7, abs=0.01)
