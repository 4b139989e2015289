"""Sound that is still being made: every form of WAV that streams come in, bare PCM, and what is neither."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest

from echo_runtime.errors import SpeechSynthesisError
from echo_runtime.speech_synthesis.wave_stream import PcmFormat, sound_pieces

TONE = (0.5 * np.sin(np.arange(5_000) / 9.0)).astype(np.float32)
PCM = (TONE * 32768.0).round().astype("<i2").tobytes()


def wav(data, rate=22_050, channels=1, bits=16, tag=1, size=None, before=b"", after=b""):
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    if tag == 0xFFFE:
        form += struct.pack("<HHIH", 22, bits, 0, 1) + bytes.fromhex("000000001000800000aa00389b71")
    size = len(data) if size is None else size
    head = b"RIFF" + struct.pack("<I", min(size + 36, 2**32 - 1)) + b"WAVE" + before
    return head + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size) + data + after


def heard(data, step=None, **options):
    source = io.BytesIO(data)
    pieces = list(sound_pieces(lambda n: source.read(min(n, step or n)), "somebody", **options))
    assert all(len(p.samples) for p in pieces)
    return (np.concatenate([p.samples for p in pieces]) if pieces else np.zeros(0)), [p.rate for p in pieces]


@pytest.mark.parametrize("size", [None, 0, 0x7FFFF000, 2_000_000_000, 0xFFFFFFFF])
@pytest.mark.parametrize("step", [None, 1, 7])
def test_sizes_that_streams_claim(size, step):
    samples, rates = heard(wav(PCM, size=size), step)
    np.testing.assert_allclose(samples, TONE, atol=1e-4)
    assert set(rates) == {22_050}
    assert len(rates) == 3, "in tenths of a second"


def test_other_samples_channels_and_chunks():
    stereo = np.stack([TONE, -TONE / 2], 1)
    for data, expected in (
        (wav((stereo * 32768.0).round().astype("<i2").tobytes(), channels=2), TONE / 4),
        (wav(TONE.astype("<f4").tobytes(), bits=32, tag=3), TONE),
        (wav((TONE.astype(np.float64) * 2**31).astype("<i4").tobytes(), bits=32), TONE),
        (wav(PCM, tag=0xFFFE), TONE),
        (wav(PCM, before=b"LIST\x05\0\0\0INFOx\0"), TONE),
        (wav(PCM, after=b"LIST\x04\0\0\0INFO"), TONE),
    ):
        np.testing.assert_allclose(heard(data)[0], expected, atol=1e-4)


def test_a_file_per_piece_is_one_sound():
    samples, _ = heard(wav(PCM[:4_000]) + wav(PCM[4_000:]), step=100)
    np.testing.assert_allclose(samples, TONE, atol=1e-4)


def test_bare_pcm_is_taken_where_it_is_asked_for():
    samples, rates = heard(PCM + b"\x01", bare=PcmFormat(24_000))
    np.testing.assert_allclose(samples, TONE, atol=1e-4)
    assert set(rates) == {24_000}
    assert heard(wav(PCM), bare=PcmFormat(24_000))[1][0] == 22_050, "a WAV file tells its own"


def test_floats_that_are_none_are_silence_and_what_is_too_loud_is_cut():
    samples, _ = heard(wav(np.array([np.nan, np.inf, -np.inf, 9.0, 0.5], "<f4").tobytes(), bits=32, tag=3))
    np.testing.assert_array_equal(samples, np.array([0, 0, 0, 1, 0.5], np.float32))


def test_nothing_is_no_sound():
    assert len(heard(b"")[0]) == 0
    assert len(heard(wav(b""))[0]) == 0


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b'{"error": "no"}', "no sound but"),
        (b"<html>nginx</html>", "no sound but"),
        (b"ID3\x04" + bytes(100), "MP3"),
        (b"\xff\xfb\x90" + bytes(100), "MP3"),
        (b"OggS" + bytes(100), "Ogg"),
        (b"fLaC" + bytes(100), "FLAC"),
        (b"RIFF\0\0\0\0AVI " + bytes(100), "not WAV"),
        (wav(PCM)[:30], "cut short"),
        (wav(PCM)[:36], "without sound"),
        (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd", "does not tell its format"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f" + bytes(100_000), "without sound"),
        (wav(PCM, tag=85), "format 85"),
        (wav(PCM, bits=8), "8 bits"),
        (wav(PCM, rate=400), "400 Hz"),
        (wav(PCM, channels=9), "9 channels"),
    ],
)
def test_what_is_not_taken_is_named(data, word):
    with pytest.raises(SpeechSynthesisError, match=f"somebody .*{word}"):
        heard(data)
    if data[:1] in b"{<":
        with pytest.raises(SpeechSynthesisError, match=word):
            heard(data, bare=PcmFormat(24_000))
