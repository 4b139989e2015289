"""Where the 478 points of a face are in a picture: mediapipe's face mesh with irises.

The solution that the wheel carries
(https://github.com/google-ai-edge/mediapipe/blob/master/docs/solutions/face_mesh.md) needs no download; a newer
`face_landmarker.task` bundle can be given by path. Point numbers: canonical_face_model_uv_visualization.png in the
same repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from echo_runtime.capture.silence import silenced_stderr
from echo_runtime.errors import MediaError
from echo_runtime.signals import ByteArray, FloatArray

POINTS = 478


class LandmarkDetector:
    """Pictures → landmarks of the one most prominent face.

    `still`: every picture is searched anew; otherwise the face is followed from picture to picture (3 ms instead of 8).
    `model`: a face_landmarker.task bundle to use instead of the built-in model.
    """

    def __init__(self, *, still: bool = False, model: str | Path | None = None) -> None:
        self._warm = False
        self._time_ms = -1
        with silenced_stderr():  # mediapipe's C++ part writes there whatever the log level
            if model is None:
                from mediapipe.python.solutions.face_mesh import FaceMesh

                self._mesh: Any = FaceMesh(static_image_mode=still, max_num_faces=1, refine_landmarks=True)
                self._bundle: Any = None
            else:
                self._mesh, self._bundle = None, _open_bundle(Path(model), still)
            self._still = still
            self._find(np.zeros((64, 64, 3), np.uint8), 0)  # its threads write until the first picture is through

    def __call__(self, rgb: ByteArray, time_us: int = 0) -> FloatArray | None:
        """(H, W, 3) → (478, 3) or None without a face.

        Pixels in the runtime's axes: x to the right and y up from the picture's middle, z towards the viewer.
        """
        if self._warm:
            points = self._find(rgb, time_us)
        else:
            with silenced_stderr():  # some of the lines come with the first face
                points = self._find(rgb, time_us)
        if points is None:
            return None
        self._warm = True
        height, width = rgb.shape[:2]
        xyz = np.array([(p.x, p.y, p.z) for p in points], np.float32)
        scale = np.array([width, -height, -width], np.float32)
        return (xyz - np.array([0.5, 0.5, 0.0], np.float32)) * scale

    def _find(self, rgb: ByteArray, time_us: int) -> Any:
        rgb = np.ascontiguousarray(rgb)
        if self._mesh is not None:
            faces = self._mesh.process(rgb).multi_face_landmarks
            return faces[0].landmark if faces else None
        import mediapipe as mp

        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
        if self._still:
            faces = self._bundle.detect(image).face_landmarks
        else:
            self._time_ms = max(self._time_ms + 1, time_us // 1000)  # must rise
            faces = self._bundle.detect_for_video(image, self._time_ms).face_landmarks
        return faces[0] if faces else None

    def close(self) -> None:
        for graph in (self._mesh, self._bundle):
            if graph is not None:
                graph.close()
        self._mesh = self._bundle = None


def _open_bundle(path: Path, still: bool) -> Any:
    if not path.is_file():
        raise MediaError(f"there is no face landmark model {path}; leave it out to use the built-in one")
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions, RunningMode

    mode = RunningMode.IMAGE if still else RunningMode.VIDEO
    options = FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(path)), running_mode=mode)
    try:
        return FaceLandmarker.create_from_options(options)
    except (RuntimeError, ValueError) as error:
        raise MediaError(f"{path} is no face landmark model that mediapipe can read") from error
