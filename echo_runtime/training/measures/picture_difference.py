"""How far a picture is from the one it should be: PSNR and SSIM."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from echo_runtime.signals import ByteArray

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03
PEAK = 255.0
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Rec. 601 weights of red, green and blue."""


def psnr_db(picture: ByteArray, truth: ByteArray) -> float:
    """10·log10(255² / mean squared difference) in dB over all values; infinite for equal pictures.

    Two arrays of one shape. Raises ValueError when the shapes differ.
    """
    if picture.shape != truth.shape:
        raise ValueError(f"pictures of shapes {picture.shape} and {truth.shape} cannot be compared")
    error = float(np.mean((picture.astype(np.float64) - truth.astype(np.float64)) ** 2))
    return float("inf") if error == 0 else float(10.0 * np.log10(PEAK**2 / error))


def _blurred(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Gaussian means of 11×11 windows that lie wholly inside."""
    edge = WINDOW // 2
    return np.asarray(cv2.GaussianBlur(x, (WINDOW, WINDOW), SIGMA)[edge:-edge, edge:-edge])


def ssim(picture: ByteArray, truth: ByteArray) -> float:
    """Structural similarity of the luma, at most 1 (equal).

    Mean over pixels of (2·μx·μy + C1)(2·σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)), C = (K·255)², Gaussian windows
    of 11×11 with σ = 1.5 (Wang, Bovik, Sheikh & Simoncelli 2004, section III). Two (H, W, 3) pictures of at least
    11×11. Raises ValueError otherwise.
    """
    if picture.shape != truth.shape or min(picture.shape[:2]) < WINDOW:
        raise ValueError(f"SSIM compares two pictures of one size from 11×11, not {picture.shape} and {truth.shape}")
    x, y = (np.asarray(p.astype(np.float32) @ LUMA, np.float64) for p in (picture, truth))
    c1, c2 = (K1 * PEAK) ** 2, (K2 * PEAK) ** 2
    mx, my = _blurred(x), _blurred(y)
    vx, vy, vxy = _blurred(x * x) - mx * mx, _blurred(y * y) - my * my, _blurred(x * y) - mx * my
    shares = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return float(shares.mean())
