"""Long dialogues in memory, and random windows of them as the LCU is trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, summarise
from echo_runtime.errors import TrainingError
from echo_runtime.signals import MELS_PER_FRAME
from echo_runtime.training.context_model import READ_CHANNELS, ContextWindows
from echo_runtime.training.long_dialogues.dialogue import LongDialogue, load_dialogues
from echo_runtime.training.long_dialogues.heard_affect import heard_affect
from echo_runtime.training.long_dialogues.pairs import FRESH_S

WINDOW_SUMMARIES = 10
"""Length of a window: 4.8 s."""
WARM_SUMMARIES = 10
"""What the LPE hears before a window, without learning from it."""


@dataclass(frozen=True)
class ObservedDialogue:
    """A long dialogue of S · 12 frames as tensors: player's `face`, `voice`, NPC's `motion` and the `affect` that its
    LAU knows (all float16),
    `speaking` (bool); `summaries` (S, summary) float32, `labels` (S, behaviours) in {0, 1} at the end of each span;
    the NPC's mean `faces` (S, READ_CHANNELS) and `affects` (S, 10) of each span. `mentions`, `situations`: from when to
    when, in seconds, a topic that was told of before is fresh again, and a situation is back."""

    face: Tensor
    voice: Tensor
    motion: Tensor
    affect: Tensor
    speaking: Tensor
    summaries: Tensor
    labels: Tensor
    faces: Tensor
    affects: Tensor
    mentions: tuple[tuple[float, float], ...] = ()
    situations: tuple[tuple[float, float], ...] = ()

    @property
    def spans(self) -> int:
        return len(self.summaries)


def observed(dialogue: LongDialogue) -> ObservedDialogue:
    """Cut to whole summaries."""
    frames = dialogue.frames // SUMMARY_FRAMES * SUMMARY_FRAMES
    face = torch.from_numpy(dialogue.player_face[:frames])
    voice = torch.from_numpy(dialogue.player_voice[: MELS_PER_FRAME * frames])
    speaking = torch.from_numpy(dialogue.npc_speaking[:frames])
    summaries = summarise(face[None], voice[None], speaking[None].float())[0]
    # what is the case in most of a span, but for `ends_turn`, which is said of its last moment
    spans = torch.from_numpy(dialogue.labels[:frames].astype(np.float32)).unflatten(0, (-1, SUMMARY_FRAMES))
    labels = (spans.mean(1) >= 0.5).float()
    labels[:, -1] = spans[:, -1, -1]
    motion = torch.from_numpy(dialogue.motion[:frames])
    affect = torch.from_numpy(heard_affect(dialogue.turns, frames)).half()
    faces, affects = (
        x.float().unflatten(0, (-1, SUMMARY_FRAMES)).mean(1) for x in (motion[:, list(READ_CHANNELS)], affect)
    )
    words = [(c.mentioned_s, c.mentioned_s + FRESH_S) for c in dialogue.callbacks]
    situations = [(c.start_s, c.end_s) for c in dialogue.behavioural_callbacks]
    return ObservedDialogue(
        face, voice, motion, affect, speaking, summaries, labels, faces, affects, tuple(words), tuple(situations)
    )


def observed_folder(folder: Path | str, count: int | None = None) -> list[ObservedDialogue]:
    """The (first `count`) dialogues of a folder. Raises TrainingError when there are none."""
    found: list[ObservedDialogue] = []
    for dialogue in load_dialogues(folder):
        found.append(observed(dialogue))
        if count is not None and len(found) >= count:
            break
    return found


def window_at(dialogue: ObservedDialogue, span: int) -> dict[str, Tensor]:
    """The window that begins at summary `span`; what lies before the dialogue is an unseen, silent player."""
    first, last = span - WARM_SUMMARIES, span + WINDOW_SUMMARIES
    missing = max(0, -first) * SUMMARY_FRAMES
    begin, start, end = max(0, first) * SUMMARY_FRAMES, span * SUMMARY_FRAMES, last * SUMMARY_FRAMES
    face, voice = dialogue.face[begin:end].float(), dialogue.voice[4 * begin : 4 * end].float()
    if missing:
        quiet = voice.amin(0).expand(4 * missing, -1)
        face, voice = torch.cat([face.new_zeros(missing, face.shape[1]), face]), torch.cat([quiet, voice])
    return {
        "face": face, "voice": voice, "speaking": dialogue.speaking[start:end].float(),
        "affect": dialogue.affect[start:end].float(), "motion": dialogue.motion[start:end].float(),
    }  # fmt: skip


class ContextSampler:
    """Random windows: `dialogues` per draw, so many `windows` of each."""

    def __init__(
        self, data: Sequence[ObservedDialogue], random: np.random.Generator, span_limit: int,
        dialogues: int = 2, windows: int = 4,
    ) -> None:  # fmt: skip
        self.data = [d for d in data if d.spans > WINDOW_SUMMARIES]
        if not self.data:
            raise TrainingError("No long dialogue lasts ten seconds; generate longer ones.")
        self.random, self.span_limit, self.dialogues, self.windows = random, span_limit, dialogues, windows

    def draw(self) -> ContextWindows:
        """Of each dialogue at most `span_limit` summaries, ending with the last window's end."""
        chosen = [self.data[i] for i in self.random.integers(len(self.data), size=self.dialogues)]
        # the last window of each dialogue has the most to remember
        ends = [int(self.random.integers(WINDOW_SUMMARIES, d.spans + 1)) for d in chosen]
        begins = [max(0, end - self.span_limit) for end in ends]
        spans = [
            [end - WINDOW_SUMMARIES, *self.random.integers(begin, end - WINDOW_SUMMARIES + 1, self.windows - 1)]
            for begin, end in zip(begins, ends, strict=True)
        ]
        return gathered(chosen, begins, ends, spans)


def gathered(
    dialogues: Sequence[ObservedDialogue], begins: Sequence[int], ends: Sequence[int], spans: Iterable[Iterable[int]]
) -> ContextWindows:
    """Windows that begin at `spans[d]` of `dialogues[d]`, with the summaries from begins[d] to ends[d] (shorter ones
    are padded after their end, where nothing looks)."""
    longest = max(end - begin for begin, end in zip(begins, ends, strict=True))

    def padded(x: Tensor, begin: int, end: int) -> Tensor:
        cut = x[begin:end]
        return torch.cat([cut, cut.new_zeros(longest - len(cut), cut.shape[1])])

    source, offset, windows = [], [], []
    for i, (dialogue, begin, own) in enumerate(zip(dialogues, begins, spans, strict=True)):
        for span in own:
            source.append(i)
            offset.append(int(span) - begin)
            windows.append(window_at(dialogue, int(span)))
    columns = {name: torch.stack([w[name] for w in windows]) for name in windows[0]}

    def all_of(name: str) -> Tensor:
        parts = zip(dialogues, begins, ends, strict=True)
        return torch.stack([padded(getattr(d, name), b, e) for d, b, e in parts])

    return ContextWindows(
        summaries=all_of("summaries"), source=torch.tensor(source), offset=torch.tensor(offset), **columns,
        labels=all_of("labels"), lengths=torch.tensor([e - b for b, e in zip(begins, ends, strict=True)]),
        faces=all_of("faces"), affects=all_of("affects"),
    )  # fmt: skip
