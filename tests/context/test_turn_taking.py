"""Turn-taking: hand-made conversations give the events that a listener would name, and no sequence breaks the rules."""

import math
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.context.turn_taking import (
    LONGEST_STEP_S,
    TurnCues,
    TurnEvent,
    TurnRules,
    TurnTaking,
    end_of_turn,
    wire_state,
)
from echo_runtime.context.voice_presence import ONSET_S, RELEASE_S, VoicePresence

TALK, QUIET = {"speech": 0.95}, {"speech": 0.02}
NPC = {"speech": 0.02, "npc_speaking": True}
BOTH = {"speech": 0.95, "npc_speaking": True}


def play(*parts: tuple[float, dict], step_s: float = 0.04) -> tuple[list[TurnEvent], TurnTaking]:
    """Plays (seconds, cues) one after the other; a callable cue is asked with the seconds into its part."""
    turns, events, time_us = TurnTaking(), [], 0
    for seconds, cues in parts:
        for i in range(round(seconds / step_s)):
            now = {name: cue(i * step_s) if callable(cue) else cue for name, cue in cues.items()}
            events += turns.update(TurnCues(time_us, **now))
            time_us += round(step_s * 1e6)
    return events, turns


def names(events: list[TurnEvent], but: tuple[str, ...] = ("floor", "stance")) -> list[str]:
    return [event.name for event in events if event.name not in but]


def of(events: list[TurnEvent], name: str) -> list[TurnEvent]:
    return [event for event in events if event.name == name]


@pytest.mark.parametrize("step_s", [0.01, 0.04, 0.08])
def test_a_turn_and_its_answer(step_s):
    events, _ = play((0.5, QUIET), (1.2, TALK), (1.5, QUIET), (1.0, NPC), (1.0, QUIET), step_s=step_s)
    assert names(events) == ["player_turn_begins", "player_turn_ends"]
    assert [e.detail["holder"] for e in of(events, "floor")] == ["player", "nobody", "npc", "nobody"]
    assert [e.detail["stance"] for e in of(events, "stance")] == ["speaking", "listening"]
    started, ended = of(events, "player_turn_begins")[0], of(events, "player_turn_ends")[0]
    assert 0.5 <= started.time_us / 1e6 <= 0.5 + ONSET_S + 2 * step_s
    pause_s = ended.time_us / 1e6 - 1.7
    assert 0.6 < pause_s < 1.0
    assert ended.detail["pause_s"] == pytest.approx(pause_s, abs=2 * step_s)


def test_a_click_is_no_turn_and_a_plosive_no_pause():
    assert names(play((0.5, QUIET), (0.08, TALK), (1.0, QUIET))[0]) == []
    events, turns = play((1.0, TALK), (0.08, QUIET), (1.0, TALK), (0.08, QUIET), (1.0, TALK))
    assert names(events) == ["player_turn_begins"]
    assert turns.floor == "player"


def test_a_pause_inside_a_turn_keeps_the_floor_and_asks_for_one_nod():
    events, turns = play((2.5, TALK), (0.5, QUIET), (2.5, TALK), (0.5, QUIET), (0.4, TALK), (0.5, QUIET))
    assert names(events) == ["player_turn_begins", "backchannel", "backchannel"]
    assert turns.floor == "player"
    assert [e.time_us / 1e6 for e in of(events, "backchannel")] == pytest.approx([2.78, 5.78], abs=0.08)


def test_who_speaks_on_after_an_end_that_was_believed_resumes():
    events, _ = play((1.0, TALK), (1.2, QUIET), (1.0, TALK), (4.0, QUIET), (1.0, TALK))
    assert names(events) == [
        "player_turn_begins",
        "player_turn_ends",
        "player_turn_resumes",
        "player_turn_ends",
        "player_turn_begins",
    ]


def test_a_short_overlap_is_listening():
    events, turns = play((2.0, NPC), (0.3, BOTH), (2.0, NPC))
    assert names(events) == ["player_backchannel"]
    assert (turns.floor, turns.stance) == ("npc", "speaking")


def test_a_long_overlap_takes_the_floor_and_the_face_yields():
    events, turns = play((2.0, NPC), (1.0, BOTH), (1.0, TALK))
    assert names(events) == ["interruption"]
    (interruption,) = of(events, "interruption")
    assert 2.5 < interruption.time_us / 1e6 < 2.8
    assert interruption.detail["overlap_s"] >= TurnRules().interruption_s
    assert [e.detail["stance"] for e in of(events, "stance")] == ["speaking", "yielding", "listening"]
    assert turns.floor == "player"


def test_a_player_who_gives_up_gives_the_floor_back():
    events, turns = play((2.0, NPC), (1.0, BOTH), (2.0, NPC), (0.9, BOTH))
    assert names(events) == ["interruption", "interruption"]
    assert [e.detail["holder"] for e in of(events, "floor")] == ["npc", "player", "npc", "player"]
    assert turns.stance == "yielding"


def test_an_overlap_that_becomes_a_turn_is_no_sign_of_listening():
    """The NPC ends while the player has just begun: a turn, not a "mhm"."""
    events, _ = play((2.0, NPC), (0.3, BOTH), (1.0, TALK), (2.0, QUIET))
    assert names(events) == ["player_turn_begins", "player_turn_ends"]


def test_an_npc_that_speaks_over_the_player_does_not_make_them_interrupt():
    events, turns = play((2.0, TALK), (1.5, BOTH), (0.6, NPC))
    assert names(events) == ["player_turn_begins"]
    assert turns.floor == "npc"


def test_what_waits_and_what_is_sought_shows():
    waiting = {**QUIET, "npc_speaks_in_s": lambda s: 2.0 - s}
    events, _ = play((0.4, QUIET), (0.4, {**QUIET, "thinking": True}), (2.0, {**waiting, "thinking": True}), (0.4, NPC))
    stances = of(events, "stance")
    assert [e.detail["stance"] for e in stances] == ["thinking", "about_to_speak", "speaking"]
    assert stances[1].time_us / 1e6 == pytest.approx(0.8 + 2.0 - TurnRules().about_to_speak_s, abs=0.09)


@pytest.mark.parametrize(("stance", "wire"), [("yielding", "speaking"), ("thinking", "thinking"), ("listening",) * 2])
def test_the_wire_knows_three_states(stance, wire):
    assert wire_state(stance) == wire
    assert wire_state("about_to_speak", thinking=True) == "thinking"
    assert wire_state("about_to_speak") == "listening"


def test_a_falling_voice_ends_a_turn_sooner():
    def pause(loudness):
        events, _ = play((2.0, {**TALK, "loudness": loudness}), (2.0, QUIET))
        return of(events, "player_turn_ends")[0].detail["pause_s"]

    falling, level, unknown = pause(lambda s: -4.0 - 3.0 * max(0.0, s - 1.5)), pause(-4.0), pause(None)
    assert falling < unknown < level


def test_phi_is_weighed_with_the_pause():
    def pause(ends_turn):
        events, _ = play((2.0, {**TALK, "ends_turn": ends_turn}), (2.0, {**QUIET, "ends_turn": ends_turn}))
        return of(events, "player_turn_ends")[0].detail["pause_s"]

    assert pause(0.9) < 0.5 < pause(None) < pause(0.01) <= TurnRules().longest_pause_s + 0.04
    assert pause(0.15) == pause(math.nan) == pause(None)
    _, turns = play((2.0, {**TALK, "ends_turn": 0.8}))
    assert turns.end_probability == 0.8


def test_an_end_grows_likelier_with_the_pause():
    for fall in (None, -1.0, 0.0):
        for expected in (None, 0.0, 0.5, 1.0):
            row = [end_of_turn(i / 50, fall, expected, TurnRules()) for i in range(100)]
            assert row == sorted(row)
            assert 0.0 <= row[0] < row[-1] == 1.0


def test_a_stall_voids_what_was_known():
    turns = TurnTaking()
    for i in range(50):
        turns.update(TurnCues(i * 40_000, **TALK))
    assert turns.floor == "player"
    later = turns.update(TurnCues(50 * 40_000 + int(LONGEST_STEP_S * 2e6), **QUIET))
    assert [e.name for e in later] == ["floor"]
    assert turns.floor == "nobody"


def test_older_cues_are_ignored():
    turns = TurnTaking()
    turns.update(TurnCues(1_000_000, **QUIET))
    assert turns.update(TurnCues(900_000, **NPC)) == ()
    assert turns.stance == "listening"


def test_presence_counts_from_where_it_was():
    voice, talked = VoicePresence(), []
    for i in range(200):
        time_us = i * 10_000
        voice.update(time_us, 0.9 if 0.5 <= time_us / 1e6 < 1.0 else 0.0, None, 0.01)
        talked.append(voice.talking)
    assert talked.index(True) == round((0.5 + ONSET_S) * 100)
    assert 200 - talked[::-1].index(True) == round((1.0 + RELEASE_S) * 100)
    assert voice.spoken_s == pytest.approx(0.5)
    assert voice.pause_s(2_000_000) == pytest.approx(1.0)


# -- any sequence -----------------------------------------------------------------------------------------------------

probability = st.one_of(st.sampled_from([0.0, 0.2, 0.5, 0.95, math.nan]), st.floats(0.0, 1.0))
maybe = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))
cue = st.fixed_dictionaries(
    {"speech": probability, "npc_speaking": st.booleans()},
    optional={"loudness": maybe, "npc_speaks_in_s": maybe, "thinking": st.booleans(), "ends_turn": maybe},
)
parts = st.lists(st.tuples(st.sampled_from([0.04, 0.2, 0.4, 0.8, 1.6, 3.0]), cue), max_size=12)


@settings(max_examples=120, deadline=None)
@given(parts, st.sampled_from([0.02, 0.04, 0.1]))
def test_no_sequence_breaks_the_rules(parts, step_s):
    rules = TurnRules()
    turns, time_us, floor, stance = TurnTaking(), 0, "nobody", "listening"
    ended, nods = True, []
    for seconds, cues in parts:
        for _ in range(max(1, round(seconds / step_s))):
            for event in turns.update(TurnCues(time_us, **cues)):
                assert event.time_us == time_us
                match event.name:
                    case "floor":
                        assert event.detail["holder"] != floor, "a change that changes nothing"
                        floor = event.detail["holder"]
                    case "stance":
                        assert event.detail["stance"] != stance
                        stance = event.detail["stance"]
                    case "interruption":
                        assert cues["npc_speaking"]
                        assert event.detail["overlap_s"] >= rules.interruption_s
                        ended = False
                    case "player_turn_ends":
                        assert not ended, "one end per turn"
                        assert event.detail["probability"] >= rules.sure
                        ended = True
                    case "player_turn_begins" | "player_turn_resumes":
                        ended = False
                    case "backchannel":
                        assert not cues["npc_speaking"]
                        assert not nods or time_us - nods[-1] >= rules.nod_after_s * 1e6
                        nods.append(time_us)
            assert (floor, stance) == (turns.floor, turns.stance), "every change is told"
            assert (stance in ("speaking", "yielding")) == cues["npc_speaking"]
            assert floor != "npc" or cues["npc_speaking"]
            assert 0.0 <= turns.end_probability <= 1.0
            time_us += round(step_s * 1e6)


@settings(max_examples=30, deadline=None)
@given(parts)
def test_the_same_cues_give_the_same_events(parts):
    first, again = play(*parts)[0], play(*parts)[0]
    assert [asdict(e) for e in first] == [asdict(e) for e in again]


def test_another_player_does_not_inherit_the_floor():
    _, turns = play((1.0, TALK))
    assert turns.floor == "player"
    turns.forget_player()
    events = turns.update(TurnCues(10**9, 0.0))
    assert [e.detail["holder"] for e in of(events, "floor")] == ["nobody"]
    assert turns.floor == "nobody"
