"""More NPCs than fit one answer."""

import pytest
from test_runtime import running

from echo_runtime.signals import FRAME_US


@pytest.fixture
def virtual(untrained, untrained_models):
    with running(untrained, lambda: untrained_models) as pair:
        yield pair


def test_npcs_with_the_longest_names_are_listed_in_pages_that_fit(virtual, untrained):
    runtime, client = virtual
    names = [f"{number:03d}" + "n" * 61 for number in range(40)]
    for name in names:
        runtime.open_npc(name, str(untrained / "blank"))
    listed = client.list_npcs()
    assert [npc["name"] for npc in listed] == sorted([*names, "bo"])


def test_advance_is_answered_with_more_npcs_than_its_header_holds(virtual, untrained):
    runtime, client = virtual
    for number in range(34):
        runtime.open_npc(f"{number:03d}" + "n" * 61, str(untrained / "blank"))
    before = runtime.clock.now_us()
    assert client.advance(FRAME_US / 1e6, timeout=200.0) == before + FRAME_US
