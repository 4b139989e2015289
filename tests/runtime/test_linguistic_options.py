"""`run --recognise`, `--affect-endpoint` and `--memory`: what is wrong is said before anything is loaded."""

import importlib.util

import pytest

from echo_runtime.errors import MissingDependencyError, NpcMemoryDamagedError, NpcMemoryError, UsageError
from echo_runtime.runtime.serving import ServingConfig, serve

needs_pocketsphinx = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx is not installed"
)


def config(**options):
    return ServingConfig(player="engine", voice="engine", control_port=0, **options)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"recognise": "siri"}, "pocketsphinx"),
        ({"affect_endpoint": "localhost"}, "http://"),
        ({"affect_endpoint": "http://localhost:1/v1", "virtual_clock": True}, "real time"),
        pytest.param({"recognise": "pocketsphinx", "virtual_clock": True}, "real time", marks=needs_pocketsphinx),
    ],
)
def test_options_that_do_not_go_together(options, word):
    with pytest.raises(UsageError, match=word), serve(config(**options)):
        pass


@pytest.mark.skipif(importlib.util.find_spec("sherpa_onnx") is not None, reason="sherpa-onnx is installed")
def test_a_recogniser_that_is_not_installed(tmp_path):
    with (
        pytest.raises(MissingDependencyError, match="pip install"),
        serve(config(recognise=f"sherpa-onnx:{tmp_path}")),
    ):
        pass


def test_a_memory_that_cannot_be_read_or_kept(tmp_path):
    (tmp_path / "mira.memory").write_bytes(b"torn")
    with pytest.raises(NpcMemoryDamagedError, match=r"mira\.memory"), serve(config(memory=tmp_path)):
        pass
    assert (tmp_path / "mira.memory").read_bytes() == b"torn"
    (tmp_path / "file").write_text("")
    with pytest.raises(NpcMemoryError, match="cannot be made"), serve(config(memory=tmp_path / "file")):
        pass


def test_the_capability_says_whether_there_is_a_memory(tmp_path):
    with serve(config(memory=tmp_path / "new")) as serving:
        assert "memory" in serving.bridge.control._caps
        assert (tmp_path / "new").is_dir()
    with serve(config()) as serving:
        assert "memory" not in serving.bridge.control._caps
