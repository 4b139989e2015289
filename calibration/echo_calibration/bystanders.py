"""Several faces before the camera: the largest is the player's, the others are painted over."""

from __future__ import annotations

from typing import Any

import numpy as np

from echo_runtime.signals import ByteArray

LOOK_US = 400_000
"""How often faces are counted."""
SURE = 0.6
MARGIN = 0.35
"""Of a face's box: how much around it is painted over."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


class Bystanders:
    """Streaming: pictures in order of time. `notes` says once that there are several faces.

    mediapipe's face detection, short range
    (https://github.com/google-ai-edge/mediapipe/blob/master/docs/solutions/face_detection.md).
    """

    def __init__(self) -> None:
        from mediapipe.python.solutions.face_detection import FaceDetection

        from echo_runtime.capture.silence import silenced_stderr

        with silenced_stderr():
            self._detection: Any = FaceDetection(model_selection=0, min_detection_confidence=SURE)
            self._detection.process(np.zeros((64, 64, 3), np.uint8))
        self._looked_us: int | None = None
        self._boxes: list[Box] = []
        self.notes: list[str] = []

    def hidden(self, rgb: ByteArray, time_us: int) -> ByteArray:
        """(H, W, 3) → the same, or a copy in which all faces but the largest are grey."""
        if self._looked_us is None or time_us - self._looked_us >= LOOK_US:
            self._looked_us = time_us
            self._boxes = sorted(self._faces(rgb), key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))
            if len(self._boxes) > 1 and not self.notes:
                self.notes.append(
                    f"{len(self._boxes)} faces are seen; the largest is taken. "
                    "Ask the others to step aside for a better result."
                )
        if len(self._boxes) < 2:
            return rgb
        out = rgb.copy()
        for left, top, right, bottom in self._boxes[:-1]:
            out[top:bottom, left:right] = 128
        left, top, right, bottom = self._boxes[-1]
        out[top:bottom, left:right] = rgb[top:bottom, left:right]
        return out

    def _faces(self, rgb: ByteArray) -> list[Box]:
        height, width = rgb.shape[:2]
        boxes = []
        for detection in self._detection.process(np.ascontiguousarray(rgb)).detections or []:
            box = detection.location_data.relative_bounding_box
            x, y, w, h = box.xmin * width, box.ymin * height, box.width * width, box.height * height
            x0, x1 = np.clip([x - MARGIN * w, x + (1 + MARGIN) * w], 0, width)
            y0, y1 = np.clip([y - MARGIN * h, y + (1 + MARGIN) * h], 0, height)
            boxes.append((int(x0), int(y0), int(x1), int(y1)))
        return boxes

    def close(self) -> None:
        self._detection.close()
