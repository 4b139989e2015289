"""The wire to game engines: Echo protocol 1. Needs no torch."""
