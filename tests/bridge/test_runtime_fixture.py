"""The fixture for other people's tests, with the shipped NPC."""

import numpy as np
import pytest

from echo_runtime.avatars import avatar_names

pytestmark = pytest.mark.skipif("mira" not in avatar_names(), reason="the avatar mira is not in this checkout")


def test_the_fixture_yields_a_client_whose_time_moves_only_when_told(echo_runtime_client):
    client = echo_runtime_client
    now = client.advance(0.4)
    frame = client.latest_frame("mira")
    assert frame.header.origin == "generated"
    assert frame.header.pts <= now + 40_000
    assert frame.rgba.shape[2] == 4
    client.player_face(np.zeros(60, np.float32))
    later = client.advance(0.2)
    assert later == now + 200_000
    assert client.latest_frame("mira").header.pts == pytest.approx(frame.header.pts + 200_000, abs=40_000)
    assert client.statistics("mira")["seq_gaps"] == 0
