"""Whether a replay gave what the recording says: value by value, picture by picture, and why it may not have."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import numpy as np

from echo_runtime.recording.recorder import picture_hash
from echo_runtime.recording.recording import RecordedFrame, Step
from echo_runtime.recording.values import ReadyModels
from echo_runtime.signals import AvatarFrame

_SENTENCES = 20


class Comparison:
    """Collects differences. `notes`: sentences on what is different about this runtime, known before any frame."""

    def __init__(self, recorded_about: dict[str, Any], own_about: dict[str, Any]) -> None:
        self.notes: list[str] = []
        self._frames: deque[RecordedFrame] = deque()
        self._events: deque[tuple[str, str, dict[str, Any]]] = deque()
        self._hashes: dict[str, tuple[Any, bytes]] = {}
        self._models: set[str] = set()
        self.origins: Counter[str] = Counter()
        self.compared_frames = self.compared_values = 0
        self.differing_frames = self.differing_values = self.differing_pictures = self.differing_bytes = 0
        self.differing_events = self.missing_frames = self.extra_frames = self.untaken = 0
        self.largest_difference = 0.0
        self.first_difference: str | None = None
        for name, was in recorded_about.items():
            here = own_about.get(name)
            if was != here:
                self.note(f"{name}: recorded with {was}, replayed with {here}")

    def note(self, sentence: str) -> None:
        if sentence not in self.notes and len(self.notes) < _SENTENCES:
            self.notes.append(sentence)

    @property
    def same(self) -> bool:
        return not (
            self.differing_frames or self.differing_events or self.missing_frames or self.extra_frames or self.untaken
        )

    # -- step by step -------------------------------------------------------------------------------------------------

    def expect(self, step: Step) -> None:
        """What the step that begins should give."""
        self._frames, self._events = deque(step.frames), deque(step.events)

    def shown(self, frame: AvatarFrame) -> None:
        """A frame was published."""
        self.origins[frame.origin] += 1
        if not self._frames:
            self.extra_frames += 1
            self._differs(frame, "it is not in the recording")
            return
        recorded = self._frames.popleft()
        self.compared_frames += 1
        motion = np.ascontiguousarray(frame.motion, np.float32)
        self.compared_values += motion.size
        here, there = motion.tobytes(), np.ascontiguousarray(recorded.motion, np.float32).tobytes()
        same = True
        if here != there:
            same = False
            self._differs(frame, "its motion differs")
            a, b = (np.frombuffer(x, np.uint8).reshape(-1, 4) for x in (here, there))
            self.differing_values += int((a != b).any(1).sum())
            self.differing_bytes += int((a != b).sum())
            self.largest_difference = max(self.largest_difference, float(np.abs(motion - recorded.motion).max()))
        if self._hash(frame) != recorded.picture:
            same = False
            self._differs(frame, "its picture differs")
            self.differing_pictures += 1
            self.differing_bytes += recorded.picture_bytes
        was = (recorded.npc, recorded.pts_us, recorded.origin, recorded.epoch, recorded.utterance, recorded.observed_us)
        is_now = (frame.npc, frame.pts_us, frame.origin, frame.epoch, frame.utterance, frame.observed_us)
        if was != is_now:
            same = False
            self._differs(frame, f"it was {was} and is {is_now} (npc, pts, origin, epoch, utterance, observed)")
        self.differing_frames += not same

    def told(self, npc: str, event: str, detail: dict[str, Any]) -> None:
        """An event was published."""
        if not self._events or self._events.popleft() != (npc, event, detail):
            self.differing_events += 1

    def settle(self, untaken: int) -> None:
        """The step is over; `untaken` recorded values were not asked for."""
        self.missing_frames += len(self._frames)
        self.differing_events += len(self._events)
        self.untaken += untaken
        self._frames.clear()
        self._events.clear()

    def models(self, recorded: ReadyModels, found: ReadyModels) -> None:
        """An avatar's models, as they were and as they are."""
        if recorded.avatar in self._models:
            return
        self._models.add(recorded.avatar)
        kinds = (("weights of", recorded.weights, found.weights), ("backend of", recorded.backends, found.backends))
        for what, was, here in kinds:
            for name, value in was.items():
                if here.get(name) != value:
                    self.note(f"{what} {name}: recorded with {_short(value)}, replayed with {_short(here.get(name))}")

    def report(self) -> dict[str, Any]:
        """Counts for people and tests; all zero, and no `differences`, when the replay is the run."""
        return {
            "same": self.same,
            "frames": self.compared_frames,
            "frames_by_origin": {origin: self.origins[origin] for origin in ("generated", "held", "idle")},
            "compared_values": self.compared_values,
            "differing_values": self.differing_values,
            "largest_difference": self.largest_difference,
            "differing_frames": self.differing_frames,
            "differing_pictures": self.differing_pictures,
            "differing_bytes": self.differing_bytes,
            "differing_events": self.differing_events,
            "missing_frames": self.missing_frames,
            "extra_frames": self.extra_frames,
            "unused_results": self.untaken,
            "first_difference": self.first_difference,
            "differences": list(self.notes),
        }

    def _hash(self, frame: AvatarFrame) -> bytes:
        known = self._hashes.get(frame.npc)
        if known is None or known[0] is not frame.rgba:
            known = self._hashes[frame.npc] = (frame.rgba, picture_hash(frame.rgba))
        return known[1]

    def _differs(self, frame: AvatarFrame, how: str) -> None:
        if self.first_difference is None:
            self.first_difference = f"frame {self.compared_frames} of {frame.npc}, at {frame.pts_us} µs: {how}"


def _short(value: str | None) -> str:
    if value is None:
        return "none"
    return value[:12] if len(value) == 64 else value
