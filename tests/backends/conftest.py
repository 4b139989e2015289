from __future__ import annotations

from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that the tests of one file share, so that each graph is converted once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(module_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the user's cache; the same random weights in each."""
    monkeypatch.setenv("ECHO_CACHE_DIR", str(module_cache))
    monkeypatch.delenv("ECHO_BACKEND", raising=False)
    torch.manual_seed(0)
