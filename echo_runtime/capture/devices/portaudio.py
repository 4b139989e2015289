"""PortAudio through sounddevice: loaded once, its devices listed, its calls one at a time.

PortAudio lists devices when it starts and never again; ending and starting it anew is the only way to see what was
plugged in since, and ends every open stream (github.com/spatialaudio/python-sounddevice/issues/125).
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any

from echo_runtime.capture.devices.choosing import Device
from echo_runtime.capture.silence import silenced_stderr
from echo_runtime.errors import MissingDependencyError

APIS = ("Windows WASAPI", "MME", "Windows DirectSound", "Windows WDM-KS")
"""On Windows every device is there once per interface: the first of these that has it stands for it. MME cuts names
short, and WDM-KS keeps a device to itself."""

_lock = threading.RLock()
"""Opening, closing, listing and restarting must not overlap (portaudio.com: PortAudio is not thread-safe)."""
_open: set[int] = set()
"""Identities of the streams that are open."""
_prepared = threading.local()
_quiet_alsa: Any = None


def load() -> Any:
    """The module sounddevice. Raises MissingDependencyError without PortAudio, with the line that installs it."""
    try:
        import sounddevice
    except OSError as error:  # the package is there, the system library is not
        raise MissingDependencyError(
            "the microphone needs the PortAudio library: sudo apt-get install libportaudio2"
        ) from error
    except ImportError as error:
        raise MissingDependencyError("the microphone needs sounddevice: pip install sounddevice") from error
    _silence_alsa()
    return sounddevice


def microphones() -> list[Device]:
    return _devices("input")


def loudspeakers() -> list[Device]:
    return _devices("output")


def _devices(direction: str) -> list[Device]:
    sounddevice = load()
    with _lock:
        apis = [api["name"] for api in sounddevice.query_hostapis()]
        default = sounddevice.default.device[direction]
        if default < 0:  # PortAudio has none of its own: that of the first interface that has one
            default = next((api[f"default_{direction}_device"] for api in sounddevice.query_hostapis()), -1)
        found = [
            Device(
                number, str(info["name"]), api=apis[info["hostapi"]], rate=int(info["default_samplerate"]),
                default=number == default,
            )
            for number, info in enumerate(sounddevice.query_devices())
            if info[f"max_{direction}_channels"] > 0
        ]  # fmt: skip
    if not {device.api for device in found} & set(APIS):
        return found
    rank = {api: place for place, api in enumerate(APIS)}
    best = min((rank.get(device.api, len(APIS)) for device in found), default=0)
    return [device for device in found if rank.get(device.api, len(APIS)) == best]


def open_input(number: int, rate: int, block: int, heard: Callable[..., None], finished: Callable[[], None]) -> Any:
    """A running stream of one channel of float32. `heard` and `finished` are called in PortAudio's thread. Raises
    sounddevice.PortAudioError and ValueError."""
    sounddevice = load()
    _prepare_thread()
    with _lock, silenced_stderr():
        stream = sounddevice.InputStream(
            samplerate=rate, device=number, channels=1, dtype="float32", latency="low", blocksize=block,
            callback=heard, finished_callback=finished,
        )  # fmt: skip
        try:
            stream.start()
        except BaseException:
            stream.close(ignore_errors=True)
            raise
        _open.add(id(stream))
    return stream


def close(stream: Any) -> None:
    with _lock:
        _open.discard(id(stream))
        with contextlib.suppress(Exception):  # the device may be gone
            stream.close(ignore_errors=True)


def refresh() -> None:
    """Lists devices anew, unless a stream is open, which that would end."""
    sounddevice = load()
    with _lock:
        if _open:
            return
        with silenced_stderr(), contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._terminate()
        sounddevice._initialize()


def _prepare_thread() -> None:
    """WASAPI opens streams in threads that use COM only, and PortAudio prepares no other than the one that started it
    (github.com/PortAudio/portaudio/issues/250)."""
    if sys.platform == "win32" and not getattr(_prepared, "done", False):
        ctypes.windll.ole32.CoInitialize(None)
        _prepared.done = True


def _silence_alsa() -> None:
    """ALSA writes a line to stderr for everything that it tries in vain; what matters comes back as an error."""
    global _quiet_alsa
    if _quiet_alsa is not None or not sys.platform.startswith("linux"):
        return
    handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
    _quiet_alsa = handler(lambda *_: None)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_quiet_alsa)
