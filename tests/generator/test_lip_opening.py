"""Only wide jaws are widened, steadily, and never beyond what a jaw can do."""

import numpy as np
import pytest

from echo_runtime.generator.lip_opening import GAIN, WIDE, opened_wide
from echo_runtime.signals import MOTION_INDEX

JAW = MOTION_INDEX["jawOpen"]


def test_jaws():
    motion = np.zeros((5, 60), np.float32)
    motion[:, JAW] = [0.0, WIDE, WIDE + 0.2, 0.99, 1.0]
    motion[:, 3] = 0.5
    out = opened_wide(motion)
    assert out[:2, JAW].tolist() == motion[:2, JAW].tolist()
    assert out[2, JAW] == pytest.approx(WIDE + 0.2 * (1 + GAIN))
    assert out[3:, JAW].tolist() == [1.0, 1.0]
    assert (out[:, 3] == 0.5).all()
    assert motion[2, JAW] == pytest.approx(WIDE + 0.2), "the input stays as it is"
