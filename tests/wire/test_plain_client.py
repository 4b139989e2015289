"""The specification is enough to write a client from: one that uses nothing else speaks with the real runtime."""

import time

import numpy as np
import pytest
from plain_client import PlainClient


@pytest.fixture
def client(runtime):
    client = PlainClient(runtime.control_port, "plain")
    yield client
    client.close()


def test_it_is_greeted_and_opens_an_npc(client):
    assert client.welcome["returned"] is False
    assert {"speak", "interrupt", "pause"} <= set(client.welcome["caps"])
    assert len(client.welcome["curve_sets"]["arkit52"]) == 52
    opened = client.command("open_npc", npc="bo")
    assert (opened["width"], opened["height"], opened["rate"]) == (64, 64, 25)
    assert [npc["name"] for npc in client.command("list_npcs")["npcs"]] == ["bo"]
    assert len(client.command("curve_names", curves="fb70")["names"]) == 70


def test_it_sees_pictures_and_faces_of_the_same_clock(client):
    client.command("open_npc", npc="bo")
    offset_us = client.offset_us()
    header, pixels = client.published("video")
    assert len(pixels) == header["height"] * header["stride"] == 64 * 256
    assert header["format"] == client.welcome["formats"][0]
    while header.get("again"):
        header, _ = client.published("video")
    assert abs(time.monotonic_ns() // 1000 + offset_us - header["published_us"]) < 60_000_000
    while header["t"] != "coefficients":
        header, values = client.published("cues")
    face = np.frombuffer(values, "<f4")
    assert face.shape == (52,)
    assert np.isfinite(face).all()


def test_it_has_the_npc_speak_hears_it_and_interrupts_it(client):
    client.command("open_npc", npc="bo")
    speech = client.begin("speak_begin", npc="bo", utt=77, rate=16_000)
    tone = (np.sin(np.arange(1600) / 9.0) * 9_000).astype("<i2").tobytes()
    for _ in range(15):
        number = client.begin("speak_audio", tone, npc="bo", utt=77)
        assert client.answer("ack", number=number)["buffered_us"] <= 1_500_000
    header, heard = client.published("cues")
    while header["t"] != "speech" or not np.frombuffer(heard, "<i2").any():
        header, heard = client.published("cues")
    assert (header["utt"], header["rate"], header["channels"]) == (77, 16_000, 1)
    stopping = client.begin("interrupt", npc="bo")
    broken_off = client.answer("failed", number=speech)
    assert broken_off["code"] == "interrupted"
    epoch = client.answer("done", number=stopping)["result"]["epoch"]
    while header.get("name") != "interrupted":
        header, _ = client.published("cues")
    assert header["epoch"] == epoch


def test_what_it_says_wrongly_is_answered(client):
    refused = client.answer("failed", number=client.begin("emotion", npc="nobody", name="happy"))
    assert refused["code"] == "no_npc"
    refused = client.answer("failed", number=client.begin("emotion", npc="nobody", name="happy", intensity=2.0))
    assert refused["code"] == "malformed"
    client.command("open_npc", npc="bo")
    refused = client.answer("failed", number=client.begin("emotion", npc="bo", name="hungry"))
    assert refused["code"] == "usage"
    refused = client.answer("failed", number=client.begin("dance"))
    assert refused["code"] == "unknown_command"
