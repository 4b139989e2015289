from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Folders of a model and an avatar with untrained weights."""
    import torch
    from untrained import write_untrained_avatar, write_untrained_model

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("packages")
    write_untrained_model(folder / "model")
    write_untrained_avatar(folder / "blank")
    return folder


@pytest.fixture(scope="session")
def untrained_models(untrained):
    from echo_runtime.runtime.models import load_models

    models = load_models(untrained / "model", "eager")
    models.avatar(str(untrained / "blank"))
    return models
