"""The numbers of the protocol: its version, what may be how large, and how often peers speak. See PROTOCOL.md."""

from __future__ import annotations

PROTOCOL = (1, 0)
"""(major, minor). Another major is refused, a newer minor is welcome. Not the version of the package."""

DEFAULT_CONTROL_PORT = 27810

HEADER_BYTES = 4096
HEADER_DEPTH = 8
"""Maps and arrays inside each other, the header's own map being the first."""
MAP_ENTRIES = 128
"""Of any map in a header: bounds the work that looking for a key given twice may cause."""
NAME_BYTES = 64
TEXT_BYTES = 2048
PICTURE_SIDE = 4096
"""Pixels."""
VIDEO_BYTES = 4 * PICTURE_SIDE * PICTURE_SIDE
SOUND_BYTES = 1 << 20
"""PCM16 bytes in one speak_audio or player_audio: 32 s of mono at 16 kHz."""
CURVES = 512
"""Values of one curve set."""
CONTROL_MESSAGE_BYTES = 4 << 20
"""What a control socket takes in at all: a larger part ends the connection before anything is allocated. A message
below this and above the limit of its kind is answered with `failed`."""
SESSIONS = 16
NPCS = 1024
"""Open at once in a runtime, and remembered by a receiver."""
WAITING_REQUESTS = 1024

HEARTBEAT_MS = 1000
HEARTBEAT_TIMEOUT_MS = 3000
PING_SECONDS = 1.0
SILENCE_SECONDS = 5.0
"""A peer that says nothing for so long is gone."""
VIDEO_QUEUE = 64
"""Pictures of all NPCs together that wait for one slow subscriber before new ones are dropped for it: two and a
half seconds of one NPC, 160 ms of sixteen. (It bounds memory, not age: age is what the drain thread is for.)"""
VIDEO_BACKLOG = 128
"""Pictures of all NPCs together that the client's receiving thread may find waiting: a third of a second of sixteen,
the longest that a busy machine leaves a thread waiting. More than VIDEO_QUEUE, so that after a stall it takes them all
in one go: with a short queue every few frames cost a change of threads, and a busy machine made that 1.5 s."""
CUES_QUEUE = 1000
"""Ten seconds of coefficients, speech chunks and events."""
