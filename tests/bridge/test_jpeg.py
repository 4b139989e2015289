"""Pictures as JPEG: over real sockets, off the frame path, and files that lie."""

import contextlib
import threading
import time

import msgpack
import numpy as np
import pytest
from echo_bridge import BridgeServer, EchoClient, jpeg
from echo_bridge.encoding_thread import EncodingThread
from echo_bridge.streams import Video

from echo_runtime.errors import ProtocolError, UsageError


def picture(width=96, height=64):
    shades = np.zeros((height, width, 4), np.uint8)
    shades[..., 0] = np.linspace(0, 200, width).astype(np.uint8)
    shades[..., 1], shades[..., 2], shades[..., 3] = 60, 120, 255
    return shades


def header(width=96, height=64, **more):
    return Video(npc="mira", seq=1, epoch=0, utt=0, pts=0, origin="idle", width=width, height=height, stride=4 * width,
                 format="jpeg", **more)  # fmt: skip


def test_a_picture_comes_back_nearly_the_same_and_opaque():
    data = jpeg.encode(picture(), quality=90)
    assert len(data) < picture().nbytes / 4
    decoded = jpeg.decode(data, header())
    assert np.abs(decoded[..., [2, 1, 0]].astype(int) - picture()[..., :3]).mean() < 3.0
    assert (decoded[..., 3] == 255).all()


def test_quality_is_an_option():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 4), np.uint8)
    assert len(jpeg.encode(noise, quality=30)) < 0.7 * len(jpeg.encode(noise, quality=95))


def test_what_is_transparent_is_laid_over_black():
    see_through = picture()
    see_through[..., 3] = 0
    assert jpeg.decode(jpeg.encode(see_through), header()).max(axis=(0, 1))[:3].max() < 8


NO_JPEG = [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"GIF89a", b"\xff\xd8\xff\xe0\xff\xff" + bytes(20)]


@pytest.mark.parametrize("data", [*NO_JPEG, b"\xff\xd8\xff\xc0\x00\x02"])
def test_what_is_no_jpeg_is_refused(data):
    with pytest.raises(ProtocolError):
        jpeg.decode(data, header())


def test_a_file_that_claims_another_size_is_refused_before_it_is_decoded():
    data = bytearray(jpeg.encode(picture()))
    place = data.index(b"\xff\xc0") + 5
    data[place : place + 4] = b"\xff\xff\xff\xff"  # 65535 × 65535 pixels: 12 GB
    assert jpeg.size(bytes(data)) == (65535, 65535)
    with pytest.raises(ProtocolError, match="65535"):
        jpeg.decode(bytes(data), header())


def test_a_damaged_file_never_raises_anything_else():
    data = jpeg.encode(picture())
    random = np.random.default_rng(1)
    for _ in range(100):
        damaged = bytearray(data)
        for place in random.integers(0, len(data), 5):
            damaged[place] = random.integers(0, 256)
        with contextlib.suppress(ProtocolError):
            assert jpeg.decode(bytes(damaged), header()).shape == (64, 96, 4)


def test_clients_get_jpeg_where_the_runtime_sends_it():
    with BridgeServer(control_port=0, picture_format="jpeg", jpeg_quality=95) as server:
        with EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}") as client:
            assert client.welcome.formats == ("jpeg",)
            assert (
                server.publisher.publish_picture("mira", picture(), pts=7, origin="idle", head=(0.0, 0.6, 0.0, 0.8))
                == 0
            )
            frame = client.wait_for_frame("mira")
            assert (frame.header.format, frame.header.pts, frame.header.stride) == ("jpeg", 7, 4 * 96)
            assert frame.header.head == (0.0, 0.6, 0.0, 0.8)
            assert np.abs(frame.rgba[..., :3].astype(int) - picture()[..., :3]).mean() < 3.0
        with EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}") as late:
            assert late.wait_for_frame("mira").header.again


def test_a_lying_file_on_the_wire_is_counted_and_the_next_one_comes():
    with (
        BridgeServer(control_port=0, picture_format="jpeg") as server,
        EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}") as client,
    ):
        server.publisher.publish_picture("mira", picture(), pts=1, origin="idle")
        client.wait_for_frame("mira")
        with server.publisher._lock:
            message = msgpack.packb({**msgpack.unpackb(_encoded(header())), "seq": 50})
            server.publisher._sockets["video"].send_multipart([b"video/mira/", message, jpeg.encode(picture(8, 8))])
        server.publisher.publish_picture("mira", picture(), pts=2, origin="idle")
        assert client.wait_for_frame("mira", after_seq=1).header.pts == 2
        assert client.statistics("mira")["malformed"] == 1


def _encoded(message):
    from echo_bridge.codec import encode

    return encode(message)


def test_the_frame_path_does_not_wait_for_the_encoder_and_interrupts_overtake_it(monkeypatch):
    begun, go_on = threading.Event(), threading.Event()
    encode = jpeg.encode

    def slow(*arguments):
        begun.set()
        assert go_on.wait(10.0)
        return encode(*arguments)

    monkeypatch.setattr(jpeg, "encode", slow)
    with (
        BridgeServer(control_port=0, picture_format="jpeg") as server,
        EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}") as client,
    ):
        server.publisher.publish_picture("mira", picture(), pts=1, origin="idle")
        assert begun.wait(5.0)
        for pts in (2, 3, 4):
            server.publisher.publish_picture("mira", picture(), pts=pts, origin="idle", epoch=1)
        server.publisher.publish_event("mira", "interrupted", epoch=1)
        go_on.set()
        frame = client.wait_for_frame("mira")
        assert (frame.header.pts, frame.header.seq, frame.header.epoch) == (4, 1, 1), "the newest, and none of epoch 0"


def test_a_job_that_raises_does_not_end_the_thread():
    done = threading.Event()
    thread = EncodingThread()
    thread.submit("a", lambda: 1 / 0)
    deadline = time.monotonic() + 5.0
    while not thread.failed and time.monotonic() < deadline:
        time.sleep(0.005)
    thread.submit("b", done.set)
    assert done.wait(5.0)
    thread.close()


def test_an_unknown_format_is_refused_at_the_start():
    with pytest.raises(UsageError, match="yuv"):
        BridgeServer(control_port=0, picture_format="yuv")
