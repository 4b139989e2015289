"""What an engine says of the player's face, in any curve set, as the observation that the rest of the runtime takes."""

from __future__ import annotations

import numpy as np

from echo_runtime.capture.curve_sets.table import curve_table
from echo_runtime.capture.face_regions import known_numbers
from echo_runtime.errors import ProtocolError
from echo_runtime.signals import (
    COEFFICIENTS,
    GAZE,
    MOTION_DIM,
    ROTATION,
    TRANSLATION,
    CurvesObservation,
    FaceObservation,
    gaze_coefficients,
    gaze_of_coefficients,
)

_LOOKS = slice(1, 5), slice(8, 12)  # the left eye's, the right eye's


def observed_face(said: CurvesObservation) -> FaceObservation:
    """ARKit coefficients cut to [0, 1], pose and gaze. What the set does not cover, or is of validity 0, is not known.

    A gaze of (0, 0) is taken from the eyeLook coefficients; eyeLook coefficients that the set lacks, from the gaze.
    Raises ProtocolError for a number of values that is not that of the set.
    """
    table = curve_table(said.curves)
    if said.values.shape != (len(table.names),):
        raise ProtocolError(f"{said.curves} has {len(table.names)} values, not {said.values.shape}.")
    motion = np.zeros(MOTION_DIM, np.float32)
    coefficients = table.to_arkit(said.values)
    covered = table.covered
    gaze = np.asarray(said.gaze, np.float32)
    looks = any(covered[eye].any() for eye in _LOOKS)
    if not gaze.any() and looks:
        gaze = gaze_of_coefficients(coefficients)
    elif not looks:
        implied = gaze_coefficients(gaze)
        for eye in _LOOKS:
            coefficients[eye], covered[eye] = implied[eye], 1.0
    motion[COEFFICIENTS], motion[GAZE] = coefficients, gaze
    motion[ROTATION], motion[TRANSLATION] = said.rotation, said.position
    known = known_numbers(said.regions, said.validity)
    known[COEFFICIENTS] *= covered
    motion[known == 0.0] = 0.0  # whatever a device sends of what it does not see
    overall = said.validity if known.any() else 0.0
    everything = None if (known == 1.0).all() else known
    return FaceObservation(said.time_us, motion, overall, "headset" if table.worn else said.source, everything)
