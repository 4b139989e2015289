"""Dialogues of 10–20 minutes, in which what was said and done minutes ago shows on the NPC's face now.

A script (tales; errands for evaluation) → placed lines → what the player does → what the NPC remembers of words
(felt_affect) and of behaviour (rapport) → both faces and the player's voice.
"""

from echo_runtime.training.long_dialogues.dialogue import (
    BehaviouralCallback,
    LongDialogue,
    load_dialogue,
    load_dialogues,
    save_dialogue,
)
from echo_runtime.training.long_dialogues.felt_affect import Callback
from echo_runtime.training.long_dialogues.generation import generate_dialogue, generate_dialogues
from echo_runtime.training.long_dialogues.heard_affect import heard_affect
from echo_runtime.training.long_dialogues.labels import LABELS
from echo_runtime.training.long_dialogues.pairs import (
    PAIR_KINDS,
    TAIL_S,
    DialoguePair,
    generate_pair,
    generate_pairs,
    load_pairs,
)

__all__ = [
    "LABELS",
    "PAIR_KINDS",
    "TAIL_S",
    "BehaviouralCallback",
    "Callback",
    "DialoguePair",
    "LongDialogue",
    "generate_dialogue",
    "generate_dialogues",
    "generate_pair",
    "generate_pairs",
    "heard_affect",
    "load_dialogue",
    "load_dialogues",
    "load_pairs",
    "save_dialogue",
]
