"""Curve sets of headsets: their names over the wire."""

from echo_bridge import BridgeServer, EchoClient
from echo_bridge.curves import ANNOUNCED, CURVE_SETS
from echo_bridge.headset_curves import ANDROIDXR68, FB70, HTC51


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
