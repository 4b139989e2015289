"""Curve sets of headsets: their names over the wire, and what they mean in ARKit's coefficients."""

import numpy as np
import pytest
from echo_bridge import BridgeServer, EchoClient
from echo_bridge.commands import PlayerFace
from echo_bridge.curves import ANNOUNCED, CURVE_SETS, to_payload
from echo_bridge.headset_curves import ANDROIDXR68, FB70, HTC51, to_arkit
from echo_bridge.observations import face_observation

from echo_runtime.signals import ARKIT_NAMES, COEFFICIENTS


def test_the_sets_have_the_sizes_of_their_names():
    for name, size in (("arkit52", 52), ("fb70", 70), ("htc51", 51), ("androidxr68", 68)):
        assert len(CURVE_SETS[name]) == len(set(CURVE_SETS[name])) == size
    # places in the enumerations of OpenXR 1.1
    assert (FB70[24], FB70[50], FB70[68]) == ("JAW_DROP", "LIPS_TOWARD", "TONGUE_OUT")
    assert (ANDROIDXR68[24], ANDROIDXR68[63]) == ("JAW_DROP", "TONGUE_OUT")
    assert (HTC51[0], HTC51[13], HTC51[14 + 3]) == ("EYE_LEFT_BLINK", "EYE_RIGHT_UP", "LIP_JAW_OPEN")


def test_names_come_by_a_command_and_fit_a_header():
    with (
        BridgeServer(control_port=0) as server,
        EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}", video=False, cues=False) as client,
    ):
        assert set(client.welcome.curve_sets) == set(ANNOUNCED) == set(CURVE_SETS)
        assert client.welcome.curve_sets["fb70"] == ()
        for name, names in CURVE_SETS.items():
            assert client.curve_names(name) == names
        assert server.poll() == [], "answered without the runtime"


@pytest.mark.parametrize(("curves", "source", "target"), [
    ("fb70", "JAW_DROP", "jawOpen"),
    ("fb70", "EYES_LOOK_LEFT_R", "eyeLookInRight"),
    ("fb70", "LIP_CORNER_PULLER_L", "mouthSmileLeft"),
    ("androidxr68", "TONGUE_OUT", "tongueOut"),
    ("htc51", "EYE_RIGHT_BLINK", "eyeBlinkRight"),
    ("htc51", "LIP_MOUTH_LOWER_DOWNLEFT", "mouthLowerDownLeft"),
])  # fmt: skip
def test_a_movement_of_a_headset_is_that_movement_alone(curves, source, target):
    values = np.zeros(len(CURVE_SETS[curves]), np.float32)
    values[CURVE_SETS[curves].index(source)] = 0.75
    arkit = to_arkit(curves, values)
    assert {ARKIT_NAMES[i]: float(arkit[i]) for i in np.flatnonzero(arkit)} == {target: 0.75}


def test_full_values_stay_within_range():
    for curves in ("fb70", "htc51", "androidxr68"):
        arkit = to_arkit(curves, np.ones(len(CURVE_SETS[curves]), np.float32))
        assert set(np.round(arkit, 6)) <= {0.0, 1.0}


def test_a_face_in_a_headsets_set_becomes_an_observation():
    values = np.zeros(70, np.float32)
    values[FB70.index("JAW_DROP")] = 3.0  # cut to 1
    message = PlayerFace(curves="fb70", count=70, source="quest")
    observation = face_observation(message, to_payload(values), 5)
    assert observation.motion[COEFFICIENTS][ARKIT_NAMES.index("jawOpen")] == 1.0
    assert observation.motion[COEFFICIENTS].sum() == 1.0
