"""Puts a runtime together from what the command line says, runs it, and takes it down again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from echo_bridge.addresses import is_loopback
from echo_bridge.control import CAPABILITIES
from echo_bridge.keys import ServerKeys
from echo_bridge.limits import DEFAULT_CONTROL_PORT
from echo_bridge.server import BridgeServer

from echo_runtime.avatars import AvatarManifest, model_package
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.context.affect_endpoint import AffectEndpoint, EndpointSettings
from echo_runtime.errors import UsageError
from echo_runtime.recognition.listening import Listening
from echo_runtime.recognition.recogniser import choose_recogniser
from echo_runtime.recording.memories import FlowingMemories
from echo_runtime.recording.starting import open_inflow
from echo_runtime.runtime.calibrated_player import CalibratedPlayer
from echo_runtime.runtime.clock import Clock, RealClock, VirtualClock
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import MemoryKeeping
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.models import Models, avatar_package, load_models
from echo_runtime.runtime.player_inputs import PlayerInputs, open_inputs
from echo_runtime.runtime.runtime import Runtime, RuntimeOptions
from echo_runtime.runtime.text_speech import open_text_speech
from echo_runtime.signals import Style

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class ServingConfig:
    """What `run` and `demo` decide. `npc` is opened at once with `avatar`; ports of 0 are chosen freely.
    `model`: folder of another model package than the shipped one. `temperament`, `expressiveness`: see signals.Style,
    by default the avatar's. `recognise`: see recognition.recogniser; `affect_endpoint`: base address of an
    OpenAI-compatible API; `voice_for_text`: see speech_synthesis.choice, with `npc_voices`, a file of
    speech_synthesis.npc_voices; `memory`: folder in which NPCs' memories are kept; each is off by default."""

    player: str = "camera"
    voice: str = "microphone"
    profile: str = ""
    """Name of a calibration profile, or the path of its file."""
    avatar: str = "mira"
    model: str | None = None
    npc: str = ""
    temperament: float | None = None
    expressiveness: float | None = None
    seconds: float | None = None
    seed: int = 0
    virtual_clock: bool = False
    wait_for_client: bool = False
    backend: str = "auto"
    host: str = "127.0.0.1"
    control_port: int = DEFAULT_CONTROL_PORT
    cues_port: int = 0
    video_port: int = 0
    insecure_lan: bool = False
    keys: Path | None = None
    """The runtime's key file, with the allow-list beside it."""
    recognise: str = ""
    affect_endpoint: str = ""
    voice_for_text: str = ""
    npc_voices: Path | None = None
    memory: Path | None = None
    record: Path | None = None
    """A new file for a recording of the run; `record_video`: with the player's pictures and sound in an mp4 beside."""
    record_video: bool = False
    picture_format: str = "bgra8"
    jpeg_quality: int = 85

    @property
    def npc_name(self) -> str:
        return self.npc or Path(self.avatar).name

    @property
    def plain_beyond_this_machine(self) -> bool:
        """Whether anything leaves this machine unencrypted."""
        return self.keys is None and not is_loopback(self.host)

    def style(self, manifest: AvatarManifest) -> Style:
        """The avatar's, but for what was asked for."""
        own = manifest.style
        return Style(
            own.temperament if self.temperament is None else self.temperament,
            own.expressiveness if self.expressiveness is None else self.expressiveness,
        )


class Serving:
    """A runtime that listens. `run` blocks; `stop` ends it, from any thread."""

    def __init__(self, runtime: Runtime, bridge: BridgeServer, inputs: PlayerInputs, loading: ModelLoading) -> None:
        self.runtime, self.bridge, self.inputs = runtime, bridge, inputs
        self._loading = loading

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.bridge.host in ("0.0.0.0", "*", "[::]", "::") else self.bridge.host
        return f"tcp://{host}:{self.bridge.ports['control']}"

    @property
    def backends(self) -> dict[str, str]:
        """Which backend runs which graph; empty until the models are ready."""
        return dict(self._loading.models.backends) if self._loading.models is not None else {}

    @property
    def models(self) -> Models | None:
        """What is loaded; None until then."""
        return self._loading.models

    def run(self) -> None:
        self.runtime.run()

    def stop(self) -> None:
        self.runtime.stop.set()


@contextmanager
def serve(config: ServingConfig, console: Console | None = None) -> Iterator[Serving]:
    """Opens files, packages and ports, in this order, so that whatever is wrong is said before anything runs.

    Raises MediaError, PackageError, AddressInUseError, KeyFileError, UsageError, MissingDependencyError,
    NpcMemoryError, CalibrationError.
    """
    clock: Clock = VirtualClock() if config.virtual_clock else RealClock()
    with ExitStack() as stack:
        calibrated = CalibratedPlayer(config.profile)
        player, voice = calibrated.devices(config.player, config.voice)
        inputs = calibrated.brought_together(open_inputs(player, voice, clock.now_us), player, voice)
        if inputs.device and config.virtual_clock:
            raise UsageError("Cameras, microphones and phones follow no virtual clock; use files or engine instead.")
        avatar = avatar_package(config.avatar).manifest
        assert isinstance(avatar, AvatarManifest)
        shared = model_package(config.model)
        keys = ServerKeys.read(config.keys) if config.keys is not None else None
        recogniser = choose_recogniser(config.recognise) if config.recognise else None
        endpoint = EndpointSettings.from_environment(config.affect_endpoint) if config.affect_endpoint else None
        if config.virtual_clock and (recogniser or endpoint):
            raise UsageError("--recognise and --affect-endpoint work in real time; leave out the virtual clock.")
        text_speech = open_text_speech(config.voice_for_text, config.npc_voices, config.virtual_clock, stack)
        keeping = MemoryKeeping(config.memory) if config.memory is not None else None
        if keeping is not None:
            stack.callback(keeping.close)
        caps = (
            *CAPABILITIES,
            *(("advance",) if config.virtual_clock else ()),
            *(("memory",) if keeping is not None else ()),
            *(("speak_text",) if text_speech is not None else ()),
        )
        bridge = stack.enter_context(
            BridgeServer(
                config.host,
                config.control_port,
                config.cues_port,
                config.video_port,
                insecure_lan=config.insecure_lan,
                picture_format=config.picture_format,
                jpeg_quality=config.jpeg_quality,
                caps=caps,
                clock=clock.now_us,
                newest_face_only=not config.virtual_clock,
                keys=keys,
            )
        )
        capture = stack.enter_context(
            PlayerCapture(
                inputs.face,
                inputs.voice,
                real_time=not config.virtual_clock,
                clock=clock.now_us,
                headset=inputs.headset,
                tracker=calibrated.tracker(inputs),
                analyser=calibrated.analyser(),
            )
        )
        in_thread, weights = not config.virtual_clock, {shared.name: shared.sha256}
        loading = ModelLoading(lambda: load_models(config.model, config.backend, console), in_thread, weights)
        stack.callback(loading.close)
        options = RuntimeOptions(config.seed, config.seconds, config.wait_for_client)
        listening = Listening(recogniser) if recogniser is not None else None
        asked = AffectEndpoint(endpoint) if endpoint is not None else None
        for part in (listening, asked):
            if part is not None:
                stack.callback(part.close)
        inflow = open_inflow(config, capture, stack)
        linguistics = Linguistics(listening, asked, inflow)
        memories = FlowingMemories(inflow, keeping) if keeping is not None else None
        runtime = Runtime(
            bridge, capture, inputs.engine, loading, inflow.clock(clock), options, linguistics, memories, text_speech,
            inflow,
        )  # fmt: skip
        inflow.watch(runtime)
        stack.callback(runtime.observation.close)
        stack.callback(runtime.memories.close_all)  # the first of the two to run
        runtime.open_npc(config.npc_name, config.avatar, config.style(avatar))
        yield Serving(runtime, bridge, inputs, loading)


@contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a polite kill end the runtime in good order, so that recordings are finished."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {s: signal.signal(s, lambda *_: stop()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
