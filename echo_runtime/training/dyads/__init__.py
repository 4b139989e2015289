"""Synthetic conversations: a player with face and voice, and an NPC whose answers are the truth to learn."""

from echo_runtime.training.dyads.generation import generate_folder, generate_session
from echo_runtime.training.dyads.session import EVENTS, DyadSession, load_session, load_sessions, save_sessions

__all__ = [
    "EVENTS",
    "DyadSession",
    "generate_folder",
    "generate_session",
    "load_session",
    "load_sessions",
    "save_sessions",
]
