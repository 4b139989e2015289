from __future__ import annotations

import numpy as np

from echo_runtime.capture.neutral import BOUND, RestingFace, RestingPlace


def watch(face: RestingFace, features: list[np.ndarray], expression: list[float]) -> None:
    for i, (f, e) in enumerate(zip(features, expression, strict=True)):
        for k in range(5):
            face.advance(1 + i * 200_000 + k * 40_000)
        assert face.due(1 + i * 200_000)
        face.observe(1 + i * 200_000, f, e)


def test_the_calm_third_becomes_the_resting_face() -> None:
    face = RestingFace(np.zeros(4, np.float32), np.ones(4, np.float32))
    own = np.array([1.0, -0.5, 0.2, 0.0], np.float32)
    grimace = own + np.array([0, 0, 0, 5], np.float32)
    watch(face, [own, grimace, grimace] * 30, [0.1, 2.0, 3.0] * 30)
    np.testing.assert_allclose(face.reference, own, atol=0.05)
    assert face.trust > 0.95
    face.reset()
    assert face.trust == 0.0
    assert not face.reference.any()


def test_it_is_bounded_by_how_people_differ() -> None:
    face = RestingFace(np.zeros(2, np.float32), np.array([1.0, 0.1], np.float32))
    watch(face, [np.array([9.0, -9.0], np.float32)] * 60, [0.0] * 60)
    np.testing.assert_allclose(face.reference, [BOUND, -BOUND * 0.1], atol=0.02)


def test_trust_needs_time() -> None:
    face = RestingFace(np.zeros(1, np.float32), np.ones(1, np.float32))
    watch(face, [np.ones(1, np.float32)] * 3, [0.0] * 3)
    assert face.trust < 0.1


def test_the_resting_place_is_subtracted_within_bounds() -> None:
    place = RestingPlace(np.array([0.3, 10.0]))
    for i in range(200):
        out = place(1 + i * 40_000, np.array([0.2, 5.0], np.float32))
    np.testing.assert_allclose(out, 0.0, atol=1e-3)
    for i in range(3000):
        out = place(9_000_000 + i * 40_000, np.array([1.0, 5.1], np.float32))
    np.testing.assert_allclose(out, [0.7, 0.0], atol=0.02)
