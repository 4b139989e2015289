"""WAV or bare PCM that is still being made, read from a pipe or a connection into pieces of sound.

Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE), and WAVEFORMATEXTENSIBLE. Whoever
streams a WAV file does not know its size: headers say 0, 0x7ffff000, 2000000000 or 0xffffffff then. Some servers send a
whole file per piece, one after the other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from echo_runtime.errors import SpeechSynthesisError
from echo_runtime.speech_synthesis.synthesiser import Sound

PIECE_S = 0.1
"""Sound is passed on in pieces of this length; the last one is shorter."""
_UNKNOWN_SIZE = 0x4000_0000
"""Sizes from here on, and 0, mean that the sound lasts until the stream ends."""
_HEADER_BYTES = 65_536
"""What may lie before the sound."""
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_OTHERS = {b"OggS": "Ogg", b"fLaC": "FLAC", b"ID3": "MP3", b"\xff\xfb": "MP3", b"\xff\xf3": "MP3", b"\xff\xf2": "MP3",
           b"\x1aE\xdf\xa3": "WebM"}  # fmt: skip


@dataclass(frozen=True)
class PcmFormat:
    """`rate` in Hz; `channels` interleaved; samples of `dtype`, in which `full_scale` is the loudest."""

    rate: int
    channels: int = 1
    dtype: str = "<i2"
    full_scale: float = 32768.0

    @property
    def frame_bytes(self) -> int:
        return np.dtype(self.dtype).itemsize * self.channels


def sound_pieces(
    read: Callable[[int], bytes], who: str, bare: PcmFormat | None = None, on_piece: Callable[[], None] | None = None
) -> Iterator[Sound]:
    """`read(n)` gives 1 to n bytes, b"" at the end. Without `bare` the stream must be WAV; with it, whatever is no file
    of a known kind is taken for bare PCM of that format. `who`, for errors: "espeak-ng" or an address. `on_piece` is
    called as soon as a piece has come. Raises SpeechSynthesisError."""
    stream = _Stream(read)
    head = stream.peek(4)
    if not head:
        return
    kind = next((name for start, name in _OTHERS.items() if head.startswith(start)), "")
    if kind:
        raise SpeechSynthesisError(f"{who} sends {kind}, which is not taken: let it send WAV or PCM of 16 bits.")
    if head != b"RIFF" and (bare is None or head[:1] in b"{<"):
        raise SpeechSynthesisError(f"{who} sends no sound but {stream.peek(60)!r}.")
    while True:
        if head == b"RIFF":
            form, size = _read_header(stream, who)
        else:
            assert bare is not None
            form, size = bare, None
        step = max(1, round(form.rate * PIECE_S)) * form.frame_bytes
        while size is None or size > 0:
            data = stream.take(step if size is None else min(step, size))
            if size is not None:
                size = size - len(data) if data else 0
            whole = len(data) - len(data) % form.frame_bytes
            if not whole:
                break
            if on_piece is not None:
                on_piece()
            frames = np.frombuffer(data[:whole], form.dtype).reshape(-1, form.channels)
            samples = frames.astype(np.float32).mean(axis=1) / np.float32(form.full_scale)
            if form.dtype == "<f4":
                samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
            yield Sound(np.clip(samples, -1.0, 1.0).astype(np.float32), form.rate)
        head = stream.peek(4)
        if head != b"RIFF":  # the end, or what files have after their sound
            return


class _Stream:
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read, self._buffer, self._ended = read, bytearray(), False

    def peek(self, count: int) -> bytes:
        while len(self._buffer) < count and not self._ended:
            more = self._read(16_384)
            self._ended = not more
            self._buffer += more
        return bytes(self._buffer[:count])

    def take(self, count: int) -> bytes:
        """`count` bytes, fewer at the end."""
        data = self.peek(count)
        del self._buffer[: len(data)]
        return data


def _read_header(stream: _Stream, who: str) -> tuple[PcmFormat, int | None]:
    """Up to the first byte of sound: its format, and its size if that is known."""
    if stream.take(12)[8:] != b"WAVE":
        raise SpeechSynthesisError(f"{who} sends a RIFF file that is not WAV.")
    form: PcmFormat | None = None
    skipped = 0
    while len(head := stream.take(8)) == 8:
        name, size = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"data":
            if form is None:
                raise SpeechSynthesisError(f"{who} sends a WAV file that does not tell its format.")
            return form, None if size == 0 or size >= _UNKNOWN_SIZE else size
        skipped += size
        if skipped > _HEADER_BYTES:
            break
        content = stream.take(size + size % 2)
        if name == b"fmt ":
            form = _format(content, who)
    raise SpeechSynthesisError(f"{who} sends a WAV file without sound in it.")


def _format(content: bytes, who: str) -> PcmFormat:
    if len(content) < 16:
        raise SpeechSynthesisError(f"{who} sends a WAV file whose format is cut short.")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content)
    if tag == _EXTENSIBLE and len(content) >= 26:
        (tag,) = struct.unpack_from("<H", content, 24)  # the first two bytes of the sub-format's GUID
    known = {(_PCM, 16): ("<i2", 32768.0), (_PCM, 32): ("<i4", 2147483648.0), (_FLOAT, 32): ("<f4", 1.0)}
    if (tag, bits) not in known or not 1 <= channels <= 8 or not 8_000 <= rate <= 192_000:
        raise SpeechSynthesisError(
            f"{who} sends WAV of format {tag} with {bits} bits, {channels} channels and {rate} Hz; PCM of 16 or 32 "
            "bits or floats, 1 to 8 channels and 8000 to 192000 Hz are taken."
        )
    return PcmFormat(rate, channels, *known[tag, bits])
