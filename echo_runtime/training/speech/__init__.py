"""Synthetic speech with known mouths: text, two synthesisers, visemes in time, the corpus for the speech encoder."""

from echo_runtime.training.speech.mouth import Segment, mouth_groups, mouth_track, viseme_track
from echo_runtime.training.speech.sentences import HELD_OUT_SENTENCES, SENTENCES
from echo_runtime.training.speech.synthesis import HELD_OUT_VOICES, VOICES, Utterance, synthesize
from echo_runtime.training.speech.visemes import VISEME_INDEX, VISEMES

__all__ = [
    "HELD_OUT_SENTENCES",
    "HELD_OUT_VOICES",
    "SENTENCES",
    "VISEMES",
    "VISEME_INDEX",
    "VOICES",
    "Segment",
    "Utterance",
    "mouth_groups",
    "mouth_track",
    "synthesize",
    "viseme_track",
]
