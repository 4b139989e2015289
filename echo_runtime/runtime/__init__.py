"""NPC sessions, clocks, playout and the server."""
