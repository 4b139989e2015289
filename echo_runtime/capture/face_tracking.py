"""The player's face from pictures: mediapipe landmarks → 52 ARKit coefficients, head pose, gaze, validity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echo_runtime.capture.face_shape import FRONTAL, face_shape
from echo_runtime.capture.head_pose import HeadPose, fit_pose, position
from echo_runtime.capture.landmark_map import LandmarkMap, shipped_landmark_map, turn_eyes
from echo_runtime.capture.landmarks import LandmarkDetector
from echo_runtime.capture.neutral import RestingFace, RestingPlace
from echo_runtime.capture.validity import decayed, recovered
from echo_runtime.signals import (
    COEFFICIENTS,
    GAZE,
    MOTION_DIM,
    ROTATION,
    TRANSLATION,
    FaceObservation,
    FloatArray,
    PictureObservation,
)

FRONT = 0.5
"""Radians of turn up to which a face may stand for the resting face."""


@dataclass(frozen=True)
class KnownFace:
    """What was measured of a person beforehand. `features` (k + d,): their resting face, as `LandmarkMap.features`
    gives it; `rotation` (3,) in radians: how the head is held before the camera."""

    features: FloatArray
    rotation: FloatArray

    @property
    def place(self) -> FloatArray:
        """(8,) as `FaceTracker.place`. NaN is what another day's camera and chair change: position and gaze."""
        return np.concatenate([self.rotation, np.full(5, np.nan)]).astype(np.float32)


class FaceTracker:
    """Streaming: `FaceTracker()(picture) -> FaceObservation`, in order of time.

    Without a face the observation decays to neutral and its validity falls; a face that returns takes over within a
    tenth of a second. `adapt`: learn the person's resting face and place while tracking.
    `known`: the person, measured beforehand, whose resting face is then not learned any more.
    `landmarks`: (478, 3) of the newest picture, or None. `features` (k + d,), `pose`, `place` (8,): what was read from
    them, the last being rotation, position and gaze as they are seen, not yet relative to where the head usually is.
    `pictures`, `tracked`: counts.
    """

    def __init__(
        self,
        landmark_map: LandmarkMap | None = None,
        *,
        adapt: bool = True,
        model: str | Path | None = None,
        source: str = "camera",
        known: KnownFace | None = None,
    ) -> None:
        self._map = landmark_map or shipped_landmark_map()
        self._known = known
        self._detector = LandmarkDetector(model=model)
        self._adapt, self._source = adapt, source
        self._face = RestingFace(self._map.rest, self._map.person)
        self._place = RestingPlace(np.array([0.3, 0.3, 0.0, 10.0, 10.0, 10.0, 0.2, 0.2]))
        self.reset()

    def reset(self) -> None:
        """Forget the person: for the next player or another clip."""
        self._begin_anew()
        self._last = FaceObservation(0, np.zeros(MOTION_DIM, np.float32), 0.0, self._source)
        self.landmarks: FloatArray | None = None
        self.features: FloatArray | None = None
        self.pose: HeadPose | None = None
        self.place: FloatArray | None = None
        self.pictures = self.tracked = 0

    def forget_player(self) -> None:
        """Another person sits there now, who was not measured beforehand: their face is learned from here on."""
        self._known = None
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._face.reset()
        self._place.reset()
        if self._known is not None:
            self._face.settle(self._known.features)
            self._place.settle(self._known.place)

    def __call__(self, picture: PictureObservation) -> FaceObservation:
        self.pictures += 1
        self.landmarks = self._detector(picture.rgb, picture.time_us)
        if self.landmarks is None:
            self._last = decayed(self._last, time_us=picture.time_us)
            return self._last
        self.tracked += 1
        seen = FaceObservation(picture.time_us, self._measure(picture), 1.0, self._source, shape=self._shape())
        self._last = recovered(self._last, seen)
        return self._last

    def _measure(self, picture: PictureObservation) -> FloatArray:
        assert self.landmarks is not None
        time_us = picture.time_us
        pose = fit_pose(self.landmarks, self._map.canonical)
        features = self._map.features(pose.aligned(self.landmarks))
        learning = self._adapt and self._known is None
        if learning:
            self._face.advance(time_us)
        motion = self._map.motion(features, pose, self._face.reference, self._face.trust)
        if learning and self._face.due(time_us) and np.abs(motion[ROTATION]).max() < FRONT:
            plain = self._map.motion(features, pose, self._map.rest, 0.0)  # not its own judge: no feedback
            self._face.observe(time_us, features, float(plain[COEFFICIENTS].sum()))
        motion[TRANSLATION] = position(pose)
        place = np.concatenate([motion[ROTATION], motion[TRANSLATION], motion[GAZE]])
        self.features, self.pose, self.place = features, pose, place
        relative = self._place(time_us, place)
        motion[TRANSLATION] = relative[3:6]
        if self._adapt:
            motion[ROTATION] = relative[:3]
            turn_eyes(motion, relative[6:])
        return motion

    def _shape(self) -> FloatArray | None:
        assert self.landmarks is not None
        assert self.pose is not None
        assert self.place is not None
        frontal = np.abs(self.place[:2]).max() < FRONTAL
        return face_shape(self.pose.aligned(self.landmarks)) if frontal else None

    def close(self) -> None:
        self._detector.close()
