"""Measures the model on dialogues it never saw, on recordings of people, and in pictures drawn of what it does."""

from echo_runtime.training.evaluation.dialogues import evaluate_motion, evaluate_pictures
from echo_runtime.training.evaluation.roll_outs import roll_out, roll_out_scenes
from echo_runtime.training.evaluation.scenes import Scene, player_voice, recital, scene_of

__all__ = [
    "Scene",
    "evaluate_motion",
    "evaluate_pictures",
    "player_voice",
    "recital",
    "roll_out",
    "roll_out_scenes",
    "scene_of",
]
