"""Pictures in rows, as one PNG: the quickest way to judge a face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from echo_runtime.signals import ByteArray


def contact_sheet(pictures: Sequence[ByteArray], path: Path, columns: int = 8) -> None:
    """Writes (H, W, 3) RGB pictures of one size, `columns` to a row, to `path`; the last row is filled with black."""
    rows = -(-len(pictures) // columns)
    height, width = pictures[0].shape[:2]
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for i, picture in enumerate(pictures):
        row, column = divmod(i, columns)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = picture
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet[..., ::-1])
