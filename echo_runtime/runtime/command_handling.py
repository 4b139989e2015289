"""What each command of a client does. Every one is answered; a refusal names its reason and changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from echo_bridge.commands import (
    Advance,
    Attention,
    Bye,
    CloseNpc,
    Command,
    Emotion,
    Interrupt,
    ListNpcs,
    LoadMemory,
    OpenNpc,
    Pause,
    PlayerAudio,
    PlayerFace,
    Resume,
    SaveMemory,
    SayText,
    SpeakAudio,
    SpeakBegin,
    SpeakEnd,
    SpeakText,
    Stats,
    Thinking,
)
from echo_bridge.control import Request
from echo_bridge.observations import curves_observation, sound

from echo_runtime.capture.curve_sets.observation import observed_face
from echo_runtime.errors import CommandFailedError, EchoError
from echo_runtime.signals import FRAME_RATE

if TYPE_CHECKING:
    from echo_runtime.runtime.npc import Npc
    from echo_runtime.runtime.runtime import Runtime

log = logging.getLogger(__name__)
PAGE_BYTES = 3800
"""Of list_npcs: what fits a header beside the rest of it."""
LISTED_BYTES = 40
"""Of one NPC in a page, besides its name and its avatar's."""


class CommandHandling:
    """Maps the kinds of command to methods."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kinds: dict[type[Command], Callable[[Request, Any], None]] = {
            OpenNpc: self._open_npc,
            CloseNpc: self._close_npc,
            ListNpcs: self._list_npcs,
            SpeakBegin: self._speak_begin,
            SpeakAudio: self._speak_audio,
            SpeakEnd: self._speak_end,
            SpeakText: self._speak_text,
            Interrupt: self._interrupt,
            Emotion: self._emotion,
            Thinking: self._thinking,
            Attention: self._attention,
            Pause: self._pause,
            Resume: self._resume,
            PlayerFace: self._player_face,
            PlayerAudio: self._player_audio,
            SayText: self._say_text,
            SaveMemory: self._save_memory,
            LoadMemory: self._load_memory,
            Stats: self._stats,
            Advance: self._advance,
            Bye: self._bye,
        }

    def take(self, request: Request) -> None:
        """Carries a request out and answers it."""
        kind = self._kinds.get(type(request.message))
        if kind is None:
            request.failed("unsupported", f"This runtime does not take {request.message.TYPE} yet.")
            return
        try:
            kind(request, request.message)
        except EchoError as error:
            request.refuse(error)
        except Exception as error:
            # one client's command must not end the loop that draws everybody's frames
            log.exception("%s failed", request.message.TYPE)
            request.failed("internal", f"{request.message.TYPE} failed: {type(error).__name__}: {error}")

    def _npc(self, name: str) -> Npc:
        npc = self._runtime.npcs.get(name)
        if npc is None:
            known = ", ".join(sorted(self._runtime.npcs)) or "none"
            raise CommandFailedError("no_npc", f"No NPC {name!r} is open (open: {known}); send open_npc first.")
        return npc

    def _open_npc(self, request: Request, message: OpenNpc) -> None:
        npc = self._runtime.open_npc(message.npc, message.avatar)
        request.session.npcs.add(message.npc)
        width, height = npc.manifest.size
        request.done(
            npc=message.npc,
            avatar=npc.manifest.name,
            width=width,
            height=height,
            rate=FRAME_RATE,
            epoch=npc.session.epoch,
        )
        self._runtime.begin_player()

    def _close_npc(self, request: Request, message: CloseNpc) -> None:
        self._npc(message.npc)
        self._runtime.close_npc(message.npc)
        request.done()

    def _list_npcs(self, request: Request, message: ListNpcs) -> None:
        names = sorted(name for name in self._runtime.npcs if name > message.after)
        page = names[: message.limit]
        while sum(len(n) + len(self._runtime.npcs[n].manifest.name) + LISTED_BYTES for n in page) > PAGE_BYTES:
            page.pop()
        npcs = [
            {
                "name": n,
                "avatar": self._runtime.npcs[n].manifest.name,
                "state": "paused" if self._runtime.npcs[n].session.paused else self._runtime.npcs[n].session.turn.state,
            }
            for n in page
        ]
        request.done(npcs=npcs, next=page[-1] if len(names) > len(page) else "")

    def _speak_begin(self, request: Request, message: SpeakBegin) -> None:
        npc = self._npc(message.npc)
        if message.utt in npc.speaking:
            raise CommandFailedError(
                "utterance_open", f"Utterance {message.utt} of {message.npc} is still being heard."
            )
        npc.session.speech.begin(message.utt, message.rate, message.channels)
        npc.speaking[message.utt] = request
        npc.texts[message.utt] = message.text
        request.ack()

    def _speak_audio(self, request: Request, message: SpeakAudio) -> None:
        session = self._npc(message.npc).session
        session.speech.push(message.utt, request.payload)
        request.ack(buffered_us=session.speech.buffered_us(session.position))
        request.done()

    def _speak_end(self, request: Request, message: SpeakEnd) -> None:
        self._npc(message.npc).session.speech.end(message.utt)
        request.done()

    def _speak_text(self, request: Request, message: SpeakText) -> None:
        self._runtime.text_speech.begin(self._npc(message.npc), message, request)

    def _interrupt(self, request: Request, message: Interrupt) -> None:
        npc = self._npc(message.npc)
        in_flight = not npc.session.needs_chunk
        dropped = npc.session.interrupt()
        self._runtime.text_speech.drop(message.npc)
        self._runtime.statistics.dropped_chunks += in_flight
        self._runtime.bridge.publisher.publish_event(
            message.npc, "interrupted", {"dropped": len(dropped)}, epoch=npc.session.epoch
        )
        npc.texts.clear()
        for label in list(npc.speaking):
            npc.speaking.pop(label).failed("interrupted", f"Utterance {label} was interrupted.")
        request.done(epoch=npc.session.epoch)

    def _emotion(self, request: Request, message: Emotion) -> None:
        self._npc(message.npc).session.feel(message.name, message.intensity)
        request.done()

    def _thinking(self, request: Request, message: Thinking) -> None:
        self._npc(message.npc).session.turn.thinking = message.on
        request.done()

    def _attention(self, request: Request, message: Attention) -> None:
        self._npc(message.npc).session.attention = message.value
        request.done()

    def _pause(self, request: Request, message: Pause) -> None:
        times = [self._runtime.pause(npc) for npc in self._meant(message.npc)]
        request.done(npcs=len(times), pts=max(times, default=0))

    def _resume(self, request: Request, message: Resume) -> None:
        times = [self._runtime.resume(npc) for npc in self._meant(message.npc)]
        request.done(npcs=len(times), pts=max(times, default=0))

    def _meant(self, name: str) -> list[Npc]:
        """One NPC, or all of them."""
        return [self._npc(name)] if name else list(self._runtime.npcs.values())

    def _player_face(self, request: Request, message: PlayerFace) -> None:
        said = curves_observation(message, request.payload, request.received_us)
        self._runtime.engine.push_face(observed_face(said))
        request.done()

    def _player_audio(self, request: Request, message: PlayerAudio) -> None:
        self._runtime.engine.push_samples(*sound(message, request.payload, request.received_us))
        request.done()

    def _say_text(self, request: Request, message: SayText) -> None:
        if message.npc:
            self._npc(message.npc)
        now = self._runtime.clock.now_us()
        self._runtime.linguistics.say(message.speaker, message.text, now, npc=message.npc)
        request.done()

    def _save_memory(self, request: Request, message: SaveMemory) -> None:
        self._npc(message.npc)
        request.ack()

        def saved(error: EchoError | None) -> None:
            if error is None:
                request.done(file=message.file)
            else:
                request.refuse(error)

        self._runtime.memories.save(message.npc, message.file, saved)

    def _load_memory(self, request: Request, message: LoadMemory) -> None:
        self._npc(message.npc)
        request.ack()

        def loaded(error: EchoError | None) -> None:
            if error is None:
                request.done()
            else:
                request.refuse(error)

        self._runtime.memories.load(message.npc, message.file, loaded)

    def _stats(self, request: Request, message: Stats) -> None:
        request.done(**self._runtime.flat_statistics())

    def _advance(self, request: Request, message: Advance) -> None:
        self._runtime.advance(request)

    def _bye(self, request: Request, message: Bye) -> None:
        """A client that fell silent speaks no more: what it had queued is dropped. A goodbye lets speech end."""
        if not message.vanished:
            return
        for name in request.session.npcs & set(self._runtime.npcs):
            npc = self._runtime.npcs[name]
            if npc.speaking:
                npc.session.interrupt()
                self._runtime.text_speech.drop(name)
                npc.speaking.clear()
                npc.texts.clear()
