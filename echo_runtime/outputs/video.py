"""`run --video-out FILE.mp4`: films of NPCs, encoded beside the runtime's loop."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from echo_runtime.errors import EchoError
from echo_runtime.outputs.film import Film
from echo_runtime.signals import FRAME_RATE, AvatarFrame, SpokenSound

log = logging.getLogger(__name__)
WAITING_PICTURES = 2 * FRAME_RATE
"""Pictures of all NPCs together that may wait for the encoder; further ones are left out of the film and counted."""
FILMS = 8
"""NPCs that are filmed at once at most."""
FINISH_S = 60.0

Tell = Callable[[str], None]


class VideoOutput:
    """A listener of frames (`shown`) and of speech (`spoken`). The NPC `npc` goes to `path`, another one called NAME to
    a file beside it whose name ends in -NAME.

    `patient`: with a virtual clock nothing is left out, the loop waits for the encoder instead. `dropped`: pictures.
    Raises MediaError and MissingDependencyError when the file cannot be written.
    """

    def __init__(self, path: Path, npc: str, *, patient: bool = False, tell: Tell = print) -> None:
        self.path, self.npc, self._patient, self._tell = path, npc, patient, tell
        self.dropped = self.pictures = 0
        self._films: dict[str, Film | None] = {npc: Film(path)}
        self._epochs: dict[str, int] = {}
        self._queue: queue.Queue[AvatarFrame | SpokenSound | None] = queue.Queue()
        self._room = threading.Semaphore(WAITING_PICTURES)
        self._thread = threading.Thread(target=self._work, name="video out", daemon=True)
        self._thread.start()

    def shown(self, frame: AvatarFrame) -> None:
        """In the loop's thread: copies the picture and hands it over."""
        if not self._room.acquire(blocking=self._patient):
            self.dropped += 1
            if self.dropped == 1:
                self._tell(f"This machine is too busy to film everything: pictures are missing in {self.path.name}.")
            return
        # a renderer may write its next picture into the same memory
        self._queue.put(replace(frame, rgba=frame.rgba.copy()))

    def spoken(self, sound: SpokenSound) -> None:
        """In the loop's thread."""
        self._queue.put(sound)

    def close(self) -> None:
        """Finishes the films. May be called twice."""
        if not self._thread.is_alive():
            return
        self._queue.put(None)
        self._thread.join(FINISH_S)
        if self._thread.is_alive():
            self._tell(f"{self.path.name} is not finished within {FINISH_S:g} s; it may lack its end.")
        if self.dropped:
            self._tell(f"{self.path.name} lacks {self.dropped} pictures: this machine was too busy to encode them.")

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                self._take(item)
            except Exception as error:
                self._end(item.npc, error)
            finally:
                if isinstance(item, AvatarFrame):
                    self._room.release()
        for npc, film in list(self._films.items()):
            if film is not None:
                try:
                    film.close()
                    if not film.pictures:
                        self._tell(f"No picture of {npc} came: {film.path.name} was not written.")
                except Exception as error:
                    self._end(npc, error)

    def _take(self, item: AvatarFrame | SpokenSound) -> None:
        film = self._film(item.npc)
        if film is None:
            return
        epoch = self._epochs.get(item.npc, 0)
        if isinstance(item, SpokenSound):
            if item.epoch >= epoch:
                film.sound(item.pts_us, item.samples, item.epoch)
            return
        if item.epoch > epoch:
            film.cut(item.pts_us, item.epoch)
            self._epochs[item.npc] = item.epoch
        film.picture(item.pts_us, item.rgba)
        self.pictures += 1

    def _film(self, npc: str) -> Film | None:
        if npc not in self._films:
            full = sum(film is not None for film in self._films.values()) >= FILMS
            if full:
                self._tell(f"{npc} is not filmed: {FILMS} NPCs are already.")
            path = self.path.with_name(f"{self.path.stem}-{npc}{self.path.suffix}")
            self._films[npc] = None if full else Film(path)
        return self._films[npc]

    def _end(self, npc: str, error: Exception) -> None:
        """A full disk, say: the conversation goes on without the film."""
        film, self._films[npc] = self._films.get(npc), None
        name = film.path.name if film is not None else f"of {npc}"
        reason = str(error) if isinstance(error, EchoError) else f"{type(error).__name__}: {error}"
        self._tell(f"The film {name} ends here: {reason}.")
        if film is not None:
            try:
                film.close()
            except Exception as closing:
                log.info("closing %s: %s", film.path, closing)
