"""The player as the rest of the runtime sees them: V_usr at 25 Hz and A_usr at 100 Hz, tick by tick.

With a virtual clock everything happens inside `advance`, in the same order every time. In real time a thread tracks the
newest picture, and `advance` takes what is finished: it never waits for a camera, a microphone or the tracker.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from echo_runtime.capture.face_regions import seen_regions
from echo_runtime.capture.face_shape import SHAPE_DIM
from echo_runtime.capture.face_tracking import FaceTracker
from echo_runtime.capture.retiming import FaceGrid, SoundTimeline
from echo_runtime.capture.source import Clock, FaceSource, PictureSource, SoundSource, Source, monotonic_us
from echo_runtime.capture.switch_over import FaceSwitch
from echo_runtime.capture.voice import VoiceAnalyser
from echo_runtime.signals import (
    FACE_DIM,
    FRAME_US,
    MELS_PER_FRAME,
    PLAYER_REGION_COUNT,
    VOICE_DIM,
    ByteArray,
    FaceObservation,
    FloatArray,
    PictureObservation,
)

POLL_S = 0.004
"""How often the tracking thread looks for a new picture."""
FACELESS_PICTURES = 25
"""So many pictures without any face are worth a note."""


@dataclass(frozen=True)
class PlayerWindow:
    """What became known between two calls: n whole ticks.

    `first_tick`: number of the first; tick k ends at start + (k + 1) · 40 ms. `face` (n, 61), `voice` (4n, 81),
    `sound` (640 n,) the samples behind `voice`. `observed_us`: capture time of the newest observation that is in them,
    0 = none. `seen` (n, 9): how far each region of the face is covered by the devices; None = all are.
    `shape` (n, d): whose face it is, see capture.face_shape, NaN where no frontal face was seen; None = nowhere.
    """

    first_tick: int
    face: FloatArray
    voice: FloatArray
    sound: FloatArray
    observed_us: int
    seen: FloatArray | None = None
    shape: FloatArray | None = None

    @property
    def ticks(self) -> int:
        return len(self.face)


@dataclass(frozen=True)
class CaptureStatistics:
    """`pictures` looked at, `tracked` among them with a face, `skipped` because a newer one was there already, `faces`
    from an engine, `sound_s` seconds of sound heard, `speech_s` of them speech, `notes` for the user."""

    pictures: int
    tracked: int
    faces: int
    sound_s: float
    speech_s: float
    notes: tuple[str, ...]
    skipped: int = 0

    @property
    def share_tracked(self) -> float:
        """Of the pictures; 1 when only an engine sent faces, 0 when nothing came."""
        return self.tracked / self.pictures if self.pictures else float(self.faces > 0)


class PlayerCapture:
    """Owns a source of pictures or of ready faces, a source of sound, the tracker and the voice analyser.

    Either source may be None, may end, may vanish: the face then decays to neutral, the voice is silence.
    `real_time`: track in a thread by `clock`; otherwise inside `advance`. `headset`: a second source of faces, beside a
    `face` of pictures, that is believed where it measures.
    """

    def __init__(
        self,
        face: PictureSource | FaceSource | None,
        voice: SoundSource | None,
        *,
        tracker: FaceTracker | None = None,
        real_time: bool = False,
        clock: Clock = monotonic_us,
        face_delay_us: int = 0,
        headset: FaceSource | None = None,
        analyser: VoiceAnalyser | None = None,
    ) -> None:
        self._face, self._voice, self._headset = face, voice, headset
        self._real_time, self._clock, self._face_delay_us = real_time, clock, face_delay_us
        needs_tracker = face is not None and not face.tracked
        self._tracker = tracker or (FaceTracker(source=face.origin) if face is not None and needs_tracker else None)
        self._analyser = analyser or VoiceAnalyser()
        self._ready: SimpleQueue[FaceObservation] = SimpleQueue()
        self._stop = threading.Event()
        self._another = threading.Event()
        self._thread: threading.Thread | None = None
        self._faces = self._tick = self._skipped = 0
        self._speech_frames = 0.0
        self._heard_us = 0
        self._picture: PictureObservation | None = None
        self._failure: str | None = None
        self._told: set[str] = set()
        self._begin(0)

    def _begin(self, start_us: int) -> None:
        self._start_us = start_us
        kind = FaceGrid if self._headset is None else FaceSwitch
        self._faces_grid: FaceGrid | FaceSwitch = kind(start_us, self._face_delay_us)
        self._sound = SoundTimeline(start_us)

    def start(self, start_us: int | None = None) -> None:
        """Open devices and begin at `start_us` (default: now by the clock). Raises what the sources raise."""
        self._begin(self._clock() if start_us is None else start_us)
        for source in self._sources:
            source.start(self._start_us)
        if self._real_time and self._tracker is not None:
            self._thread = threading.Thread(target=self._track, name="face tracking", daemon=True)
            self._thread.start()

    def advance(self, time_us: int) -> PlayerWindow:
        """All ticks that end up to `time_us` and were not given before; zero ticks when none is due."""
        ticks = max((time_us - self._start_us) // FRAME_US - self._tick, 0)
        face = [np.zeros((0, FACE_DIM), np.float32)]
        voice = [np.zeros((0, VOICE_DIM), np.float32)]
        sound = [np.zeros(0, np.float32)]
        seen = [np.zeros((0, PLAYER_REGION_COUNT), np.float32)]
        shape = [np.zeros((0, SHAPE_DIM), np.float32)]
        first = self._tick
        for _ in range(ticks):
            self._tick += 1
            end_us = self._start_us + self._tick * FRAME_US
            self._collect(end_us)
            face.append(self._faces_grid.pull(end_us))
            seen.append(seen_regions(self._faces_grid.known)[None])
            told = self._faces_grid.shape
            shape.append(np.full((1, SHAPE_DIM), np.nan, np.float32) if told is None else told[None])
            sound.append(self._sound.pull(end_us))
            voice.append(self._analyser.analyse(sound[-1]))
            assert len(voice[-1]) == MELS_PER_FRAME
            self._speech_frames += float((voice[-1][:, -1] > 0.5).sum())
        observed = max(self._faces_grid.newest_us, self._sound.newest_us)
        observed = min(observed, self._start_us + self._tick * FRAME_US)  # a run may reach past the tick
        faces, voices, sounds, regions = (np.concatenate(parts) for parts in (face, voice, sound, seen))
        shapes = np.concatenate(shape)
        whose = shapes if np.isfinite(shapes).any() else None
        return PlayerWindow(first, faces, voices, sounds, observed, regions, whose)

    def forget_player(self) -> None:
        """Another person sits there: the resting face and place of the one before are no measure of theirs. Takes
        effect with the next picture; counts go on."""
        self._another.set()
        if isinstance(self._faces_grid, FaceSwitch):
            self._faces_grid.forget_player()

    def _collect(self, end_us: int) -> None:
        if self._voice is not None:
            for run in self._voice.read_until(end_us):
                self._sound.push(run)
                self._heard_us += len(run.samples) * 1_000_000 // 16_000
        if isinstance(self._faces_grid, FaceSwitch) and self._headset is not None:
            for worn in self._headset.read_until(end_us):
                self._faces += 1
                self._faces_grid.push_headset(worn)
        if self._tracker is None:
            for face in self._face.read_until(end_us) if self._face is not None else []:
                self._faces += 1
                self._faces_grid.push(face)  # type: ignore[arg-type]
        elif self._thread is None:
            self._look(end_us)
        while True:
            try:
                self._faces_grid.push(self._ready.get_nowait())
            except Empty:
                return

    def _look(self, time_us: int) -> bool:
        """Track the newest picture up to `time_us`, if there is one."""
        assert self._face is not None
        assert self._tracker is not None
        pictures = self._face.read_until(time_us)
        if not pictures:
            return False
        self._skipped += len(pictures) - 1
        picture: PictureObservation = pictures[-1]  # type: ignore[assignment]
        self._picture = picture
        if self._another.is_set():
            self._another.clear()
            self._tracker.forget_player()
        self._ready.put(self._tracker(picture))
        return True

    def _track(self) -> None:
        while not self._stop.is_set():
            try:
                if not self._look(self._clock()):
                    self._stop.wait(POLL_S)
            except Exception as error:  # the conversation goes on without a face
                self._failure = f"face tracking stopped: {type(error).__name__}: {error}"
                return

    @property
    def picture(self) -> ByteArray | None:
        """(H, W, 3) the newest picture that was looked at."""
        return None if self._picture is None else self._picture.rgb

    @property
    def landmarks(self) -> FloatArray | None:
        """(478, 3) of that picture, or None without a face."""
        return None if self._tracker is None else self._tracker.landmarks

    @property
    def ended(self) -> bool:
        """True when no source can give anything more."""
        return all(source.ended for source in self._sources)

    @property
    def _sources(self) -> list[Source[Any]]:
        return [source for source in (self._face, self._voice, self._headset) if source is not None]

    def take_notes(self) -> list[str]:
        """Sentences for the user that came up since the last call: a camera that vanished, a microphone in use."""
        notes = [note for source in self._sources for note in source.take_notes()]
        own = [note for note in self._own_notes() if note not in self._told]
        self._told.update(own)
        return notes + own

    def _own_notes(self) -> list[str]:
        notes = [self._failure] if self._failure else []
        tracker = self._tracker
        if tracker is not None and tracker.pictures > FACELESS_PICTURES and not tracker.tracked and not self._faces:
            notes.append("no face was found in any picture; sit in front of the camera, in light")
        return notes

    @property
    def device_statistics(self) -> dict[str, float | str]:
        """Of the camera and the microphone, if there are any; see their `statistics`."""
        flat: dict[str, float | str] = {}
        for source in self._sources:
            flat |= source.statistics()
        return flat

    @property
    def statistics(self) -> CaptureStatistics:
        notes = [note for source in self._sources for note in source.notes]
        pictures, tracked = (self._tracker.pictures, self._tracker.tracked) if self._tracker else (0, 0)
        heard_s, speech_s = self._heard_us / 1e6, self._speech_frames / 100.0
        notes += self._own_notes()
        return CaptureStatistics(pictures, tracked, self._faces, heard_s, speech_s, tuple(notes), self._skipped)

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)
        for source in self._sources:
            source.close()
        if self._tracker is not None:
            self._tracker.close()

    def __enter__(self) -> PlayerCapture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
