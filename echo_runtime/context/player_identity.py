"""Whether it is still the same person who sits there: a face that was lost, and whose face and voice came then.

Pure and without a clock: a tick is 40 ms. While a face is seen without interruption it is one person, whose shape of
face and sound of voice are learned. After a loss of 1.5 s, or a jump that no head can make, both are compared: the face
as soon as it was seen for a second, the voice after 3 s of speech. What speaks for another person and what speaks
against it are added up. In doubt nothing is learned and nothing is said.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from echo_runtime.context.voice_profile import VOICE_SPREAD, VoiceDescription
from echo_runtime.signals import FRAME_RATE, TRANSLATION, FloatArray

Sign = Literal["left", "heard", "same", "other"]
"""What a tick tells. left: from now on it may be another person. heard: still unseen, but by the voice it is the same.
same, other: the doubt is over."""
Phase = Literal["known", "lost", "doubt"]

LOST_TICKS = 38
"""1.5 s: shorter losses are hands, cups and turned heads."""
SEEN_TICKS = 5
"""A face must be there for 0.2 s to have come back."""
SEEN = 0.5
"""Validity from which a face counts as seen."""
JUMP_M = 0.12
"""Metres from one tick to the next, 3 m/s, that no head moves: the tracker holds another face."""
SETTLE_TICKS = 2 * FRAME_RATE
"""After another person sat down the tracker finds their resting place, which looks like jumps."""
FACE_TICKS = (FRAME_RATE, 2 * FRAME_RATE)
"""Ticks of a frontal face that count beside a voice, and that count alone (and that a face must be known from)."""
VOICE_FRAMES = 300
"""Loud frames of speech, 3 s, that a voice is compared on, and must be known from."""
LATEST = (3000, 6000, 1000)
"""How many ticks of a face, frames of a known voice and frames of a voice in doubt a mean reaches back, about."""
EVEN_FACE, EVEN_VOICE = 1.6, 1.9
"""Distances (root mean square of spreads) that speak neither for the same person nor for another one …"""
SLOPE, MOST = 3.0, 3.0
"""… how much each unit beyond says, and how much the face or the voice may say at most."""
SURE = 1.5
SURE_FACE = 2.7
"""Faces are alike more often than voices: without a word it takes more to believe that it is the same one."""
ALIKE = -1.4
"""For the same reason a face says no more than this beside a voice: one that is clearly another's is believed."""
PATIENCE_TICKS = 60 * FRAME_RATE
"""After a minute in sight the likelier answer is believed, if it is that nothing has changed."""


class RunningMean:
    """The mean of the newest vectors, about `latest` of them, and how many it has seen."""

    def __init__(self, latest: int) -> None:
        self.latest = latest
        self.count = 0
        self.mean: FloatArray = np.zeros(0, np.float32)

    def add(self, rows: FloatArray) -> None:
        """(n, d)"""
        if not len(rows):
            return
        sums = rows.sum(axis=0)
        if not self.count:
            self.mean = sums / np.float32(len(rows))
        else:
            weight = min(self.count, self.latest) + len(rows)
            self.mean = self.mean + (sums - len(rows) * self.mean) / np.float32(weight)
        self.count += len(rows)


class _Person:
    """What is known of one person's looks and voice."""

    def __init__(self, frames: int) -> None:
        self.face, self.voice = RunningMean(LATEST[0]), RunningMean(frames)


class PlayerIdentity:
    """Of one player's place. `players`: how many people have sat there, 1 at first. `evidence`: what the newest doubt
    came to, positive for another person. `by`: face, voice or both, on which the last change was seen."""

    def __init__(self, shape_spread: FloatArray) -> None:
        """`shape_spread` (d,): how far each number of a face's shape strays on one person."""
        self._spread = shape_spread
        self.phase: Phase = "known"
        self.players = 1
        self.evidence = 0.0
        self.by = ""
        self._known, self._new = _Person(LATEST[1]), _Person(LATEST[2])
        self._describe = VoiceDescription()
        self._ever_seen = False
        self._missing = self._present = self._doubting = self._settling = 0
        self._place: FloatArray | None = None

    @property
    def lost_s(self) -> float:
        """For how long no face has been seen; 0 while one is, and before the first."""
        return self._missing / FRAME_RATE if self._ever_seen else 0.0

    def statistics(self) -> dict[str, float | str]:
        """For `stats`."""
        return {"player_lost_s": round(self.lost_s, 2), "players": self.players, "player_is": self.phase}

    def observe(self, face: FloatArray, voice: FloatArray, shape: FloatArray | None, overheard: bool) -> Sign | None:
        """One tick: face (61,), voice (4, 81), `shape` (d,) of a frontal face, NaN or None without one. `overheard`:
        an NPC speaks, which a microphone without echo cancellation takes for the player."""
        seen = bool(face[-1] > SEEN)
        self._ever_seen |= seen
        self._missing, self._present = (0, self._present + 1) if seen else (self._missing + 1, 0)
        frames = self._describe(voice) if not overheard else voice[:0, :0]
        shapes = shape[None] if seen and shape is not None and np.isfinite(shape).all() else None
        jumped = self._jumps(face if seen else None)
        if not self._ever_seen:
            return None
        if self.phase == "known":
            return self._know(seen, jumped, frames, shapes)
        return self._miss(frames) if self.phase == "lost" else self._doubt(seen, frames, shapes)

    def _jumps(self, face: FloatArray | None) -> bool:
        before, self._place = self._place, None if face is None else face[TRANSLATION].copy()
        self._settling = max(self._settling - 1, 0)
        if before is None or self._place is None or self._settling:
            return False
        return float(np.linalg.norm(self._place - before)) > JUMP_M

    def _know(self, seen: bool, jumped: bool, frames: FloatArray, shapes: FloatArray | None) -> Sign | None:
        if jumped or self._missing >= LOST_TICKS:
            self._enter("doubt" if jumped else "lost")
            return "left"
        if seen:
            self._known.voice.add(frames)
            if shapes is not None:
                self._known.face.add(shapes)
        return None

    def _miss(self, frames: FloatArray) -> Sign | None:
        """Nobody is seen. Who speaks meanwhile may stay away; only the player's own voice says something."""
        if self._present >= SEEN_TICKS:
            self._enter("doubt")
            return None
        self._new.voice.add(frames)
        said = self._of_voice()
        if said is not None:
            self._new = _Person(LATEST[2])
            if said <= -SURE:
                return "heard"
        return None

    def _doubt(self, seen: bool, frames: FloatArray, shapes: FloatArray | None) -> Sign | None:
        if self._missing >= LOST_TICKS:
            self._enter("lost")
            return None
        if not seen:
            return None
        self._doubting += 1
        self._new.voice.add(frames)
        if shapes is not None:
            self._new.face.add(shapes)
        if self._known.face.count < FACE_TICKS[1] and self._known.voice.count < VOICE_FRAMES:
            return self._believe_same()  # nothing is known that could be compared
        of_face, of_voice = self._of_face(), self._of_voice()
        if of_voice is None:
            self.evidence = of_face or 0.0
        else:
            self.evidence = of_voice + max(of_face or 0.0, ALIKE)
        if of_voice is None and (of_face is None or self._new.face.count < FACE_TICKS[1]):
            return None
        if self.evidence >= SURE:
            return self._believe_other(of_face, of_voice)
        if self.evidence <= (-SURE_FACE if of_voice is None else -SURE):
            return self._believe_same()
        if self._doubting >= PATIENCE_TICKS and self.evidence < 0.0:
            return self._believe_same()
        return None

    def _of_face(self) -> float | None:
        known, new = self._known.face, self._new.face
        if known.count < FACE_TICKS[1] or new.count < FACE_TICKS[0]:
            return None
        return _says(known.mean, new.mean, self._spread, EVEN_FACE)

    def _of_voice(self) -> float | None:
        known, new = self._known.voice, self._new.voice
        if known.count < VOICE_FRAMES or new.count < VOICE_FRAMES:
            return None
        return _says(known.mean, new.mean, VOICE_SPREAD, EVEN_VOICE)

    def _enter(self, phase: Phase) -> None:
        self.phase, self._new = phase, _Person(LATEST[2])
        self._doubting, self.evidence = 0, 0.0

    def _believe_same(self) -> Sign:
        self._enter("known")
        return "same"

    def _believe_other(self, of_face: float | None, of_voice: float | None) -> Sign:
        reasons = [n for n, said in (("face", of_face), ("voice", of_voice)) if said is not None and said > 0.0]
        self.by = "both" if len(reasons) == 2 else reasons[0]
        self.players += 1
        self._known, evidence = self._new, self.evidence
        self._known.voice.latest = LATEST[1]
        self._enter("known")
        self.evidence, self._settling = evidence, SETTLE_TICKS
        return "other"


def distance(a: FloatArray, b: FloatArray, spread: FloatArray) -> float:
    """Root mean square of (a − b) in spreads, all (d,)."""
    return float(np.sqrt(np.mean(((a - b) / spread) ** 2)))


def _says(a: FloatArray, b: FloatArray, spread: FloatArray, even: float) -> float:
    return float(np.clip(SLOPE * (distance(a, b, spread) - even), -MOST, MOST))
