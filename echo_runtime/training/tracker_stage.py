"""Train the map from tracked landmarks to ARKit coefficients: render, track, align, regress, and measure on new
people.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from echo_runtime.capture.head_pose import IRIS_DISTANCE_M, RIGID, fit_pose, rotation_angles
from echo_runtime.capture.landmark_features import LEFT_LID_PAIRS, LIP_PAIRS, RIGHT_LID_PAIRS, distances, opening, shape
from echo_runtime.capture.landmark_map import LEARNED, LEARNED_NAMES, LandmarkMap
from echo_runtime.capture.landmarks import LandmarkDetector
from echo_runtime.errors import TrainingError
from echo_runtime.signals import GAZE, ROTATION, FloatArray
from echo_runtime.training.head.posing import rotation_matrix
from echo_runtime.training.progress import Minutes, hardware, starting_tensors, write_tensors, write_text
from echo_runtime.training.tracker_pictures import TrackedPictures, track_identity
from echo_runtime.training.tracker_regression import People, fit_regressor, own_spread, predict

IDENTITIES, HELD_OUT, PICTURES = 40, 8, 48
COMPONENTS = 40
FIRST_SEED, FIRST_HELD_OUT_SEED = 50_000, 60_000


def collect(folder: Path, seeds: range, pictures: int, title: str) -> list[TrackedPictures]:
    """One file per identity, made where it is missing, so that an interrupted run continues."""
    folder.mkdir(parents=True, exist_ok=True)
    detector, found = None, []
    with Minutes(title, minutes=math.inf) as progress:
        for i, seed in enumerate(seeds):
            path = folder / f"{seed}-{pictures}.npz"
            if not path.exists():
                detector = detector or LandmarkDetector()
                track_identity(seed, pictures, detector).save(path)
            found.append(TrackedPictures.load(path))
            progress.note(f"{title} {i + 1} of {len(seeds)}") if i % 10 == 9 else None
            progress.show(i + 1)
    return found


def canonical_face(people: list[TrackedPictures]) -> FloatArray:
    """(478, 3) metres: the mean resting face as mediapipe sees it, turned to the front by the known poses, with the
    origin where the heads turn, so that turning alone gives no translation."""
    landmarks = np.concatenate([p.landmarks[p.calm] for p in people])
    motion = np.concatenate([p.motion[p.calm] for p in people])
    straight = np.abs(motion[:, ROTATION]).sum(1)
    face = landmarks[np.argsort(straight)[: max(len(straight) // 10, 1)]].mean(0)
    true = np.stack([rotation_matrix(*(float(x) for x in m[ROTATION])) for m in motion])
    for _ in range(4):
        face = (face - face[RIGID].mean(0)) * (IRIS_DISTANCE_M / np.linalg.norm(face[468] - face[473]))
        poses = [fit_pose(l, face) for l in landmarks]
        off = np.einsum("nji,njk->ik", true, np.stack([p.rotation for p in poses]))
        u, _, vt = np.linalg.svd(off)
        face = np.mean([p.aligned(l) for p, l in zip(poses, landmarks, strict=True)], axis=0) @ (u @ vt).T
    poses = [fit_pose(l, face) for l in landmarks]
    # centre/scale = R · pivot + shift · translation + constant, in x and y
    rows, values = [], []
    for p, m in zip(poses, motion, strict=True):
        for axis in (0, 1):
            row = np.zeros(6)
            row[:3], row[3], row[4 + axis] = -p.rotation[axis], m[55 + axis], 1.0
            rows.append(row)
            values.append(p.centre[axis] / p.scale)
    pivot = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0][:3]
    return (face - pivot).astype(np.float32)


def earlier_features(start: Path | str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Canonical face, mean and basis of an earlier map: its weights mean something in its own features only."""
    earlier = starting_tensors(start, "landmark_map")
    names = ("canonical", "mean", "basis")
    if any(name not in earlier for name in names) or earlier["canonical"].shape != (478, 3):
        raise TrainingError(f"{start} holds no map of landmarks to start --from; give a folder of `train tracker`.")
    canonical, mean, basis = (earlier[name].numpy() for name in names)
    return canonical, mean, basis


def gather(people: list[TrackedPictures], canonical: FloatArray, mean: FloatArray, basis: FloatArray) -> People:
    features, angles, target, person, rest = [], [], [], [], []
    for i, p in enumerate(people):
        poses = [fit_pose(l, canonical) for l in p.landmarks]
        aligned = np.stack([pose.aligned(l) for pose, l in zip(poses, p.landmarks, strict=True)])
        turned = np.stack([rotation_angles(pose.rotation) for pose in poses])
        features.append(np.concatenate([(shape(aligned) - mean) @ basis.T, distances(aligned)], axis=1))
        angles.append(turned)
        target.append(np.concatenate([p.motion[:, LEARNED], p.motion[:, GAZE], p.motion[:, ROTATION] - turned], axis=1))
        person += [i] * len(poses)
        rest.append(features[-1][p.calm].mean(0))
    landmarks = np.concatenate([p.landmarks for p in people])
    raw = {
        "jawOpen": opening(landmarks, LIP_PAIRS),
        "eyeBlinkLeft": -opening(landmarks, LEFT_LID_PAIRS),
        "eyeBlinkRight": -opening(landmarks, RIGHT_LID_PAIRS),
    }
    calm = np.concatenate([p.calm for p in people])

    def tensor(x: FloatArray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))

    return People(
        tensor(np.concatenate(features)), tensor(np.concatenate(angles)), tensor(np.concatenate(target)),
        torch.tensor(person), torch.from_numpy(calm), tensor(np.stack(rest)), raw,
    )  # fmt: skip


def _correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's, 0 where one of them does not vary."""
    return round(float(np.corrcoef(a, b)[0, 1]), 3) if min(a.std(), b.std()) > 1e-6 else 0.0


def errors(predicted: FloatArray, data: People) -> dict[str, dict[str, float]]:
    """Per output: mean absolute error and correlation; gaze and rotation in radians."""
    target = data.target.numpy()
    names = (*LEARNED_NAMES, "gazeYaw", "gazePitch", "pitchResidual", "yawResidual", "rollResidual")
    clipped = predicted.copy()
    clipped[:, : len(LEARNED)] = np.clip(clipped[:, : len(LEARNED)], 0, 1)
    out = {}
    for i, name in enumerate(names):
        a, b = clipped[:, i], target[:, i]
        out[name] = {"mae": round(float(np.abs(a - b).mean()), 4), "r": _correlation(a, b)}
        if name in data.raw:
            out[name]["r_raw_distance"] = _correlation(data.raw[name], b)
    return out


def train_tracker(
    out: Path,
    minutes: float = 4.0,
    seed: int = 0,
    resume: bool = True,
    threads: int = 1,
    identities: int = IDENTITIES,
    held_out: int = HELD_OUT,
    pictures: int = PICTURES,
    start: Path | str | None = None,
) -> dict[str, object]:
    """Writes `out`/landmark_map.safetensors and .json (how it was made, error per coefficient on people never seen).

    Rendering and tracking come first and take about 0.15 s per picture and core; their results stay in `out`/pictures.
    `minutes` are those of the regression. `start`: a package or folder whose map it begins with, with the features
    of that map. Returns the information of the json. Raises TrainingError.
    """
    torch.set_num_threads(threads)
    train = collect(out / "pictures", range(FIRST_SEED, FIRST_SEED + identities), pictures, "tracker: people")
    unseen_seeds = range(FIRST_HELD_OUT_SEED, FIRST_HELD_OUT_SEED + held_out)
    test = collect(out / "pictures", unseen_seeds, pictures, "held out")
    if sum(len(p.motion) for p in train) < 50 or any(not p.calm.any() for p in train + test):
        raise TrainingError(
            f"too few faces were found in the renders under {out / 'pictures'}; delete it and run again"
        )
    if start is None:
        canonical = canonical_face(train)
        shapes = np.stack([shape(fit_pose(l, canonical).aligned(l)) for p in train for l in p.landmarks])
        mean = shapes.mean(0)
        _, vectors = np.linalg.eigh(np.cov((shapes - mean).T))
        basis = vectors[:, ::-1][:, :COMPONENTS].T.astype(np.float32)
    else:
        canonical, mean, basis = earlier_features(start)
    data, unseen = gather(train, canonical, mean, basis), gather(test, canonical, mean, basis)
    rest, spread, person = data.rest.mean(0), own_spread(data), data.rest.std(0)

    net, step = fit_regressor(data, rest, spread, out, minutes, seed, resume, start)
    linear = [l for l in net.layers if isinstance(l, nn.Linear)]
    layers = tuple((l.weight.detach().numpy(), l.bias.detach().numpy()) for l in linear)
    direct = net.direct.weight.detach().numpy()
    found = LandmarkMap(canonical, mean, basis, rest.numpy(), spread.numpy(), person.numpy(), direct, layers)
    adapted, plain = (errors(predict(net, unseen, rest, spread, t), unseen) for t in (1.0, 0.0))
    path = out / "landmark_map.safetensors"
    information: dict[str, object] = {
        "command": "echo-runtime train tracker",
        "seed": seed, "minutes": minutes, "steps": step, "hardware": hardware(),
        "identities": identities, "held_out_identities": held_out, "pictures_each": pictures,
        "missed": sum(p.missed for p in train + test),
        "held_out_with_own_resting_face": adapted, "held_out_with_mean_resting_face": plain,
    }  # fmt: skip
    write_tensors(path, {name: torch.from_numpy(array) for name, array in found.half_arrays().items()})
    information["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    write_text(path.with_suffix(".json"), json.dumps(information, indent=1) + "\n")
    return information
