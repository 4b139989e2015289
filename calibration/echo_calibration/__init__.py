"""Calibration of player, devices and avatars."""
