"""Alignments of recordings, kept beside converted graphs: recognising a minute of speech takes half a minute."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from echo_runtime.backends.cache_folder import cache_folder
from echo_runtime.training.evaluation.recordings import Recording
from echo_runtime.training.measures.phone_alignment import Alignment, Phone, align

_VERSION = 1


def alignment_of(recording: Recording, folder: Path | None = None) -> Alignment:
    """`align(recording)`, from `folder` when it was made before; the cache may be deleted or unwritable at any time.

    Raises MissingDependencyError when it has to be made and pocketsphinx is missing.
    """
    sound = np.round(recording.samples * 32767).astype(np.int16).tobytes()
    key = hashlib.sha256(f"{_VERSION} {recording.text}".encode() + sound).hexdigest()[:32]
    path = (folder or cache_folder() / "alignments") / f"{key}.json"
    try:
        kept = json.loads(path.read_text("utf-8"))
        return Alignment(
            tuple(Phone(**phone) for phone in kept["phones"]), tuple(map(tuple, kept["words"])), kept["text"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = align(recording.samples, recording.text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(found)), "utf-8")
        part.replace(path)
    except OSError:
        pass
    return found
