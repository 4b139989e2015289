"""Lips are led together where p, b or m is sure, and left alone where it is not."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echo_runtime.generator.lip_closure import DOUBTFUL, SURE, closed_on_plosives
from echo_runtime.generator.speech_encoder import CLOSERS, VISEMES, SpeechEncoder
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.measures.lips import CLOSED, lip_opening


@settings(max_examples=50)
@given(
    arrays(np.float32, (4, 60), elements=st.floats(0, 1, width=32)),
    arrays(np.float32, 4, elements=st.floats(0, 1, width=32)),
)
def test_lips_only_ever_close(motion, closure):
    out = closed_on_plosives(motion, closure)
    assert (lip_opening(out) <= lip_opening(motion) + 1e-6).all()
    assert (lip_opening(out)[closure >= SURE] < CLOSED).all()
    np.testing.assert_array_equal(out[closure <= DOUBTFUL], motion[closure <= DOUBTFUL])
    eyes = MOTION_INDEX["eyeBlinkLeft"]
    np.testing.assert_array_equal(out[:, eyes], motion[:, eyes])


def test_features_carry_the_closure():
    encoder = SpeechEncoder()
    count = encoder.config.groups + len(VISEMES) + len(CLOSERS)
    features = np.zeros((3, encoder.feature_dim), np.float32)
    features[1, encoder.config.width + count - 2] = 1.8  # p/b/m in the first half
    features[2, -1] = 1.8  # f/v in the second half is no closure of the lips
    np.testing.assert_allclose(encoder.closures_in(features), [0.0, 0.9, 0.0])


def test_a_sneer_does_not_part_lips_that_are_shut():
    motion = np.zeros((1, 60), np.float32)
    motion[0, [MOTION_INDEX["noseSneerLeft"], MOTION_INDEX["noseSneerRight"]]] = 0.6
    motion[0, MOTION_INDEX["jawOpen"]] = 0.1
    shut = closed_on_plosives(motion, np.ones(1, np.float32))
    assert shut[0, MOTION_INDEX["mouthClose"]] > 0.1 + 0.05
    assert shut[0, MOTION_INDEX["noseSneerLeft"]] == motion[0, MOTION_INDEX["noseSneerLeft"]]
