"""The publishing sockets against plain SUB sockets."""

import time

import msgpack
import numpy as np
import pytest
import zmq
from echo_bridge.publisher import Publisher

from echo_runtime.errors import ProtocolError

PICTURE = np.full((8, 8, 4), 200, np.uint8)


@pytest.fixture
def context():
    with zmq.Context() as context:
        yield context


@pytest.fixture
def publisher(context):
    publisher = Publisher(context, clock=lambda: 777)
    yield publisher
    publisher.close()


def subscriber(context, publisher, stream, prefix=b"", queue=1000):
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, queue)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVTIMEO, 2000)
    socket.setsockopt(zmq.SUBSCRIBE, prefix)
    socket.connect(f"tcp://127.0.0.1:{publisher.ports[stream]}")
    return socket


def receive(socket, publisher, tries=100):
    """The next message while the publisher looks after its subscriptions."""
    for _ in range(tries):
        publisher.answer_subscriptions()
        if socket.poll(20):
            topic, header, payload = socket.recv_multipart()
            return topic, msgpack.unpackb(header), payload
    return None


def test_a_picture_arrives_as_published(context, publisher):
    with subscriber(context, publisher, "video") as socket:
        publisher.publish_picture("mira", np.zeros((8, 8, 4), np.uint8), pts=1, origin="idle")
        receive(socket, publisher)
        picture = np.random.default_rng(0).integers(0, 256, (6, 4, 4), dtype=np.uint8)
        publisher.publish_picture("mira", picture, pts=5, origin="generated", epoch=2, utt=3, observed_us=1)
        topic, header, payload = receive(socket, publisher)
        if header["again"]:  # the subscription was taken in during the first sending: the first picture comes twice
            topic, header, payload = receive(socket, publisher)
        assert topic == b"video/mira/"
        assert (header["seq"], header["width"], header["height"], header["stride"]) == (2, 4, 6, 16)
        assert (header["format"], header["published_us"], header["again"]) == ("bgra8", 777, False)
        np.testing.assert_array_equal(np.frombuffer(payload, np.uint8).reshape(6, 4, 4), picture[..., [2, 1, 0, 3]])


def test_a_late_joiner_gets_the_last_values_once_and_bob_is_not_bobby(context, publisher):
    for name in ("bob", "bobby"):
        for pts in range(3):
            publisher.publish_picture(name, PICTURE, pts=pts, origin="generated")
            publisher.publish_motion(name, np.zeros(60), pts=pts, origin="generated")
    publisher.publish_event("bob", "turn", {"state": "listening"})
    publisher.publish_event("bob", "interrupted")
    publisher.publish_event("bob", "turn", {"state": "speaking"})
    with subscriber(context, publisher, "video", b"video/bob/") as video:
        topic, header, _ = receive(video, publisher)
        assert (topic, header["pts"], header["seq"], header["again"]) == (b"video/bob/", 2, 3, True)
        assert receive(video, publisher, tries=5) is None
    with subscriber(context, publisher, "cues", b"cues/bob/") as cues:
        first, second = receive(cues, publisher)[1], receive(cues, publisher)[1]
        assert first["t"] == "coefficients"
        assert first["pts"] == 2
        assert second["name"] == "turn"
        assert second["detail"] == {"state": "speaking"}
        assert receive(cues, publisher, tries=5) is None, "an interrupt is no state"


def test_a_closed_npc_leaves_no_last_values_but_goes_on_counting(context, publisher):
    publisher.publish_picture("mira", PICTURE, pts=1, origin="generated")
    publisher.forget("mira")
    with subscriber(context, publisher, "video") as socket:
        assert receive(socket, publisher, tries=10) is None
        assert publisher.publish_picture("mira", PICTURE, pts=2, origin="generated") == 2


def test_a_stalled_subscriber_delays_nobody_and_nothing_old_piles_up_without_bound(context, publisher):
    big = np.zeros((512, 512, 4), np.uint8)
    with subscriber(context, publisher, "video", queue=2) as stalled:
        publisher.publish_picture("mira", big, pts=0, origin="generated")
        receive(stalled, publisher)
        slowest = 0.0
        for pts in range(1, 160):
            begin = time.perf_counter()
            publisher.publish_picture("mira", big, pts=pts, origin="generated")
            slowest = max(slowest, time.perf_counter() - begin)
        assert slowest < 0.5
        count = 0
        while stalled.poll(100):
            stalled.recv_multipart()
            count += 1
        assert count < 159, "a full queue drops"


def test_a_refused_message_does_not_count(publisher):
    with pytest.raises(ProtocolError):
        publisher.publish_picture("mi/ra", PICTURE, pts=0, origin="generated")
    with pytest.raises(ProtocolError):
        publisher.publish_motion("mira", np.full(60, np.nan), pts=0, origin="generated")
    assert publisher.publish_motion("mira", np.zeros(60), pts=0, origin="generated") == 1


def test_garbage_from_a_subscriber_is_ignored(context, publisher):
    with context.socket(zmq.XSUB) as rude:
        rude.setsockopt(zmq.LINGER, 0)
        rude.connect(f"tcp://127.0.0.1:{publisher.ports['cues']}")
        rude.send(b"\x07nonsense")
        rude.send(b"\x01")
        publisher.publish_event("mira", "turn", {"state": "listening"})
        for _ in range(100):
            publisher.answer_subscriptions()
            if rude.poll(20):
                break
        assert msgpack.unpackb(rude.recv_multipart()[1])["name"] == "turn"
