"""Rotations, pixels, sound and coefficients in the forms of the wire."""

import numpy as np
import pytest
from echo_bridge.commands import PlayerAudio, PlayerFace
from echo_bridge.curves import from_payload, to_payload
from echo_bridge.interpolation import CurveTrack, slerp
from echo_bridge.observations import curves_observation
from echo_bridge.observations import sound as player_sound
from echo_bridge.pictures import convert
from echo_bridge.pose import euler, quaternion
from echo_bridge.sound import from_pcm16, to_pcm16
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.errors import ProtocolError

_angle = st.floats(-1.4, 1.4)


def _turn(axis: int, angle: float) -> np.ndarray:
    matrix = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[j, i], matrix[i, j] = np.sin(angle), -np.sin(angle)
    return matrix


def _rotated(q, v):
    """v turned by the quaternion q, x y z w: q v q*."""
    axis, w = np.asarray(q[:3]), q[3]
    return v + 2.0 * np.cross(axis, np.cross(axis, v) + w * v)


@given(_angle, _angle, _angle)
def test_a_quaternion_is_yaw_after_pitch_after_roll(pitch, yaw, roll):
    q = quaternion((pitch, yaw, roll))
    matrix = _turn(1, yaw) @ _turn(0, pitch) @ _turn(2, roll)
    for v in np.eye(3):
        np.testing.assert_allclose(_rotated(q, v), matrix @ v, atol=1e-9)
    assert q[3] >= 0.0
    np.testing.assert_allclose(euler(q), (pitch, yaw, roll), atol=1e-6)


def test_signs_are_those_of_the_signals():
    face = np.array([0.0, 0.0, 1.0])
    assert _rotated(quaternion((0.3, 0, 0)), face)[1] < 0, "positive pitch lowers the chin"
    assert _rotated(quaternion((0, 0.3, 0)), face)[0] > 0, "positive yaw turns to the picture's right"
    assert _rotated(quaternion((0, 0, 0.3)), np.array([0.0, 1.0, 0.0]))[0] < 0, "positive roll tilts to the left"


def test_looking_straight_down_has_a_rotation_too():
    q = quaternion((np.pi / 2, 0.4, 0.0))
    np.testing.assert_allclose(quaternion(euler(q)), q, atol=1e-3)


def test_pixels_swap_red_and_blue_both_ways():
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)
    swapped = convert(picture, "rgba8", "bgra8")
    np.testing.assert_array_equal(swapped, picture[..., [2, 1, 0, 3]])
    np.testing.assert_array_equal(convert(swapped, "bgra8", "rgba8"), picture)
    with pytest.raises(ProtocolError, match="height, width, 4"):
        convert(picture[..., :3], "rgba8", "bgra8")
    with pytest.raises(ProtocolError, match="jpeg"):
        convert(picture, "rgba8", "jpeg")


@given(st.lists(st.floats(-1.5, 1.5, width=32), max_size=50))
def test_sound_survives_within_half_a_step(values):
    samples = np.array(values, np.float32)
    back = from_pcm16(to_pcm16(samples))
    np.testing.assert_allclose(back, np.clip(samples, -1, 1), atol=0.6 / 32767)


def test_sound_of_two_channels_is_averaged_and_nan_is_refused():
    np.testing.assert_allclose(from_pcm16(to_pcm16(np.array([[1.0, 0.0], [0.5, 0.5]])), 2), [0.5, 0.5], atol=1e-4)
    with pytest.raises(ProtocolError, match="finite"):
        to_pcm16(np.array([0.0, np.nan], np.float32))


def test_coefficients_that_are_not_finite_are_refused_on_both_sides():
    with pytest.raises(ProtocolError, match="finite"):
        to_payload(np.array([0.0, np.inf]))
    with pytest.raises(ProtocolError, match="finite"):
        from_payload(np.array([np.nan], "<f4").tobytes())


def test_the_players_face_becomes_an_observation():
    values = np.linspace(-0.5, 1.5, 52).astype(np.float32)
    message = PlayerFace(pts=0, head=quaternion((0.1, -0.2, 0.3)), position=(0, 0, 0.5), gaze=(0.1, 0.2), validity=0.5)
    said = curves_observation(message, to_payload(values), received_us=77)
    assert (said.time_us, said.curves, said.validity, said.source) == (77, "arkit52", 0.5, "engine")
    np.testing.assert_array_equal(said.values, values)
    np.testing.assert_allclose([*said.rotation, *said.position, *said.gaze], [0.1, -0.2, 0.3, 0, 0, 0.5, 0.1, 0.2])


def test_the_players_voice_without_a_time_ends_when_it_arrived():
    start, samples, rate = player_sound(PlayerAudio(rate=8000), to_pcm16(np.ones(800, np.float32)), 1_000_000)
    assert (start, len(samples), rate) == (900_000, 800, 8000)


def test_rotations_go_the_shorter_way():
    a = quaternion((0, 0.2, 0))
    b = tuple(-x for x in quaternion((0, 0.6, 0)))  # the same rotation, other sign
    assert euler(slerp(a, b, 0.25))[1] == pytest.approx(0.3)
    assert slerp(a, a, 0.5) == pytest.approx(a)


def test_coefficients_between_two_messages():
    track = CurveTrack()
    assert track.at(0) is None
    assert track.push(100, np.array([0.0, 1.0]), (0, 0, 0, 1))
    assert track.push(200, np.array([1.0, 0.0]), quaternion((0, 0.4, 0)))
    values, head = track.at(125)
    np.testing.assert_allclose(values, [0.25, 0.75])
    assert euler(head)[1] == pytest.approx(0.1)
    np.testing.assert_allclose(track.at(0)[0], [0, 1])
    np.testing.assert_allclose(track.at(999)[0], [1, 0])
    assert not track.push(200, np.zeros(2), (0, 0, 0, 1)), "not newer"
    assert track.push(150, np.zeros(2), (0, 0, 0, 1), epoch=1), "a new epoch may begin earlier"
    assert not track.push(300, np.zeros(2), (0, 0, 0, 1), epoch=0)
    np.testing.assert_allclose(track.at(200)[0], [0, 0])
