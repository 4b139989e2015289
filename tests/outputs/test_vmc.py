"""The VMC protocol: bytes, names, axes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_packet import OscPacket

from echo_runtime.errors import UsageError
from echo_runtime.outputs import vmc
from echo_runtime.signals import ARKIT_NAMES, GAZE, MOTION_DIM, MOTION_INDEX, ROTATION, AvatarFrame


def frame(pts_us: int = 0, **values: float) -> AvatarFrame:
    motion = np.zeros(MOTION_DIM, np.float32)
    for name, value in values.items():
        motion[MOTION_INDEX[name]] = value
    return AvatarFrame("bo", pts_us, "generated", motion, np.zeros((2, 2, 4), np.uint8))


def sent(expressions: str = "vrm0", **values: float) -> list[tuple[str, list]]:
    datagrams = vmc.VmcEncoder(expressions)(frame(**values))
    return [(m.message.address, m.message.params) for d in datagrams for m in OscPacket(d).messages]


def blends(messages: list[tuple[str, list]]) -> dict[str, float]:
    return {params[0]: params[1] for address, params in messages if address == "/VMC/Ext/Blend/Val"}


def test_bytes_are_those_of_osc() -> None:
    """By hand, after opensoundcontrol.org/spec-1_0: strings end with 1 to 4 zeros at a multiple of 4, numbers are
    big-endian, a bundle begins with #bundle and the time tag 1, which means at once."""
    one = b"/VMC/Ext/Blend/Val\0\0" + b",sf\0" + b"Joy\0" + struct.pack(">f", 0.25)
    other = b"/VMC/Ext/Blend/Apply\0\0\0\0" + b",\0\0\0"
    begin = b"#bundle\0" + struct.pack(">Q", 1)
    bundle = begin + struct.pack(">i", len(one)) + one + struct.pack(">i", len(other)) + other
    built = vmc.bundled([vmc.message("/VMC/Ext/Blend/Val", "Joy", 0.25), vmc.message("/VMC/Ext/Blend/Apply")])
    assert built == [bundle]
    assert vmc.farewell() == [begin + struct.pack(">i", 20) + b"/VMC/Ext/OK\0,i\0\0" + struct.pack(">i", 0)]


def test_a_frame_in_the_order_of_the_protocol() -> None:
    messages = sent(jawOpen=0.5)
    addresses = [address for address, _ in messages]
    assert addresses[:2] == ["/VMC/Ext/OK", "/VMC/Ext/T"]
    assert messages[0][1] == [1]
    assert addresses[-1] == "/VMC/Ext/Blend/Apply"
    assert addresses.count("/VMC/Ext/Blend/Apply") == 1
    assert [p[0] for a, p in messages if a == "/VMC/Ext/Bone/Pos"] == ["Neck", "Head", "LeftEye", "RightEye"]
    encoder = vmc.VmcEncoder()
    encoder(frame(5_000_000))
    later = OscPacket(encoder(frame(7_500_000))[0]).messages
    assert [m.message.params for m in later if m.message.address == "/VMC/Ext/T"] == [[2.5]]


def test_datagrams_pass_a_network_in_one_piece() -> None:
    for expressions in vmc.EXPRESSIONS:
        datagrams = vmc.VmcEncoder(expressions)(frame(jawOpen=1.0))
        assert all(len(d) <= vmc.LARGEST and OscBundle.dgram_is_bundle(d) for d in datagrams)
        assert (len(datagrams) == 1) == expressions.startswith("vrm")


@pytest.mark.parametrize(("expressions", "smile", "blink"), [
    ("arkit", "mouthSmileLeft", "eyeBlinkRight"), ("perfect-sync", "MouthSmileLeft", "EyeBlinkRight"),
])  # fmt: skip
def test_all_52_under_the_names_of_perfect_sync(expressions: str, smile: str, blink: str) -> None:
    values = blends(sent(expressions, mouthSmileLeft=0.75, eyeBlinkRight=1.5))
    assert len(values) == 52
    assert {n.lower() for n in values} == {n.lower() for n in ARKIT_NAMES}
    assert values[smile] == 0.75
    assert values[blink] == 1.0, "cut to the range"
    assert sum(values.values()) == 1.75


def test_the_eyes_follow_the_gaze_in_coefficients_too() -> None:
    values = blends(sent("arkit", gazeYaw=np.radians(15.0)))
    assert values["eyeLookOutLeft"] == pytest.approx(0.5)
    assert values["eyeLookInRight"] == pytest.approx(0.5)


def test_presets_of_vrm_0_and_1() -> None:
    # https://protocol.vmc.info/english, the table of preset names
    vrm0 = {"Joy", "Angry", "Sorrow", "Fun", "A", "I", "U", "E", "O", "Blink_L", "Blink_R"}
    vrm1 = {"happy", "angry", "sad", "relaxed", "aa", "ih", "ou", "ee", "oh", "blinkLeft", "blinkRight"}
    assert set(blends(sent("vrm0"))) == vrm0
    assert set(blends(sent("vrm1"))) == vrm1
    pairs = dict(zip(vmc.presets("vrm0")[0], vmc.presets("vrm1")[0], strict=True))
    assert pairs["Sorrow"] == "sad"
    assert pairs["U"] == "ou"
    assert pairs["Blink_R"] == "blinkRight"


def test_a_face_becomes_the_presets_that_one_expects() -> None:
    def strongest(**values: float) -> str:
        found = blends(sent("vrm0", **values))
        assert all(0.0 <= v <= 1.0 for v in found.values())
        return max(found, key=lambda n: found[n])

    assert set(blends(sent("vrm0")).values()) == {0.0}, "a face at rest"
    assert blends(sent("vrm0", eyeBlinkLeft=1.0))["Blink_L"] == 1.0
    assert blends(sent("vrm0", eyeBlinkLeft=1.0))["Blink_R"] == 0.0
    assert strongest(jawOpen=0.7) == "A"
    assert strongest(mouthPucker=0.9, jawOpen=0.1) == "U"
    assert strongest(mouthFunnel=0.9, jawOpen=0.3) == "O"
    assert strongest(mouthStretchLeft=0.7, mouthStretchRight=0.7, jawOpen=0.1) == "I"
    assert strongest(mouthSmileLeft=0.9, mouthSmileRight=0.9) == "Joy"
    assert strongest(browDownLeft=0.9, browDownRight=0.9) == "Angry"
    assert strongest(mouthFrownLeft=0.9, mouthFrownRight=0.9) == "Sorrow"
    closed = blends(sent("vrm0", jawOpen=0.4, mouthClose=0.4))
    assert closed["A"] == 0.0, "the jaw behind closed lips opens nothing"


def _turned(q: tuple[float, ...], v: tuple[float, float, float]) -> np.ndarray:
    axis, w = np.asarray(q[:3]), q[3]
    return np.asarray(v) + 2.0 * np.cross(axis, np.cross(axis, v) + w * np.asarray(v))


def test_bones_turn_in_unitys_axes() -> None:
    """A quaternion turns a vector by the same formula in either handedness. In Unity the model looks along +z, and +x
    is its right; the picture's right is the subject's left."""
    motion = np.zeros(MOTION_DIM, np.float32)
    motion[ROTATION] = (0.2, 0.3, 0.0)  # chin down, to the picture's right
    turns = dict(vmc.bones(motion))
    x, y, z = _turned(turns["Head"], (0.0, 0.0, 1.0))
    assert x < -0.1, "to the model's left"
    assert y < -0.1, "down"
    assert z > 0.9
    both = _turned(turns["Neck"], _turned(turns["Head"], (0.0, 0.0, 1.0)))
    assert np.degrees(np.arctan2(-both[0], both[2])) == pytest.approx(np.degrees(0.3), abs=1.0)
    motion[ROTATION] = (0.0, 0.0, 0.3)  # the top of the head to the picture's left: the model's right
    assert _turned(dict(vmc.bones(motion))["Head"], (0.0, 1.0, 0.0))[0] > 0.1
    motion[GAZE] = (0.3, 0.2)  # to the picture's right, up
    looks = _turned(dict(vmc.bones(motion))["LeftEye"], (0.0, 0.0, 1.0))
    assert looks[0] < -0.2
    assert looks[1] > 0.1
    for _, q in vmc.bones(motion):
        assert np.linalg.norm(q) == pytest.approx(1.0)


def test_an_unknown_set_of_names_is_refused() -> None:
    with pytest.raises(UsageError, match="known are vrm0, vrm1, perfect-sync, arkit"):
        vmc.VmcEncoder("vrm2")
