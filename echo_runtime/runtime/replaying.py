"""Puts a runtime together from a recording and lives through it again: `run --replay`, and the fixture for tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_bridge.addresses import is_loopback
from echo_bridge.control import Request
from echo_bridge.keys import ServerKeys
from echo_bridge.server import BridgeServer
from echo_bridge.sessions import Session

from echo_runtime.avatars import model_package
from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import BackendError, MissingDependencyError
from echo_runtime.recording.about import about_this_runtime
from echo_runtime.recording.comparison import Comparison
from echo_runtime.recording.memories import FlowingMemories
from echo_runtime.recording.recording import Recording, Step
from echo_runtime.recording.replayed import ReplayedInflow
from echo_runtime.recording.requests import request_again
from echo_runtime.recording.spectators import Spectators
from echo_runtime.recording.values import RecordedRequest
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.models import Models, load_models
from echo_runtime.runtime.runtime import Runtime, RuntimeOptions
from echo_runtime.signals import AvatarFrame

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class ReplayConfig:
    """`fast`: as fast as possible, else in the recorded time. `backend`: auto takes what the recording was made with.
    `avatar`, `model`: instead of the recorded ones (of the first NPC, and of all). The rest as ServingConfig's."""

    fast: bool = True
    backend: str = "auto"
    avatar: str = ""
    model: str | None = None
    host: str = "127.0.0.1"
    control_port: int = 0
    cues_port: int = 0
    video_port: int = 0
    insecure_lan: bool = False
    keys: Path | None = None
    picture_format: str = "bgra8"
    jpeg_quality: int = 85
    forgetful: bool = False
    """NPCs begin without what they remembered: what would the same run have been without that past?"""

    @property
    def plain_beyond_this_machine(self) -> bool:
        return self.keys is None and not is_loopback(self.host)


class Replaying:
    """A recording that is lived through, with its clients. `run` once, or iterate over `frames`."""

    def __init__(
        self,
        recording: Recording,
        config: ReplayConfig,
        runtime: Runtime,
        bridge: BridgeServer,
        inflow: ReplayedInflow,
        loading: ModelLoading,
        time_base: _Pace,
    ) -> None:
        self.recording, self.runtime, self.bridge = recording, runtime, bridge
        self.comparison, self.events = inflow.comparison, inflow.events
        self._config, self._inflow, self._loading, self._pace = config, inflow, loading, time_base
        self._sessions: dict[int, Session] = {}
        self._spectators = Spectators(runtime, bridge)
        self._shown: list[AvatarFrame] = []
        self._seconds = 0.0
        self._problem = recording.problem
        runtime.listeners.append(self._shown.append)
        runtime.listeners.append(inflow.comparison.shown)

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.bridge.host in ("0.0.0.0", "*", "[::]", "::") else self.bridge.host
        return f"tcp://{host}:{self.bridge.ports['control']}"

    @property
    def npc(self) -> str:
        """The NPC that was opened first."""
        return str(self.recording.header.get("npc", ""))

    def run(self) -> None:
        """To the end, or until the runtime is stopped."""
        for _ in self.frames():
            pass

    def frames(self) -> Iterator[AvatarFrame]:
        """Every frame as it is made, in the order of publication."""
        began = 0.0
        first = True
        for step in self.recording.steps():
            if self.runtime.stop.is_set():
                self._problem = self._problem or "the replay was stopped before the end of the recording."
                return
            arguments = self._arguments(step, first)
            first = first and step.kind != "open"
            self._wait(step)
            self._inflow.enter(step)
            try:
                self.runtime.again(step.kind, arguments)
            finally:
                self._inflow.leave()
            self._raise_failures()
            if not began:  # loading the models does not count
                began = time.perf_counter()
                self._pace.begin()
            shown = [*self._shown]
            self._shown.clear()
            self._seconds = time.perf_counter() - began
            yield from shown

    def report(self) -> dict[str, Any]:
        """What was compared, and what it took."""
        return {
            "recording": str(self.recording.path),
            "complete": not self._problem,
            "problem": self._problem,
            "seconds": round(self.recording.seconds, 3),
            "took_s": round(self._seconds, 3),
            **self.comparison.report(),
        }

    def _arguments(self, step: Step, first: bool) -> tuple[Any, ...]:
        if step.kind == "handle":
            return ([self._request(request) for request in step.arguments[0]] if step.arguments else [],)
        if step.kind == "open" and first and self._config.avatar:
            return (step.arguments[0], self._config.avatar, *step.arguments[2:])
        return step.arguments

    def _request(self, recorded: RecordedRequest) -> Request:
        session = self._sessions.setdefault(recorded.session, Session(f"recorded-{recorded.session}"))
        return request_again(recorded, self.bridge.control, session)

    def _wait(self, step: Step) -> None:
        """Until the step's time has come, meanwhile answering who watches."""
        if not step.times:
            return
        self._pace.reached(step.times[0])
        while (left_s := self._pace.left_s(step.times[0])) > 0 and not self.runtime.stop.is_set():
            self._spectators.serve(min(left_s, 0.2))
        self._spectators.serve()

    def _raise_failures(self) -> None:
        for error in self._loading.failures.values():
            raise error


class _Pace:
    """Where in the recorded time the replay is; the clients' clocks are set by it."""

    def __init__(self, fast: bool) -> None:
        self._fast = fast
        self._newest_us = 0
        self._began: tuple[int, int] | None = None

    def reached(self, time_us: int) -> None:
        self._newest_us = max(self._newest_us, time_us)

    def begin(self) -> None:
        """Time stood still so far; from now on it goes."""
        self._began = (time.monotonic_ns() // 1000, self._newest_us)

    def left_s(self, time_us: int) -> float:
        """Seconds until that time comes."""
        return 0.0 if self._fast or self._began is None else (time_us - self.now_us()) / 1e6

    def now_us(self) -> int:
        if self._fast or self._began is None:
            return self._newest_us
        real, recorded = self._began
        return recorded + time.monotonic_ns() // 1000 - real


@contextmanager
def replay(
    recording: Recording, config: ReplayConfig, console: Console | None = None, models: Models | None = None
) -> Iterator[Replaying]:
    """`models`: loaded already, so that they are not loaded again; of the recorded backend, or frames will differ.

    Raises PackageError, BackendError, AddressInUseError, KeyFileError, UsageError and MissingDependencyError."""
    header = recording.header
    model = config.model or header.get("model") or None
    shared = model_package(model)
    keys = ServerKeys.read(config.keys) if config.keys is not None else None
    comparison = Comparison(header.get("about", {}), about_this_runtime())
    inflow = ReplayedInflow(bool(header.get("virtual")), comparison)
    pace = _Pace(config.fast)
    with ExitStack() as stack:
        bridge = stack.enter_context(
            BridgeServer(
                config.host,
                config.control_port,
                config.cues_port,
                config.video_port,
                insecure_lan=config.insecure_lan,
                picture_format=config.picture_format,
                jpeg_quality=config.jpeg_quality,
                caps=(),
                clock=pace.now_us,
                keys=keys,
            )
        )
        capture = stack.enter_context(PlayerCapture(None, None))

        def load() -> Models:
            if models is not None:
                return models
            backend = config.backend if config.backend != "auto" else _recorded_backend(recording)
            try:
                return load_models(model, backend, console)
            except (BackendError, MissingDependencyError) as error:
                if config.backend != "auto":
                    raise
                comparison.note(f"the recorded backend {backend} cannot be used here: {error}")
                return load_models(model, "auto", console)

        loading = ModelLoading(load, in_thread=False, weights={shared.name: shared.sha256})
        stack.callback(loading.close)
        options = RuntimeOptions(int(header.get("seed", 0)))
        remembers = header.get("memory") and not config.forgetful
        memories = FlowingMemories(inflow) if remembers else None
        runtime = Runtime(
            bridge,
            capture,
            EngineSource(),
            loading,
            inflow.time,
            options,
            Linguistics(inflow=inflow),
            memories,
            inflow=inflow,
        )
        stack.callback(runtime.observation.close)
        yield Replaying(recording, replace(config, model=model), runtime, bridge, inflow, loading, pace)


def _recorded_backend(recording: Recording) -> str:
    """What all graphs were computed with, as `--backend` takes it; auto when they differ or none was."""
    used = {backend for ready in recording.models.values() for backend in ready.backends.values()}
    return used.pop().replace(" ", ":") if len(used) == 1 else "auto"
