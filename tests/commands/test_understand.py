"""`echo-runtime understand`: a model from disk is tried, and what it is not trained for is said."""

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from echo_runtime.commands import understand
from echo_runtime.errors import UsageError

app = typer.Typer()
app.command()(understand.command)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    pytest.importorskip("transformers", reason="transformers is not installed; pip install 'echo-runtime[llm]'")
    sys.path.insert(0, str(Path(__file__).parents[1] / "context"))
    from small_language_models import write_qwen2_vl

    folder = tmp_path_factory.mktemp("qwen")
    write_qwen2_vl(folder)
    return folder


def test_numbers_and_what_is_untrained(model):
    told = CliRunner().invoke(app, [str(model), "--device", "cpu", "--times", "1"])
    assert told.exit_code == 0, told.output
    assert "Qwen2VLForConditionalGeneration" in told.output
    assert "untrained" in told.output
    assert "train context" in told.output


def test_numbers_as_json(model):
    told = CliRunner().invoke(app, [str(model), "--device", "cpu", "--times", "1", "--layer", "2", "--json"])
    numbers = json.loads(told.stdout.splitlines()[-1])
    assert (numbers["layer"], numbers["layers"], numbers["trained"]) == (2, 6, False)
    assert numbers["answer_s_p50"] > 0


def test_a_folder_that_is_not_there():
    told = CliRunner().invoke(app, ["nowhere/at-all"])
    assert isinstance(told.exception, UsageError)
    assert "none is downloaded" in str(told.exception)
