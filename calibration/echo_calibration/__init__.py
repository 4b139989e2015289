"""Calibration of players, devices, avatars and engines.

profile = ProfileFolder().load("sam")            # what `echo-runtime calibrate player --profile sam` has measured
tracker = CalibratedTracker(profile.player)      # gives faces as if the player were an average one
"""

from echo_calibration.microphone import MicrophoneCalibration, calibrate_microphone
from echo_calibration.player import CalibratedTracker, PlayerCalibration, calibrate_player
from echo_calibration.profile import Profile, SyncCalibration, load_profile, save_profile
from echo_calibration.profile_folder import ProfileFolder
from echo_calibration.sync import Delay, measure_delay

__all__ = [
    "CalibratedTracker",
    "Delay",
    "MicrophoneCalibration",
    "PlayerCalibration",
    "Profile",
    "ProfileFolder",
    "SyncCalibration",
    "calibrate_microphone",
    "calibrate_player",
    "load_profile",
    "measure_delay",
    "save_profile",
]
