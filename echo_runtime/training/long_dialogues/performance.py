"""A plan is performed: the player first, then what the NPC remembers of it, then the NPC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from echo_runtime.signals import FACE_DIM, FRAME_RATE, MEL_RATE, SAMPLE_RATE, FloatArray
from echo_runtime.training.dyads import expression
from echo_runtime.training.dyads.player import tracked
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.long_dialogues import microphone, rapport
from echo_runtime.training.long_dialogues.behaviour import Deeds, behave, offered_smiles, raised
from echo_runtime.training.long_dialogues.dialogue import BehaviouralCallback, LongDialogue
from echo_runtime.training.long_dialogues.felt_affect import affect_course, callbacks_of
from echo_runtime.training.long_dialogues.joining import frames_of, joined, span_of, with_asymmetry
from echo_runtime.training.long_dialogues.labels import player_labels, turn_ends
from echo_runtime.training.long_dialogues.laughter import laughing_sound
from echo_runtime.training.long_dialogues.npc_performance import Situation, npc_scene
from echo_runtime.training.long_dialogues.placing import PlacedScene, turns_of, voice_of
from echo_runtime.training.long_dialogues.plan import Plan
from echo_runtime.training.long_dialogues.player_performance import gone_for_a_while, moved, player_scene
from echo_runtime.training.long_dialogues.script import Speaker
from echo_runtime.training.long_dialogues.temperament import TEMPERAMENTS

_RAISED, _OFFERED, _BEHAVED, _PLAYER, _NPC, _LAUGH = range(6)


def perform(plan: Plan, sound: bool = False) -> LongDialogue:
    """The dialogue of `plan`. `sound`: keeps the sound of both, four times as much on the disk."""
    frames = plan.frames
    placed = [_loud(plan, i) for i in range(len(plan.scenes))]
    deeds = [_deeds(plan, i, placed[i]) for i in range(len(placed))]
    face = _player_face(plan, placed, deeds, frames)
    evidence, marks = _remembered(deeds, face)
    course = rapport.rapport_course(evidence, frames)
    callbacks = callbacks_of(placed, plan.topics)
    affect = affect_course(placed, callbacks, frames)
    situations, again = _situations(placed, marks)
    motion, events = _npc_motion(plan, placed, deeds, face, affect, course, situations, frames)
    seconds = frames / FRAME_RATE
    said = [s for p in placed for s in p.said]
    voices = {"npc": voice_of(said, "npc", 0.0, seconds), "player": voice_of(said, "player", 0.0, seconds)}
    events |= {
        "player_clause_end": voices["player"].clause_ends(),
        "player_pause": voices["player"].pauses(),
        "player_smile": [s.start for d in deeds for s in d.smiles],
        "player_surprise": [t for d in deeds for t in d.surprises],
        "player_nod": [t for d in deeds for t in d.nods],
        "clause_end": voices["npc"].clause_ends(),
    }
    recorded = list(microphone.Microphone((*plan.key, 5))(_player_sound(plan, placed, deeds, frames)))
    activity = voices["player"].activity(MEL_RATE)
    mel = microphone.from_bytes(microphone.heard_mel(iter(recorded)))
    viseme = np.concatenate([_scene_voice(p, "npc", *frames_of(p)).visemes() for p in placed])
    speech = _sound(placed, "npc", frames) if sound else None
    return LongDialogue(
        player_face=face.astype(np.float16),
        player_voice=np.concatenate([mel, activity[:, None].astype(np.float16)], 1),
        motion=motion.astype(np.float16),
        npc_speaking=voices["npc"].activity(FRAME_RATE) > 0.5,
        viseme=viseme[: 4 * frames],
        affect=affect.astype(np.float16),
        rapport=course.astype(np.float16),
        labels=player_labels(voices["player"].activity(FRAME_RATE), deeds, turn_ends(placed)),
        turns=turns_of(placed),
        callbacks=callbacks,
        behavioural_callbacks=again,
        events={name: np.array(sorted(times), np.float64) for name, times in events.items()},
        seed=plan.seed,
        generator=plan.generator,
        temperament=plan.temperament,
        voice=plan.npc.voice,
        style=plan.style,
        speech=speech,
        player_sound=np.concatenate(recorded) if sound else None,
    )


def _random(plan: Plan, scene: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([*plan.scenes[scene].key, stream])


def _loud(plan: Plan, i: int) -> PlacedScene:
    scene = plan.scenes[i]
    return raised(_random(plan, i, _RAISED), scene.placed, TEMPERAMENTS[scene.mood])


def _deeds(plan: Plan, i: int, placed: PlacedScene) -> Deeds:
    scene = plan.scenes[i]
    offered = offered_smiles(_random(plan, i, _OFFERED), placed)
    random, who = _random(plan, i, _BEHAVED), TEMPERAMENTS[scene.mood]
    return behave(random, placed, who, offered, scene.deadpan, scene.mark)


def _scene_voice(placed: PlacedScene, who: Speaker, first: int, end: int) -> Voice:
    return voice_of(placed.said, who, first / FRAME_RATE, (end - first) / FRAME_RATE)


def _player_face(plan: Plan, placed: Sequence[PlacedScene], deeds: Sequence[Deeds], frames: int) -> FloatArray:
    """(T, 61) as tracked."""
    pieces = []
    for i, p in enumerate(placed):
        first, end = span_of(p, frames)
        scene = plan.scenes[i]
        shown = 0.0 if scene.deadpan else TEMPERAMENTS[scene.mood].shown
        voice, npc = _scene_voice(p, "player", first, end), _scene_voice(p, "npc", first, end)
        start = first / FRAME_RATE
        motion = player_scene(
            _random(plan, i, _PLAYER), voice, npc, moved(deeds[i], -start), p.of("player"), start, shown
        )
        pieces.append(motion)
    random = np.random.default_rng([*plan.key, 4])
    asymmetry = expression.character_asymmetry(random, 0.1)
    face = tracked(random, with_asymmetry(joined(placed, pieces, frames), asymmetry))
    face = gone_for_a_while(random, face)
    assert face.shape == (frames, FACE_DIM)
    return face


def _remembered(deeds: Sequence[Deeds], face: FloatArray) -> tuple[list[rapport.Evidence], list[rapport.Mark]]:
    """What of the deeds was there to be seen: nothing of a face that the tracker had lost."""

    def seen(time: float) -> bool:
        return bool(face[min(max(int(time * FRAME_RATE), 0), len(face) - 1), -1] > 0.5)

    evidence = [e for d in deeds for e in d.evidence if e.kind not in rapport.FACE_KINDS or seen(e.time)]
    marks = [m for d in deeds for m in d.marks if m.kind == "mocked" or seen(m.time - 0.5)]
    return evidence, marks


def _situations(
    placed: Sequence[PlacedScene], marks: Sequence[rapport.Mark]
) -> tuple[dict[int, Situation], tuple[BehaviouralCallback, ...]]:
    """By number of scene, in the dialogue's time; and those that bring back something."""
    found, again = {}, []
    for i, p in enumerate(placed):
        kind = p.scene.situation
        if kind is None:
            continue
        told = p.of("npc")
        start, end = told[min(1, len(told) - 1)].start, told[-1].end + 0.8
        g = rapport.guard(marks, kind, start)
        found[i] = Situation(kind, start, end, g)
        earlier = [m for m in marks if m.situation == kind and m.time < start]
        if earlier:
            again.append(BehaviouralCallback(kind, earlier[-1].kind, earlier[-1].time, start, end, g))
    return found, tuple(again)


def _npc_motion(
    plan: Plan,
    placed: Sequence[PlacedScene],
    deeds: Sequence[Deeds],
    face: FloatArray,
    affect: FloatArray,
    course: np.ndarray,
    situations: dict[int, Situation],
    frames: int,
) -> tuple[FloatArray, dict[str, list[float]]]:
    pieces: list[FloatArray] = []
    events: dict[str, list[float]] = {}
    for i, p in enumerate(placed):
        first, end = span_of(p, frames)
        start = first / FRAME_RATE
        there = situations.get(i)
        if there is not None:
            there = Situation(there.kind, there.start - start, there.end - start, there.g)
        motion, times = npc_scene(
            (*plan.scenes[i].key, _NPC),
            _scene_voice(p, "npc", first, end),
            _scene_voice(p, "player", first, end),
            moved(deeds[i], -start),
            face[first:end],
            affect[first:end],
            course[first:end],
            there,
            plan.style,
        )
        pieces.append(motion)
        for name, found in times.items():
            events.setdefault(name, []).extend(start + t for t in found if p.start <= start + t < p.end)
    asymmetry = expression.character_asymmetry(np.random.default_rng([*plan.key, 6]))
    return with_asymmetry(joined(placed, pieces, frames), asymmetry), events


def _player_sound(
    plan: Plan, placed: Sequence[PlacedScene], deeds: Sequence[Deeds], frames: int
) -> Iterator[FloatArray]:
    """Blocks of what the player says and laughs, clean."""
    sound = _sound(placed, "player", frames)
    pitch = float(np.random.default_rng([*plan.key, 7]).uniform(120.0, 280.0))
    for i, d in enumerate(deeds):
        random = _random(plan, i, _LAUGH)
        for laugh in (*d.laughs, *d.mocking):
            burst = laughing_sound(random, laugh.end - laugh.start, pitch, 0.5 if laugh in d.mocking else 0.3)
            first = round(laugh.start * SAMPLE_RATE)
            length = min(len(burst), len(sound) - first)
            sound[first : first + length] += burst[:length]
    return microphone.cut_into_blocks(sound)


def _sound(placed: Sequence[PlacedScene], who: Speaker, frames: int) -> FloatArray:
    out = np.zeros(frames * (SAMPLE_RATE // FRAME_RATE), np.float32)
    for p in placed:
        for s in p.said:
            if s.line.speaker == who:
                first = round(s.start * SAMPLE_RATE)
                length = min(len(s.utterance.samples), len(out) - first)
                out[first : first + length] += s.gain * s.utterance.samples[:length]
    return out
