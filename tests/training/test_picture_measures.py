import numpy as np
import pytest
import torch

from echo_runtime.capture.landmark_map import shipped_landmark_map
from echo_runtime.errors import PackageDamagedError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX
from echo_runtime.training.dyads.session import DyadSession
from echo_runtime.training.measures import drawn_faces, judged_faces
from echo_runtime.training.measures.frechet import frechet_distance
from echo_runtime.training.measures.judged_faces import blink, judged, read_openings, within_r
from echo_runtime.training.measures.lips import lip_opening
from echo_runtime.training.measures.picture_difference import psnr_db, ssim
from echo_runtime.training.measures.picture_probe import (
    FEATURES,
    SIDE,
    WEIGHTS,
    PictureProbe,
    load_probe,
    probe_features,
    probe_view,
    save_probe,
)
from echo_runtime.training.measures.pictures import face_readings, over_grey, read_faces
from echo_runtime.training.measures.reactions import smile


def picture(value, size=16):
    return np.full((size, size, 3), value, np.uint8)


def test_psnr_by_hand():
    assert psnr_db(picture(0), picture(255)) == pytest.approx(0.0)
    assert psnr_db(picture(100), picture(110)) == pytest.approx(10 * np.log10(255**2 / 100))
    assert psnr_db(picture(7), picture(7)) == float("inf")
    one_off = picture(100)
    one_off[0, 0, 0] = 116
    assert psnr_db(one_off, picture(100)) == pytest.approx(10 * np.log10(255**2 / (256 / 768)))
    with pytest.raises(ValueError, match=r"\(16, 16, 3\).*\(8, 8, 3\)"):
        psnr_db(picture(0), picture(0, 8))


def test_ssim_by_hand():
    random = np.random.default_rng(0)
    noise = random.integers(0, 255, (24, 24, 3), dtype=np.uint8)
    assert ssim(noise, noise) == pytest.approx(1.0)
    # of two flat pictures only the term of the means is left
    c1 = (0.01 * 255) ** 2
    assert ssim(picture(50), picture(100)) == pytest.approx((2 * 5000 + c1) / (2500 + 10000 + c1), abs=1e-4)
    # against a flat picture of the same mean, the structure is lost
    assert ssim(noise, np.full_like(noise, noise.mean())) < 0.1
    assert ssim(noise, np.clip(noise.astype(int) + 10, 0, 255).astype(np.uint8)) > 0.95
    with pytest.raises(ValueError, match="11×11"):
        ssim(picture(0, 10), picture(0, 10))


def test_frechet_distance_by_hand():
    random = np.random.default_rng(0)
    a = random.normal(size=(400, 3))
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(a, a + np.array([3.0, 0.0, 4.0])) == pytest.approx(25.0)
    # in one dimension: (difference of means)² + (difference of deviations)²
    x = np.array([[-1.0], [1.0]])
    assert frechet_distance(x, 3 * x + 1) == pytest.approx(1.0 + (3 - 1) ** 2 * 2)
    # rotated covariances that do not commute: tr(A + B − 2·(A½·B·A½)½) by scipy's root of a matrix
    from scipy.linalg import sqrtm

    b = a @ random.normal(size=(3, 3))
    ca, cb = np.cov(a.T), np.cov(b.T)
    wanted = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * sqrtm(ca @ cb).real)
    assert frechet_distance(a, b) == pytest.approx(wanted)
    with pytest.raises(ValueError, match="Fréchet"):
        frechet_distance(a, b[:, :2])


@pytest.fixture(scope="module")
def mira():
    """The shipped avatar without a compiler."""
    from echo_runtime.renderer import PictureGraph, build_renderer
    from echo_runtime.runtime.models import avatar_package

    package = avatar_package("mira")
    graph = PictureGraph(build_renderer(package.manifest.renderer, package.tensors("renderer")))

    def draw(motion):
        with torch.no_grad():
            return graph(torch.from_numpy(motion[None]))[0].numpy()

    return draw


def motion_of(**values):
    motion = np.zeros(MOTION_DIM, np.float32)
    for name, value in values.items():
        for full in [name] if name in MOTION_INDEX else [name + "Left", name + "Right"]:
            motion[MOTION_INDEX[full]] = value
    return motion


def test_the_judge_reads_drawn_faces(mira):
    faces = [
        motion_of(), motion_of(jawOpen=0.5), motion_of(eyeBlink=1.0), motion_of(mouthSmile=0.9),
        motion_of(jawOpen=0.5, headYaw=0.35),
    ]  # fmt: skip
    settled = [over_grey(mira(f)) for f in faces for _ in range(3)]
    read = {name: values[2::3] for name, values in read_faces([*settled, np.zeros_like(settled[0])]).items()}
    rest, opened, blinking, smiling, turned = range(5)
    assert read["lips"][opened] > read["lips"][rest] + 0.15
    assert read["lids"][blinking] < 0.5 * read["lids"][rest]
    assert read["smile"][smiling] > read["smile"][rest] + 0.1
    # head pose is undone: the same opening reads the same
    assert read["lips"][turned] == pytest.approx(read["lips"][opened], rel=0.2)


def test_readings_do_not_change_with_head_pose_and_size():
    canonical = shipped_landmark_map().canonical
    face = canonical.copy()
    face[[13, 82, 312], 1] += 0.01
    c, s = np.cos(0.4), np.sin(0.4)
    turned = face @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32).T * 3000 + np.float32(20)
    straight = face_readings(face * 2000, canonical)
    for name, value in face_readings(turned.astype(np.float32), canonical).items():
        assert value == pytest.approx(straight[name], abs=0.01)
    assert straight["lips"] > face_readings(canonical * 2000, canonical)["lips"] + 0.1


FRAMES = 400


def dialogue(seed):
    """An NPC that speaks in the first half, smiles 0.6 s after the player in the second, and blinks."""
    random = np.random.default_rng(seed)
    time = np.arange(FRAMES)
    motion = np.zeros((FRAMES, MOTION_DIM), np.float32)
    motion[:200, MOTION_INDEX["jawOpen"]] = np.clip(0.3 * np.sin(time[:200] / 3.0), 0, 1)
    player = np.zeros((FRAMES, 61), np.float32)
    player[:, -1] = 1.0
    smiles = np.clip(np.sin(time / random.uniform(15, 25)), 0, 1)
    for side in ("mouthSmileLeft", "mouthSmileRight"):
        player[:, MOTION_INDEX[side]] = smiles
        motion[15:, MOTION_INDEX[side]] = 0.7 * smiles[:-15]
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        motion[random.integers(0, FRAMES, 12), MOTION_INDEX[name]] = 1.0
    viseme = np.zeros(4 * FRAMES, np.int8)
    viseme[: 4 * 200][motion[:200, MOTION_INDEX["jawOpen"]].repeat(4) == 0] = judged_faces.BILABIAL[0]
    viseme[: 4 * 200][motion[:200, MOTION_INDEX["jawOpen"]].repeat(4) > 0.2] = judged_faces.OPEN_VOWELS[0]
    silent = np.zeros(640 * FRAMES, np.float32)
    affect = np.zeros((FRAMES, 10), np.float32)
    affect[:, 0] = 1.0
    values = {
        "motion": motion, "speech": silent, "player_face": player, "player_voice": silent, "affect": affect,
        "player_activity": np.zeros(4 * FRAMES, np.float32), "npc_speaking": time < 200, "viseme": viseme,
        "events": {}, "voice": "v", "seed": seed,
    }  # fmt: skip
    return DyadSession(**values)


def readings_of(motion, gap=0.8, rest=0.01):
    return {"lips": rest + gap * lip_opening(motion), "lids": 0.3 - 0.25 * blink(motion), "smile": smile(motion) + 1.0}


def test_a_faithful_drawing_scores_fully_and_a_still_one_does_not():
    sessions = [dialogue(1), dialogue(2)]
    motions = [s.motion for s in sessions]
    numbers, openings = judged([readings_of(m) for m in motions], motions, motions, sessions)
    for key in ("jaw_r", "true_jaw_r", "blink_r", "smile_r", "plosive_closure", "faces_found"):
        assert numbers[key] == pytest.approx(1.0, abs=0.01), key
    assert numbers["open_vowel_opening"] == pytest.approx(1.0, abs=0.05)
    assert numbers["closed_in_silence"] == 1.0
    assert numbers["smile_response_r"] > 0.97
    assert numbers["smile_response_lag_s"] == pytest.approx(0.6)
    assert openings.shape == (400, 2)
    still = [readings_of(np.zeros_like(m)) for m in motions]
    numbers, _ = judged(still, motions, motions, sessions)
    assert numbers["jaw_r"] == numbers["blink_r"] == 0.0
    assert numbers["plosive_closure"] is None  # nothing says how far an opening is seen


def test_lips_that_stand_apart_in_one_mood_are_seen_as_open_but_correlate():
    sessions = [dialogue(1), dialogue(2)]
    motions = [s.motion for s in sessions]
    parted = [readings_of(motions[0]), readings_of(motions[1], rest=0.2)]
    numbers, _ = judged(parted, motions, motions, sessions)
    assert numbers["jaw_r"] == pytest.approx(1.0, abs=0.01)
    assert numbers["plosive_closure"] == pytest.approx(0.5)
    assert numbers["closed_in_silence"] == pytest.approx(0.5)


def test_unseen_faces_are_left_out_and_counted():
    s = dialogue(3)
    read = readings_of(s.motion)
    for values in read.values():
        values[50:100] = np.nan
    numbers, _ = judged([read], [s.motion], [s.motion], [s])
    assert numbers["faces_found"] == pytest.approx(350 / 400)
    assert numbers["jaw_r"] == pytest.approx(1.0, abs=0.01)
    for values in read.values():
        values[:] = np.nan
    numbers, _ = judged([read], [s.motion], [s.motion], [s])
    assert numbers["jaw_r"] is None
    assert numbers["faces_found"] == 0.0


def test_read_openings_know_the_scale():
    opening = np.tile(np.linspace(0, 0.4, 50, dtype=np.float32), 4)
    (seen,) = read_openings([0.1 + 0.5 * opening], [opening])
    np.testing.assert_allclose(seen, opening, atol=0.02)
    assert np.isnan(read_openings([np.zeros(10, np.float32)], [np.zeros(10, np.float32)])[0]).all()
    assert np.isnan(within_r([opening[:20]], [opening[:20]], [np.ones(20, bool)]))


def test_the_probe_ships_and_a_damaged_one_is_named(tmp_path):
    assert WEIGHTS.stat().st_size < 1_000_000
    view = probe_view(picture(90, 128))
    assert view.shape == (SIDE, SIDE, 3)
    probe = PictureProbe()
    save_probe(probe, tmp_path / "p.safetensors")
    features = probe_features(np.stack([view] * 3), load_probe(tmp_path / "p.safetensors"))
    assert features.shape == (3, FEATURES)
    assert probe_features(np.stack([view])).shape == (1, FEATURES)
    (tmp_path / "p.safetensors").write_bytes(b"nonsense")
    with pytest.raises(PackageDamagedError, match=r"p\.safetensors"):
        load_probe(tmp_path / "p.safetensors")


def test_all_of_it_on_a_few_drawn_frames(mira, monkeypatch):
    monkeypatch.setattr(drawn_faces, "read_faces", lambda pictures: readings_of(motion[: len(list(pictures))]))
    s = dialogue(4)
    motion = s.motion
    numbers, kept = drawn_faces.picture_measures(mira, [motion], [motion], [s], 30, mira, compare=4)
    assert numbers["psnr_db"] == 99.0
    assert numbers["ssim"] == 1.0
    assert numbers["frechet"] == numbers["frechet_renderer"] == pytest.approx(0.0, abs=1e-3)
    assert numbers["compared"] == 4
    assert kept.dialogues[0].pictures.shape == (30, 256, 256, 3)
    assert sorted(pair.frame for pair in kept.pairs) == [0, 10, 19, 29]
