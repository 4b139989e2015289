"""Words move faces, over real sockets: texts, speech that is heard, an endpoint, and memories on disk."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from echo_bridge import commands
from echo_bridge.streams import Event
from test_runtime import running

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.affect_endpoint import AffectEndpoint, EndpointSettings
from echo_runtime.context.memory import load
from echo_runtime.errors import CommandFailedError, NpcMemoryDamagedError
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import MemoryKeeping

SAD, HAPPY = EMOTIONS.index("sad"), EMOTIONS.index("happy")


@pytest.fixture
def virtual(untrained, untrained_models):
    with running(untrained, lambda: untrained_models) as pair:
        yield pair


@contextlib.contextmanager
def remembering(untrained, untrained_models, folder):
    keeping = MemoryKeeping(folder)
    try:
        with running(untrained, lambda: untrained_models, keeping=keeping) as pair:
            yield pair
    finally:
        keeping.close()


def felt(runtime, emotion, npc="bo"):
    return float(runtime.npcs[npc].session.affect[emotion])


def events_of(client):
    events = []
    client.on_receive(lambda item: events.append(item) if isinstance(item, Event) else None)
    return events


def said_minutes_ago(runtime, text, minutes=5):
    runtime.linguistics.say("player", text, runtime.clock.now_us() - minutes * 60_000_000)


def wait_for(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_what_the_player_says_moves_the_face_and_a_command_lies_over_it(virtual):
    runtime, client = virtual
    client.advance(0.2)
    assert felt(runtime, SAD) == 0.0
    client.say_text("player", "My dog died, I am so sad and lonely.")
    client.advance(1.0)
    sad = felt(runtime, SAD)
    assert sad > 0.25
    client.emotion("bo", "happy", 1.0)
    client.advance(1.6)
    assert felt(runtime, HAPPY) > 0.9
    client.emotion("bo", "happy", 0.0)
    client.advance(1.6)
    assert felt(runtime, HAPPY) < 0.1
    assert felt(runtime, SAD) > 0.15
    with pytest.raises(CommandFailedError):
        client.emotion("bo", "hungry", 1.0)


def test_spoken_words_are_felt_when_they_are_heard_and_not_when_they_are_dropped(virtual):
    runtime, client = virtual
    client.advance(0.2)
    silence = np.zeros(9_600, np.float32)
    client.speak("bo", silence, text="The weather is as it is.", utt=1)
    client.speak("bo", silence, text="I am so happy, this is wonderful!", utt=2)
    client.advance(0.4)
    assert felt(runtime, HAPPY) == 0.0
    client.advance(1.0)
    assert felt(runtime, HAPPY) > 0.2
    client.speak("bo", silence, text="Oh no, what a tragedy, I am so sad.", utt=3)
    client.interrupt("bo")
    client.advance(1.0)
    assert felt(runtime, SAD) == 0.0


def test_a_memory_that_comes_back_is_told_and_counted(virtual):
    runtime, client = virtual
    events = events_of(client)
    said_minutes_ago(runtime, "The story of the drowned fisherman was so sad, I cried.")
    client.say_text("player", "Shall we go to the harbour?")
    client.advance(0.6)
    assert felt(runtime, SAD) < 0.1
    client.say_text("player", "I met the fisherman again.")
    client.advance(1.0)
    assert felt(runtime, SAD) > 0.2
    wait_for(lambda: any(e.name == "recalled" for e in events))
    (recalled,) = [e for e in events if e.name == "recalled"]
    assert recalled.detail["emotion"] == "sad"
    stats = client.stats()
    assert stats["affect_source"] == "lexicon"
    assert stats["affect_turns"] == 3
    assert stats["episodes_recalled"] == 1
    assert stats["episodes"] >= 2


def test_a_language_that_the_lexicon_lacks_is_said_once(virtual):
    runtime, client = virtual
    events = events_of(client)
    client.advance(0.2)  # the client has subscribed once it has a frame
    for _ in range(2):
        client.say_text("player", "Das ist eine sehr traurige Geschichte, und ich weine.")
    client.advance(1.0)
    assert felt(runtime, SAD) == 0.0
    assert client.stats()["affect_unread"] == 2
    wait_for(lambda: any(e.name == "note" for e in events))
    assert len([e for e in events if e.name == "note"]) == 1


def test_an_npc_hears_what_is_said_to_it_and_remembers_for_itself(virtual, untrained):
    runtime, client = virtual
    runtime.open_npc("eve", str(untrained / "blank"))
    client.command(commands.SayText, npc="eve", speaker="player", text="You are disgusting, I hate you!")
    client.advance(1.5)
    assert felt(runtime, 0, "bo") == pytest.approx(1.0)
    assert felt(runtime, 0, "eve") < 0.8
    client.say_text("player", "What a wonderful day!")
    client.advance(1.5)
    assert felt(runtime, HAPPY, "bo") > 0.2
    assert felt(runtime, HAPPY, "eve") > 0.05
    with pytest.raises(CommandFailedError, match="nobody"):
        client.command(commands.SayText, npc="nobody", speaker="player", text="Hello?")


def test_an_npc_meets_the_player_again(untrained, untrained_models, tmp_path):
    with remembering(untrained, untrained_models, tmp_path) as (runtime, client):
        client.advance(0.4)
        said_minutes_ago(runtime, "The story of the fisherman was so sad, I cried.")
        client.say_text("player", "See you tomorrow.")
    kept = load(tmp_path / "bo.memory")
    assert kept.npc == "bo"
    assert any(name.startswith("lpe.") for name in kept.tensors)
    with remembering(untrained, untrained_models, tmp_path) as (runtime, client):
        client.advance(0.4)
        assert runtime.memories.parts["lpe"].state()["f_pu"].shape == kept.tensors["lpe.f_pu"].shape
        assert felt(runtime, SAD) < 0.1
        client.say_text("player", "Where is the fisherman?")
        client.advance(1.0)
        assert felt(runtime, SAD) > 0.1


def test_memories_are_saved_and_loaded_on_demand(untrained, untrained_models, tmp_path):
    with remembering(untrained, untrained_models, tmp_path) as (runtime, client):
        client.say_text("player", "The fisherman drowned, it is so sad.")
        client.advance(0.2)
        client.save_memory("bo", "before-the-quest")
        for _ in range(3):
            client.say_text("player", "Hooray, we found the treasure, how wonderful!")
        client.advance(1.0)
        assert felt(runtime, HAPPY) > 0.4
        client.load_memory("bo", "before-the-quest")
        client.advance(1.6)
        assert felt(runtime, HAPPY) < 0.1
        assert client.stats()["affect_turns"] == 1
        with pytest.raises(CommandFailedError, match="There is no memory") as absent:
            client.load_memory("bo", "never-saved")
        assert absent.value.code == "memory"
        (tmp_path / "torn").write_bytes((tmp_path / "before-the-quest").read_bytes()[:-7])
        with pytest.raises(CommandFailedError, match="damaged") as damaged:
            client.load_memory("bo", "torn")
        assert damaged.value.code == "memory_damaged"
        assert client.stats()["affect_turns"] == 1
        with pytest.raises(CommandFailedError):
            client.save_memory("nobody", "x")


def test_a_closed_npc_remembers_when_it_is_opened_again(untrained, untrained_models, tmp_path):
    with remembering(untrained, untrained_models, tmp_path) as (runtime, client):
        client.say_text("player", "Hello, my name is Bo.")
        client.close_npc("bo")
        runtime.open_npc("bo", str(untrained / "blank"))
        assert len(runtime.linguistics.npcs["bo"].state.history) == 1


def test_a_damaged_memory_keeps_its_npc_closed_and_its_file(untrained, untrained_models, tmp_path):
    (tmp_path / "eve.memory").write_bytes(b"not a memory at all")
    with remembering(untrained, untrained_models, tmp_path) as (runtime, client):
        with pytest.raises(NpcMemoryDamagedError, match=r"eve\.memory"):
            runtime.open_npc("eve", str(untrained / "blank"))
        assert [npc["name"] for npc in client.list_npcs()] == ["bo"]
    assert (tmp_path / "eve.memory").read_bytes() == b"not a memory at all"


def test_without_a_folder_there_is_no_memory(virtual):
    _, client = virtual
    with pytest.raises(CommandFailedError) as unsupported:
        client.save_memory("bo", "x")
    assert unsupported.value.code == "unsupported"


def test_memory_is_a_state_of_the_perception_too(untrained_models):
    rng = np.random.default_rng(0)
    one, other = untrained_models.perception(), untrained_models.perception()
    face = rng.standard_normal((8, 61)).astype(np.float32)
    voice = rng.standard_normal((32, 81)).astype(np.float32)
    one.observe(face[:4], voice[:16])
    other.load_state(one.state())
    one.observe(face[4:], voice[16:])
    other.observe(face[4:], voice[16:])
    np.testing.assert_array_equal(one.f_pu, other.f_pu)
    with pytest.raises(ValueError, match="sizes"):
        other.load_state({"f_pu": np.zeros(3, np.float32)})


def test_an_endpoints_answer_reaches_the_face(untrained, untrained_models):
    disgusted = {name: float(name == "disgusted") for name in EMOTIONS}
    content = json.dumps({"emotions": disgusted, "valence": -0.6, "arousal": 0.2})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            data = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    endpoint = AffectEndpoint(EndpointSettings(f"http://127.0.0.1:{server.server_port}/v1", deadline_s=10.0))
    try:
        with running(untrained, lambda: untrained_models, linguistics=Linguistics(endpoint=endpoint)) as (
            runtime,
            client,
        ):
            client.say_text("player", "Look what I have brought you.")
            wait_for(lambda: endpoint.statistics.answered == 1)
            client.advance(1.0)
            assert felt(runtime, EMOTIONS.index("disgusted")) > 0.4
            stats = client.stats()
            assert (stats["affect_source"], stats["endpoint_asked"]) == ("endpoint", 1)
        server.shutdown()
        server.server_close()
        with running(untrained, lambda: untrained_models, linguistics=Linguistics(endpoint=endpoint)) as (
            runtime,
            client,
        ):
            client.say_text("player", "I am so sad, I cried.")
            wait_for(lambda: endpoint.statistics.broken + endpoint.statistics.late == 1)
            client.advance(1.0)
            assert felt(runtime, SAD) > 0.25
            stats = client.stats()
            assert stats["affect_source"] == "lexicon"
            assert stats["endpoint_problem"]
    finally:
        endpoint.close()
