"""What was felt about a topic, and comes back when the topic is mentioned again.

Decay forgets what was said ten minutes ago, as it should: the feeling returns only with its topic. Topics are stems
(see `lexicon_affect`); words that turn up in many turns recall nothing, as in inverse document frequency (Spärck Jones,
1972). Bounded; the faintest are forgotten first. Times are given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echo_runtime.context.affect import EMOTIONS

EPISODES = 512
WORDS = 4096
"""Topics whose number of mentions is kept; when there are more, all counts are halved and the rarest forgotten."""
REST_S = 12.0
"""A topic that was felt about so recently is still being talked about: it is present, not a memory."""
HALF_LIFE_S = 14 * 86_400.0
"""A memory's strength halves in so much time without a mention."""
RECALL_SHARE = 0.9
"""A memory is fainter than what it is of."""
COMMON_SHARE = 0.2
_COMMON_LEAST = 6
"""A word in more than this share of the turns, and in at least so many of them, is common: it recalls nothing."""
_PRIOR_TURNS = 20
_FELT_LEAST = 0.1
_FEELINGS = len(EMOTIONS) - 1


@dataclass
class Episode:
    """`feelings` (7,): shares of the emotions without neutral, whose sum is the memory's strength; `speaker`: who
    spoke of it last; `time_us`: when."""

    feelings: np.ndarray
    speaker: str
    time_us: int

    @property
    def strength(self) -> float:
        """In [0, 1]."""
        return float(self.feelings.sum())


@dataclass(frozen=True)
class Recall:
    """`feelings` (7,) that come back, of the `topic` that weighed most, with its `episode` as it was before."""

    feelings: np.ndarray
    topic: str
    episode: Episode


class EpisodicStore:
    """Topic → episode. `turns`: how many turns were counted."""

    def __init__(self) -> None:
        self.episodes: dict[str, Episode] = {}
        self.turns = 0
        self.recalls = 0
        self._mentions: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.episodes)

    def weight(self, topic: str) -> float:
        """How much a mention of the topic says, in [0, 1]: 1 for a rare word, 0 for a common one."""
        mentions = self._mentions.get(topic, 0)
        if mentions >= _COMMON_LEAST and mentions > COMMON_SHARE * self.turns:
            return 0.0
        turns = self.turns + _PRIOR_TURNS
        return min(1.0, max(0.0, math.log(turns / (mentions + 1)) / math.log(turns / 2)))

    def mention(self, topics: Sequence[str]) -> None:
        """Counts a turn with these topics. Call it once per turn, after `recall`."""
        self.turns += 1
        for topic in dict.fromkeys(topics):
            self._mentions[topic] = self._mentions.get(topic, 0) + 1
        if len(self._mentions) > WORDS:
            self.turns = max(1, self.turns // 2)
            halved = {topic: count // 2 for topic, count in self._mentions.items()}
            kept = {topic: count for topic, count in halved.items() if count or topic in self.episodes}
            self._mentions = dict(sorted(kept.items(), key=lambda item: -item[1])[: WORDS // 2])

    def recall(self, topics: Sequence[str], time_us: int) -> Recall | None:
        """What the topics bring back; None when nothing was felt about them, or it is not past yet."""
        feelings = np.zeros(_FEELINGS)
        best: tuple[float, str] | None = None
        for topic in dict.fromkeys(topics):
            episode = self.episodes.get(topic)
            if episode is None or time_us - episode.time_us < REST_S * 1e6:
                continue
            weight = self.weight(topic) * _kept(episode, time_us)
            if best is None or weight * episode.strength > best[0]:
                best = (weight * episode.strength, topic)
                feelings = RECALL_SHARE * weight * episode.feelings
        if best is None or best[0] <= 0.0:
            return None
        self.recalls += 1
        return Recall(feelings, best[1], replace(self.episodes[best[1]]))

    def learn(
        self, topics: Sequence[str], feelings: np.ndarray, speaker: str, time_us: int, share: float = 1.0
    ) -> None:
        """Links `feelings` (7,), shares, with the topics: e ← (1 − s) · e + s · new, s being their sum, so that what is
        said again grows surer and what is felt otherwise gives way. `share`: how sure it is of the topics."""
        if float(feelings.sum()) < _FELT_LEAST or not topics:
            return
        new = share * feelings
        for topic in dict.fromkeys(topics):
            old = self.episodes.get(topic)
            before = _kept(old, time_us) * old.feelings if old is not None else np.zeros(_FEELINGS)
            self.episodes[topic] = Episode((1.0 - min(float(new.sum()), 1.0)) * before + new, speaker, time_us)
        if len(self.episodes) > EPISODES:
            ranked = sorted(self.episodes.items(), key=lambda item: -_kept(item[1], time_us) * item[1].strength)
            self.episodes = dict(ranked[: EPISODES - EPISODES // 8])

    def rest(self, topics: Sequence[str], time_us: int) -> None:
        """The topics are being talked about: their memories are fresh again."""
        for topic in topics:
            if topic in self.episodes:
                self.episodes[topic].time_us = time_us

    # -- kept ---------------------------------------------------------------------------------------------------------

    def as_json(self, now_us: int) -> dict[str, Any]:
        """Times become ages before `now_us`."""
        episodes = {topic: [e.feelings.tolist(), e.speaker, now_us - e.time_us] for topic, e in self.episodes.items()}
        return {"turns": self.turns, "recalls": self.recalls, "mentions": self._mentions, "episodes": episodes}

    @classmethod
    def from_json(cls, data: dict[str, Any], now_us: int) -> EpisodicStore:
        """Raises KeyError, TypeError or ValueError on other data than `as_json` gives."""
        store = cls()
        store.turns, store.recalls = max(0, int(data["turns"])), max(0, int(data["recalls"]))
        if len(data["mentions"]) > 2 * WORDS or len(data["episodes"]) > 2 * EPISODES:
            raise ValueError("more episodes than a memory holds")
        store._mentions = {str(topic): max(0, int(count)) for topic, count in data["mentions"].items()}
        for topic, (feelings, speaker, age) in data["episodes"].items():
            values = np.array(feelings, np.float64)
            if values.shape != (_FEELINGS,) or not np.isfinite(values).all() or not isinstance(speaker, str):
                raise ValueError(f"the episode of {topic!r} is damaged")
            if values.min() < 0.0 or values.sum() > 1.0 + 1e-6:
                raise ValueError(f"the episode of {topic!r} holds numbers that are no shares")
            store.episodes[topic] = Episode(values, speaker, now_us - int(age))
        return store


def _kept(episode: Episode, time_us: int) -> float:
    """The share of a memory that time has left."""
    return 0.5 ** (max(0, time_us - episode.time_us) / 1e6 / HALF_LIFE_S)
