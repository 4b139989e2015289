"""Other ways out than the bridge: what an NPC shows, for rigs without this project's plugins, and as a film.

None of them is waited for: the runtime's loop hands over a frame and goes on.
"""
