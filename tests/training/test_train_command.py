"""The train command: every stage is there, none is loaded before it is called, mistakes are sentences."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from echo_runtime.commands.train import app
from echo_runtime.errors import UsageError

STAGES = ("dyads", "long-dialogues", "speech", "motion", "renderer", "tracker", "head")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_explains_itself(stage: str) -> None:
    result = CliRunner().invoke(app, [stage, "--help"], terminal_width=100)
    assert result.exit_code == 0
    assert "--out" in result.output


def test_help_loads_no_stage() -> None:
    code = "import sys, echo_runtime.commands.train; sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_unknown_identity_is_refused(tmp_path: Path) -> None:
    """Whether the head's data are there or not."""
    result = CliRunner().invoke(app, ["renderer", "--identity", "nobody", "--minutes", "1", "--out", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert "nobody" in str(result.exception)
