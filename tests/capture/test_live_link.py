"""The Live Link Face app as a source: its bytes, real datagrams, and datagrams that are none."""

from __future__ import annotations

import socket
import struct
import time

import numpy as np
import pytest
from capture_signals import motion
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.capture.live_link import SILENT_US, LiveLinkFace
from echo_runtime.capture.opening import open_player
from echo_runtime.errors import AddressInUseError, ProtocolError, UsageError
from echo_runtime.live_link_face import LiveLinkFrame, decode, encode, motion_of, values_of
from echo_runtime.runtime.player_inputs import open_inputs
from echo_runtime.signals import (
    ARKIT_NAMES,
    COEFFICIENTS,
    GAZE,
    MOTION_INDEX,
    ROTATION,
    gaze_coefficients,
)

DEVICE = "00000000-1111-2222-3333-444444444444"


def values(**named: float) -> np.ndarray:
    array = np.zeros(61, np.float32)
    for name, value in named.items():
        array[ARKIT_NAMES.index(name)] = value
    return array


def packet(frame: int = 1, device: str = DEVICE, subject: str = "iPhone", **named: float) -> bytes:
    return encode(LiveLinkFrame(device, subject, values(**named), frame, 0.5, (60, 1)))


def by_hand(numbers: list[float]) -> bytes:
    """The datagram field by field, as the module's sources describe it."""
    return (
        b"\x06"
        + b"\x00\x00\x00\x24"
        + DEVICE.encode("ascii")
        + b"\x00\x00\x00\x06iPhone"
        + b"\x00\x0f\x42\x40"  # frame 1 000 000
        + b"\x3f\x00\x00\x00"  # 0.5 of a frame
        + b"\x00\x00\x00\x3c\x00\x00\x00\x01"  # 60 / 1
        + b"\x3d"  # 61 values
        + b"".join(struct.pack(">f", n) for n in numbers)
    )


def test_bytes_are_those_of_the_app() -> None:
    numbers = [i / 64 for i in range(61)]
    data = by_hand(numbers)
    assert len(data) == 312, "as recorded of the app with the name iPhone"
    frame = decode(data)
    assert (frame.device, frame.subject) == (DEVICE, "iPhone")
    assert (frame.frame, frame.subframe, frame.rate) == (1_000_000, 0.5, (60, 1))
    np.testing.assert_array_equal(frame.values, np.array(numbers, np.float32))
    assert encode(frame) == data


def test_another_implementation_reads_and_writes_the_same_bytes() -> None:
    theirs = pytest.importorskip("pylivelinkface", reason="pip install PyLiveLinkFace to compare with it")
    face = theirs.PyLiveLinkFace(name="Python_LiveLinkFace", uuid=DEVICE, fps=60)
    for shape in theirs.FaceBlendShape:
        face.set_blendshape(shape, shape.value / 64, no_filter=True)
    ours = decode(face.encode())
    assert (ours.device, ours.subject, ours.rate) == (DEVICE, "Python_LiveLinkFace", (60, 1))
    np.testing.assert_allclose(ours.values, np.arange(61) / 64)
    names = [shape.name for shape in sorted(theirs.FaceBlendShape, key=lambda s: s.value)]
    assert [n[0].lower() + n[1:] for n in names[:52]] == list(ARKIT_NAMES)
    assert names[52:55] == ["HeadYaw", "HeadPitch", "HeadRoll"]
    found, read = theirs.PyLiveLinkFace.decode(encode(LiveLinkFrame(DEVICE, "bo", ours.values, 77, 0.25, (25, 1))))
    assert found
    assert (read.name, read.fps, read._frames) == ("bo", 25, 77)
    assert read.uuid.endswith(DEVICE)
    np.testing.assert_allclose(read._blend_shapes, ours.values)


def test_a_phone_that_sees_no_face_sends_names_only() -> None:
    data = packet()[: 1 + 4 + 36 + 4 + 6]
    assert decode(data) == LiveLinkFrame(DEVICE, "iPhone", None)


def test_signs_and_gaze() -> None:
    array = values(eyeLookOutLeft=0.5, eyeLookInRight=0.5, eyeLookUpLeft=0.2, eyeLookUpRight=0.2, jawOpen=2.0)
    array[52:55] = (0.3, 0.2, -0.1)  # to the picture's right, chin up, tilted to the picture's right
    face, known = motion_of(array)
    np.testing.assert_allclose(face[ROTATION], [-0.2, 0.3, -0.1])
    np.testing.assert_allclose(face[GAZE], np.radians([15.0, 6.0]), atol=1e-6)
    assert face[MOTION_INDEX["jawOpen"]] == 1.0
    assert known.all()
    _, known = motion_of(values(jawOpen=0.5))
    assert not known[ROTATION].any(), "the app sends no rotation unless it is told to"
    assert known[COEFFICIENTS].all()


def test_a_motion_frame_survives_the_way_out_and_in() -> None:
    face = motion(mouthSmileLeft=0.6, eyeBlinkRight=1.0, jawOpen=0.3)
    face[ROTATION], face[GAZE] = (0.1, -0.2, 0.3), (0.2, -0.1)
    face[COEFFICIENTS] += gaze_coefficients(face[GAZE])
    back, known = motion_of(values_of(face))
    np.testing.assert_allclose(back, face, atol=1e-6)
    assert known.all()
    sent = values_of(face)
    assert sent[55] == pytest.approx(-0.2), "the app's eyes turn the other way than its head"
    assert sent[56] == pytest.approx(0.1)


@pytest.mark.parametrize(("data", "why"), [
    (b"", "0 bytes"),
    (b"\x06" * 4000, "4000 bytes"),
    (b"\x01\x00" + bytes(582), "MetaHuman"),
    (b"\x05" + packet()[1:], "version 5"),
    (packet()[:3], "ends before its device"),
    (packet()[:20], "device of the datagram is said to be 36"),
    (b"\x06\xff\xff\xff\xff" + packet()[5:], "-1 bytes"),
    (b"\x06\x7f\xff\xff\xff" + packet()[5:], "2147483647 bytes"),
    (b"\x06\x00\x00\x00\x02\xff\xfe" + packet()[41:], "no text"),
    (b"\x06\x00\x00\x00\x02\x1b\x5b" + packet()[41:], "printable"),
    (packet()[:55], "before its time"),
    (packet()[:100], "61 values"),
    (packet() + b"\x00", "61 values"),
    (packet()[:67] + b"\x34" + packet()[68:], "52 values"),
    (packet()[:-4] + b"\x7f\xc0\x00\x00", "finite"),
    (packet()[:63] + b"\x00\x00\x00\x00" + packet()[67:], "60/0"),
])  # fmt: skip
def test_what_is_no_datagram_of_the_app_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        decode(data)


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.binary(max_size=350).map(lambda b: packet()[: max(1, 312 - len(b))] + b))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        frame = decode(data)
    except ProtocolError:
        return
    assert frame.values is None or np.isfinite(frame.values).all()


class Hand:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_one_phone_is_followed_until_it_is_silent() -> None:
    clock = Hand()
    source = LiveLinkFace(clock=clock)
    for i in range(5):
        clock.now += 16_000
        source.take(packet(i, jawOpen=0.5), "10.0.0.2")
        source.take(packet(i, device="other", subject="Eve", jawOpen=1.0), "10.0.0.3")
        source.take(packet(i, jawOpen=1.0), "10.0.0.3")  # the same name from elsewhere
    assert (source.received, source.ignored) == (5, 10)
    faces = source.read_until(clock.now)
    assert [f.time_us for f in faces] == [1_000_000 + 16_000 * (i + 1) for i in range(5)]
    assert max(f.motion[MOTION_INDEX["jawOpen"]] for f in faces) <= 0.5
    assert sum("ignored" in note for note in source.notes) == 2, "one of each other phone"
    clock.now += SILENT_US + 1
    source.take(packet(1, device="other", subject="Eve", jawOpen=1.0), "10.0.0.3")
    assert source.received == 6


def test_late_datagrams_are_left_out_and_midnight_is_not_late() -> None:
    clock = Hand()
    source = LiveLinkFace(clock=clock)
    last = 86_400 * 60 - 1
    for number in (last - 2, last, last - 1, last, 0, 1):
        source.take(packet(number), "10.0.0.2")
    assert (source.received, source.ignored) == (4, 2)


def test_a_lost_face_decays_and_comes_back() -> None:
    clock = Hand()
    source = LiveLinkFace(clock=clock)

    def send(count: int, data) -> float:
        for _ in range(count):
            clock.now += 16_667
            source.take(data(clock.now // 16_667), "10.0.0.2")
        return source.read_until(clock.now)[-1].validity

    assert send(60, lambda i: packet(i, jawOpen=0.5)) == 1.0
    assert send(60, lambda _: packet()[:51]) < 0.1
    assert send(60, lambda i: packet(i, jawOpen=0.5)) == 1.0


def test_real_datagrams_good_and_hostile() -> None:
    chance = np.random.default_rng(0)
    with LiveLinkFace(port=0, address="127.0.0.1") as source, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        source.start(0)
        target = ("127.0.0.1", source.port)
        for i in range(50):
            phone.sendto(packet(i, jawOpen=0.5, mouthSmileLeft=0.25), target)
            for size in (0, 1, 5, 41, 311, 312, 1400, 9000):
                phone.sendto(chance.bytes(size), target)
            phone.sendto(b"\x06" + bytes(311), target)
            time.sleep(0.002)
        deadline = time.monotonic() + 20
        while source.received < 40 and time.monotonic() < deadline:
            time.sleep(0.02)
        faces = source.read_until(2**62)
        assert source.received >= 40, (source.received, source.refused)
        assert source.refused > 0
        assert faces[-1].motion[MOTION_INDEX["jawOpen"]] == pytest.approx(0.5, abs=0.05)
        assert faces[-1].validity > 0.5, "a face that appears takes over within a quarter of a second"
        assert faces[-1].source == "livelink"
        assert 1 <= len(source.notes) <= 20
        assert source.statistics()["livelink_received"] == source.received
        with pytest.raises(AddressInUseError, match=f"UDP port {source.port}"):
            LiveLinkFace(port=source.port, address="127.0.0.1").start(0)
    source.close()


def test_names_on_the_command_line() -> None:
    for name, port in (("livelink", 11111), ("livelink:12345", 12345), ("livelink:127.0.0.1:0", 0)):
        source = open_player(name)
        assert isinstance(source, LiveLinkFace)
        assert source.port == port
    for name in ("livelink:phone", "livelink:99999", "livelink:127.0.0.1", "livelink:-1"):
        with pytest.raises(UsageError, match="names no port"):
            open_player(name)
    with pytest.raises(UsageError, match="no address of this machine"):
        LiveLinkFace(0, "192.0.2.1").start(0)
    both = open_inputs("livelink:0+camera:2", "none", time.monotonic_ns)
    assert isinstance(both.headset, LiveLinkFace)
    assert both.face is not None
    assert both.face.origin == "camera"
    assert both.device
    worn = open_inputs("engine+camera", "none", time.monotonic_ns)
    assert worn.headset is worn.engine.faces
    for name in ("engine+none", "livelink+engine", "engine+livelink"):
        with pytest.raises(UsageError, match="stands in for a headset"):
            open_inputs(name, "none", time.monotonic_ns)


def test_the_user_is_told_what_is_wrong_once() -> None:
    clock = Hand()
    source = LiveLinkFace(clock=clock)
    for size in range(2, 200):
        source.take(bytes([size]) + bytes(size), "10.0.0.2")
    source.take(b"\x01\x00" + bytes(582), "10.0.0.2")
    source.take(b"\x01\x00" + bytes(582), "10.0.0.2")
    assert sum("version" in note for note in source.notes) == 1
    assert sum("Live Link (ARKit)" in note for note in source.notes) == 1
    assert source.refused == 200
    with LiveLinkFace(port=0, address="127.0.0.1", clock=clock) as silent:
        silent.start(clock.now)
        clock.now += 6_000_000
        deadline = time.monotonic() + 20
        while not silent.notes and time.monotonic() < deadline:
            time.sleep(0.02)
        assert f"port {silent.port}" in silent.notes[0]
        assert "firewall" in silent.notes[0]
