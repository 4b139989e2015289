"""From what a user writes after --livelink-out, --vmc-out and --video-out to outputs that listen to a runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from echo_runtime import live_link_face
from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.outputs.datagrams import DatagramOutput
from echo_runtime.outputs.destination import destination

if TYPE_CHECKING:
    from echo_runtime.outputs.video import VideoOutput
    from echo_runtime.runtime.runtime import Runtime


@dataclass(frozen=True)
class OutputOptions:
    """`live_link`, `vmc`: destinations as `destination` reads them. `vmc_names`: see outputs.vmc. `video`: an mp4."""

    live_link: Sequence[str] = ()
    vmc: Sequence[str] = ()
    vmc_names: str = "vrm0"
    video: Path | None = None


@dataclass(frozen=True)
class Outputs:
    """What was opened, for reports."""

    datagrams: tuple[DatagramOutput, ...] = ()
    video: VideoOutput | None = None

    def report(self) -> dict[str, dict[str, int | str]]:
        """By the destination or the file: counts of datagrams, or of pictures."""
        flat: dict[str, dict[str, int | str]] = {
            str(o.where): {"sent": o.sent, "failed": o.failed, "skipped": o.skipped} for o in self.datagrams
        }
        if self.video is not None:
            flat[str(self.video.path)] = {"pictures": self.video.pictures, "dropped": self.video.dropped}
        return flat


@contextmanager
def open_outputs(
    options: OutputOptions, runtime: Runtime, npc: str, tell: Callable[[str], None], *, patient: bool = False
) -> Iterator[Outputs]:
    """Outputs that listen to `runtime` until the block ends, when films are finished. `npc`: the one that is meant
    where none is named. `patient`: films lack nothing, the run waits for them; so it is with a virtual clock.
    Raises UsageError, MediaError and MissingDependencyError."""
    datagrams, video = [], None
    with ExitStack() as stack:
        for text in options.live_link:
            from echo_runtime.outputs.live_link import LiveLinkEncoder

            where = destination(text, "--livelink-out", live_link_face.PORT)
            datagrams.append(DatagramOutput(where, LiveLinkEncoder(), npc=where.npc, tell=tell))
            stack.callback(datagrams[-1].close)
        for text in options.vmc:
            try:
                from echo_runtime.outputs.vmc import PORT, VmcEncoder, farewell
            except ImportError as error:
                raise MissingDependencyError("--vmc-out needs python-osc: pip install 'python-osc>=1.9'.") from error

            where = destination(text, "--vmc-out", PORT)
            encoder = VmcEncoder(options.vmc_names)
            # a receiver has one model: two NPCs at one port would fight for it
            taken = [o for o in datagrams if o.where.address == where.address]
            if taken:
                raise UsageError(
                    f"--vmc-out {text}: {where} receives another face already; give each NPC its own port."
                )
            output = DatagramOutput(where, encoder, npc=where.npc or npc, farewell=farewell(), tell=tell)
            datagrams.append(output)
            stack.callback(output.close)
        runtime.listeners += datagrams
        if options.video is not None:
            if options.video.suffix.lower() != ".mp4":
                raise UsageError(f"--video-out {options.video}: films are .mp4 files; name one that ends so.")
            from echo_runtime.outputs.video import VideoOutput

            video = VideoOutput(options.video, npc, patient=patient or runtime.clock.virtual, tell=tell)
            stack.callback(video.close)
            runtime.listeners.append(video.shown)
            runtime.speech_listeners.append(video.spoken)
        yield Outputs(tuple(datagrams), video)
