from __future__ import annotations

import contextlib

import pytest


@pytest.fixture(scope="session")
def short(untrained, untrained_models, tmp_path_factory):
    """(recording, its frames) of half a second on a virtual clock."""
    from live_run import recorded_run, smiling, voice

    path = tmp_path_factory.mktemp("short") / "short.echo"
    with recorded_run(untrained, untrained_models, path, virtual=True) as live:
        live.client.open_npc("bo")
        live.client.player_face(smiling(0.7))
        live.client.speak("bo", voice(0.3), utt=3, text="I am so happy!")
        live.client.advance(0.5)
    return path, live.frames


@pytest.fixture
def beside_the_packages(untrained):
    """Over the wire an avatar is a plain name: from here on `blank` is a folder of that name."""
    with contextlib.chdir(untrained):
        yield
