"""The report's plots: what was generated beside what is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echo_runtime.signals import COEFFICIENTS, FRAME_RATE, MEL_RATE, MELS_PER_FRAME, FloatArray
from echo_runtime.training.measures.events import blink_times, nod_times
from echo_runtime.training.measures.judged_faces import BILABIAL
from echo_runtime.training.measures.lips import CLOSED, channel, jaw_open_r, lip_opening, runs
from echo_runtime.training.measures.reactions import smile
from echo_runtime.training.report.figures import Line, Marks, bar_plot, histogram, line_plot, point_plot, raster

if TYPE_CHECKING:
    from echo_runtime.training.dyads.session import DyadSession

TRUE, MADE, PLAYER = ("true", "true motion"), ("made", "generated motion"), ("player", "player")
_MINUTE = 60 * FRAME_RATE


@dataclass(frozen=True)
class Plot:
    """`picture` is SVG; `legend`: (class of the style, what it shows); `note` says how to read it."""

    title: str
    note: str
    picture: str
    legend: tuple[tuple[str, str], ...] = ()


def _seconds(frames: int, start: int = 0) -> FloatArray:
    return (start + np.arange(frames)) / np.float32(FRAME_RATE)


def busiest(where: np.ndarray, frames: int) -> slice:
    """The stretch of `frames` with the most moments of `where` (T,) bool."""
    frames = min(frames, len(where))
    total = np.concatenate([[0], np.cumsum(where)])
    start = int(np.argmax(total[frames:] - total[: len(total) - frames]))
    return slice(start, start + frames)


def lips_plot(motion: FloatArray, session: DyadSession, name: str, seconds: float = 10.0) -> Plot:
    """Lip opening in the stretch with the most speech; p, b, m are shaded."""
    part = busiest(session.npc_speaking[: len(motion)].astype(bool), round(seconds * FRAME_RATE))
    x = _seconds(part.stop - part.start, part.start)
    bilabial = [(a / MEL_RATE, b / MEL_RATE) for a, b in runs(np.isin(session.viseme, BILABIAL))]
    lines = [
        Line("true", x, lip_opening(session.motion[part]), "true"),
        Line("made", x, lip_opening(motion[part]), "made"),
    ]
    picture = line_plot(f"Lip opening, {name}", lines, "seconds", "jawOpen − mouthClose", shaded=bilabial)
    note = f"{name}. The lips should be closed in every shaded band and open as far as the truth between them."
    return Plot("Lips in speech", note, picture, (TRUE, MADE, ("shade", "p, b, m")))


def nods_plot(motion: FloatArray, session: DyadSession, name: str, seconds: float = 24.0) -> Plot:
    """Head pitch in the stretch with the most listening, with nods and the ends of the player's clauses."""
    part = busiest(~session.npc_speaking[: len(motion)].astype(bool), round(seconds * FRAME_RATE))
    x = _seconds(part.stop - part.start, part.start)
    degrees = np.float32(180 / np.pi)
    lines = [
        Line(kind, x, channel(m[part], "headPitch") * degrees, kind)
        for kind, m in (("true", session.motion), ("made", motion))
    ]
    ends = np.asarray(session.events.get("player_clause_end", np.zeros(0)), np.float32)
    marks = [
        Marks("player", ends, "player"),
        Marks("true", nod_times(session.motion), "true"),
        Marks("made", nod_times(motion), "made"),
    ]
    picture = line_plot(f"Head pitch, {name}", lines, "seconds", "pitch, degrees (down is positive)", marks=marks)
    note = f"{name}. Triangles, from the top: ends of the player's clauses, true nods, generated nods."
    return Plot("Nods while listening", note, picture, (PLAYER, TRUE, MADE))


def smiles_plot(motion: FloatArray, session: DyadSession, name: str) -> Plot:
    """The player's smile and the NPC's over a whole dialogue; the NPC's speech is shaded."""
    frames = len(motion)
    x = _seconds(frames)
    lines = [
        Line("player", x, smile(session.player_face[:frames]), "player"),
        Line("true", x, smile(session.motion[:frames]), "true"),
        Line("made", x, smile(motion), "made"),
    ]
    talk = [(a / FRAME_RATE, b / FRAME_RATE) for a, b in runs(session.npc_speaking[:frames].astype(bool))]
    picture = line_plot(f"Smiles, {name}", lines, "seconds", "mouthSmile", shaded=talk)
    note = f"{name}. While it listens, the NPC should answer a smile within about a second."
    return Plot("Smiles", note, picture, (PLAYER, TRUE, MADE, ("shade", "the NPC speaks")))


def blinks_plot(
    rolled: Sequence[FloatArray], sessions: Sequence[DyadSession], names: Sequence[str], most: int = 8
) -> Plot:
    """Every blink of some dialogues, truth above roll-out."""
    rows = []
    for motion, session, name in list(zip(rolled, sessions, names, strict=True))[:most]:
        rows.append(Marks(f"{name}, true", blink_times(session.motion), "true"))
        rows.append(Marks("generated", blink_times(motion), "made"))
    seconds = max(len(m) for m in rolled[:most]) / FRAME_RATE
    note = "Blinks need not fall together, but should be as many, as irregular, and like to come at ends of clauses."
    return Plot("Blinks", note, raster("Blinks per dialogue", rows, seconds, "seconds"), (TRUE, MADE))


def minute_variances(motion: FloatArray) -> FloatArray:
    """(minutes,) variance over time of each minute, mean over the 52 coefficients; a last part of a minute is left out.

    `motion` (T, 60).
    """
    minutes = len(motion) // _MINUTE
    parts = motion[: minutes * _MINUTE, COEFFICIENTS].reshape(minutes, _MINUTE, -1)
    return np.asarray(parts.astype(np.float64).var(1).mean(1), np.float32)


def drift_plot(motion: FloatArray, truth: FloatArray | None) -> Plot:
    """How much the face moves, minute by minute. A shorter truth, of a minute at least, is repeated."""
    made = minute_variances(motion)
    series = [("made", made)]
    if truth is not None:
        # a roll-out of one conversation again and again is measured against that conversation
        series.append(("true", np.resize(minute_variances(truth), len(made))))
    scale = 1000.0
    lines = [Line(kind, np.arange(1, len(v) + 1, dtype=np.float32), v * scale, kind) for kind, v in series]
    highest = max(float(line.y.max(initial=0.0)) for line in lines)
    picture = line_plot("Variance per minute", lines, "minute", "variance × 1000", y=(0.0, max(highest * 1.15, 0.1)))
    note = "One roll-out without a break. A face that freezes sinks towards zero; one that runs away climbs."
    return Plot(f"Movement over {len(made)} minutes", note, picture, (MADE, TRUE) if truth is not None else (MADE,))


def voices_plot(rolled: Sequence[FloatArray], sessions: Sequence[DyadSession], wanted: float | None) -> Plot:
    """jaw_open_r per voice, mean over its dialogues."""
    by_voice: dict[str, list[float]] = {}
    for motion, session in zip(rolled, sessions, strict=True):
        speaking = session.npc_speaking[: len(motion)].astype(bool)
        if speaking.sum() > FRAME_RATE:
            by_voice.setdefault(session.voice, []).append(jaw_open_r(motion, session.motion[: len(motion)], speaking))
    bars = [(f"{voice} ({len(r)})", float(np.mean(r))) for voice, r in sorted(by_voice.items())]
    picture = bar_plot("jaw_open_r per voice", bars or [("no speech", float("nan"))], "jaw_open_r", wanted=wanted)
    note = "In brackets: dialogues with this voice. Training heard none of them."
    return Plot("Voices", note, picture, (("wanted", "bar"),) if wanted is not None else ())


def closure_openings(motion: FloatArray, session: DyadSession) -> FloatArray:
    """(n,) the smallest lip opening within one frame of every p, b, m that closes in the truth."""
    opening, true = lip_opening(motion), lip_opening(session.motion[: len(motion)])
    found = []
    for start, stop in runs(np.isin(session.viseme[: len(motion) * MELS_PER_FRAME], BILABIAL)):
        part = slice(max(0, start // MELS_PER_FRAME - 1), min(len(motion), -(-stop // MELS_PER_FRAME) + 1))
        if len(true[part]) and true[part].min() < CLOSED:
            found.append(float(opening[part].min()))
    return np.array(found, np.float32)


def closures_plot(rolled: Sequence[FloatArray], sessions: Sequence[DyadSession]) -> Plot:
    """How far the lips close on p, b, m."""
    groups = [
        (
            "true",
            np.concatenate([closure_openings(s.motion[: len(m)], s) for m, s in zip(rolled, sessions, strict=True)]),
            "true",
        ),
        ("made", np.concatenate([closure_openings(m, s) for m, s in zip(rolled, sessions, strict=True)]), "made"),
    ]
    edges = np.linspace(0.0, 0.3, 16, dtype=np.float32)
    picture = histogram("Smallest lip opening on p, b, m", groups, edges, "smallest lip opening", wanted=CLOSED)
    note = f"{len(groups[1][1])} sounds. Left of the dashed line the lips count as closed."
    return Plot("Closures on p, b, m", note, picture, (TRUE, MADE, ("wanted", f"closed: below {CLOSED:g}")))


def judge_plot(openings: FloatArray, most: int = 1500) -> Plot:
    """Lip gap that mediapipe reads over the lip opening of the motion that was drawn. `openings` (n, 2)."""
    points = openings[:: max(1, -(-len(openings) // most))]
    picture = point_plot("Lips as read", points, "lip opening of the motion", "lip gap as read, iris distances")
    note = "Each point is a drawn picture of the speaking NPC, read by mediapipe, which knows nothing of the motion."
    return Plot("What the judge reads", note, picture)
