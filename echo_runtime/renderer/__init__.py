"""The neural renderer: a motion frame to a picture of one NPC."""
