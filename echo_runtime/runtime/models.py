"""The trained models as the runtime uses them: compiled graphs behind plain numpy calls."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.avatars import AvatarManifest, ModelManifest, Package, load_package, model_package
from echo_runtime.backends import choose_backend
from echo_runtime.context.behaviour_understanding import BehaviourUnderstanding
from echo_runtime.context.context_weights import build_context
from echo_runtime.context.low_level_perception import LowLevelPerception
from echo_runtime.errors import PackageDamagedError, PackageError
from echo_runtime.generator.flow_transformer import SPEECH_REACH
from echo_runtime.generator.lip_closure import closed_on_plosives, lips_together
from echo_runtime.generator.lip_opening import opened_wide
from echo_runtime.generator.lip_rest import FAINTEST_DB, NEAR_FRAMES, levels_db, resting, voice_level
from echo_runtime.generator.motion_weights import build_motion
from echo_runtime.generator.speech_encoder import SpeechEncoder, SpeechEncoderConfig, speech_encoder_from
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.log_mel import HOP, log_mel
from echo_runtime.renderer import build_renderer
from echo_runtime.runtime.graphs import fusion_graph, renderer_graph, shared_graphs
from echo_runtime.runtime.player_context import Fusion, PlayerContext
from echo_runtime.runtime.understanding import behaviour_understanding
from echo_runtime.signals import (
    MELS_PER_FRAME,
    PLAYER_REGION_COUNT,
    SAMPLES_PER_FRAME,
    ByteArray,
    FloatArray,
)

if TYPE_CHECKING:
    from rich.console import Console

    from echo_runtime.backends import CompiledGraph

_LEAD_FRAMES = 2
"""Mel frames at the start of a window that would need samples from before it; computed and thrown away."""


class MotionRunner:
    """Speech encoder and motion generator of one NPC at a time: sound and conditions in, a chunk of motion out.

    State is a tuple that is never changed in place, so that a session may return to an earlier one: the generator's
    arrays, and how loud the NPC's voice is.
    """

    def __init__(
        self, speech: CompiledGraph, motion: CompiledGraph, encoder: SpeechEncoder, initial: Any, chunk_frames: int
    ) -> None:
        self.chunk_frames = chunk_frames
        self._speech, self._motion, self._initial = speech, motion, (*initial, FAINTEST_DB)
        self._closures_in = encoder.closures_in
        # features of picture k need mel frames 4k − 2 − past … 4k + 1 + future of the encoder
        before = MELS_PER_FRAME * SPEECH_REACH + 2 + encoder.past_frames
        after = MELS_PER_FRAME * SPEECH_REACH - 2 + encoder.future_frames
        first = before - MELS_PER_FRAME * NEAR_FRAMES
        self._near_mels = slice(first, first + MELS_PER_FRAME * (self.chunk_frames + 2 * NEAR_FRAMES))
        self._mel_frames = before + MELS_PER_FRAME * self.chunk_frames + after
        self.past_samples: int = (before + _LEAD_FRAMES) * HOP
        self.future_samples: int = after * HOP
        pictures = np.arange(-SPEECH_REACH, self.chunk_frames + SPEECH_REACH)
        last_mel = MELS_PER_FRAME * (pictures + 1) - 2 + encoder.future_frames
        self._needed_samples = self.past_samples + last_mel * HOP

    def initial_state(self) -> tuple[Any, ...]:
        return self._initial

    def step(
        self, state: Any, speech: FloatArray, known: int, f_pu: FloatArray, affect: FloatArray, style: FloatArray,
        noise: FloatArray,
    ) -> tuple[FloatArray, Any]:  # fmt: skip
        """See `npc_session.Mover`. A speech feature counts as known when all the sound that it reads is."""
        *tensors, loudness = state
        mel = log_mel(speech)[_LEAD_FRAMES : _LEAD_FRAMES + self._mel_frames]
        (features,) = self._speech(mel[None])
        is_known = (known >= self._needed_samples).astype(np.float32)
        conditions = (features, is_known[None], f_pu, affect[None], style[None])
        motion, *new = self._motion(noise[None], *tensors, *conditions)
        own = slice(SPEECH_REACH, SPEECH_REACH + self.chunk_frames)
        closure = self._closures_in(features[0, own]) * is_known[own]
        shown = closed_on_plosives(opened_wide(motion[0].astype(np.float32)), closure)
        levels = levels_db(mel[self._near_mels])
        loudness = voice_level(loudness, levels[NEAR_FRAMES:-NEAR_FRAMES])
        shown = lips_together(shown, resting(levels, loudness) * is_known[own])
        return shown, (*new, loudness)


class PlayerPerception:
    """The LPE over one player's observations. `f_pu` (1, K, width): what the generator reads now."""

    def __init__(self, graph: CompiledGraph, initial: tuple[np.ndarray, ...], still: FloatArray) -> None:
        self._graph, self._initial, self._still = graph, initial, still
        self.reset()

    def reset(self) -> None:
        self._state = self._initial
        self.f_pu = self._still

    def observe(self, face: FloatArray, voice: FloatArray, seen: FloatArray | None = None) -> None:
        """Takes n ticks: face (n, 61), voice (4n, 81), seen (n, 9) per region of the face, by default all of it."""
        if seen is None:
            seen = np.ones((len(face), PLAYER_REGION_COUNT), np.float32)
        for tick in range(len(face)):
            now = slice(tick, tick + 1)
            heard = voice[MELS_PER_FRAME * tick : MELS_PER_FRAME * (tick + 1)]
            self.f_pu, *state = self._graph(face[None, now], heard[None], seen[None, now], *self._state)
            self._state = tuple(state)

    def state(self) -> dict[str, np.ndarray]:
        """All that it remembers of the player."""
        return {"f_pu": self.f_pu.copy()} | {f"scan.{i}": array.copy() for i, array in enumerate(self._state)}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Goes on from what `state` gave. Raises ValueError when it is not of a model of these sizes."""
        own = self.state()
        same = {name: (a.shape, a.dtype) for name, a in own.items()} == {
            n: (a.shape, a.dtype) for n, a in state.items()
        }
        if not same or not all(np.isfinite(a).all() for a in state.values()):
            raise ValueError("the state of the perception was made with a model of other sizes, or is damaged")
        self.f_pu = state["f_pu"]
        self._state = tuple(state[f"scan.{i}"] for i in range(len(self._state)))


@dataclass(frozen=True)
class LoadedAvatar:
    """One NPC's looks. `draw`: motion (60,) → (H, W, 4) uint8."""

    package: Package
    graph: CompiledGraph

    @property
    def manifest(self) -> AvatarManifest:
        assert isinstance(self.package.manifest, AvatarManifest)
        return self.package.manifest

    def draw(self, motion: FloatArray) -> ByteArray:
        (picture,) = self.graph(motion[None].astype(np.float32))
        return np.ascontiguousarray(picture[0])


class Models:
    """All compiled graphs of this process. `backends`: which backend runs which graph, for reports."""

    def __init__(
        self,
        mover: MotionRunner,
        perceive: tuple[Any, Any, Any],
        backend: str,
        chosen: dict[str, str],
        understand: tuple[BehaviourUnderstanding, Fusion] | None = None,
    ) -> None:
        """`understand`: an understanding, to make others of, and HBCU's fusion; None in a package without."""
        self.mover = mover
        self.backends = chosen
        self._perceive, self._backend, self._understand = perceive, backend, understand
        self._avatars: dict[str, LoadedAvatar] = {}

    def perception(self) -> PlayerPerception:
        """A fresh one; they share the graph."""
        return PlayerPerception(*self._perceive)

    def player_context(self, npc: str = "", immediate: bool = False) -> PlayerContext | None:
        """A fresh one for one NPC, or None if the package has no HBCU. `immediate`: see PlayerContext."""
        if self._understand is None:
            return None
        phi, fuse = self._understand
        return PlayerContext(phi.fresh(), fuse, f"Φ of {npc}" if npc else "Φ", immediate)

    def avatar(self, name_or_path: str | Path) -> LoadedAvatar:
        """Loads and compiles an avatar, once per process. Raises PackageError and BackendError."""
        key = str(name_or_path)
        if key not in self._avatars:
            package = avatar_package(name_or_path)
            manifest = package.manifest
            assert isinstance(manifest, AvatarManifest)
            renderer = build_renderer(manifest.renderer, package.tensors("renderer"))
            described = renderer_graph(renderer)
            graph = choose_backend("renderer", described.module, described.example, backend=self._backend)
            self.backends["renderer"] = f"{graph.backend} {graph.precision}"
            self._avatars[key] = LoadedAvatar(package, graph)
        return self._avatars[key]


def avatar_package(name_or_path: str | Path) -> Package:
    """The verified package of an avatar. Raises PackageError when it is a package of another kind."""
    package = load_package(name_or_path)
    if not isinstance(package.manifest, AvatarManifest):
        raise PackageError(
            f"{package.directory} holds the shared model, not an avatar; give an avatar's name or folder."
        )
    return package


def build_modules(package: Package) -> tuple[SpeechEncoder, MotionGenerator, LowLevelPerception]:
    """The modules of a model package with its weights, in evaluation mode. Raises PackageDamagedError."""
    manifest = package.manifest
    assert isinstance(manifest, ModelManifest)
    speech_sizes: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in manifest.speech_encoder.items()
    }
    try:
        sizes = SpeechEncoderConfig(**speech_sizes)
    except TypeError as error:
        raise PackageDamagedError(f"The sizes of the speech encoder in {package.directory}: {error}.") from error
    encoder = speech_encoder_from(package.tensors("speech_encoder"), sizes)
    config = {**manifest.motion, "perception": manifest.perception}
    generator, perception = build_motion(config, package.tensors("motion"), package.tensors("perception"))
    return encoder, generator, perception


def load_models(model: str | Path | None = None, backend: str = "auto", console: Console | None = None) -> Models:
    """Compiles the shared model. The first start on a machine measures the backends, which takes some seconds."""
    package = model_package(model)
    if console is not None:
        console.print("Preparing the models (the first start on a machine measures which backend is fastest) …")
    encoder, generator, perception = build_modules(package)
    state = perception.initial_state(1)
    # one thread each: they are small, and two threads that wait for each other suffer when a game loads the cores
    graphs = {
        g.name: choose_backend(g.name, g.module, g.example, backend=backend, threads=1)
        for g in shared_graphs(encoder, generator, perception)
    }
    initial = tuple(t.numpy().copy() for t in generator.initial_state(1).tensors)
    mover = MotionRunner(graphs["speech encoder"], graphs["motion"], encoder, initial, generator.chunk_frames)
    still = np.zeros((1, perception.config.tokens, perception.config.width), np.float32)
    perceive = (graphs["perception"], tuple(t.numpy().copy() for t in state.tensors), still)
    understand = _understanding(package, perception, graphs, backend)
    chosen = {name: f"{graph.backend} {graph.precision}" for name, graph in graphs.items()}
    return Models(mover, perceive, backend, chosen, understand)


def _understanding(
    package: Package, perception: LowLevelPerception, graphs: dict[str, CompiledGraph], backend: str
) -> tuple[BehaviourUnderstanding, Fusion] | None:
    """Φ and the fusion of a package, compiled, and put into `graphs`; None if it has none."""
    assert isinstance(package.manifest, ModelManifest)
    if not package.manifest.context:
        return None
    phi, context = build_context(package.manifest.context, package.tensors("context"))
    if context.width != perception.config.width:
        raise PackageDamagedError(
            f"The context in {package.directory} is for P_usr of width {context.width}, its perception gives "
            f"{perception.config.width}."
        )
    described = fusion_graph(context, perception.config.tokens)
    fuse = choose_backend(described.name, described.module, described.example, backend=backend, threads=1)
    understanding = behaviour_understanding(phi, backend)
    graphs[described.name] = fuse
    return understanding, fuse


assert SAMPLES_PER_FRAME == MELS_PER_FRAME * HOP
