"""LSE-D and LSE-C of roll-outs, of the truth and of a mismatched sound, by the shipped synchrony network."""

from __future__ import annotations

from collections.abc import Sequence

from echo_runtime.signals import FloatArray
from echo_runtime.training.evaluation.dialogues import Dialogues
from echo_runtime.training.measures.synchrony import Synchrony, synchrony
from echo_runtime.training.sync_network import SyncNetwork, load_sync_network


def sync_measures(d: Dialogues, network: SyncNetwork | None = None) -> dict[str, float]:
    """lse_d, lse_c and offset_s of the roll-outs while the NPC speaks; `_truth`: of the true motion; `_shuffled`: of
    the roll-outs against the next dialogue's sound. Embeddings are unit vectors, so distances lie in [0, 2]."""
    net = network or load_sync_network()
    voices = [s.speech for s in d.sessions]

    def of(motions: Sequence[FloatArray], sounds: Sequence[FloatArray]) -> Synchrony:
        embedded = [net.embed(m, s) for m, s in zip(motions, sounds, strict=True)]
        return synchrony([e[0] for e in embedded], [e[1] for e in embedded], d.speaking)

    made, true, other = of(d.motions, voices), of(d.truths, voices), of(d.motions, voices[1:] + voices[:1])
    return {
        "lse_d": made.lse_d, "lse_c": made.lse_c, "offset_s": made.offset_s,
        "lse_d_truth": true.lse_d, "lse_c_truth": true.lse_c,
        "lse_d_shuffled": other.lse_d, "lse_c_shuffled": other.lse_c,
    }  # fmt: skip
