"""Calibration of player, devices and avatars.

calibration = calibrate_player("Sam", neutral_observations, range_observations)
save_profile(calibration, "sam.json")
observation = load_profile("sam.json").apply(observation)
"""

from echo_calibration.player import PlayerCalibration, calibrate_player
from echo_calibration.profile import load_profile, save_profile

__all__ = ["PlayerCalibration", "calibrate_player", "load_profile", "save_profile"]
