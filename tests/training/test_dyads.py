"""Conversations: the same for the same seed, whole, smooth, and answered when they should be."""

from pathlib import Path

import numpy as np
import pytest

from echo_runtime.context.affect import EMOTIONS, affect_vector
from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_INDEX, Style
from echo_runtime.training.dyads import (
    EVENTS,
    DyadSession,
    generate_session,
    generation,
    load_session,
    load_sessions,
    save_sessions,
)
from echo_runtime.training.dyads.demo import npc_lines, player_performance
from echo_runtime.training.dyads.listener import PlayerCues, Smile, npc_motion
from echo_runtime.training.dyads.player import Script, cues_of
from echo_runtime.training.dyads.pool import Character, load_pool, make_character, save_pool
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.measures import events, lips, reactions
from echo_runtime.training.speech import VISEME_INDEX, espeak, flite
from echo_runtime.training.speech.synthesis import Utterance

pytestmark = pytest.mark.skipif(
    not (espeak.available() and flite.available()), reason="espeak-ng and flite are not both installed"
)


@pytest.fixture(scope="module")
def pool() -> list[Character]:
    return [make_character(3, number, lines=4) for number in (0, 1, 2, 5)]


@pytest.fixture(scope="module")
def sessions(pool: list[Character]) -> list[DyadSession]:
    return [generate_session(seed, 40.0, pool=pool) for seed in range(8)]


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


def test_blinks_come_as_often_as_in_people_and_are_seen(sessions: list[DyadSession]) -> None:
    seconds = 40.0 * len(sessions)
    blinks = sum(len(s.events["blink"]) for s in sessions) / seconds
    assert 0.18 < blinks < 0.5
    for name in ("blink", "saccade", "brow_flash"):
        told = sum(len(s.events[name]) for s in sessions)
        shown = sum(len(events.DETECTORS[name](s.motion)) for s in sessions)
        assert told > 10
        assert shown == pytest.approx(told, rel=0.3)


def test_nods_and_smiles_answer_this_player_and_no_other(sessions: list[DyadSession]) -> None:
    motions, faces = [s.motion for s in sessions], [s.player_face for s in sessions]
    activities, speaking = [s.player_activity for s in sessions], [s.npc_speaking for s in sessions]
    affects = [s.affect for s in sessions]
    nod = reactions.nod_response(motions, activities, speaking)
    assert nod.r > 0.75
    assert 0.3 < nod.lag_s < 0.55
    assert reactions.nod_response(motions, [*activities[1:], activities[0]], speaking).r < 0.3
    smile = reactions.smile_response(motions, faces, speaking, affects)
    assert smile.r > 0.85
    assert 0.35 < smile.lag_s < 0.7
    assert reactions.smile_response(motions, [*faces[1:], faces[0]], speaking, affects).r < 0.3


def test_style_sets_rates_and_sizes(pool: list[Character]) -> None:
    frames = 2500
    affect = np.tile(affect_vector("happy"), (frames, 1))
    npc, player = Voice(100.0), Voice(100.0)
    player.said = [(8.0 * i, pool[0].utterances[0]) for i in range(12)]
    cues = PlayerCues([], [], np.zeros((frames, 3), np.float32))

    def lived(style: Style) -> tuple[np.ndarray, dict[str, list[float]]]:
        return npc_motion(np.random.default_rng(1), npc, player, cues, affect, style)

    calm, calm_times = lived(Style(0.0, 0.0))
    lively, lively_times = lived(Style(1.0, 1.0))
    for name in ("blink", "saccade"):
        assert len(lively_times[name]) > 1.5 * len(calm_times[name])
    assert min(len(lively_times["nod"]), len(calm_times["nod"])) > 6
    for channel, ratio in (("mouthSmileLeft", 1.6), ("cheekSquintLeft", 1.6)):
        assert lively[:, MOTION_INDEX[channel]].mean() > ratio * calm[:, MOTION_INDEX[channel]].mean()
    assert lively[:, 53].std() > 1.5 * calm[:, 53].std()
    assert np.ptp(lively[:, 52]) > 1.3 * np.ptp(calm[:, 52])


def test_the_speaking_head_follows_its_voice(pool: list[Character]) -> None:
    """Beats lie on the loud moments: the pitch of the head, without sway, goes with loudness."""
    frames = 1000
    voice, silent = Voice(40.0), Voice(40.0)
    voice.said = [(1.0 + 7.5 * i, u) for i, u in enumerate(pool[1].utterances)]
    affect = np.tile(affect_vector("neutral"), (frames, 1))
    cues = PlayerCues([], [], np.zeros((frames, 3), np.float32))
    motion, times = npc_motion(np.random.default_rng(0), voice, silent, cues, affect)
    assert not times["nod"]
    loud = voice.sound(1.0).reshape(frames, 640).std(1)
    pitch = reactions.nod_band(motion[:, 52])
    r = [np.corrcoef(pitch, np.roll(reactions.nod_band(loud), lag))[0, 1] for lag in range(-5, 6)]
    assert max(r) > 0.25
    assert abs(int(np.argmax(r)) - 5) <= 3


def test_ten_minutes_hold_together(pool: list[Character], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_npc_sound", "heard"):  # what takes long, and what length does not change
        monkeypatch.setattr(generation, name, lambda random, voice: np.zeros(0, np.float32))
    session = generate_session(7, 600.0, pool=pool)
    assert session.motion.shape == (15_000, 60)
    assert session.player_activity.shape == (60_000,)
    rates = [events.event_rates([session.motion[i : i + 5000]])["blink"] for i in (0, 5000, 10_000)]
    assert max(rates) < 1.7 * min(rates)
    assert session.npc_speaking[-5000:].mean() > 0.1
    assert len({tuple(row) for row in session.affect}) > 1


def test_only_what_was_seen_is_answered() -> None:
    script = Script([Smile(2.0, 1.0, 0.8), Smile(6.0, 1.0, 0.8)], [3.0, 8.0], [])
    face = np.ones((300, 61), np.float32)
    face[40:90, 60] = 0.0
    cues = cues_of(script, face)
    assert [s.start for s in cues.smiles] == [6.0]
    assert cues.surprises == [8.0]


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
    assert read[1].style == sessions[1].style
    with pytest.raises(TrainingError, match="no conversations"):
        list(load_sessions(tmp_path / "nothing"))


def test_damaged_sessions_are_said_in_one_sentence(sessions: list[DyadSession], tmp_path: Path) -> None:
    (path,) = save_sessions(tmp_path, sessions[:1])
    whole = path.read_bytes()
    for damaged in (b"broken", b"", whole[: len(whole) // 2], whole[:2000] + bytes(4000) + whole[6000:]):
        path.write_bytes(damaged)
        with pytest.raises(TrainingError, match=r"not a stored conversation .* generate it again"):
            load_session(path)


def test_sessions_without_style_are_of_average_npcs(sessions: list[DyadSession], tmp_path: Path) -> None:
    (path,) = save_sessions(tmp_path, sessions[:1])
    with np.load(path) as data:
        np.savez(path, **{name: data[name] for name in data.files if name != "style"})
    assert load_session(path).style == Style()


def test_a_stopped_generation_goes_on(pool: list[Character], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def generate(seed: int, seconds: float, held_out: bool) -> DyadSession:
        made.append(seed)
        return generate_session(seed, seconds, held_out, pool)

    monkeypatch.setattr(generation, "generate_session", generate)
    generation.generate_folder(tmp_path, 2, first_seed=5, seconds=8.0)
    assert made == [5, 6]
    (tmp_path / "0000006.npz").rename(tmp_path / "0000006.npz.part")
    generation.generate_folder(tmp_path, 3, first_seed=5, seconds=8.0)
    assert made == [5, 6, 6, 7]
    assert [s.seed for s in load_sessions(tmp_path)] == [5, 6, 7]


def test_pools_survive_their_files(pool: list[Character], tmp_path: Path) -> None:
    save_pool(tmp_path / "pool.npz", pool)
    read = load_pool(tmp_path / "pool.npz")
    assert [c.voice for c in read] == [c.voice for c in pool]
    assert [c.texts for c in read] == [c.texts for c in pool]
    a, b = pool[2].utterances[3], read[2].utterances[3]
    assert a.segments == b.segments
    assert np.abs(a.samples - b.samples).max() < 1e-4


def test_a_damaged_pool_is_said(pool: list[Character], tmp_path: Path) -> None:
    save_pool(tmp_path / "pool.npz", pool[:1])
    (tmp_path / "pool.npz").write_bytes((tmp_path / "pool.npz").read_bytes()[:5000])
    with pytest.raises(TrainingError, match="holds no characters"):
        load_pool(tmp_path / "pool.npz")


def test_questions_are_known_and_pauses_are_of_a_quarter_second() -> None:
    def said(start: float, *spans: tuple[float, float]) -> tuple[float, Utterance]:
        segments = tuple((a, b, "aa") for a, b in spans)
        return start, Utterance(np.zeros(int(spans[-1][1] * 16_000), np.float32), segments)

    voice = Voice(10.0, [said(1.0, (0.0, 0.5), (0.7, 1.0)), said(2.2, (0.0, 0.5), (0.8, 1.0)), said(5.0, (0.0, 1.0))])
    assert voice.pauses() == pytest.approx([2.7, 3.2, 6.0])
    activity = voice.activity(100)
    assert activity[100:270].all()
    assert not activity[270:300].any()
    assert activity[300:320].all()
    assert activity.sum() == 170 + 20 + 100
    asker = Character("none", (), ("Is it far?", "It is not."))
    assert asker.asks(0)
    assert not asker.asks(1)


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
        assert 1.5 < line.utterance.duration < 5.0
        assert np.abs(line.utterance.samples).max() == pytest.approx(0.7, abs=0.01)
