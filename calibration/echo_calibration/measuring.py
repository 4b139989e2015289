"""The three guided measurements of a player, from sources to results: what to do is said on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from echo_calibration.expressions import EXPRESSION_S, EXPRESSIONS, REST_S
from echo_calibration.guide import Guide
from echo_calibration.microphone import MicrophoneCalibration, calibrate_microphone
from echo_calibration.player import PlayerCalibration, advice, calibrate_player
from echo_calibration.session import Session, Watched
from echo_calibration.sync import Delay, measure_delay
from echo_runtime.capture.source import Source
from echo_runtime.errors import CalibrationError

POOR = 0.45
"""A quality below this is not kept unless the player insists."""
ROOM_S, SPEECH_S, SYLLABLES_S = 3.0, 6.0, 12.0
DARK = 0.12
LINES = "'Good evening. I came over the bridge before the storm broke it. What has happened here since?'"

Result = TypeVar("Result")
Open = Callable[[], Source[Any] | None]
"""Opens a source anew: a file begins at its beginning again."""


@dataclass(frozen=True)
class Measured:
    """A result, and sentences about what was odd."""

    result: Any
    notes: list[str] = field(default_factory=list)


def measure_player(guide: Guide, face: Open, *, movement: bool = True) -> Measured:
    """Rest, then every expression. Raises what the source raises, and CalibrationError.

    A file is taken to hold the same: `REST_S` of the resting face, then the expressions.
    """

    def once() -> tuple[PlayerCalibration, list[str]]:
        with Session(face(), None) as session:
            guide.ready("Sit as you will play, look at the screen, and relax your face: lips closed, brows down.")
            guide.countdown(session)
            rest = guide.watch(session, REST_S, "Keep your face relaxed and look at the screen")
            moving: list[Watched] = []
            if movement:
                guide.ready("Now make each face that is shown, as far as it goes, and come back.")
                moving = [guide.watch(session, EXPRESSION_S, e.instruction) for e in EXPRESSIONS]
            seen = [f for watched in moving for f in watched.faces]
            player = calibrate_player(rest.faces, seen)
            return player, [*session.notes, *_light(rest), *_rate(rest), *advice(player)]

    return _repeated(guide, once, lambda player: player.quality)


def measure_microphone(guide: Guide, voice: Open, device: str) -> Measured:
    """The quiet room, then speech. A file is taken to hold the same: `ROOM_S` of the room, then the voice."""

    def once() -> tuple[MicrophoneCalibration, list[str]]:
        with Session(None, voice()) as session:
            guide.ready("Be quiet for a moment: the room is measured first.")
            guide.countdown(session)
            room = guide.watch(session, ROOM_S, "Be quiet")
            guide.ready(f"Now speak as loud as you will in the game. If nothing comes to mind: {LINES}")
            speech = guide.watch(session, SPEECH_S, "Speak")
            result = calibrate_microphone(room.heard, speech.heard, device)
            return result, [*session.notes, *result.advice]

    return _repeated(guide, once, lambda result: result.quality)


def measure_sync(guide: Guide, face: Open, voice: Open) -> Measured:
    """Lips and voice saying "pa pa pa"."""

    def once() -> tuple[Delay, list[str]]:
        with Session(face(), voice()) as session:
            guide.ready("Say 'pa pa pa', wait a moment, and say it again, until the time is over.")
            guide.countdown(session)
            watched = guide.watch(session, SYLLABLES_S, "pa pa pa … pa pa pa … pa pa pa")
            notes = [*session.notes, *_light(watched), *_rate(watched)]
            return measure_delay(watched), notes

    return _repeated(guide, once, lambda delay: delay.quality)


def _repeated(
    guide: Guide, once: Callable[[], tuple[Result, list[str]]], quality: Callable[[Result], float]
) -> Measured:
    """Until it is good enough or the player has had enough of it. Raises CalibrationError where it stays poor."""
    while True:
        try:
            result, notes = once()
        except CalibrationError as error:
            if guide.again(f"[yellow]{error}[/]"):
                continue
            raise
        if quality(result) >= POOR:
            return Measured(result, notes)
        reason = " ".join(notes) or "Hold still in good light, and follow each instruction as far as it goes."
        if not guide.again(f"[yellow]The quality is only {quality(result):.2f}. {reason}[/]"):
            raise CalibrationError(
                f"The quality is only {quality(result):.2f} (at least {POOR}), so nothing was saved. {reason}"
            )


def _light(watched: Watched) -> list[str]:
    if not watched.faces:
        return []
    brightness = sum(f.brightness for f in watched.faces) / len(watched.faces)
    return [f"The picture is dark ({brightness:.2f} of 1): put a lamp before you."] if brightness < DARK else []


def _rate(watched: Watched) -> list[str]:
    rate = watched.picture_rate
    return [f"The camera gives only {rate:.0f} pictures per second; more light helps most."] if 0 < rate < 12 else []
