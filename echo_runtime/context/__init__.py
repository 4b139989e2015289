"""LCU: what the NPC understands of the conversation (ECHO section on long-range contextual understanding)."""
