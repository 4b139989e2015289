"""The signals that flow between the parts: layouts, units, and frozen dataclasses. Knows no other part.

Axes are right-handed and seen in the picture: x to the picture's right, y up, z out of the picture to the viewer.
"Left" and "Right" in coefficient names are the subject's own, as in ARKit: the subject's left is at the
picture's right.

Head rotation is (pitch, yaw, roll) in radians, applied as R = Ry(yaw) · Rx(pitch) · Rz(roll):
positive pitch lowers the chin, positive yaw turns the face to the picture's right,
positive roll tilts the top of the head to the picture's left (counter-clockwise).
Head translation is in metres from the resting position. Gaze is (yaw, pitch) in radians relative to the head:
positive yaw looks to the picture's right, positive pitch looks up.

Times are microseconds on the runtime's monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from echo_runtime.errors import UsageError

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]

FRAME_RATE = 25
"""Frames per second of every face signal."""
FRAME_US = 1_000_000 // FRAME_RATE
SAMPLE_RATE = 16_000
"""Samples per second of every sound inside the runtime."""
SAMPLES_PER_FRAME = SAMPLE_RATE // FRAME_RATE
MEL_RATE = 100
"""Log-mel frames per second."""
MELS_PER_FRAME = MEL_RATE // FRAME_RATE
MEL_BANDS = 80

# Order of Apple's ARFaceAnchor.BlendShapeLocation documentation page, as Live Link Face sends it.
ARKIT_NAMES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight",
    "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker",
    "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft",
    "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp",
    "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft",
    "noseSneerRight", "tongueOut",
)  # fmt: skip
POSE_NAMES = ("headPitch", "headYaw", "headRoll", "headX", "headY", "headZ", "gazeYaw", "gazePitch")
MOTION_NAMES = ARKIT_NAMES + POSE_NAMES

COEFFICIENTS = slice(0, 52)
ROTATION = slice(52, 55)
TRANSLATION = slice(55, 58)
GAZE = slice(58, 60)
MOTION_DIM = 60
"""A motion frame: 52 coefficients in [0, 1], head rotation, head translation, gaze."""
FACE_DIM = MOTION_DIM + 1
"""A player's face, V_usr: a motion frame and its validity in [0, 1]."""
VOICE_DIM = MEL_BANDS + 1
"""A player's voice, A_usr, per log-mel frame: the bands and the probability of speech."""

MOTION_INDEX = {name: i for i, name in enumerate(MOTION_NAMES)}


def _named(*starts: str) -> tuple[str, ...]:
    return tuple(n for n in MOTION_NAMES if n.startswith(starts))


PLAYER_REGIONS: dict[str, tuple[str, ...]] = {
    "brows": _named("brow"),
    "eyes": _named("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": _named("gaze", "eyeLook"),
    "cheeks": _named("cheek"),
    "nose": _named("nose"),
    "mouth_corners": _named("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthLeft", "mouthRight"),
    "lips": _named("mouthClose", "mouthFunnel", "mouthPucker", "mouthRoll", "mouthShrug", "mouthPress", "mouthLower",
                   "mouthUpper", "tongue"),
    "jaw": _named("jaw"),
    "head_pose": _named("head"),
}  # fmt: skip
"""The parts of a player's face that perception looks at, in the order in which its scan passes through one instant."""
PLAYER_REGION_COUNT = len(PLAYER_REGIONS)

Origin = Literal["generated", "held", "idle"]
TurnState = Literal["listening", "speaking", "thinking"]


def gaze_coefficients(gaze: FloatArray) -> FloatArray:
    """The eight eyeLook coefficients that a gaze implies, for rigs that turn eyes by coefficients.

    `gaze` (..., 2) in radians; returns (..., 52) zero but for eyeLook*. 30 degrees of turn is a coefficient of 1,
    the ratio that ARKit's own eye transforms and coefficients show on the horizontal axis.
    """
    out = np.zeros((*gaze.shape[:-1], 52), np.float32)
    yaw, pitch = gaze[..., 0] / np.radians(30.0), gaze[..., 1] / np.radians(30.0)
    for name, value in (
        ("eyeLookOutLeft", yaw), ("eyeLookInRight", yaw), ("eyeLookInLeft", -yaw), ("eyeLookOutRight", -yaw),
        ("eyeLookUpLeft", pitch), ("eyeLookUpRight", pitch), ("eyeLookDownLeft", -pitch), ("eyeLookDownRight", -pitch),
    ):  # fmt: skip
        out[..., MOTION_INDEX[name]] = np.clip(value, 0.0, 1.0)
    return out


def gaze_of_coefficients(coefficients: FloatArray) -> FloatArray:
    """(..., 52) coefficients to the gaze (..., 2) that their eyeLook part implies: the mean of both eyes.

    The inverse of `gaze_coefficients` within 30 degrees.
    """

    def at(name: str) -> FloatArray:
        values: FloatArray = coefficients[..., MOTION_INDEX[name]]
        return values

    yaw = at("eyeLookOutLeft") - at("eyeLookInLeft") + at("eyeLookInRight") - at("eyeLookOutRight")
    pitch = at("eyeLookUpLeft") - at("eyeLookDownLeft") + at("eyeLookUpRight") - at("eyeLookDownRight")
    return (np.stack([yaw, pitch], -1) * np.float32(0.5 * np.radians(30.0))).astype(np.float32)


@dataclass(frozen=True)
class Style:
    """How one NPC carries itself, each in [0, 1], 0.5 being average.

    `temperament`: 0 calm … 1 lively, that is how often it nods, blinks and looks about, how much its head moves.
    `expressiveness`: 0 reserved … 1 expressive, that is how far smiles, brows and the faces of emotions go.
    """

    temperament: float = 0.5
    expressiveness: float = 0.5

    def __post_init__(self) -> None:
        for name in ("temperament", "expressiveness"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UsageError(f"An NPC's {name} lies between 0 and 1, not at {getattr(self, name)}.")

    @property
    def vector(self) -> FloatArray:
        """(2,) temperament and expressiveness around zero, in [-1, 1]."""
        return np.array([self.temperament, self.expressiveness], np.float32) * 2.0 - 1.0


@dataclass(frozen=True)
class PictureObservation:
    """One camera or video picture. `rgb` (H, W, 3) uint8, not mirrored; `time_us` when its light was captured."""

    time_us: int
    rgb: ByteArray


@dataclass(frozen=True)
class SoundObservation:
    """A run of mono samples in [-1, 1] at 16 kHz; `time_us` is the capture time of the first one."""

    time_us: int
    samples: FloatArray


@dataclass(frozen=True)
class FaceObservation:
    """The player's face at one instant.

    `motion` (60,): see MOTION_NAMES. `validity` in [0, 1]: 0 when no face is seen; the values then decay to neutral.
    `source`: camera, file, livelink, engine, headset (an engine's, worn before the eyes). `known` (60,) in [0, 1], for
    devices that see a part of the face only: how far each number was measured; None = all of them. `shape` (d,):
    whose face it is, see capture.face_shape; None where no frontal picture tells.
    """

    time_us: int
    motion: FloatArray
    validity: float
    source: str = "camera"
    known: FloatArray | None = None
    shape: FloatArray | None = None

    @property
    def vector(self) -> FloatArray:
        """(61,): the motion and its validity, V_usr of one frame."""
        return np.append(self.motion, np.float32(self.validity)).astype(np.float32)


@dataclass(frozen=True)
class CurvesObservation:
    """The player's face as a headset or an engine says it: `values` (n,) in the order of the curve set `curves`.

    `rotation` (pitch, yaw, roll) and `gaze` (yaw, pitch) in radians, `position` in metres. `validity` of the whole and
    `regions`, of parts where it differs, in [0, 1]: see capture.face_regions.
    """

    time_us: int
    curves: str
    values: FloatArray
    rotation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    position: tuple[float, ...] = (0.0, 0.0, 0.0)
    gaze: tuple[float, ...] = (0.0, 0.0)
    validity: float = 1.0
    regions: dict[str, float] = field(default_factory=dict)
    source: str = "engine"


@dataclass(frozen=True)
class VoiceObservation:
    """The player's voice: `log_mel` (n, 80), `activity` (n,) in [0, 1]; `time_us`: end of the first mel window."""

    time_us: int
    log_mel: FloatArray
    activity: FloatArray


@dataclass(frozen=True)
class DialogueTurn:
    """One turn of the history: `speaker` is "player" or the NPC's name; times in microseconds."""

    speaker: str
    text: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class SpokenSound:
    """A piece of an NPC's voice: `samples` (n,) in [-1, 1] at 16 kHz, heard from `pts_us` on.

    It is not heard where a frame of a higher `epoch` comes before it.
    """

    npc: str
    pts_us: int
    samples: FloatArray
    epoch: int = 0


@dataclass(frozen=True)
class AvatarFrame:
    """What the runtime publishes of one NPC at one instant.

    `motion` (60,); `rgba` (H, W, 4) uint8 sRGB with straight alpha, first row at the top.
    `observed_us`: capture time of the newest player observation that had entered the motion (0 = none).
    """

    npc: str
    pts_us: int
    origin: Origin
    motion: FloatArray
    rgba: ByteArray
    observed_us: int = 0
    epoch: int = 0
    utterance: int = 0
    extra: dict[str, float] = field(default_factory=dict)
