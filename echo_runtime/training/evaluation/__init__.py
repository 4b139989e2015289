"""Measures the model on dialogues it never saw, on recordings of people, and in pictures drawn of what it does."""

from echo_runtime.training.evaluation.dialogues import Dialogues, motion_measures, roll_out_dialogues
from echo_runtime.training.evaluation.roll_outs import roll_out, roll_out_scenes
from echo_runtime.training.evaluation.scenes import Scene, player_voice, recital, scene_of

__all__ = [
    "Dialogues",
    "Scene",
    "motion_measures",
    "player_voice",
    "recital",
    "roll_out",
    "roll_out_dialogues",
    "roll_out_scenes",
    "scene_of",
]
