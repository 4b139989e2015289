"""Long dialogues on paper: scripts, what words and behaviour leave behind, labels; on hand-made cases."""

import re
from collections.abc import Sequence

import numpy as np
import pytest

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.lexicon_affect import read_text
from echo_runtime.training.dyads.listener import Smile
from echo_runtime.training.long_dialogues import errand_texts, rapport, tale_texts
from echo_runtime.training.long_dialogues.behaviour import Deeds, Span, behave, offered_smiles
from echo_runtime.training.long_dialogues.felt_affect import FELT_DECAY_S, affect_course, callbacks_of
from echo_runtime.training.long_dialogues.heard_affect import heard_affect
from echo_runtime.training.long_dialogues.labels import LABELS, player_labels, turn_ends
from echo_runtime.training.long_dialogues.placing import PlacedScene, Said, shortened, turns_of
from echo_runtime.training.long_dialogues.plan import WRITERS
from echo_runtime.training.long_dialogues.player_performance import gone_for_a_while
from echo_runtime.training.long_dialogues.rapport import Evidence, Mark
from echo_runtime.training.long_dialogues.script import Line, Scene, felt
from echo_runtime.training.long_dialogues.temperament import TEMPERAMENTS, moods
from echo_runtime.training.speech.synthesis import Utterance

TEXTS = (tale_texts, errand_texts)
SILENT_FIELDS = {"day": "day", "hour": "hour", "spot": "spot", "goods": "boards", "place": "place", "item": "item",
                 "town": "town", "letter": "letter", "part": "part"}  # fmt: skip


def told(texts) -> dict[str, list[str]]:
    tables = [texts.TALES] if hasattr(texts, "TALES") else [texts.VERDICTS, texts.REASONS]
    return {e: [line for table in tables for line in table[e]] for e in EMOTIONS}


def plain(texts) -> list[str]:
    """Every line that says no feeling."""
    names = ("OPENINGS", "ASIDES", "ASKED", "PROMPTS", "MENTIONS", "MENTION_ANSWERS", "ACKNOWLEDGED")
    lines = [line for name in names for line in getattr(texts, name, ())]
    return lines + [line for pair in texts.GREETINGS + texts.SMALL_TALK for line in pair]


def every(texts) -> set[str]:
    """Every line, and every frame of one."""
    lines = [line for lines in told(texts).values() for line in lines] + plain(texts)
    return set(lines) | set(texts.JOKES) | set(texts.MISHAPS)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


def topic_words(texts) -> set[str]:
    return {word for entry in texts.TOPICS + texts.PROPS for part in entry for word in part.split()}


_SPOKEN = Utterance(np.zeros(32_000, np.float32), ((0.0, 2.0, "aa"),))


def said(speaker: str, text: str, start: float, seconds: float = 2.0, **line) -> Said:
    utterance = Utterance(np.zeros(round(seconds * 16_000), np.float32), ((0.0, seconds, "aa"),))
    return Said(Line(speaker, text, **line), start, utterance, 0.3)


def scene(kind: str, *lines: Said, end: float = 60.0, **about) -> PlacedScene:
    return PlacedScene(Scene(kind, tuple(s.line for s in lines), **about), 0.0, end, lines)


# -- scripts ----------------------------------------------------------------------------------------------------------


def test_the_two_scripts_share_no_sentence_and_no_topic() -> None:
    assert not every(tale_texts) & every(errand_texts)
    assert not topic_words(tale_texts) & topic_words(errand_texts)
    rendered = []
    for name in WRITERS:
        lines = set()
        for seed in range(3):
            writer, now = WRITERS[name](np.random.default_rng(seed), 900.0), 0.0
            for _ in range(60):
                lines |= {line.text for line in writer.scene(now).lines}
                now += 15.0
        rendered.append(lines)
    assert len(rendered[0]) > 300
    assert not rendered[0] & rendered[1]


@pytest.mark.parametrize("texts", TEXTS, ids=("tales", "errands"))
def test_topic_words_stand_nowhere_else(texts) -> None:
    """Otherwise a word of small talk would recall a tale."""
    fillers = [word for entries in texts.FILLERS.values() for word in entries]
    elsewhere = set().union(*(words(line) for line in [*every(texts), *fillers]))
    assert not topic_words(texts) & elsewhere
    assert len({entry[0] for entry in texts.TOPICS}) == len(texts.TOPICS) >= 24
    for entry in texts.TOPICS:
        assert len({word for part in entry for word in part.split()}) >= 3


@pytest.mark.parametrize("texts", TEXTS, ids=("tales", "errands"))
def test_only_tales_say_a_feeling(texts) -> None:
    """By the lexicon that the runtime reads: a tale's lines mostly say their own feeling, all others none."""
    right = count = 0
    for emotion, lines in told(texts).items():
        for i, line in enumerate(lines):
            a, b, c = texts.TOPICS[i % len(texts.TOPICS)]
            right += read_text(line.format(a=a, b=b, c=c)).affect.emotion == emotion
            count += 1
    assert right / count > 0.9
    for line in plain(texts):
        text = line.format(a="cupboard", b="tablet", c="shelf", **SILENT_FIELDS)
        assert read_text(text).affect.intensity < 0.25, text


@pytest.mark.parametrize("name", WRITERS)
def test_tales_are_mentioned_after_half_a_minute_to_ten(name: str) -> None:
    delays, feelings, again = [], set(), 0
    for seed in range(6):
        writer, now, ended, told = WRITERS[name](np.random.default_rng(seed), 1200.0), 0.0, {}, {}
        while now < 1200.0:
            s = writer.scene(now)
            now += 3.0 * len(s.lines) + 2.0
            if s.kind == "tale":
                assert s.topic not in ended, "a topic is told once"
                ended[s.topic] = now
                told[s.topic] = words(
                    " ".join(x.text for x in s.lines if x.emotion != "neutral" or s.emotion == "neutral")
                )
                feelings.add(s.emotion)
                assert {line.emotion for line in s.lines} <= {"neutral", s.emotion}
            elif s.kind == "mention" and s.topic in ended:
                delays.append(now - ended[s.topic])
                again += 1
                assert all(line.emotion == "neutral" and not line.strength for line in s.lines)
                (recalling,) = [line for line in s.lines if line.recalls]
                spoken = words(recalling.text) & topic_words(tale_texts if name == "tales" else errand_texts)
                assert spoken & told[s.topic], "by a word that was told of with the feeling"
    assert again > 20
    assert feelings == set(EMOTIONS)
    assert min(delays) > 25.0
    assert max(delays) < 900.0  # a mention waits for the scene that runs, and for others that are due
    assert np.percentile(delays, 80) > 200.0


def test_a_player_strays_from_their_temperament_and_comes_back() -> None:
    course = moods(np.random.default_rng(0), "warm", 400)
    share = course.count("warm") / len(course)
    assert 0.3 < share < 0.8
    assert set(course) <= set(TEMPERAMENTS)


# -- what words leave -------------------------------------------------------------------------------------------------


def _told_and_mentioned(emotion: str) -> list[PlacedScene]:
    line = felt("player", "It was so.", emotion, 0)
    tale = Scene("tale", (line, line), 0, emotion, "player")
    lines = tuple(Said(line, t, _SPOKEN, 0.3) for t in (10.0, 13.0))
    mention = scene("mention", said("player", "The mill again.", 200.0, topic=0, recalls=True), topic=0)
    strange = scene("mention", said("player", "The pond.", 100.0, topic=7, recalls=True), topic=7)
    return [PlacedScene(tale, 0.0, 20.0, lines), strange, mention]


def test_a_mention_brings_back_the_feeling_of_its_tale_and_of_no_other() -> None:
    topics = tuple((f"a{i}", f"b{i}", f"c{i}") for i in range(8))
    sad, plain_told = _told_and_mentioned("sad"), _told_and_mentioned("neutral")
    found = callbacks_of(sad, topics)
    assert [(c.words, c.emotion) for c in found] == [(topics[0], "sad")]
    assert found[0].told_s == 15.0
    assert found[0].mentioned_s == pytest.approx(202.3)
    course = affect_course(sad, found, 6000)
    forgotten = affect_course(sad, (), 6000)
    column = EMOTIONS.index("sad")
    assert course[199 * 25, column] < 0.01
    assert course[203 * 25, column] > 0.5
    assert course[round((202.3 + FELT_DECAY_S) * 25), column] == pytest.approx(
        course[203 * 25, column] / np.e, rel=0.05
    )
    changed = np.abs(course - forgotten).max(1) > 0
    assert not changed[: int(202.3 * 25)].any()
    assert changed[203 * 25 : 240 * 25].all()
    assert np.allclose(course[:, : len(EMOTIONS)].sum(1), 1.0, atol=1e-5)
    calm = affect_course(plain_told, callbacks_of(plain_told, topics), 6000)
    assert (calm[:, 0] == 1.0).all()


def test_the_runtime_can_know_what_is_felt_from_the_words() -> None:
    """Its LAU, by its lexicon and its episodic store, finds most callbacks; without the tale it finds none."""
    found = lost = count = 0
    for seed in range(3):
        placed, topics = _written(seed, 700.0)
        frames = round(placed[-1].end * 25)
        callbacks = [c for c in callbacks_of(placed, topics) if c.emotion != "neutral"]
        told = {c.words for c in callbacks}
        untold = [p for p in placed if p.scene.kind != "tale" or topics[p.scene.topic or 0] not in told]
        heard, deaf = (heard_affect(turns_of(scenes), frames) for scenes in (placed, untold))
        for c in callbacks:
            at, column = round((c.mentioned_s + 1.0) * 25), EMOTIONS.index(c.emotion)
            found += heard[at, column] > 0.4
            lost += deaf[at, column] > 0.4
            count += 1
    assert count >= 8
    assert found >= 0.75 * count
    assert lost <= 0.25 * count


def _written(seed: int, seconds: float) -> tuple[list[PlacedScene], Sequence[tuple[str, str, str]]]:
    """A dialogue whose every line lasts two seconds."""
    writer, now = WRITERS["tales"](np.random.default_rng(seed), seconds), 0.0
    placed = []
    while now < seconds:
        s = writer.scene(now)
        lines = tuple(Said(line, now + 0.7 + 2.8 * i, _SPOKEN, 0.3) for i, line in enumerate(s.lines))
        placed.append(PlacedScene(s, now, lines[-1].start + 3.0, lines))
        now = placed[-1].end
    return placed, writer.topics


# -- what behaviour leaves --------------------------------------------------------------------------------------------


def test_rapport_follows_evidence_and_fades_with_its_time_constants() -> None:
    course = rapport.rapport_course([Evidence(10.0, "smile_returned"), Evidence(10.0, "nod")], 10_000)
    assert not course[:250].any()
    first, later = np.arctanh(course[250]), np.arctanh(course[250 + 150 * 25])
    for k, seconds in enumerate(rapport.TIME_S):
        assert later[k] == pytest.approx(first[k] * np.exp(-150.0 / seconds), rel=1e-3)
    kinds = [Evidence(t, kind) for t in range(0, 300, 10) for kind in ("smile_returned", "nod")]
    snubs = [Evidence(t, kind) for t in range(0, 300, 10) for kind in ("smile_ignored", "raised_voice", "glance")]
    warm, cold = (rapport.rapport_course(e, 7500)[-1] for e in (kinds, snubs))
    assert warm[0] > 0.8
    assert warm[1] > 0.5
    assert cold[0] < -0.8
    assert cold[2] > 0.8
    kind, harsh = (rapport.slow_face(x[None]) for x in (warm, cold))
    assert kind["mouthSmile"][0] > harsh["mouthSmile"][0] + 0.2
    assert harsh["browDown"][0] > kind["browDown"][0] + 0.2
    assert rapport.nod_share(warm[None])[0] > rapport.nod_share(cold[None])[0]
    assert rapport.glance_rate(warm[None])[0] < rapport.glance_rate(cold[None])[0]


def test_a_hurt_guards_the_like_situation_only() -> None:
    marks = [Mark(100.0, "mishap", "mocked"), Mark(300.0, "sad", "comforted")]
    assert rapport.guard(marks, "mishap", 90.0) == 0.0
    assert rapport.guard(marks, "mishap", 400.0) == pytest.approx(np.exp(-0.5))
    assert rapport.guard(marks, "sad", 400.0) == pytest.approx(-0.7 * np.exp(-1 / 6))
    assert rapport.guarded_face("mishap", 0.6)["browDown"] > 0.2
    assert rapport.guarded_face("mishap", -0.6)["mouthSmile"] > 0.2


def test_every_mark_is_made_in_its_situation_and_in_no_other() -> None:
    line = felt("npc", "So sad.", "sad", 0)
    lines = tuple(Said(line, t, Utterance(np.zeros(40_000, np.float32), ((0, 2.5, "aa"),)), 0.3) for t in (1, 4, 7))
    sad = PlacedScene(Scene("tale", (line,) * 3, 0, "sad", "npc"), 0.0, 14.0, lines)
    talk = scene("small_talk", said("npc", "How far?", 1.0), said("player", "A mile.", 4.0), end=12.0)
    for seed in range(40):
        for who in TEMPERAMENTS.values():
            random = np.random.default_rng(seed)
            quiet = behave(random, talk, who, offered_smiles(random, talk))
            assert [*quiet.turned, *quiet.mocking, *quiet.compassion, *quiet.marks] == []
        cold = behave(np.random.default_rng(seed), sad, TEMPERAMENTS["cold"], (), mark="turned_away")
        warm = behave(np.random.default_rng(seed), sad, TEMPERAMENTS["warm"], (), mark="comforted")
        assert [m.kind for m in cold.marks] == ["turned_away"]
        assert cold.turned[0].end - cold.turned[0].start > 2.0
        assert [m.kind for m in warm.marks] == ["comforted"]
        assert warm.compassion
        assert not warm.turned
        assert all(n < s.start or n > s.end for n in cold.nods for s in cold.turned)


def test_temperaments_differ_in_what_they_do() -> None:
    lines = [said("npc", "Well.", t) for t in np.arange(1.0, 300.0, 6.0)]
    long = scene("small_talk", *lines, end=302.0)
    smiles = offered_smiles(np.random.default_rng(0), long)

    def count(name: str, kind: str) -> int:
        deeds = behave(np.random.default_rng(1), long, TEMPERAMENTS[name], smiles)
        return sum(e.kind == kind for e in deeds.evidence)

    assert count("warm", "smile_returned") > 3 * max(1, count("cold", "smile_returned"))
    assert count("cold", "smile_ignored") > 3 * max(1, count("warm", "smile_ignored"))
    assert count("warm", "nod") > 3 * max(1, count("cold", "nod"))
    assert count("restless", "glance") > 3 * max(1, count("warm", "glance"))


def test_a_player_may_be_gone_for_minutes() -> None:
    face = np.ones((20_000, 61), np.float32)
    found = [gone_for_a_while(np.random.default_rng(seed), face)[:, -1] for seed in range(200)]
    lengths = [float((seen == 0.0).sum() / 25) for seen in found]
    away = [length for length in lengths if length]
    assert 8 < len(away) < 40
    assert 60 < max(away) <= 180.0
    gone = next(gone_for_a_while(np.random.default_rng(i), face) for i, length in enumerate(lengths) if length)
    first = int(np.flatnonzero(gone[:, -1] == 0.0)[0])
    assert gone[first, 0] > 0.8 > 0.1 > gone[first + 25, 0]


# -- labels -----------------------------------------------------------------------------------------------------------


def test_labels_of_a_hand_made_case() -> None:
    talk = scene(
        "small_talk",
        said("player", "One.", 1.0),
        said("player", "Two.", 3.5),
        said("npc", "Three.", 6.0),
        said("player", "Four.", 9.0),
        end=12.0,
    )
    assert turn_ends([talk]) == [5.5, 11.0]
    deeds = Deeds(
        smiles=(Smile(2.0, 1.0, 0.8), Smile(7.0, 1.0, 0.1)),
        nods=(6.4,),
        surprises=(8.0,),
        glances=(Span(7.0, 8.0, -0.4),),
        turned=(Span(10.0, 11.0, 0.6),),
        laughs=(Span(4.0, 5.0),),
    )
    activity = np.zeros(300)
    activity[25:75] = 1.0
    found = player_labels(activity, [deeds], turn_ends([talk]))

    def spans(name: str) -> list[tuple[float, float]]:
        column = np.concatenate([[0], found[:, LABELS.index(name)], [0]]).astype(int)
        edges = np.flatnonzero(np.diff(column))
        return [(a / 25, b / 25) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    near = 0.041
    assert spans("speaks") == [(1.0, 3.0)]
    for name, expected in {
        "smiles": [(2.15, 3.55), (4.1, 4.9)],
        "nods": [(6.4, 7.3)],
        "surprised": [(8.08, 8.7)],
        "looks_away": [(7.1, 8.0), (10.1, 11.0)],
        "ends_turn": [(4.7, 5.5), (10.2, 11.0)],
    }.items():
        assert np.allclose(spans(name), expected, atol=near), name


def test_a_line_cut_short_ends_where_it_is_cut() -> None:
    whole = Utterance(np.ones(32_000, np.float32), ((0.0, 1.0, "aa"), (1.0, 2.0, "PP")))
    cut = shortened(whole, 1.2)
    assert cut.duration == pytest.approx(1.2)
    assert cut.segments == ((0.0, 1.0, "aa"), (1.0, 1.2, "PP"))
    assert abs(cut.samples[-1]) < 0.01
