"""A complete engine client without an engine: what a game does with the runtime, as a program that tells what happens.

    python -m echo_bridge.live --port 27810 --npc mira

It connects (and goes on trying), opens the NPC, runs a game loop and a sound device, takes commands as lines on stdin
and prints one JSON object per line. The cores of the engine plugins have the same program, so that one set of tests
runs all of them against the real runtime.
"""
