"""Long dialogues performed: the same for the same seed, what was said and done shows later and only then, pairs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from echo_runtime.commands.train import app
from echo_runtime.context.affect import EMOTIONS
from echo_runtime.errors import TrainingError
from echo_runtime.log_mel import log_mel
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.dyads.pool import Character, make_character
from echo_runtime.training.long_dialogues import (
    LABELS,
    PAIR_KINDS,
    TAIL_S,
    DialoguePair,
    LongDialogue,
    generate_dialogue,
    generate_dialogues,
    generate_pair,
    load_dialogue,
    load_dialogues,
    load_pairs,
    performance,
    save_dialogue,
)
from echo_runtime.training.long_dialogues.plan import GRID_FRAMES, write_plan
from echo_runtime.training.measures import lips
from echo_runtime.training.speech import VISEME_INDEX, espeak, flite

pytestmark = pytest.mark.skipif(
    not (espeak.available() and flite.available()), reason="espeak-ng and flite are not both installed"
)
ARRAYS = ("player_face", "player_voice", "motion", "npc_speaking", "viseme", "affect", "rapport", "labels")
TAIL = int(TAIL_S * 25)
SEED = 8
"""Of a dialogue of five minutes with a callback of either kind."""


@pytest.fixture(scope="module")
def pool() -> list[Character]:
    return [make_character(3, number, lines=6) for number in (0, 1, 2)]


@pytest.fixture(scope="module")
def dialogue(pool: list[Character]) -> LongDialogue:
    return generate_dialogue(SEED, 5.0, pool=pool, sound=True)


@pytest.fixture(scope="module")
def pairs(pool: list[Character]) -> dict[str, list[DialoguePair]]:
    seeds = {"words": (1,), "behaviour": (0, 1)}  # a sad moment and a mishap
    return {kind: [generate_pair(kind, seed, pool=pool) for seed in seeds[kind]] for kind in PAIR_KINDS}


def test_shapes(dialogue: LongDialogue) -> None:
    d, frames = dialogue, dialogue.frames
    assert frames % GRID_FRAMES == 0
    assert 5.0 * 1500 - 250 < frames < 5.0 * 1500 + 1500
    assert d.player_face.shape == (frames, 61)
    assert d.player_voice.shape == (4 * frames, 81)
    assert d.motion.shape == (frames, 60)
    assert d.affect.shape == (frames, 10)
    assert d.rapport.shape == (frames, 3)
    assert d.labels.shape == (frames, len(LABELS))
    assert d.viseme.shape == (4 * frames,)
    assert d.speech is not None
    assert d.player_sound is not None
    assert d.speech.shape == d.player_sound.shape == (640 * frames,)
    for name in ("player_face", "player_voice", "motion", "affect", "rapport"):
        assert np.isfinite(getattr(d, name)).all()
    coefficients = d.motion[:, :52]
    assert coefficients.min() >= 0.0
    assert coefficients.max() <= 1.0
    assert all(0 <= t.start_us < t.end_us <= frames * 40_000 for t in d.turns)
    assert {t.speaker for t in d.turns} == {"player", "npc"}
    heard = log_mel(d.player_sound)
    assert np.abs(heard - d.player_voice[:, :80]).max() < 0.07, "the voice is the sound's log-mel"


def test_the_same_seed_gives_the_same_dialogue(pool: list[Character], dialogue: LongDialogue) -> None:
    again = generate_dialogue(SEED, 5.0, pool=pool)
    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(dialogue, name)), name
    assert again.turns == dialogue.turns
    assert again.callbacks == dialogue.callbacks
    other = write_plan(SEED + 1, "tales", pool, 5.0)
    assert [s.placed.scene for s in other.scenes[:9]] != [
        s.placed.scene for s in write_plan(SEED, "tales", pool, 5.0).scenes[:9]
    ]


def test_motion_is_that_of_a_person(pool: list[Character], dialogue: LongDialogue) -> None:
    """Lips as in the shorter conversations, blinks as often as people's, and no jump where scenes are joined."""
    d, motion = dialogue, dialogue.motion.astype(np.float32)
    assert lips.closed_in_silence(motion, d.npc_speaking) > 0.97
    assert lips.plosive_closure(motion, motion, d.viseme == VISEME_INDEX["PP"]) > 0.98
    assert 0.15 < len(d.events["blink"]) / (d.frames / 25) < 0.6
    scenes = write_plan(SEED, "tales", pool, 5.0).placed
    speed = np.abs(np.diff(motion[:, 52:55], axis=0)).max(1)
    for placed in scenes[1:]:
        at = round(placed.start * 25)
        assert speed[at - 16 : at + 16].max() < 0.12
        assert not d.npc_speaking[at - 15 : at + 15].any()
    face = d.player_face.astype(np.float32)
    steps = np.abs(np.diff(face[:, 52:54], axis=0)).max(1)
    assert steps.max() < 0.35


def test_labels_agree_with_what_is_seen_and_heard(dialogue: LongDialogue) -> None:
    d = dialogue
    labels = {name: d.labels[:, i].astype(bool) for i, name in enumerate(LABELS)}
    seen = d.player_face[:, -1] > 0.5
    smile = d.player_face[:, MOTION_INDEX["mouthSmileLeft"]].astype(float)
    assert smile[labels["smiles"] & seen].mean() > smile[~labels["smiles"] & seen].mean() + 0.25
    turn = np.abs(d.player_face[:, MOTION_INDEX["headYaw"]] + d.player_face[:, MOTION_INDEX["gazeYaw"]]).astype(float)
    assert turn[labels["looks_away"] & seen].mean() > turn[~labels["looks_away"] & seen].mean() + 0.15
    loud = d.player_voice[:, :80].astype(float).mean(1).reshape(-1, 4).mean(1)
    assert loud[labels["speaks"]].mean() > loud[~labels["speaks"]].mean() + 1.0
    assert np.array_equal(labels["speaks"], d.player_voice[:, 80].reshape(-1, 4)[:, 0] > 0.5)
    ends = labels["ends_turn"]
    assert (labels["speaks"][ends]).mean() > 0.8
    assert d.labels.max() == 1
    for name in ("speaks", "smiles", "nods", "looks_away", "ends_turn"):
        assert 0.005 < labels[name].mean() < 0.6, name


def test_a_callback_changes_the_face_then_and_nowhere_else(
    pool: list[Character], dialogue: LongDialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the same dialogue in which nothing is recalled."""
    plan = write_plan(SEED, "tales", pool, 5.0)
    felt = [c for c in dialogue.callbacks if c.emotion != "neutral"]
    assert felt
    monkeypatch.setattr(performance, "callbacks_of", lambda *_: ())
    without = performance.perform(plan)
    difference = np.abs(dialogue.motion[:, :52].astype(float) - without.motion[:, :52]).mean(1)
    fresh = np.zeros(dialogue.frames, bool)
    for c in felt:
        fresh[int((c.mentioned_s - 2.0) * 25) : int((c.mentioned_s + 90.0) * 25)] = True
        after = slice(int((c.mentioned_s + 1.5) * 25), int((c.mentioned_s + 12.0) * 25))
        assert difference[after].mean() > 0.01, c
    assert fresh.mean() < 0.95
    assert difference[~fresh].max() < 2e-3
    for name in ("player_face", "player_voice", "rapport", "labels", "viseme"):
        assert np.array_equal(getattr(dialogue, name), getattr(without, name))


def test_a_hurt_changes_the_face_when_the_situation_is_back_and_nowhere_else(
    pool: list[Character], dialogue: LongDialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the same dialogue whose NPC is never guarded."""
    monkeypatch.setattr(performance.rapport, "guard", lambda *_: 0.0)
    without = performance.perform(write_plan(SEED, "tales", pool, 5.0))
    difference = np.abs(dialogue.motion.astype(float) - without.motion).mean(1)
    there = np.zeros(dialogue.frames, bool)
    (callback,) = dialogue.behavioural_callbacks
    assert (callback.situation, callback.behaviour) == ("sad", "turned_away")
    there[int((callback.start_s - 1.0) * 25) : int((callback.end_s + 2.5) * 25)] = True
    assert difference[int((callback.start_s + 1.0) * 25) : int(callback.end_s * 25)].mean() > 0.02
    # whatever was drawn in this scene after the look away is drawn anew: where the eyes go next
    eyes = [MOTION_INDEX["gazeYaw"], MOTION_INDEX["gazePitch"]]
    others = [i for i in range(60) if i not in eyes]
    outside = np.abs(dialogue.motion[~there].astype(float) - without.motion[~there])
    assert outside[:, others].max() < 2e-3
    assert (outside[:, eyes].max(1) > 2e-3).mean() < 0.05


def test_held_out_dialogues_are_told_otherwise(pool: list[Character], dialogue: LongDialogue) -> None:
    other = generate_dialogue(2, 2.0, held_out=True, pool=pool)
    assert (dialogue.generator, other.generator) == ("tales", "errands")
    assert not {t.text for t in other.turns} & {t.text for t in dialogue.turns}


def test_pairs_of_words_differ_in_words_only(pairs: dict[str, list[DialoguePair]]) -> None:
    for pair in pairs["words"]:
        a, b = pair.first, pair.second
        for name in ("player_face", "player_voice", "labels", "rapport", "viseme", "npc_speaking"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
        assert [(t.speaker, t.start_us, t.end_us) for t in a.turns] == [
            (t.speaker, t.start_us, t.end_us) for t in b.turns
        ]
        changed = [(s.text, t.text) for s, t in zip(a.turns, b.turns, strict=True) if s.text != t.text]
        assert 3 <= len(changed) <= 6
        assert a.callbacks[-1].words == b.callbacks[-1].words
        assert a.callbacks[-1].emotion != b.callbacks[-1].emotion
        _checks_tail(pair, 0.008)


def test_pairs_of_behaviour_differ_in_behaviour_only(pairs: dict[str, list[DialoguePair]]) -> None:
    assert {pair.first.behavioural_callbacks[-1].situation for pair in pairs["behaviour"]} == {"sad", "mishap"}
    for pair in pairs["behaviour"]:
        a, b = pair.first, pair.second
        assert a.turns == b.turns
        assert np.array_equal(a.affect, b.affect)
        assert not np.array_equal(a.player_face, b.player_face)
        assert (a.temperament, a.voice, a.style) == (b.temperament, b.voice, b.style)
        assert a.behavioural_callbacks[-1].guard < -0.2 < 0.3 < b.behavioural_callbacks[-1].guard
        assert (a.rapport[-TAIL:, 0] > b.rapport[-TAIL:, 0] + 0.5).all()
        smile = MOTION_INDEX["mouthSmileLeft"]
        assert a.motion[-TAIL:, smile].mean() > b.motion[-TAIL:, smile].mean() + 0.05
        _checks_tail(pair, 0.02)


def _checks_tail(pair: DialoguePair, least: float) -> None:
    """What the player does and what is said is the same; the NPC's face is not, most so where the pair says."""
    a, b = pair.first, pair.second
    assert a.frames == b.frames
    for name in ("player_face", "labels", "npc_speaking"):
        assert np.array_equal(getattr(a, name)[-TAIL:], getattr(b, name)[-TAIL:]), name
    assert np.array_equal(a.player_voice[-4 * TAIL :], b.player_voice[-4 * TAIL :])
    begin_us = (a.frames - TAIL) * 40_000
    assert [t for t in a.turns if t.end_us >= begin_us] == [t for t in b.turns if t.end_us >= begin_us]
    assert (a.frames - TAIL) / 25 < pair.from_s < pair.to_s < a.frames / 25
    difference = np.abs(a.motion[:, :52].astype(float) - b.motion[:, :52]).mean(1)
    assert difference[int(pair.from_s * 25) + 25 : int(pair.to_s * 25)].mean() > least
    # blinks, nods of their own accord and the sway of the head do not differ: only the history speaks
    lids = MOTION_INDEX["eyeBlinkLeft"]
    assert np.abs(a.motion[-TAIL:, lids].astype(float) - b.motion[-TAIL:, lids]).mean() < 0.06


def test_round_trip(tmp_path: Path, dialogue: LongDialogue, pairs: dict[str, list[DialoguePair]]) -> None:
    save_dialogue(tmp_path / "a.npz", dialogue)
    back = load_dialogue(tmp_path / "a.npz")
    for name in ARRAYS:
        assert np.array_equal(getattr(back, name), getattr(dialogue, name)), name
        assert getattr(back, name).dtype == getattr(dialogue, name).dtype, name
    for name in ("turns", "callbacks", "behavioural_callbacks", "seed", "generator", "temperament", "voice", "style"):
        assert getattr(back, name) == getattr(dialogue, name), name
    assert back.player_sound is not None
    assert dialogue.player_sound is not None
    assert np.abs(back.player_sound - dialogue.player_sound).max() < 1e-4
    for name, times in dialogue.events.items():
        assert np.allclose(back.events[name], times, atol=1e-3)
    save_dialogue(tmp_path / "b.npz", replace(dialogue, speech=None, player_sound=None))
    silent = (tmp_path / "b.npz").stat().st_size
    assert silent / (dialogue.frames / 1500) < 1_200_000, "bytes per minute"
    assert load_dialogue(tmp_path / "b.npz").speech is None
    assert len(list(load_dialogues(tmp_path))) == 2
    pair = pairs["words"][0]
    save_dialogue(tmp_path / "words_0000000_first.npz", pair.first)
    save_dialogue(tmp_path / "words_0000000_second.npz", pair.second)
    (again,) = load_pairs(tmp_path, "words")
    assert (again.from_s, again.to_s) == (pair.from_s, pair.to_s)
    with pytest.raises(TrainingError, match="--pairs"):
        list(load_pairs(tmp_path, "behaviour"))


def test_damaged_files_are_told(tmp_path: Path, pool: list[Character]) -> None:
    path = tmp_path / "a.npz"
    save_dialogue(path, generate_dialogue(1, 1.0, pool=pool))
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"not a dialogue", whole[:-40]):
        path.write_bytes(damaged)
        with pytest.raises(TrainingError, match="generate it again"):
            load_dialogue(path)
    arrays = dict(np.load(_written(path, whole)))
    for name, wrong in {"motion": arrays["motion"][:-1], "labels": arrays["labels"][:, :2]}.items():
        np.savez(path, **{**arrays, name: wrong})
        with pytest.raises(TrainingError, match="generate it again"):
            load_dialogue(path)
    not_finite = arrays["affect"].copy()
    not_finite[5] = np.nan
    np.savez(path, **{**arrays, "affect": not_finite})
    with pytest.raises(TrainingError, match="not finite"):
        load_dialogue(path)
    with pytest.raises(TrainingError, match="train long-dialogues"):
        list(load_dialogues(tmp_path / "none"))


def test_no_damage_crashes(tmp_path: Path, pool: list[Character]) -> None:
    path = tmp_path / "a.npz"
    save_dialogue(path, generate_dialogue(1, 1.0, pool=pool))
    whole = bytearray(path.read_bytes())
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        # headers of members and the end of the archive are where damage is worst
        for place in random.integers(0, 12_000, 3) * random.choice([-1, 1]):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        try:
            load_dialogue(path)
        except TrainingError:
            refused += 1
    assert refused > 20
    arrays = dict(np.load(_written(path, bytes(whole))))
    for told in (b"[]", b"{}", b'{"format": 2}', b'{"format": 1, "turns": 3}', b"[" * 100_000, b"\xff\x00"):
        np.savez(path, **{**arrays, "told": np.frombuffer(told, np.uint8)})
        with pytest.raises(TrainingError, match="generate it again"):
            load_dialogue(path)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_folder_is_continued(tmp_path: Path, pool: list[Character], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echo_runtime.training.long_dialogues.generation.default_pool", lambda held_out: pool)
    first = generate_dialogues(tmp_path, 1, 4, 1.0)
    stamp = first[0].stat().st_mtime_ns
    both = generate_dialogues(tmp_path, 2, 4, 1.0)
    assert [p.name for p in both] == ["0000004.npz", "0000005.npz"]
    assert both[0].stat().st_mtime_ns == stamp
    assert {p.name for p in tmp_path.iterdir()} == {"0000004.npz", "0000005.npz"}


def test_the_command(tmp_path: Path, pool: list[Character], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("generation", "pairs"):
        monkeypatch.setattr(f"echo_runtime.training.long_dialogues.{module}.default_pool", lambda held_out: pool)
    options = ["long-dialogues", "--out", str(tmp_path), "--count", "1", "--held-out", "1", "--pairs", "0", "--minutes"]
    result = CliRunner().invoke(app, [*options, "1"])
    assert result.exit_code == 0, result.output
    assert len(list(tmp_path.glob("*/*.npz"))) == 2
    assert next(load_dialogues(tmp_path / "held_out")).generator == "errands"
    for wrong in ("0", "nan", "inf", "61", "long"):
        assert CliRunner().invoke(app, [*options, wrong]).exit_code == 2
    file = tmp_path / "file"
    file.write_text("")
    refused = CliRunner().invoke(app, ["long-dialogues", "--out", str(file), "--count", "1", "--minutes", "1"])
    assert isinstance(refused.exception, TrainingError)


def test_every_emotion_can_be_told(pool: list[Character]) -> None:
    """Twenty minutes hold tales of several feelings, and quiet between them."""
    plan = write_plan(5, "tales", pool, 20.0)
    told = {s.placed.scene.emotion for s in plan.scenes if s.placed.scene.kind == "tale"}
    assert len(told) >= 5
    assert told <= set(EMOTIONS)
