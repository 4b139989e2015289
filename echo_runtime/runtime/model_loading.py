"""Loads models beside the frame path: NPCs idle until theirs are ready."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from echo_runtime.errors import EchoError
from echo_runtime.recording.values import ReadyModels
from echo_runtime.runtime.models import LoadedAvatar, Models


class ModelLoading:
    """Loads the shared model, then avatars as they are asked for. `in_thread` False loads inside `ask`.

    `models`, `avatars` by name and `failures` (errors by avatar name) are filled as loading goes on. `weights`: hashes
    of the shared packages by name, for recordings.
    """

    def __init__(self, load: Callable[[], Models], in_thread: bool, weights: dict[str, str] | None = None) -> None:
        self.models: Models | None = None
        self.avatars: dict[str, LoadedAvatar] = {}
        self.failures: dict[str, EchoError] = {}
        self._load, self._weights = load, dict(weights or {})
        self._asked: SimpleQueue[str | None] = SimpleQueue()
        self._known: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="model loading", daemon=True) if in_thread else None
        if self._thread is not None:
            self._thread.start()

    def ready(self, avatar: str) -> list[ReadyModels]:
        """What an avatar is generated with, once it is loaded; nothing before."""
        models, loaded = self.models, self.avatars.get(avatar)
        if models is None or loaded is None:
            return []
        graph = f"{loaded.graph.backend} {loaded.graph.precision}"
        weights = {**self._weights, loaded.package.name: loaded.package.sha256}
        return [ReadyModels(avatar, weights, {**models.backends, "renderer": graph})]

    def ask(self, avatar: str) -> None:
        """Begins to load an avatar; asking again is free."""
        if avatar in self._known:
            return
        self._known.add(avatar)
        if self._thread is None:
            self._take(avatar)
        else:
            self._asked.put(avatar)

    def close(self) -> None:
        self._asked.put(None)

    def _work(self) -> None:
        while (avatar := self._asked.get()) is not None:
            self._take(avatar)

    def _take(self, avatar: str) -> None:
        try:
            if self.models is None:
                self.models = self._load()
            self.avatars[avatar] = self.models.avatar(avatar)
        except EchoError as error:
            self.failures[avatar] = error
        except Exception as error:  # a library's own failure must reach the NPC's owner, not end the thread unseen
            self.failures[avatar] = EchoError(f"The avatar {avatar} cannot be loaded: {type(error).__name__}: {error}")
