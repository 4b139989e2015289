"""How well the LCU says what the NPC's face does, on whole held-out dialogues."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from echo_runtime.context.behaviour_transformer import BEHAVIOURS
from echo_runtime.signals import FRAME_RATE, MOTION_NAMES
from echo_runtime.training.context_model import EVERY, READ_CHANNELS, ContextModel
from echo_runtime.training.context_windows import WINDOW_SUMMARIES, ObservedDialogue, gathered

MOOD_S = 10.0
"""What remains of a face when it is averaged over so many seconds is mood, not reaction."""
_AT_ONCE = 8
"""Windows that are evaluated together."""


@torch.no_grad()
def predicted_face(
    model: ContextModel, dialogue: ObservedDialogue
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Prediction and truth of READ_CHANNELS, normalised, every EVERY frames of a whole dialogue (N, channels); the
    behaviour logits (S, behaviours) and the labels of the same summaries. S_usr is one summary late throughout."""
    limit = model.phi.config.window
    starts = list(range(0, dialogue.spans - WINDOW_SUMMARIES + 1, WINDOW_SUMMARIES))
    predicted, true, logits, labels = [], [], [], []
    for i in range(0, len(starts), _AT_ONCE):
        own = starts[i : i + _AT_ONCE]
        end = own[-1] + WINDOW_SUMMARIES
        begin = max(0, end - limit)
        windows = gathered([dialogue], [begin], [end], [own])
        guess, hidden = model(windows, torch.ones(len(own), dtype=torch.long))
        logits.append(model.phi.behaviour_logits(hidden[0, own[0] - begin :]))
        labels.append(dialogue.labels[own[0] : end])
        predicted.append(guess.flatten(0, 1))
        true.append(model.target(windows).flatten(0, 1))
    return (
        torch.cat(predicted).numpy(), torch.cat(true).numpy(), torch.cat(logits).numpy(), torch.cat(labels).numpy()
    )  # fmt: skip


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over columns of Pearson's r; columns without movement in the truth are left out."""
    moving = b.std(0) > 1e-6
    a, b = a[:, moving] - a[:, moving].mean(0), b[:, moving] - b[:, moving].mean(0)
    norms = np.sqrt((a**2).sum(0) * (b**2).sum(0))
    return float(np.mean((a * b).sum(0) / np.maximum(norms, 1e-9)))


def mood(face: np.ndarray) -> np.ndarray:
    """(N, channels) → means over MOOD_S."""
    length = round(MOOD_S * FRAME_RATE / EVERY)
    whole = len(face) // length * length
    return face[:whole].reshape(-1, length, face.shape[1]).mean(1)


def reaction(face: np.ndarray) -> np.ndarray:
    """(N, channels) → what is left of it without its means over MOOD_S."""
    length = round(MOOD_S * FRAME_RATE / EVERY)
    whole = len(face) // length * length
    return face[:whole] - np.repeat(mood(face), length, 0)


def _times(count: int) -> np.ndarray:
    """Seconds of the predicted moments."""
    return (np.arange(count) + 1) * EVERY / FRAME_RATE


def distance_in(guess: np.ndarray, true: np.ndarray, spans: Sequence[tuple[float, float]]) -> float:
    """Root mean square of the two faces' difference, each averaged over a span (from, to in seconds), over spans and
    channels; NaN without spans. Averaged, because what is remembered is how a face is held, not how it moves."""
    at = _times(len(true))
    means = [
        guess[inside].mean(0) - true[inside].mean(0)
        for a, b in spans
        if (inside := (at >= a) & (at < b)).sum() > FRAME_RATE / EVERY
    ]
    return float(np.sqrt(np.mean(np.square(means)))) if means else float("nan")


def evaluate(model: ContextModel, dialogues: Sequence[ObservedDialogue]) -> dict[str, float]:
    """`error`: mean squared error over the variance of the truth · `face_r`, `smile_r`: correlation with the true face,
    all channels and the smile's · `mood_r`: of means over ten seconds · `reaction_r`: of what remains without them ·
    `mentioned`, `situated`: distance (`distance_in`) while a topic is fresh that was told of before, and while a
    situation of before is back · `behaviour`: balanced accuracy of what Φ says
    the player does, mean over behaviours."""
    smiles = [i for i, c in enumerate(READ_CHANNELS) if MOTION_NAMES[c].startswith("mouthSmile")]
    rows, hits = [], []
    for dialogue in dialogues:
        guess, true, logits, labels = predicted_face(model, dialogue)
        rows.append({
            "error": float(((guess - true) ** 2).mean() / true.var(0).mean()),
            "face_r": correlation(guess, true),
            "smile_r": correlation(guess[:, smiles], true[:, smiles]),
            "mood_r": correlation(mood(guess), mood(true)),
            "reaction_r": correlation(reaction(guess), reaction(true)),
            "mentioned": distance_in(guess, true, dialogue.mentions),
            "situated": distance_in(guess, true, dialogue.situations),
        })  # fmt: skip
        hits.append((logits > 0, labels > 0.5))
    said, labels = (np.concatenate(part) for part in zip(*hits, strict=True))
    balanced = [
        (said[labels[:, i], i].mean() + (~said[~labels[:, i], i]).mean()) / 2
        for i in range(len(BEHAVIOURS))
        if 0 < labels[:, i].sum() < len(labels)
    ]
    known = {key: [r[key] for r in rows if np.isfinite(r[key])] for key in rows[0]}
    scores = {key: float(np.mean(values)) for key, values in known.items() if values}
    return {k: round(v, 3) for k, v in (scores | {"behaviour": float(np.mean(balanced or [np.nan]))}).items()}
