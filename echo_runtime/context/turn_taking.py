"""Turn-taking: who holds the floor, when the player's turn ends, when a nod is due, when the player interrupts.

Pure and deterministic: it knows what it is told, times included. Its rules are those that conversation research agrees
on (reviewed in Skantze, "Turn-taking in Conversational Systems and Human-Robot Interaction", Computer Speech & Language
67, 2021): a pause alone does not end a turn, it makes the end likelier the longer it lasts; a voice that has become
quieter speaks for an end; a short overlap is a sign of listening, a long one takes the floor; signs of listening belong
into the speaker's pauses (Ward and Tsukahara, Journal of Pragmatics 32, 2000; their rule goes by pitch, which is not
measured here). What Φ expects (`ends_turn`) is weighed with these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from echo_runtime.context.voice_presence import VoicePresence
from echo_runtime.signals import TurnState

Floor = Literal["nobody", "player", "npc"]
Stance = Literal["listening", "about_to_speak", "speaking", "yielding", "thinking"]
EventName = Literal[
    "floor", "stance", "player_turn_begins", "player_turn_ends", "player_turn_resumes", "player_backchannel",
    "backchannel", "interruption",
]  # fmt: skip


@dataclass(frozen=True)
class TurnRules:
    """Times in seconds.

    `interruption_s`: overlap that takes the floor; a shorter one was a "mhm". `sure`: probability at which the player's
    turn counts as ended. `even_pause_s`: the pause after which, without other signs, an end is as likely as not;
    `pause_slope_s`: how much more of it multiplies the odds by e. `longest_pause_s`: after it the turn has ended.
    `resume_s`: who speaks on within that after an end that was believed was only pausing.
    `nod_pause_s`: a pause this long asks for a nod, if the player has spoken for `nod_after_s` since the last one.
    `about_to_speak_s`: how long before its voice a face prepares. `give_up_s`: silence after which the player has let
    the NPC have the floor back.
    """

    interruption_s: float = 0.6
    sure: float = 0.6
    even_pause_s: float = 0.7
    pause_slope_s: float = 0.15
    longest_pause_s: float = 1.5
    resume_s: float = 1.5
    nod_pause_s: float = 0.25
    nod_after_s: float = 1.5
    about_to_speak_s: float = 0.8
    give_up_s: float = 0.5


@dataclass(frozen=True)
class TurnCues:
    """What is known at `time_us` (runtime clock, microseconds).

    `speech` in [0, 1]: probability that the player speaks. `loudness` of the player's sound, mean log-mel, None when
    not measured. `npc_speaking`: the NPC is heard. `npc_speaks_in_s`: seconds until speech that waits is heard, None
    when none waits. `thinking`: an answer is being sought. `ends_turn` in [0, 1]: Φ's probability that the player's
    turn ends within a second, None without Φ. Numbers that are not finite count as not measured.
    """

    time_us: int
    speech: float
    loudness: float | None = None
    npc_speaking: bool = False
    npc_speaks_in_s: float | None = None
    thinking: bool = False
    ends_turn: float | None = None


@dataclass(frozen=True)
class TurnEvent:
    """`name` at `time_us`; `detail` by name: floor {holder}, stance {stance}, player_turn_ends {probability, pause_s},
    interruption {overlap_s}."""

    name: EventName
    time_us: int
    detail: dict[str, str | float] = field(default_factory=dict)


LONGEST_STEP_S = 1.0
"""After a longer time without cues, what was known of the player's turn is void."""
USUAL_ENDS_TURN = 0.15
"""How often a second holds the end of a turn; Φ's word counts by how far it departs from this."""
# a fall of half a log unit, 4 dB in power, is about what the last syllable of a statement loses
_FALL, _FALL_ODDS, _LEVEL_ODDS = -0.5, 1.0, -0.5


def wire_state(stance: Stance, thinking: bool = False) -> TurnState:
    """The state as the wire knows it, which has three."""
    if stance == "about_to_speak":
        return "thinking" if thinking else "listening"
    return "speaking" if stance == "yielding" else stance


def end_of_turn(pause_s: float, fall: float | None, ends_turn: float | None, rules: TurnRules) -> float:
    """Probability that the player's turn has ended, `pause_s` into a pause.

    `fall`: how much louder (log-mel) the last words were than the turn, negative when they fell; None when unknown.
    """
    if pause_s >= rules.longest_pause_s:
        return 1.0
    odds = (pause_s - rules.even_pause_s) / rules.pause_slope_s
    if fall is not None:
        odds += _FALL_ODDS if fall < _FALL else _LEVEL_ODDS
    if ends_turn is not None:
        odds += _log_odds(ends_turn) - _log_odds(USUAL_ENDS_TURN)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _log_odds(probability: float) -> float:
    p = min(0.99, max(0.01, probability))
    return math.log(p / (1.0 - p))


class TurnTaking:
    """Turn-taking between one player and one NPC. Not thread-safe."""

    def __init__(self, rules: TurnRules | None = None) -> None:
        self.rules = rules or TurnRules()
        self.reset()

    def reset(self) -> None:
        """Nobody has spoken yet."""
        self.floor: Floor = "nobody"
        self.stance: Stance = "listening"
        self.end_probability = 0.0
        """That the player's turn has ended or, told by Φ while the player speaks, is about to."""
        self._voice = VoicePresence()
        self._time_us: int | None = None
        self._events: list[TurnEvent] = []
        self._overlap_s = 0.0  # of the overlap that lasts
        self._interrupted = False
        self._owed_s = 0.0  # speech since the last nod
        self._nodded = False  # in this pause
        self._ended_us: int | None = None  # when the turn was believed to have ended
        self._another = False

    def forget_player(self) -> None:
        """Another person sits there: the next cues are the first of them. A floor that the one before held is free."""
        self._another = True

    def update(self, cues: TurnCues) -> tuple[TurnEvent, ...]:
        """Takes the newest cues; the events in order. Cues that are older than the last are ignored."""
        if self._time_us is not None and cues.time_us < self._time_us:
            return ()
        step_s = 0.0 if self._time_us is None else (cues.time_us - self._time_us) / 1e6
        self._time_us = cues.time_us
        self._events = []
        if step_s > LONGEST_STEP_S or self._another:
            self._forget_player(cues)
            step_s, self._another = 0.0, False
        was_talking = self._voice.talking
        self._voice.update(cues.time_us, cues.speech, cues.loudness, step_s)
        if self._voice.talking:
            self._hear_player(cues, step_s, began=not was_talking)
        else:
            self._hear_silence(cues, stopped=was_talking)
        self._pass_floor(cues)
        self._take_stance(cues)
        return tuple(self._events)

    # -- the player ---------------------------------------------------------------------------------------------------

    def _hear_player(self, cues: TurnCues, step_s: float, began: bool) -> None:
        expected = _measured(cues.ends_turn)
        self.end_probability = 0.0 if expected is None else min(1.0, max(0.0, expected))
        self._nodded = False
        overlapping = cues.npc_speaking and self.floor != "player"
        if overlapping:
            self._overlap_s = self._voice.spoken_s if began else self._overlap_s + step_s
            if self._overlap_s >= self.rules.interruption_s and not self._interrupted:
                self._interrupted = True
                self._tell("interruption", overlap_s=round(self._overlap_s, 3))
            return
        self._overlap_s = 0.0
        self._owed_s += self._voice.spoken_s if began else step_s
        if began or self.floor != "player":
            ended = self._ended_us
            again = ended is not None and cues.time_us - ended <= self.rules.resume_s * 1e6 and self.floor != "npc"
            if again:
                self._tell("player_turn_resumes")
            elif self.floor != "player":
                self._tell("player_turn_begins")
            self._ended_us = None

    def _hear_silence(self, cues: TurnCues, stopped: bool) -> None:
        if stopped and self._overlap_s and not self._interrupted:
            self._tell("player_backchannel")
        self._overlap_s = 0.0
        pause_s = self._voice.pause_s(cues.time_us)
        if self.floor != "player" or pause_s is None or cues.npc_speaking:
            self.end_probability = 0.0
            return
        before = self.end_probability if not stopped else 0.0
        now = end_of_turn(pause_s, self._voice.fall, _measured(cues.ends_turn), self.rules)
        # what Φ says may waver; a pause that grows never makes an end less likely
        self.end_probability = max(before, now)
        if self.end_probability >= self.rules.sure:
            self._ended_us = cues.time_us
            self._tell("player_turn_ends", probability=round(self.end_probability, 3), pause_s=round(pause_s, 3))
        elif self._asks_for_nod(pause_s):
            self._nodded, self._owed_s = True, 0.0
            self._tell("backchannel")

    def _asks_for_nod(self, pause_s: float) -> bool:
        return not self._nodded and self._owed_s >= self.rules.nod_after_s and pause_s >= self.rules.nod_pause_s

    def _forget_player(self, cues: TurnCues) -> None:
        self._voice = VoicePresence()
        self._overlap_s, self._interrupted, self._owed_s = 0.0, False, 0.0
        self._ended_us, self.end_probability = None, 0.0
        self._give_floor("npc" if cues.npc_speaking else "nobody")

    # -- floor and stance ---------------------------------------------------------------------------------------------

    def _pass_floor(self, cues: TurnCues) -> None:
        talking = self._voice.talking
        if cues.npc_speaking and talking:
            if self._interrupted:
                self._give_floor("player")
            elif self.floor == "nobody":
                self._give_floor("npc")
        elif cues.npc_speaking:
            silent_s = self._voice.pause_s(cues.time_us)
            if not self._interrupted or silent_s is None or silent_s >= self.rules.give_up_s:
                self._interrupted = False
                self._give_floor("npc")
        else:
            self._interrupted = False
            if talking:
                self._give_floor("player")
            elif self.floor == "npc" or self.end_probability >= self.rules.sure:
                self._give_floor("nobody")

    def _give_floor(self, holder: Floor) -> None:
        if holder != self.floor:
            self.floor = holder
            if holder != "player":
                self._owed_s, self.end_probability = 0.0, 0.0
            if holder == "npc":
                self._ended_us = None
            self._tell("floor", holder=holder)

    def _take_stance(self, cues: TurnCues) -> None:
        waits_s = _measured(cues.npc_speaks_in_s)
        if cues.npc_speaking:
            stance: Stance = "yielding" if self._interrupted else "speaking"
        elif waits_s is not None and waits_s <= self.rules.about_to_speak_s:
            stance = "about_to_speak"
        else:
            stance = "thinking" if cues.thinking else "listening"
        if stance != self.stance:
            self.stance = stance
            self._tell("stance", stance=stance)

    def _tell(self, name: EventName, **detail: str | float) -> None:
        assert self._time_us is not None
        self._events.append(TurnEvent(name, self._time_us, detail))


def _measured(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
