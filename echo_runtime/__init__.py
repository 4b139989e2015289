"""Echo Runtime: NPC faces that listen, remember and speak."""

__version__ = "0.1.0"
