"""Which microphone is the right one: record from it, play it back, and let the player judge."""

from __future__ import annotations

import numpy as np

from echo_calibration.guide import Guide
from echo_calibration.session import Session
from echo_runtime.capture.devices.portaudio import microphones
from echo_runtime.capture.opening import open_voice
from echo_runtime.errors import DeviceError
from echo_runtime.signals import SAMPLE_RATE, FloatArray

SECONDS = 3.0


def choose_by_ear(guide: Guide, voice: str) -> str:
    """The microphone, as `--voice` names it, that the player says sounds right.

    Begins with `voice`; then goes through the others. Raises DeviceError when none can be opened.
    """
    names = [voice, *(f"microphone:{found.name}" for found in microphones())]
    names = list(dict.fromkeys(names))
    failure: DeviceError | None = None
    for name in names:
        guide.ready(f"Say a sentence into {name}; then listen to it.")
        try:
            with Session(None, open_voice(name)) as session:
                samples = guide.watch(session, SECONDS, "Speak").heard
        except DeviceError as error:
            failure = error
            guide.say(f"[yellow]{error}[/]")
            continue
        if not play(samples):
            guide.say("[yellow]It cannot be played back: no loudspeaker was found. Its level is measured next.[/]")
            return name
        if guide.ask("Did you hear yourself, clear and without gaps?"):
            return name
    raise failure or DeviceError("No microphone was right; plug another one in, and see `echo-runtime devices`.")


def play(samples: FloatArray) -> bool:
    """(n,) at 16 kHz through the default loudspeakers, as loud as speech usually is. False where there are none."""
    try:
        import sounddevice
    except OSError:  # without PortAudio
        return False
    louder = samples * np.float32(0.5 / max(float(np.abs(samples).max(initial=0.0)), 1e-3))
    try:
        sounddevice.play(np.clip(louder, -1.0, 1.0), SAMPLE_RATE, blocking=True)
    except (sounddevice.PortAudioError, ValueError, OSError):
        return False
    return True
