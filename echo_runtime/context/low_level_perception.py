"""LPE, low-level perception (ECHO section 3.1): the player's face and voice → P_usr, the tokens the generator reads.

    A_usr → f_audio → M_a (scan over time) ┐
          └────────────────────────────── F_gm (learned gate) ┐
    V_usr → region tokens → Mask → M_v (spatio-temporal scan) → F_int → P_usr

P_usr at an instant: the nine region tokens of that instant, and seven tokens of moments 0.2 … 1.4 s before it, because
a reaction is timed against what was seen and a decaying state alone blurs that timing.
The high-level context (HBCU) fuses into P_usr to make f_pu; without it f_pu = P_usr, which is what `forward` returns.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.context.region_tokens import RegionTokens
from echo_runtime.context.scan import SelectiveScan
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, PLAYER_REGION_COUNT, VOICE_DIM
from echo_runtime.stream_state import StreamState

MOMENTS = 7
MOMENT_STRIDE = 5
"""Frames between two remembered moments: 0.2 s."""
MOMENT_FRAMES = MOMENTS * MOMENT_STRIDE
SCAN_FRAMES = 5
"""Frames per chunk of the parallel face scan (45 tokens)."""
VOICE_SCAN_FRAMES = 40


@dataclass(frozen=True)
class PerceptionConfig:
    """Sizes of the LPE. `width` is the size of a token of f_pu."""

    width: int = 64
    layers: int = 2
    heads: int = 4
    state_size: int = 16

    @property
    def tokens(self) -> int:
        """K, the tokens of P_usr."""
        return PLAYER_REGION_COUNT + MOMENTS

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass
class PerceptionState(StreamState):
    """`face_scan` (B, layers, 2 directions, H, P, N); `voice_scan` (B, layers, H, P, N); `moments` (B, 35, width)."""

    face_scan: Tensor
    voice_scan: Tensor
    moments: Tensor


class LowLevelPerception(nn.Module):
    """Streams: any number of frames per call, the same result however a sequence is cut."""

    voice_mean: Tensor
    voice_scale: Tensor

    def __init__(self, config: PerceptionConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width

        def scan(chunk: int) -> SelectiveScan:
            return SelectiveScan(width, config.heads, config.state_size, chunk)

        face_chunk = SCAN_FRAMES * PLAYER_REGION_COUNT

        self.region_tokens = RegionTokens(width)
        self.downward_scans = nn.ModuleList(scan(face_chunk) for _ in range(config.layers))
        self.upward_scans = nn.ModuleList(scan(face_chunk) for _ in range(config.layers))
        self.register_buffer("voice_mean", torch.zeros(VOICE_DIM))
        self.register_buffer("voice_scale", torch.ones(VOICE_DIM))
        self.f_audio = nn.Linear(MELS_PER_FRAME * VOICE_DIM, width)
        self.voice_scans = nn.ModuleList(scan(VOICE_SCAN_FRAMES) for _ in range(config.layers))
        self.merge_gate = nn.Linear(2 * width, width)  # F_gm
        self.interact_query = nn.Linear(width, width, bias=False)  # F_int
        self.interact_value = nn.Linear(width, 2 * width, bias=False)
        self.interact_out = nn.Linear(width, width)
        self.moment_face = nn.Linear(PLAYER_REGION_COUNT * width, width)
        self.moment_voice = nn.Linear(width, width, bias=False)
        self.token_place = nn.Parameter(torch.randn(config.tokens, width) * 0.3)

    def initial_state(self, batch_size: int) -> PerceptionState:
        c, device = self.config, self.token_place.device
        hidden = (c.heads, c.width // c.heads, c.state_size)
        return PerceptionState(
            torch.zeros(batch_size, c.layers, 2, *hidden, device=device),
            torch.zeros(batch_size, c.layers, *hidden, device=device),
            torch.zeros(batch_size, MOMENT_FRAMES, c.width, device=device),
        )

    def _voice(self, voice: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """A_usr (B, 4T, 81) → merged voice (B, T, width), new scan state."""
        voice = ((voice - self.voice_mean) / self.voice_scale).clamp(-6.0, 6.0)
        raw = self.f_audio(voice.unflatten(1, (-1, MELS_PER_FRAME)).flatten(2))
        scanned, states = raw, []
        for layer, scan in enumerate(self.voice_scans):
            scanned, state = scan(scanned, hidden[:, layer])
            states.append(state)
        gate = torch.sigmoid(self.merge_gate(torch.cat([raw, scanned], -1)))
        return gate * scanned + (1.0 - gate) * raw, torch.stack(states, 1)

    def _face(self, face: Tensor, seen: Tensor | None, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """V_usr (B, T, 61) → tokens (B, T, R, width), new scan states: in an instant both ways, over time causal."""
        tokens, states = self.region_tokens(face, seen), []
        for layer, (scan_down, scan_up) in enumerate(zip(self.downward_scans, self.upward_scans, strict=True)):
            downward, down = scan_down(tokens.flatten(1, 2), hidden[:, layer, 0])
            upward, up = scan_up(tokens.flip(2).flatten(1, 2), hidden[:, layer, 1])
            shape = (-1, PLAYER_REGION_COUNT)
            tokens = 0.5 * (downward.unflatten(1, shape) + upward.unflatten(1, shape).flip(2))
            states.append(torch.stack([down, up], 1))
        return tokens, torch.stack(states, 1)

    def _interact(self, tokens: Tensor, voice: Tensor) -> Tensor:
        """F_int: every face token takes from the merged voice of its instant as much as the two agree to."""
        key, value = self.interact_value(voice)[:, :, None].chunk(2, -1)
        agreement = (self.interact_query(tokens) * key).sum(-1, keepdim=True) * tokens.shape[-1] ** -0.5
        return tokens + self.interact_out(torch.sigmoid(agreement) * value)

    def forward(
        self, face: Tensor, voice: Tensor, state: PerceptionState, seen: Tensor | None = None, every: int = 1
    ) -> tuple[Tensor, PerceptionState]:
        """face (B, T, 61), voice (B, 4T, 81) → f_pu (B, T / every, K, width) after each `every`-th frame, new state."""
        merged, voice_scan = self._voice(voice, state.voice_scan)
        tokens, face_scan = self._face(face, seen, state.face_scan)
        tokens = self._interact(tokens, merged)
        moment = F.silu(self.moment_face(tokens.flatten(2)) + self.moment_voice(merged))
        line = torch.cat([state.moments.to(moment.dtype), moment], 1)  # starts 35 frames before the first
        frames = torch.arange(every - 1, face.shape[1], every, device=face.device)
        past = frames[:, None] + torch.arange(0, MOMENT_FRAMES, MOMENT_STRIDE, device=face.device)
        p_usr = torch.cat([tokens[:, every - 1 :: every], line[:, past]], 2) + self.token_place
        return p_usr, PerceptionState(face_scan, voice_scan, line[:, -MOMENT_FRAMES:].float())

    def observe(
        self,
        face: Tensor,
        voice: Tensor,
        state: PerceptionState,
        exec_mask: Tensor | None = None,
        seen: Tensor | None = None,
    ) -> tuple[Tensor, PerceptionState]:
        """Run time: some new frames → f_pu (B, K, width) after the last, new state. Rows off in `exec_mask` stay."""
        f_pu, new = self(face, voice, state, seen, every=face.shape[1])
        return f_pu[:, 0], state.advanced(new.tensors, exec_mask)


class PerceptionGraph(nn.Module):
    """`observe` with tensors for state, as backends compile it: static shapes, one chunk of frames per call."""

    def __init__(self, perception: LowLevelPerception) -> None:
        super().__init__()
        self.perception = perception

    def forward(
        self, face: Tensor, voice: Tensor, seen: Tensor, face_scan: Tensor, voice_scan: Tensor, moments: Tensor
    ) -> tuple[Tensor, ...]:
        """`seen` (B, T, regions) → f_pu (B, K, width), then the three new state tensors."""
        state = PerceptionState(face_scan, voice_scan, moments)
        f_pu, state = self.perception.observe(face, voice, state, seen=seen)
        return f_pu, *state.tensors

    def example_inputs(self, batch_size: int = 1, frames: int = SCAN_FRAMES) -> tuple[Tensor, ...]:
        state = self.perception.initial_state(batch_size)
        shapes = ((batch_size, frames, FACE_DIM), (batch_size, frames * MELS_PER_FRAME, VOICE_DIM))
        seen = torch.ones(batch_size, frames, PLAYER_REGION_COUNT)
        return *(torch.zeros(shape) for shape in shapes), seen, *state.tensors
