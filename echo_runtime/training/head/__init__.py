"""The synthetic head: an ICT-FaceKit morphable face with skin, hair and light of its own, drawn on the CPU.

It is the source of pictures with known truth: for the renderer's training, for tests and for bundled players.
"""

from echo_runtime.training.head.head import HeadPicture, HeadRenderer
from echo_runtime.training.head.identity import Identity, identities, random_identity
from echo_runtime.training.head.mesh import HeadMesh, find_head, load_head
from echo_runtime.training.head.packing import pack_ict

__all__ = [
    "HeadMesh",
    "HeadPicture",
    "HeadRenderer",
    "Identity",
    "find_head",
    "identities",
    "load_head",
    "pack_ict",
    "random_identity",
]
