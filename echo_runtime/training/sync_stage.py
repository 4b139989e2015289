"""Trains the synchrony network, the judge of lips against sound, on conversations' true mouths and voices."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from echo_runtime.errors import TrainingError
from echo_runtime.log_mel import log_mel
from echo_runtime.signals import MELS_PER_FRAME, FloatArray
from echo_runtime.training.dyads import DyadSession, load_sessions
from echo_runtime.training.measures.synchrony import synchrony
from echo_runtime.training.progress import (
    Checkpoint,
    FiniteLoss,
    Minutes,
    cosine,
    load_optimizer_tensors,
    optimizer_tensors,
    write_tensors,
)
from echo_runtime.training.speech.augmentation import augment_mel
from echo_runtime.training.sync_network import SyncNetwork, load_sync_network, mouth_channels

CLIP_FRAMES = 44
CLIPS = 12
LEARNING_RATE = 2e-3
_TEMPERATURE = 0.12
_GUARD_FRAMES = 1
"""Neighbours of the true moment are no negatives: a frame to either side sounds and looks nearly the same."""
Clip = tuple[FloatArray, FloatArray, np.ndarray]
"""Mouth (T, 11), log-mel (4T, 80), speaking (T,)."""


def clips_of(session: DyadSession) -> Clip:
    """What the network sees of a session: the NPC's true mouth and its voice."""
    peak = max(float(np.abs(session.speech).max()), 1e-4)
    mel = log_mel(session.speech * (0.5 / peak))
    frames = min(len(session.motion), len(mel) // MELS_PER_FRAME)
    speaking = session.npc_speaking[:frames].astype(bool)
    return mouth_channels(session.motion[:frames]), mel[: frames * MELS_PER_FRAME], speaking


def draw(clips: list[Clip], random: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """A batch of mouths (B, T, 11), mels (B, 4T, 80) and masks (B, T), varied so that none is known by heart."""
    mouths: list[FloatArray] = []
    mels: list[FloatArray] = []
    masks: list[np.ndarray] = []
    while len(mouths) < CLIPS:
        mouth, mel, speaking = clips[random.integers(len(clips))]
        start = int(random.integers(0, max(1, len(mouth) - CLIP_FRAMES)))
        cut = slice(start, start + CLIP_FRAMES)
        if speaking[cut].sum() < CLIP_FRAMES // 2:
            continue
        sound = mel[start * MELS_PER_FRAME : (start + CLIP_FRAMES) * MELS_PER_FRAME]
        mels.append(augment_mel(sound, random) if random.random() < 0.7 else sound)
        mouths.append(mouth[cut] * random.uniform(0.8, 1.2) + random.normal(0, 0.01, mouth[cut].shape))
        masks.append(speaking[cut])
    return (
        torch.from_numpy(np.stack(mouths).astype(np.float32)),
        torch.from_numpy(np.stack(mels).astype(np.float32)),
        torch.from_numpy(np.stack(masks)),
    )


def contrast(lips: Tensor, sound: Tensor, mask: Tensor) -> Tensor:
    """Cross-entropy of finding the sound of a mouth's moment, and the mouth of a sound's, among all of its clip.

    `lips`, `sound` (B, T, d) unit vectors, `mask` (B, T). (van den Oord et al. 2018, InfoNCE, both ways.)
    """
    scores = lips @ sound.transpose(1, 2) / _TEMPERATURE
    time = torch.arange(scores.shape[1])
    apart = (time[:, None] - time[None]).abs()
    near = (apart > 0) & (apart <= _GUARD_FRAMES)
    scores = scores.masked_fill(near, -1e4).masked_fill(~mask[:, None, :] & (apart > 0), -1e4)
    loss = torch.zeros(())
    for table in (scores, scores.transpose(1, 2)):
        each = F.cross_entropy(table.flatten(0, 1), time.repeat(len(table)), reduction="none")
        loss = loss + 0.5 * (each * mask.flatten()).sum() / mask.sum().clamp(min=1)
    return loss


def train_sync(
    out: Path, minutes: float = 4.0, seed: int = 0, resume: bool = True, threads: int = 1,
    dyads: Path = Path("build/dyads"), sessions: int = 120,
) -> dict[str, Any]:  # fmt: skip
    """Writes `out`/sync_network.safetensors (half precision); returns what it reached on held-out conversations.

    `dyads`: a folder of `train dyads`; the first `sessions` of its `train` are learned from. `matched` and `other`:
    LSE-D and LSE-C of true mouths with their own sound and with another conversation's.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    clips = [clips_of(s) for s in itertools.islice(load_sessions(dyads / "train"), sessions)]
    clips = [clip for clip in clips if clip[2].sum() > CLIP_FRAMES and len(clip[0]) > CLIP_FRAMES]
    if not clips:
        raise TrainingError(f"Nobody speaks in the conversations of {dyads / 'train'}; generate them again.")
    network = SyncNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=1e-2)
    checkpoint, step, elapsed = Checkpoint(out), 0, 0.0
    if resume and checkpoint.exists():
        groups, state = checkpoint.load(random, ("model", "optimizer"))
        checkpoint.load_into(network, groups["model"])
        load_optimizer_tensors(optimizer, groups["optimizer"])
        step, elapsed = int(state["step"]), float(state["minutes"])

    def keep() -> None:
        tensors = {"model": network.state_dict(), "optimizer": optimizer_tensors(optimizer)}
        checkpoint.save(tensors, {"step": step, "minutes": clock.elapsed}, random)

    clock = Minutes("synchrony", minutes, elapsed, keep)
    guard = FiniteLoss("synchrony network", checkpoint)
    with clock:
        while not clock.over:
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * cosine(clock.fraction)
            mouth, mel, mask = draw(clips, random)
            loss = contrast(network.lips(mouth), network.sound(mel), mask)
            optimizer.zero_grad()
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            if guard.passes(step, loss, norm):
                optimizer.step()
            step += 1
            clock.show(step, loss=float(loss.detach()))
    keep()
    path = out / "sync_network.safetensors"
    write_tensors(path, {name: t.half() for name, t in network.state_dict().items()})
    held_out = list(itertools.islice(load_sessions(dyads / "held_out"), 12))
    return {"steps": step, "conversations": len(clips), **judge(load_sync_network(path), held_out)}


def judge(network: SyncNetwork, sessions: list[DyadSession]) -> dict[str, float]:
    """Synchrony of true mouths with their own voices and with those of the next conversation."""
    embedded = [network.embed(s.motion, s.speech) for s in sessions]
    lips, sounds = [e[0] for e in embedded], [e[1] for e in embedded]
    where = [s.npc_speaking.astype(bool) for s in sessions]
    own, other = synchrony(lips, sounds, where), synchrony(lips, sounds[1:] + sounds[:1], where)
    return {
        "matched_lse_d": own.lse_d, "matched_lse_c": own.lse_c, "offset_s": own.offset_s,
        "other_lse_d": other.lse_d, "other_lse_c": other.lse_c,
    }  # fmt: skip
