"""Sources of the player's face and voice, face tracking and voice analysis."""
