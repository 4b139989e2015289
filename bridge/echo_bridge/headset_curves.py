"""Curve sets of headsets, in the order of the OpenXR enumerations, and what they mean in ARKit's coefficients.

Names: XrFaceExpression2FB (XR_FB_face_tracking2), XrEyeExpressionHTC and XrLipExpressionHTC (XR_HTC_facial_tracking),
XrFaceParameterIndicesANDROID (XR_ANDROID_face_tracking), each without its prefix and suffix; OpenXR 1.1 specification,
registry.khronos.org. The map to ARKit pairs what the names describe (the sets share most of the Facial Action Coding
System's units); strengths are not calibrated.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from echo_runtime.signals import ARKIT_NAMES, FloatArray

_SHARED_63 = """
BROW_LOWERER_L BROW_LOWERER_R CHEEK_PUFF_L CHEEK_PUFF_R CHEEK_RAISER_L CHEEK_RAISER_R CHEEK_SUCK_L CHEEK_SUCK_R
CHIN_RAISER_B CHIN_RAISER_T DIMPLER_L DIMPLER_R EYES_CLOSED_L EYES_CLOSED_R EYES_LOOK_DOWN_L EYES_LOOK_DOWN_R
EYES_LOOK_LEFT_L EYES_LOOK_LEFT_R EYES_LOOK_RIGHT_L EYES_LOOK_RIGHT_R EYES_LOOK_UP_L EYES_LOOK_UP_R INNER_BROW_RAISER_L
INNER_BROW_RAISER_R JAW_DROP JAW_SIDEWAYS_LEFT JAW_SIDEWAYS_RIGHT JAW_THRUST LID_TIGHTENER_L LID_TIGHTENER_R
LIP_CORNER_DEPRESSOR_L LIP_CORNER_DEPRESSOR_R LIP_CORNER_PULLER_L LIP_CORNER_PULLER_R LIP_FUNNELER_LB LIP_FUNNELER_LT
LIP_FUNNELER_RB LIP_FUNNELER_RT LIP_PRESSOR_L LIP_PRESSOR_R LIP_PUCKER_L LIP_PUCKER_R LIP_STRETCHER_L LIP_STRETCHER_R
LIP_SUCK_LB LIP_SUCK_LT LIP_SUCK_RB LIP_SUCK_RT LIP_TIGHTENER_L LIP_TIGHTENER_R LIPS_TOWARD LOWER_LIP_DEPRESSOR_L
LOWER_LIP_DEPRESSOR_R MOUTH_LEFT MOUTH_RIGHT NOSE_WRINKLER_L NOSE_WRINKLER_R OUTER_BROW_RAISER_L OUTER_BROW_RAISER_R
UPPER_LID_RAISER_L UPPER_LID_RAISER_R UPPER_LIP_RAISER_L UPPER_LIP_RAISER_R
"""
FB70 = tuple(
    f"""{_SHARED_63} TONGUE_TIP_INTERDENTAL TONGUE_TIP_ALVEOLAR TONGUE_FRONT_DORSAL_PALATE TONGUE_MID_DORSAL_PALATE
    TONGUE_BACK_DORSAL_VELAR TONGUE_OUT TONGUE_RETREAT""".split()
)
ANDROIDXR68 = tuple(f"{_SHARED_63} TONGUE_OUT TONGUE_LEFT TONGUE_RIGHT TONGUE_UP TONGUE_DOWN".split())
_HTC_EYE = """
LEFT_BLINK LEFT_WIDE RIGHT_BLINK RIGHT_WIDE LEFT_SQUEEZE RIGHT_SQUEEZE LEFT_DOWN RIGHT_DOWN LEFT_OUT RIGHT_IN LEFT_IN
RIGHT_OUT LEFT_UP RIGHT_UP
"""
_HTC_LIP = """
JAW_RIGHT JAW_LEFT JAW_FORWARD JAW_OPEN MOUTH_APE_SHAPE MOUTH_UPPER_RIGHT MOUTH_UPPER_LEFT MOUTH_LOWER_RIGHT
MOUTH_LOWER_LEFT MOUTH_UPPER_OVERTURN MOUTH_LOWER_OVERTURN MOUTH_POUT MOUTH_SMILE_RIGHT MOUTH_SMILE_LEFT MOUTH_SAD_RIGHT
MOUTH_SAD_LEFT CHEEK_PUFF_RIGHT CHEEK_PUFF_LEFT CHEEK_SUCK MOUTH_UPPER_UPRIGHT MOUTH_UPPER_UPLEFT MOUTH_LOWER_DOWNRIGHT
MOUTH_LOWER_DOWNLEFT MOUTH_UPPER_INSIDE MOUTH_LOWER_INSIDE MOUTH_LOWER_OVERLAY TONGUE_LONGSTEP1 TONGUE_LEFT TONGUE_RIGHT
TONGUE_UP TONGUE_DOWN TONGUE_ROLL TONGUE_LONGSTEP2 TONGUE_UPRIGHT_MORPH TONGUE_UPLEFT_MORPH TONGUE_DOWNRIGHT_MORPH
TONGUE_DOWNLEFT_MORPH
"""
HTC51 = (*(f"EYE_{name}" for name in _HTC_EYE.split()), *(f"LIP_{name}" for name in _HTC_LIP.split()))
"""The 14 of the eyes, then the 37 of the lips."""

HEADSET_SETS: dict[str, tuple[str, ...]] = {"fb70": FB70, "htc51": HTC51, "androidxr68": ANDROIDXR68}

_BOTH_SIDES = {
    "browDown": "BROW_LOWERER", "browOuterUp": "OUTER_BROW_RAISER", "cheekSquint": "CHEEK_RAISER",
    "eyeBlink": "EYES_CLOSED", "eyeLookDown": "EYES_LOOK_DOWN", "eyeLookUp": "EYES_LOOK_UP",
    "eyeSquint": "LID_TIGHTENER", "eyeWide": "UPPER_LID_RAISER", "mouthDimple": "DIMPLER",
    "mouthFrown": "LIP_CORNER_DEPRESSOR", "mouthLowerDown": "LOWER_LIP_DEPRESSOR", "mouthPress": "LIP_PRESSOR",
    "mouthSmile": "LIP_CORNER_PULLER", "mouthStretch": "LIP_STRETCHER", "mouthUpperUp": "UPPER_LIP_RAISER",
    "noseSneer": "NOSE_WRINKLER",
}  # fmt: skip
_SHARED = {
    **{f"{arkit}Left": [f"{unit}_L"] for arkit, unit in _BOTH_SIDES.items()},
    **{f"{arkit}Right": [f"{unit}_R"] for arkit, unit in _BOTH_SIDES.items()},
    # an eye looks in when it looks to the other side
    "eyeLookInLeft": ["EYES_LOOK_RIGHT_L"], "eyeLookOutLeft": ["EYES_LOOK_LEFT_L"],
    "eyeLookInRight": ["EYES_LOOK_LEFT_R"], "eyeLookOutRight": ["EYES_LOOK_RIGHT_R"],
    "browInnerUp": ["INNER_BROW_RAISER_L", "INNER_BROW_RAISER_R"], "cheekPuff": ["CHEEK_PUFF_L", "CHEEK_PUFF_R"],
    "jawForward": ["JAW_THRUST"], "jawLeft": ["JAW_SIDEWAYS_LEFT"], "jawRight": ["JAW_SIDEWAYS_RIGHT"],
    "jawOpen": ["JAW_DROP"], "mouthClose": ["LIPS_TOWARD"], "mouthLeft": ["MOUTH_LEFT"], "mouthRight": ["MOUTH_RIGHT"],
    "mouthFunnel": ["LIP_FUNNELER_LB", "LIP_FUNNELER_LT", "LIP_FUNNELER_RB", "LIP_FUNNELER_RT"],
    "mouthPucker": ["LIP_PUCKER_L", "LIP_PUCKER_R"], "mouthRollLower": ["LIP_SUCK_LB", "LIP_SUCK_RB"],
    "mouthRollUpper": ["LIP_SUCK_LT", "LIP_SUCK_RT"], "mouthShrugLower": ["CHIN_RAISER_B"],
    "mouthShrugUpper": ["CHIN_RAISER_T"], "tongueOut": ["TONGUE_OUT"],
}  # fmt: skip
_HTC = {
    **{
        f"{arkit}{side}": [name.format(side.upper())]
        for side in ("Left", "Right")
        for arkit, name in {
            "eyeBlink": "EYE_{}_BLINK", "eyeWide": "EYE_{}_WIDE", "eyeSquint": "EYE_{}_SQUEEZE",
            "eyeLookDown": "EYE_{}_DOWN", "eyeLookUp": "EYE_{}_UP", "eyeLookIn": "EYE_{}_IN",
            "eyeLookOut": "EYE_{}_OUT", "mouthSmile": "LIP_MOUTH_SMILE_{}", "mouthFrown": "LIP_MOUTH_SAD_{}",
            "mouthUpperUp": "LIP_MOUTH_UPPER_UP{}", "mouthLowerDown": "LIP_MOUTH_LOWER_DOWN{}", "jaw": "LIP_JAW_{}",
        }.items()
    },
    "mouthLeft": ["LIP_MOUTH_UPPER_LEFT", "LIP_MOUTH_LOWER_LEFT"],
    "mouthRight": ["LIP_MOUTH_UPPER_RIGHT", "LIP_MOUTH_LOWER_RIGHT"],
    "cheekPuff": ["LIP_CHEEK_PUFF_LEFT", "LIP_CHEEK_PUFF_RIGHT"], "jawForward": ["LIP_JAW_FORWARD"],
    "jawOpen": ["LIP_JAW_OPEN"], "mouthClose": ["LIP_MOUTH_APE_SHAPE"], "mouthPucker": ["LIP_MOUTH_POUT"],
    "mouthRollUpper": ["LIP_MOUTH_UPPER_INSIDE"], "mouthRollLower": ["LIP_MOUTH_LOWER_INSIDE"],
    "mouthShrugLower": ["LIP_MOUTH_LOWER_OVERLAY"], "tongueOut": ["LIP_TONGUE_LONGSTEP1", "LIP_TONGUE_LONGSTEP2"],
}  # fmt: skip
_MAPS = {"fb70": _SHARED, "androidxr68": _SHARED, "htc51": _HTC}


def to_arkit(curves: str, values: FloatArray) -> FloatArray:
    """(n,) values of a headset's set to (52,) ARKit coefficients: means of what describes the same movement, else 0."""
    result: FloatArray = (_matrix(curves) @ values).astype(np.float32)
    return result


@lru_cache
def _matrix(curves: str) -> FloatArray:
    names = HEADSET_SETS[curves]
    matrix = np.zeros((len(ARKIT_NAMES), len(names)), np.float32)
    for arkit, sources in _MAPS[curves].items():
        for source in sources:
            matrix[ARKIT_NAMES.index(arkit), names.index(source)] = 1.0 / len(sources)
    return matrix
