"""The LCU as it is trained without pixels: LPE, HBCU and affect read a long dialogue, and a small reader says from them
what the NPC's face does. The reader is thrown away afterwards; the flow transformer takes its place.

Each of the three parts can be left out, which is how their worth is measured (ECHO's ablation, section 4).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.context.affect import AFFECT_DIM
from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, SUMMARY_RATE
from echo_runtime.context.behaviour_transformer import BehaviourConfig, BehaviourTransformer
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig
from echo_runtime.signals import FRAME_RATE, MOTION_NAMES

PARTS = ("lpe", "hbcu", "lau")
EVERY = 5
"""Frames between two moments at which the face is predicted."""
ACTIVITY_SCALE = 0.15
"""Of voice activity, one input of the LPE among 81 but the one that tells when a clause ends; so it is made loud."""
STALEST_SUMMARIES = 4
"""S_usr is up to so many summaries older than it could be: two seconds."""
AHEAD_SUMMARIES = 4
"""S_usr is asked for the NPC's mean face of the next so many summaries: for as long as it may be in use."""
_READ = ("brow", "cheek", "nose", "eyeSquint", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple", "head", "gaze")
READ_CHANNELS = tuple(i for i, name in enumerate(MOTION_NAMES) if name.startswith(_READ))
"""What is predicted: channels that no speech moves and no blink."""


@dataclass(frozen=True)
class ContextWindows:
    """W windows of T frames out of D dialogues of up to S summaries.

    `summaries` (D, S, summary) and `labels` (D, S, behaviours) in {0, 1}, of which `lengths` (D,) are real; of the
    same spans the NPC's mean `faces` (D, S, READ_CHANNELS) and `affects` (D, S, 10); `source`
    (W,): each window's dialogue; `offset` (W,): index in `summaries` of the first that begins in the window; `face`
    (W, warm + T, 61) and `voice` (W, 4 (warm + T), 81) of the player; `speaking` (W, T) in {0, 1}, `affect` (W, T, 10),
    `motion` (W, T, 60), all the NPC's.
    """

    summaries: Tensor
    source: Tensor
    offset: Tensor
    face: Tensor
    voice: Tensor
    speaking: Tensor
    affect: Tensor
    motion: Tensor
    labels: Tensor
    lengths: Tensor
    faces: Tensor
    affects: Tensor


class FaceReader(nn.Module):
    """f_pu (…, K, width), affect (…, 10), speaking (…) → READ_CHANNELS, normalised."""

    def __init__(self, width: int, queries: int = 4, hidden: int = 192) -> None:
        super().__init__()
        self.query = nn.Parameter(torch.randn(queries, width) * 0.3)
        self.key = nn.Linear(width, width, bias=False)
        self.norm = nn.RMSNorm(width)
        self.inside = nn.Linear(queries * width + AFFECT_DIM + 1, hidden)
        self.between = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, len(READ_CHANNELS))

    def forward(self, f_pu: Tensor, affect: Tensor, speaking: Tensor) -> Tensor:
        tokens = self.norm(f_pu)
        weights = (self.query @ self.key(tokens).transpose(-1, -2) * tokens.shape[-1] ** -0.5).softmax(-1)
        seen = (weights @ tokens).flatten(-2)
        x = F.silu(self.inside(torch.cat([seen, affect, speaking[..., None]], -1)))
        return self.out(F.silu(self.between(x)))


class Foresight(nn.Module):
    """Hidden states (…, width) and the NPC's mean affect of what comes (…, 10) → its mean face there (…,
    READ_CHANNELS), normalised. An auxiliary target: every summary of a dialogue teaches Φ what is worth remembering,
    where the windows alone would teach it at a few moments. Thrown away with the reader."""

    def __init__(self, width: int, hidden: int = 128) -> None:
        super().__init__()
        self.inside = nn.Linear(width + AFFECT_DIM, hidden)
        self.out = nn.Linear(hidden, len(READ_CHANNELS))

    def forward(self, hidden: Tensor, affect: Tensor) -> Tensor:
        return self.out(F.silu(self.inside(torch.cat([hidden, affect], -1))))


class ContextModel(nn.Module):
    """`parts`: which of PARTS it has. Without the LPE its tokens are constant; without LAU the affect is neutral."""

    read_mean: Tensor
    read_scale: Tensor

    def __init__(
        self,
        parts: Collection[str] = PARTS,
        perception: PerceptionConfig | None = None,
        behaviour: BehaviourConfig | None = None,
    ) -> None:
        super().__init__()
        if unknown := set(parts) - set(PARTS):
            raise ValueError(f"The LCU has no part {sorted(unknown)}; its parts are {', '.join(PARTS)}.")
        self.parts = frozenset(parts)
        self.perception = LowLevelPerception(perception or PerceptionConfig())
        self.phi = BehaviourTransformer(behaviour or BehaviourConfig())
        width = self.perception.config.width
        self.context = HighLevelContext(self.phi.config.width, width)
        nn.init.constant_(self.context.gate, 0.1)  # at exactly zero Φ would learn nothing in the first steps
        self.blind_tokens = nn.Parameter(torch.randn(self.perception.config.tokens, width) * 0.3)
        self.reader = FaceReader(width)
        self.foresight = Foresight(self.phi.config.width)
        self.register_buffer("read_mean", torch.zeros(len(READ_CHANNELS)))
        self.register_buffer("read_scale", torch.ones(len(READ_CHANNELS)))

    def fit_reader(self, motion: Tensor) -> None:
        """Mean and scale of what is predicted, from NPC motion (N, 60)."""
        read = motion[:, list(READ_CHANNELS)]
        self.read_mean.copy_(read.mean(0))
        self.read_scale.copy_(read.std(0) + 0.01)

    def fit_summaries(self, summaries: Tensor) -> None:
        """Mean and scale of what Φ reads, from (N, summary)."""
        self.phi.mean.copy_(summaries.mean(0))
        self.phi.scale.copy_(summaries.std(0) + 0.02)

    def fit_perception(self, face: Tensor, voice: Tensor) -> None:
        """Mean and scale of what the LPE reads, from face (N, 61) and voice (M, 81)."""
        face = face[face[:, -1] > 0.5, :-1]
        self.perception.region_tokens.mean.copy_(face.mean(0))
        self.perception.region_tokens.scale.copy_(face.std(0) + 0.02)
        self.perception.voice_mean.copy_(voice.mean(0))
        self.perception.voice_scale.copy_(voice.std(0) + 0.1)
        self.perception.voice_scale[-1] = ACTIVITY_SCALE

    def _perceived(self, windows: ContextWindows) -> Tensor:
        """P_usr (W, T / EVERY, K, width); the warm-up before the window fills the scans and is not learned from."""
        frames = windows.motion.shape[1]
        count = len(windows.source)
        if "lpe" not in self.parts:
            return self.blind_tokens.expand(count, frames // EVERY, -1, -1)
        state = self.perception.initial_state(count)
        warm = windows.face.shape[1] - frames
        if warm:
            with torch.no_grad():
                _, state = self.perception(windows.face[:, :warm], windows.voice[:, : 4 * warm], state, every=warm)
        return self.perception(windows.face[:, warm:], windows.voice[:, 4 * warm :], state, every=EVERY)[0]

    def remembered(self, summaries: Tensor) -> Tensor:
        """(D, S, summary) of dialogues → S_usr (D, S, width) at each; in bfloat16 while training, 2.7 × faster."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            hidden, _ = self.phi(summaries, self.phi.initial_state(len(summaries), past=0))
        return hidden.float()

    def forward(self, windows: ContextWindows, stale: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """`stale` (W,) whole summaries that S_usr comes late; drawn at random when None → normalised prediction
        (W, T / EVERY, READ_CHANNELS), S_usr (D, S, width)."""
        p_usr = self._perceived(windows)
        if "hbcu" not in self.parts:
            hidden = self.phi.mean.new_zeros(*windows.summaries.shape[:2], self.phi.config.width)
        else:
            hidden = self.remembered(windows.summaries)
        frames = torch.arange(EVERY, windows.motion.shape[1] + 1, EVERY)
        if "hbcu" in self.parts:
            if stale is None:
                stale = torch.randint(0, STALEST_SUMMARIES + 1, windows.source.shape)
            # the newest summary that ended before the frame, and how long ago
            index = windows.offset[:, None] + frames // SUMMARY_FRAMES - 1 - stale[:, None]
            age = (frames % SUMMARY_FRAMES) / FRAME_RATE + stale[:, None] / SUMMARY_RATE
            s_usr = hidden[windows.source[:, None], index.clamp_min(0)]
            p_usr = self.context(p_usr, s_usr[:, :, None], age, (index >= 0).to(p_usr.dtype))
        affect = windows.affect[:, frames - 1]
        if "lau" not in self.parts:
            affect = torch.zeros_like(affect)
            affect[..., 0] = 1.0
        return self.reader(p_usr, affect, windows.speaking[:, frames - 1]), hidden

    def target(self, windows: ContextWindows) -> Tensor:
        """The NPC's true face at the moments of `forward`, normalised."""
        frames = torch.arange(EVERY, windows.motion.shape[1] + 1, EVERY) - 1
        return (windows.motion[:, frames][..., list(READ_CHANNELS)] - self.read_mean) / self.read_scale

    def loss(self, windows: ContextWindows, auxiliary: float = 0.2) -> tuple[Tensor, dict[str, Tensor]]:
        """→ whole loss, and its parts by name: error of the `face`, cross-entropy of the player's `behaviour`, error of
        the face that is `ahead`. The last two only teach Φ, and weigh nothing without HBCU."""
        predicted, hidden = self(windows)
        face = F.smooth_l1_loss(predicted, self.target(windows))
        if "hbcu" not in self.parts:
            return face, {"face": face.detach()}
        steps = torch.arange(hidden.shape[1])
        real = steps < windows.lengths[:, None]
        logits = self.phi.behaviour_logits(hidden)
        behaviour = F.binary_cross_entropy_with_logits(logits[real], windows.labels[real])
        ahead = self._ahead(windows, hidden)
        parts = {"face": face.detach(), "behaviour": behaviour.detach(), "ahead": ahead.detach()}
        return face + auxiliary * behaviour + ahead, parts

    def _ahead(self, windows: ContextWindows, hidden: Tensor) -> Tensor:
        def coming(x: Tensor) -> Tensor:  # mean of the summaries s + 1 … s + AHEAD_SUMMARIES, for every s that has them
            return x[:, 1:].unfold(1, AHEAD_SUMMARIES, 1).mean(-1)

        affect = coming(windows.affects)
        if "lau" not in self.parts:
            affect = torch.zeros_like(affect)
            affect[..., 0] = 1.0
        count = affect.shape[1]
        real = torch.arange(count) < windows.lengths[:, None] - AHEAD_SUMMARIES
        guess = self.foresight(hidden[:, :count], affect)
        true = (coming(windows.faces) - self.read_mean) / self.read_scale
        return F.smooth_l1_loss(guess[real], true[real])
