"""What a calibration profile changes about how the player is seen and heard."""

from __future__ import annotations

from dataclasses import replace

from echo_calibration.player import CalibratedTracker
from echo_calibration.profile import Profile
from echo_calibration.profile_folder import ProfileFolder

from echo_runtime.capture.delayed import Delayed
from echo_runtime.capture.face_tracking import FaceTracker
from echo_runtime.capture.voice import VoiceAnalyser
from echo_runtime.runtime.player_inputs import PlayerInputs

SMALLEST_DELAY_S = 0.01
"""A delay below this is not worth holding anything back for."""
DEVICES = ("camera", "microphone")


class CalibratedPlayer:
    """Of the profile called `name`; "" for a player who was not calibrated. Raises CalibrationError."""

    def __init__(self, name: str) -> None:
        self._profile = ProfileFolder().load(name) if name else Profile("")

    def devices(self, player: str, voice: str) -> tuple[str, str]:
        """`--player` and `--voice`, with the profile's devices where no other ones are asked for."""
        microphone = self._profile.microphone
        if player == "camera" and self._profile.camera:
            player = self._profile.camera
        if voice == "microphone" and microphone is not None and microphone.device:
            voice = microphone.device
        return player, voice

    def brought_together(self, inputs: PlayerInputs, player: str, voice: str) -> PlayerInputs:
        """Holds back voice or pictures, whichever are ahead, where they come from the kind of source that the delay was
        measured on: a file's delay is not the camera's."""
        sync = self._profile.sync
        if sync is None or inputs.face is None or inputs.voice is None or abs(sync.delay_s) < SMALLEST_DELAY_S:
            return inputs
        measured, given = ((name.partition(":")[0] in DEVICES) for name in (sync.camera, player))
        if measured != given or (voice.partition(":")[0] in DEVICES) != given or inputs.face.tracked:
            return inputs
        delay_us = round(abs(sync.delay_s) * 1e6)
        if sync.delay_s > 0:
            return replace(inputs, voice=Delayed(inputs.voice, delay_us))
        return replace(inputs, face=Delayed(inputs.face, delay_us))

    def tracker(self, inputs: PlayerInputs) -> FaceTracker | None:
        """None for the usual one: faces that an engine or a phone has tracked are not the tracker's to correct."""
        if self._profile.player is None or inputs.face is None or inputs.face.tracked:
            return None
        return CalibratedTracker(self._profile.player, source=inputs.face.origin)

    def analyser(self) -> VoiceAnalyser:
        microphone = self._profile.microphone
        return VoiceAnalyser(microphone.threshold) if microphone is not None else VoiceAnalyser()
