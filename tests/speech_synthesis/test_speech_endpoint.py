"""Against a real local server that is right, slow, broken, or lying."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from echo_runtime.errors import SpeechSynthesisError, UsageError
from echo_runtime.speech_synthesis.speech_endpoint import SpeechEndpoint, SpeechEndpointSettings
from echo_runtime.speech_synthesis.synthesiser import Cancellation, VoiceSettings

RATE = 24_000
PCM = (12_000 * np.sin(np.arange(RATE) / 9.0)).astype("<i2").tobytes()
HEADER = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
HEADER += b"data\xff\xff\xff\xff"


class Server:
    """`behave(handler, server)` writes the answer; `seen` collects (path, headers, body) of requests."""

    def __init__(self, behave):
        self.seen, self.over = [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.seen.append((self.path, dict(self.headers), json.loads(body)))
                self.close_connection = True
                behave(self, outer)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.http.shutdown()
        self.http.server_close()


def sends(data, status=200, kind="audio/wav", length=None):
    def behave(handler, _):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data) if length is None else length))
        handler.end_headers()
        handler.wfile.write(data)

    return behave


def begins_chunked(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "audio/wav")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def chunk(handler, data):
    handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def asked(behave, voice=None, **settings):
    """(samples, rate, seen requests)."""
    with Server(behave) as server:
        endpoint = SpeechEndpoint(SpeechEndpointSettings(server.url, **settings))
        pieces = list(endpoint.speak("Hello there.", voice or VoiceSettings(), Cancellation()))
        return np.concatenate([p.samples for p in pieces]), pieces[0].rate, server.seen


def test_a_right_answer_and_what_is_asked_for():
    voice = VoiceSettings(name="nova", rate=1.25)
    samples, rate, seen = asked(sends(HEADER + PCM), voice, model="small", key="secret")
    assert (len(samples), rate) == (RATE, RATE)
    np.testing.assert_allclose(samples, np.frombuffer(PCM, "<i2") / 32768.0, atol=1e-4)
    path, headers, body = seen[0]
    assert path == "/v1/audio/speech"
    assert headers["Authorization"] == "Bearer secret"
    assert body == {
        "model": "small", "input": "Hello there.", "voice": "nova", "response_format": "wav", "speed": 1.25,
    }  # fmt: skip


def test_what_is_usual_is_left_to_the_server():
    _, _, seen = asked(sends(HEADER + PCM))
    assert "Authorization" not in seen[0][1]
    assert seen[0][2]["voice"] == "alloy"
    assert "speed" not in seen[0][2]


@pytest.mark.parametrize(("kind", "asks", "rate"), [
    ("audio/pcm", "pcm", RATE), ("audio/L16;rate=16000", "wav", 16_000), ("application/octet-stream", "pcm", RATE),
])  # fmt: skip
def test_bare_pcm(kind, asks, rate):
    samples, heard_rate, _ = asked(sends(PCM, kind=kind), format=asks)
    assert (len(samples), heard_rate) == (RATE, rate)


def test_the_first_piece_is_there_long_before_the_last_is_made():
    first_heard = threading.Event()

    def behave(handler, _):
        begins_chunked(handler)
        chunk(handler, HEADER + PCM[:9_600])
        assert first_heard.wait(20), "nothing was passed on"
        chunk(handler, PCM[9_600:])
        chunk(handler, b"")

    with Server(behave) as server:
        count = 0
        for piece in SpeechEndpoint(SpeechEndpointSettings(server.url)).speak("Hi", VoiceSettings(), Cancellation()):
            count += len(piece.samples)
            first_heard.set()
        assert count == RATE


def never(handler, server):
    server.over.wait(20)


def drop_by_drop(handler, server):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + HEADER)
    while not server.over.wait(0.05):
        handler.wfile.write(b"\0\0")


def endless_headers(handler, server):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not server.over.wait(0.05):
        handler.wfile.write(b"x")


@pytest.mark.parametrize("behave", [never, drop_by_drop, endless_headers])
def test_a_slow_server_is_given_up_at_the_deadline(behave):
    began = time.monotonic()
    with pytest.raises(SpeechSynthesisError, match=r"has sent no sound for 0\.5 s"):
        asked(behave, first_sound_s=0.5)
    assert time.monotonic() - began < 15.0


def test_a_server_that_falls_silent_in_the_middle_is_given_up_after_what_came():
    def behave(handler, server):
        begins_chunked(handler)
        chunk(handler, HEADER + PCM[:9_600])
        server.over.wait(20)

    count, began = 0, time.monotonic()
    with Server(behave) as server:
        endpoint = SpeechEndpoint(SpeechEndpointSettings(server.url, next_sound_s=0.5))
        with pytest.raises(SpeechSynthesisError, match=r"no more sound for 0\.5 s"):  # noqa: PT012
            for piece in endpoint.speak("Hi", VoiceSettings(), Cancellation()):
                count += len(piece.samples)
    assert count == 4_800
    assert time.monotonic() - began < 15.0


def cut_chunk(handler, _):
    begins_chunked(handler)
    handler.wfile.write(b"fffff\r\n" + HEADER + PCM[:9_600])


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (
            sends(b'{"error": {"message": "Voice nova is sold out"}}', 400, "application/json"),
            "400: Voice nova is sold",
        ),
        (sends(b'{"detail": "Not here"}', 404, "application/json"), "answers 404: Not here."),
        (sends(b"\xff\xfe garbage", 500, "text/html"), "answers 500: Internal Server Error."),
        (sends(b'{"error": {"message": "bad key secret-key"}}', 401, "application/json"), "bad key …"),
        (sends(b"<html>login</html>", kind="text/html"), "no sound but"),
        (sends(b"ID3\x04" + bytes(3_000), kind="audio/mpeg"), "MP3"),
        (sends(b""), "without a sound"),
        (sends(HEADER), "without a sound"),
        (sends(HEADER + PCM[:9_600], length=60_000), "ended before the sound did"),
        (cut_chunk, "cannot be asked"),
        (lambda handler, _: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "cannot be asked"),
    ],
)
def test_a_broken_answer_is_one_sentence(behave, words):
    with pytest.raises(SpeechSynthesisError, match=words) as caught:
        asked(behave, key="secret-key")
    assert "secret-key" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint = SpeechEndpoint(SpeechEndpointSettings(f"http://127.0.0.1:{port}/v1"))
    with pytest.raises(SpeechSynthesisError, match=r"cannot be asked for speech: .*refused"):
        list(endpoint.speak("Hi", VoiceSettings(), Cancellation()))


@pytest.mark.parametrize("behave", [never, drop_by_drop])
def test_a_cancellation_does_not_wait_for_the_server(behave):
    cancellation = Cancellation()
    with Server(behave) as server:
        endpoint = SpeechEndpoint(SpeechEndpointSettings(server.url, first_sound_s=60.0))
        timer = threading.Timer(0.3, cancellation.cancel)
        timer.start()
        began = time.monotonic()
        assert list(endpoint.speak("Hi", VoiceSettings(), cancellation)) == []
        assert time.monotonic() - began < 15.0


@pytest.mark.parametrize("url", ["http://", "http://me:pw@host/v1", "https://höst/v1", "http://host:port/v1"])
def test_an_address_that_is_none(url):
    with pytest.raises(UsageError, match="ECHO_SPEECH_KEY"):
        SpeechEndpointSettings.from_environment(url)


def test_the_environment(monkeypatch):
    for name, value in {"MODEL": "kokoro", "VOICE": "af_sky", "FORMAT": "pcm", "KEY": "k"}.items():
        monkeypatch.setenv(f"ECHO_SPEECH_{name}", value)
    settings = SpeechEndpointSettings.from_environment("https://speech.example:8443/v1/audio/speech")
    assert settings.address() == ("https", "speech.example", 8443, "/v1/audio/speech")
    assert (settings.model, settings.voice, settings.format, settings.key) == ("kokoro", "af_sky", "pcm", "k")
    monkeypatch.setenv("ECHO_SPEECH_FORMAT", "mp3")
    with pytest.raises(UsageError, match="wav or pcm, not 'mp3'"):
        SpeechEndpointSettings.from_environment("http://127.0.0.1:1/v1")
