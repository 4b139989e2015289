"""Speech by an OpenAI-compatible server: POST /audio/speech, the answer read while it is still being spoken.

API: platform.openai.com/docs/api-reference/audio/createSpeech. WAV is asked for because it tells its rate; bare PCM is
taken as OpenAI defines it (24 kHz, 16 bits, little-endian, one channel).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from echo_runtime.errors import SpeechSynthesisError, UsageError
from echo_runtime.openai_api import api_address
from echo_runtime.speech_synthesis.deadline import Deadline
from echo_runtime.speech_synthesis.synthesiser import Cancellation, Sound, VoiceSettings
from echo_runtime.speech_synthesis.wave_stream import PcmFormat, sound_pieces

FIRST_SOUND_S = 10.0
"""From the request to the first tenth of a second of sound; beyond, it is given up."""
NEXT_SOUND_S = 5.0
"""From one tenth of a second of sound to the next."""
PCM_RATE = 24_000
KEY_VARIABLE, MODEL_VARIABLE, VOICE_VARIABLE = "ECHO_SPEECH_KEY", "ECHO_SPEECH_MODEL", "ECHO_SPEECH_VOICE"
FORMAT_VARIABLE = "ECHO_SPEECH_FORMAT"
_PATH = "/audio/speech"


@dataclass(frozen=True)
class SpeechEndpointSettings:
    """`url`: base of the API, as http://127.0.0.1:8880/v1, or the whole path of audio/speech. `voice`: for NPCs that
    have none of their own. `format`: wav or pcm. `key`: sent as bearer token if there is one; never shown."""

    url: str
    model: str = "tts-1"
    voice: str = "alloy"
    format: str = "wav"
    key: str = ""
    first_sound_s: float = FIRST_SOUND_S
    next_sound_s: float = NEXT_SOUND_S

    @classmethod
    def from_environment(cls, url: str) -> SpeechEndpointSettings:
        """Model, voice, format and key from ECHO_SPEECH_MODEL, _VOICE, _FORMAT and _KEY. Raises UsageError."""
        settings = cls(
            url,
            model=os.environ.get(MODEL_VARIABLE) or cls.model,
            voice=os.environ.get(VOICE_VARIABLE) or cls.voice,
            format=os.environ.get(FORMAT_VARIABLE) or cls.format,
            key=os.environ.get(KEY_VARIABLE, ""),
        )
        settings.address()
        if settings.format not in ("wav", "pcm"):
            raise UsageError(f"{FORMAT_VARIABLE} is wav or pcm, not {settings.format!r}.")
        if not settings.key.isascii() or not settings.key.isprintable():
            raise UsageError(f"{KEY_VARIABLE} holds characters that no key has; set it again.")
        return settings

    def address(self) -> tuple[str, str, int, str]:
        """(scheme, host, port, path). Raises UsageError."""
        return api_address(self.url, _PATH, "--voice-for-text", "http://127.0.0.1:8880/v1", KEY_VARIABLE)


class SpeechEndpoint:
    """A connection of its own per text. Implements `synthesiser.SpeechSynthesiser`."""

    concurrent = 4
    pitched = False

    def __init__(self, settings: SpeechEndpointSettings) -> None:
        self._settings = settings
        self._address = settings.address()

    def speak(self, text: str, voice: VoiceSettings, cancellation: Cancellation) -> Iterator[Sound]:
        """See `SpeechSynthesiser.speak`. Only the text and the voice's settings are sent."""
        settings = self._settings
        request = {"model": settings.model, "input": text, "voice": voice.name or settings.voice}
        request |= {"response_format": settings.format}
        body = json.dumps(request | ({"speed": voice.rate} if voice.rate != 1.0 else {})).encode()
        call, came = _Call(), False
        with (
            cancellation.calling(call.abort),
            Deadline(settings.first_sound_s, call.abort) as deadline,
        ):
            try:
                response = call.post(self._address, body, settings)
                if response.status != 200:
                    raise SpeechSynthesisError(
                        f"{settings.url} answers {response.status}: {_reason(response, settings.key)}"
                    )
                bare = _bare_format(response.headers.get("Content-Type", ""), settings.format)
                for piece in sound_pieces(
                    response.read1, settings.url, bare, lambda: deadline.extend(settings.next_sound_s)
                ):
                    if call.aborted:
                        break  # half a piece, which the abort has cut off
                    came = True
                    yield piece
                if response.length or call.aborted:  # promised and not sent
                    raise OSError("the connection ended before the sound did")
                if not came:
                    raise SpeechSynthesisError(f"{settings.url} answers without a sound.")
            except (SpeechSynthesisError, OSError, http.client.HTTPException, ValueError) as error:
                if cancellation.cancelled:
                    return
                if deadline.expired:  # what is cut at the deadline looks like all kinds of breakage
                    waited = f"{settings.next_sound_s:g} s" if came else f"{settings.first_sound_s:g} s"
                    more = "more sound" if came else "sound"
                    raise SpeechSynthesisError(f"{settings.url} has sent no {more} for {waited}.") from error
                if isinstance(error, SpeechSynthesisError):
                    raise
                reason = str(error) or type(error).__name__
                raise SpeechSynthesisError(f"{settings.url} cannot be asked for speech: {reason[:200]}.") from error
            finally:
                call.close()

    def close(self) -> None:
        """Nothing stays open between texts."""


class _Call:
    """One request, which any thread may abort."""

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None
        self.aborted = False

    def post(
        self, address: tuple[str, str, int, str], body: bytes, settings: SpeechEndpointSettings
    ) -> http.client.HTTPResponse:
        scheme, host, port, path = address
        if scheme == "https":
            self._connection = http.client.HTTPSConnection(
                host, port, timeout=settings.first_sound_s, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(host, port, timeout=settings.first_sound_s)
        headers = {"Content-Type": "application/json", "Accept": "audio/wav, audio/pcm"}
        if settings.key:
            headers["Authorization"] = f"Bearer {settings.key}"
        self._connection.connect()
        self._socket = self._connection.sock  # the connection forgets it when the answer ends with it
        if self.aborted:
            raise ConnectionAbortedError("given up")
        self._connection.request("POST", path, body, headers)
        self._response = self._connection.getresponse()
        return self._response

    def abort(self) -> None:
        """Ends whatever is being waited for, but for the name of a host and the connecting itself."""
        self.aborted = True
        if self._socket is not None:
            with suppress(OSError):
                # not the method of an SSL socket, which takes its parts away from the thread that reads
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        for part in (self._response, self._connection):
            if part is not None:
                with suppress(OSError):
                    part.close()


def _bare_format(content_type: str, asked: str) -> PcmFormat | None:
    """What a body is taken for that is no WAV file: PCM if that was asked for or is announced."""
    kind, _, parameters = content_type.lower().partition(";")
    announced = kind.strip() in ("audio/pcm", "audio/l16", "audio/x-raw", "audio/raw")
    rate = re.search(r"rate=(\d{4,6})", parameters)
    if asked != "pcm" and not announced:
        return None
    if kind.strip().startswith(("application/json", "text/")):
        return None
    return PcmFormat(min(192_000, max(8_000, int(rate[1]))) if rate else PCM_RATE)


def _reason(response: http.client.HTTPResponse, key: str) -> str:
    """One sentence of a refusal: OpenAI's error.message, FastAPI's detail, or the status's own words."""
    text = ""
    with suppress(OSError, http.client.HTTPException, ValueError):
        answer = json.loads(response.read(4_096))
        error = answer.get("error", answer.get("detail", "")) if isinstance(answer, dict) else ""
        text = str(error.get("message", "") if isinstance(error, dict) else error)
    text = "".join(c for c in " ".join(text.split()) if c.isprintable())[:200] or response.reason[:60] or "no reason"
    text = text.replace(key, "…") if key else text
    return text if text.endswith(".") else f"{text}."
