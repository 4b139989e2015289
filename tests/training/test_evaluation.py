"""Scenes, roll-outs and the command: what goes in, what is mismatched, what is said when something is wrong."""

import json
import sys

import numpy as np
import pytest

from echo_runtime.context.affect import affect_vector
from echo_runtime.log_mel import log_mel
from echo_runtime.signals import FACE_DIM, MOTION_DIM, MOTION_INDEX, SAMPLES_PER_FRAME, Style
from echo_runtime.training.dyads import DyadSession
from echo_runtime.training.evaluation import Dialogues, Scene, motion_measures, roll_out_scenes, scene_of
from echo_runtime.training.evaluation.long_run import repeated
from echo_runtime.training.evaluation.numbers import rounded
from echo_runtime.training.evaluation.parallel import RollOuts
from echo_runtime.training.evaluation.scenes import other_words, recital
from echo_runtime.training.measures.bars import BARS, flattened

FRAMES = 250


def session(seed):
    """Ten seconds in which the NPC speaks in the middle and the player smiles once."""
    random = np.random.default_rng(seed)
    motion = random.uniform(0, 0.05, (FRAMES, MOTION_DIM)).astype(np.float32)
    speaking = np.zeros(FRAMES, bool)
    speaking[80 + 5 * seed : 180] = True
    jaw = 0.2 + 0.2 * np.sin(np.arange(FRAMES) * (0.9 + 0.1 * seed))
    motion[:, MOTION_INDEX["jawOpen"]] = jaw * speaking
    viseme = np.zeros(4 * FRAMES, np.int8)
    viseme[4 * 100 : 4 * 103] = 1
    viseme[4 * 110 : 4 * 120] = 10
    face = random.uniform(0, 0.05, (FRAMES, FACE_DIM)).astype(np.float32)
    face[:, -1] = 1.0
    for name in ("mouthSmileLeft", "mouthSmileRight"):
        face[20:60, MOTION_INDEX[name]] = 0.7
        motion[35:75, MOTION_INDEX[name]] = 0.5
    voice = random.normal(0, 0.01, FRAMES * SAMPLES_PER_FRAME).astype(np.float32)
    activity = np.zeros(4 * FRAMES, np.float32)
    activity[100:200] = activity[240:290] = 1.0
    return DyadSession(
        motion=motion,
        speech=np.repeat(speaking, SAMPLES_PER_FRAME).astype(np.float32) * np.float32(0.1 * (seed + 1)),
        player_face=face,
        player_voice=voice,
        player_activity=activity,
        affect=np.tile(affect_vector("happy", 0.7), (FRAMES, 1)),
        npc_speaking=speaking,
        viseme=viseme,
        events={},
        voice=f"voice {seed}",
        seed=seed,
        style=Style(0.2, 0.8),
    )


def test_a_scene_holds_what_the_session_holds():
    scene = scene_of(session(0))
    assert scene.frames == FRAMES
    assert scene.style == Style(0.2, 0.8)
    np.testing.assert_array_equal(scene.player_voice[:, :80], log_mel(session(0).player_voice))


def test_another_player_and_nothing_else():
    own, swapped = scene_of(session(0)), scene_of(session(0), player_of=session(1))
    np.testing.assert_array_equal(swapped.speech, own.speech)
    np.testing.assert_array_equal(swapped.affect, own.affect)
    assert np.abs(swapped.player_face - own.player_face).max() > 0.01


def test_other_words_are_said_when_this_npc_speaks():
    sound = other_words(session(0), session(2))
    speaks = np.repeat(session(0).npc_speaking, SAMPLES_PER_FRAME)
    np.testing.assert_allclose(sound[speaks], 0.3)  # the other's voice has begun again after its 90 frames
    assert not sound[~speaks].any()


def test_a_scene_said_three_times():
    scene = scene_of(session(0))
    long = repeated(scene, 3)
    assert long.frames == 3 * FRAMES
    np.testing.assert_array_equal(long.speech[-len(scene.speech) :], scene.speech)
    np.testing.assert_array_equal(long.player_voice[4 * FRAMES :][: 4 * FRAMES], scene.player_voice)


def test_json_holds_no_nan():
    numbers = rounded({"a": float("nan"), "b": [0.123456, np.float64(1)], "c": {"d": True, "e": 3}})
    assert json.loads(json.dumps(numbers, allow_nan=False)) == {"a": None, "b": [0.1235, 1.0], "c": {"d": True, "e": 3}}


def test_the_truth_measures_as_the_truth():
    sessions = [session(i) for i in range(3)]
    truths = [s.motion for s in sessions]
    numbers = motion_measures(Dialogues(sessions, truths, [np.roll(t, 7, axis=0) for t in truths], truths), 5)
    for key in (
        "jaw_open_r",
        "open_vowel_opening",
        "closed_in_silence",
        "sid_ratio",
        "var_ratio",
        "saccade_rate_ratio",
    ):
        if numbers[key] == numbers[key]:
            assert numbers[key] == pytest.approx(1.0), key
    assert numbers["rpcc_expression"] == 0.0
    assert numbers["smile_response_r"] > 0.9
    assert numbers["swap"]["lip"] == 0.0
    assert numbers["shuffled"]["jaw_open_r"] > 0.3
    assert set(numbers["voices"]) == {"voice 0", "voice 1", "voice 2"}


def test_every_bar_of_motion_has_a_number():
    sessions = [session(i) for i in range(2)]
    truths = [s.motion for s in sessions]
    numbers = motion_measures(Dialogues(sessions, truths, truths, truths), 5)
    elsewhere = ("human.", "pictures.", "renderer_", "drift")
    missing = [b.key for b in BARS if b.key not in flattened(numbers) and not b.key.startswith(elsewhere)]
    assert not missing


def test_roll_outs_are_repeatable_and_hear_what_they_are_given(untrained_models):
    def cut(scene):
        first = slice(90, 90 + 3 * untrained_models.mover.chunk_frames)
        sound, mels = slice(first.start * 640, first.stop * 640), slice(4 * first.start, 4 * first.stop)
        return Scene(
            scene.speech[sound],
            scene.player_face[first],
            scene.player_voice[mels],
            scene.affect[first],
            scene.speaking[first],
        )

    this, other = session(0), session(1)
    scenes = [scene_of(this), scene_of(this), scene_of(this, speech_of=other), scene_of(this, player_of=other)]
    # one at a time, so that all draw the same noise
    own, again, deaf, stranger = (roll_out_scenes(untrained_models, [cut(s)], 5)[0] for s in scenes)
    assert own.shape == (3 * untrained_models.mover.chunk_frames, MOTION_DIM)
    np.testing.assert_array_equal(own, again)
    assert np.abs(own - deaf).max() > 1e-4
    assert np.abs(own - stranger).max() > 1e-6
    # until the other player is observed, nothing differs
    np.testing.assert_array_equal(own[:1], stranger[:1])


def test_two_processes_roll_out_what_one_does(untrained, untrained_models):
    def scene(seed):
        frames = 2 * untrained_models.mover.chunk_frames
        return recital(np.full(frames * SAMPLES_PER_FRAME, 0.01 * seed, np.float32))

    scenes = [scene(i) for i in range(3)]
    alone = roll_out_scenes(untrained_models, scenes, 7)
    with RollOuts(untrained_models, str(untrained / "model"), "eager", 7, processes=2) as roll_out:
        together = roll_out(scenes)
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sessions", "1"], ["--sessions", "1", "at least 2"]),
        (["--seconds", "3"], ["--seconds", "3"]),
        (["--drift-minutes", "1"], ["--drift-minutes", "1"]),
        (["--picture-frames", "-1"], ["--picture-frames"]),
        (["--human", "nobody.wav"], ["nobody.wav", "check"]),
        (["--avatar", "gandalf", "--no-voices"], ["gandalf"]),
    ],
)
def test_wrong_options_are_said_in_one_sentence(untrained, capfd, monkeypatch, arguments, words):
    from echo_runtime.commands import main

    model = ["--model", str(untrained / "model"), "--backend", "eager"]
    monkeypatch.setattr(sys, "argv", ["echo-runtime", "evaluate", *model, *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = [line for line in capfd.readouterr().err.splitlines() if line.startswith("echo-runtime: ")]
    assert ended.value.code == 2
    assert len(said) == 1
    assert all(word in said[0] for word in words), said
