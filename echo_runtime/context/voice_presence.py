"""Whether somebody is talking, out of a speech detector's wavering probability: with thresholds, and with times.

Also how the voice came to its last pause: by its loudness, since a voice that falls speaks for an end.
"""

from __future__ import annotations

import math

SPEECH_ON, SPEECH_OFF = 0.6, 0.35
"""A probability above the first is speech, one below the second silence; between them all stays as it is."""
ONSET_S, RELEASE_S = 0.12, 0.16
"""How long speech or silence must last to be believed: a click is no word, the hold of a plosive no pause."""
_RECENT_S, _LEVEL_S = 0.25, 2.5
"""Time constants of the loudness of the last syllables and of the turn."""


class VoicePresence:
    """`talking`; a beginning or an end is believed after a moment, and then counts from where it was."""

    def __init__(self) -> None:
        self.talking = False
        self.fall: float | None = None
        """Loudness of the last syllables above that of the turn (log-mel); None when not measured."""
        self.spoken_s = 0.0
        """Seconds since talking began; stands still in a pause."""
        self._rise_us: int | None = None
        self._drop_us: int | None = None
        self._ended_us: int | None = None
        self._recent: float | None = None
        self._level: float | None = None

    def update(self, time_us: int, speech: float, loudness: float | None, step_s: float) -> None:
        """Takes a probability of speech and a loudness at `time_us`, `step_s` after the last ones."""
        speech = speech if math.isfinite(speech) else 0.0
        if speech >= SPEECH_ON:
            self._drop_us = None
            self._rise_us = time_us if self._rise_us is None else self._rise_us
            self._follow(loudness, step_s)
        elif speech < SPEECH_OFF:
            self._drop_us = time_us if self._drop_us is None else self._drop_us
            if not self.talking:
                self._rise_us = None
        if not self.talking and self._rise_us is not None and time_us - self._rise_us >= ONSET_S * 1e6:
            self.talking = True
        if self.talking:
            assert self._rise_us is not None
            if self._drop_us is not None and time_us - self._drop_us >= RELEASE_S * 1e6:
                self.talking, self._ended_us = False, self._drop_us
                self.spoken_s = (self._drop_us - self._rise_us) / 1e6
                self._rise_us = None
                self.fall = None if self._recent is None or self._level is None else self._recent - self._level
            else:
                self.spoken_s = (time_us - self._rise_us) / 1e6

    def pause_s(self, time_us: int) -> float | None:
        """Seconds of silence since the last word, None before the first and while talking."""
        if self.talking or self._ended_us is None:
            return None
        return (time_us - self._ended_us) / 1e6

    def _follow(self, loudness: float | None, step_s: float) -> None:
        if loudness is None or not math.isfinite(loudness):
            return
        if self._recent is None or self._level is None:
            self._recent = self._level = loudness
            return
        self._recent += (loudness - self._recent) * (1.0 - math.exp(-step_s / _RECENT_S))
        self._level += (loudness - self._level) * (1.0 - math.exp(-step_s / _LEVEL_S))
