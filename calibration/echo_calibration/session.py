"""Watching and hearing the player for some seconds: what all guided measurements are made from.

A camera and a microphone run in real time; files are read as fast as they decode, by a clock that moves with them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from echo_calibration.bystanders import Bystanders
from echo_calibration.occlusion import MouthCover, MouthSight
from echo_runtime.capture.face_tracking import FaceTracker
from echo_runtime.capture.head_pose import HeadPose
from echo_runtime.capture.landmark_features import LIP_EDGES, LIP_PAIRS, opening
from echo_runtime.capture.source import Source, monotonic_us
from echo_runtime.signals import FloatArray, PictureObservation, SoundObservation

STEP_US = 20_000
POLL_S = 0.004
SILENT_DEVICE_S = 3.0
"""A device that has given nothing for so long is said to give nothing."""


@dataclass(frozen=True)
class SeenFace:
    """One picture. Without a face everything but the first two is empty.

    `brightness` in [0, 1]: mean luma. `features` (k + d,), `pose`, `place` (8,): see FaceTracker. `lips`: opening of
    the lips in distances of the irises, `mouth`: from the upper lip's upper edge to the lower one's lower edge.
    `covered`: something is before the mouth, by `sight`.
    """

    time_us: int
    brightness: float
    features: FloatArray | None = None
    pose: HeadPose | None = None
    place: FloatArray | None = None
    lips: float = 0.0
    mouth: float = 0.0
    sight: MouthSight | None = None
    covered: bool = False

    @property
    def found(self) -> bool:
        return self.features is not None

    @property
    def usable(self) -> bool:
        return self.found and not self.covered


@dataclass
class Watched:
    """What some seconds gave: pictures and runs of sound, in order of time. `start_us`, `end_us`: their span."""

    start_us: int
    end_us: int
    faces: list[SeenFace] = field(default_factory=list)
    sounds: list[SoundObservation] = field(default_factory=list)

    @property
    def samples(self) -> FloatArray:
        """(n,) the sound at 16 kHz on one time line from `start_us`, silence where nothing was heard."""
        length = (self.end_us - self.start_us) * 16 // 1000
        out = np.zeros(max(length, 0), np.float32)
        for run in self.sounds:
            at = (run.time_us - self.start_us) * 16 // 1000
            first, last = max(at, 0), min(at + len(run.samples), len(out))
            if last > first:
                out[first:last] = run.samples[first - at : last - at]
        return out

    @property
    def heard(self) -> FloatArray:
        """(n,) the sound as it came, without its times."""
        return np.concatenate([np.zeros(0, np.float32), *(run.samples for run in self.sounds)])

    @property
    def picture_rate(self) -> float:
        """Pictures per second, by the median of their distances; 0 with fewer than two."""
        gaps = np.diff([f.time_us for f in self.faces])
        return float(1e6 / np.median(gaps)) if len(gaps) else 0.0


Meter = Callable[[float, SeenFace | None, float], None]
"""Called often with the share of the time that is over, the newest picture, and the newest sound's peak."""


class Session:
    """Owns a source of pictures and one of sound, either of which may be None.

    `notes`: sentences for the user about what was odd. Raises what the sources raise when it is entered.
    """

    def __init__(self, face: Source[Any] | None, voice: Source[Any] | None) -> None:
        self._face, self._voice = face, voice
        self.sees, self.hears = face is not None, voice is not None
        self.live = any(source is not None and source.live for source in (face, voice))
        self._tracker = FaceTracker(adapt=False) if face is not None else None
        self._bystanders = Bystanders() if face is not None else None
        self._cover = MouthCover() if face is not None else None
        self._now_us = 0
        self.picture: PictureObservation | None = None
        self.landmarks: FloatArray | None = None

    def __enter__(self) -> Session:
        self._now_us = monotonic_us() if self.live else 1_000_000
        try:
            for source in (self._face, self._voice):
                if source is not None:
                    source.start(self._now_us)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release devices and models."""
        for source in (self._face, self._voice):
            if source is not None:
                source.close()
        for part in (self._tracker, self._bystanders, self._cover):
            if part is not None:
                part.close()

    @property
    def ended(self) -> bool:
        """Whether neither source can give more."""
        return all(source is None or source.ended for source in (self._face, self._voice))

    @property
    def notes(self) -> list[str]:
        found = [note for source in (self._face, self._voice) if source is not None for note in source.notes]
        return found + (self._bystanders.notes if self._bystanders is not None else [])

    def skip(self, seconds: float) -> None:
        """Let time pass; what is seen and heard meanwhile is thrown away."""
        self.watch(seconds, keep=False)

    def watch(self, seconds: float, meter: Meter | None = None, *, keep: bool = True) -> Watched:
        """Everything of the next `seconds`; less when files end before."""
        start_us = monotonic_us() if self.live else self._now_us
        end_us = start_us + round(seconds * 1e6)
        watched = Watched(start_us, end_us)
        peak, newest = 0.0, None
        while self._now_us < end_us:
            self._now_us = min(monotonic_us() if self.live else self._now_us + STEP_US, end_us)
            pictures = self._face.read_until(self._now_us) if self._face is not None else []
            sounds = self._voice.read_until(self._now_us) if self._voice is not None else []
            for picture in pictures[-1:] if self.live else pictures:  # a slow machine looks at the newest only
                seen = self._look(picture)
                if keep and picture.time_us >= start_us:
                    watched.faces.append(seen)
                newest = seen
            for sound in sounds:
                peak = float(np.abs(sound.samples).max(initial=0.0))
                waited = self.live and sound.time_us + len(sound.samples) * 1000 // 16 <= start_us
                if keep and not waited:
                    watched.sounds.append(sound)
            if meter is not None and (pictures or sounds):
                meter((self._now_us - start_us) / (end_us - start_us), newest, peak)
            if self.ended and not pictures and not sounds:
                watched.end_us = self._now_us
                break
            if self.live:
                time.sleep(POLL_S)
        if self._cover is not None:  # now that more of the player has been seen
            watched.faces = [_judged(face, self._cover.usual) for face in watched.faces]
        return watched

    def _look(self, picture: PictureObservation) -> SeenFace:
        assert self._tracker is not None
        assert self._bystanders is not None
        assert self._cover is not None
        rgb = self._bystanders.hidden(picture.rgb, picture.time_us)
        self.picture = picture
        brightness = float(rgb[::4, ::4].mean()) / 255.0
        self._tracker(PictureObservation(picture.time_us, rgb))
        landmarks = self.landmarks = self._tracker.landmarks
        if landmarks is None:
            return SeenFace(picture.time_us, brightness)
        seen = SeenFace(
            picture.time_us,
            brightness,
            self._tracker.features,
            self._tracker.pose,
            self._tracker.place,
            float(opening(landmarks, LIP_PAIRS)),
            float(opening(landmarks, LIP_EDGES)),
            self._cover(rgb, landmarks, picture.time_us),
        )
        return _judged(seen, self._cover.usual)


def _judged(face: SeenFace, usual: float) -> SeenFace:
    return replace(face, covered=face.sight is not None and face.sight.covered(usual))
