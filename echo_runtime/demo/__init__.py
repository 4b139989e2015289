"""The demo: a bundled player, bundled NPC lines, and the film that shows both side by side."""
