"""The shared playout scenarios are what the Python structures do."""

import importlib.util
import json
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[2] / "bridge" / "golden"


@pytest.fixture(scope="module")
def both() -> tuple[dict, dict]:
    """What is written down, and what comes out now."""
    spec = importlib.util.spec_from_file_location("write_playout", GOLDEN / "write_playout.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return json.loads((GOLDEN / "playout.json").read_text(encoding="utf-8")), json.loads(json.dumps(module.scenarios()))


@pytest.mark.parametrize("kind", ["speech", "frames", "clock"])
def test_scenarios_are_reproduced(both, kind):
    written, now = both
    assert [entry["name"] for entry in written[kind]] == [entry["name"] for entry in now[kind]]
    for old, new in zip(written[kind], now[kind], strict=True):
        assert old == new, f"{kind} '{old['name']}': run bridge/golden/write_playout.py if this was meant"


def test_interpolated_values_are_reproduced(both):
    written, now = both
    for old, new in zip(written["curves"], now["curves"], strict=True):
        for old_step, new_step in zip(old["steps"], new["steps"], strict=True):
            assert old_step[:2] == new_step[:2]
            assert old_step[2] == pytest.approx(new_step[2], abs=1e-5)
            assert old_step[3] == pytest.approx(new_step[3], abs=1e-5)


def test_the_scenarios_hold_what_matters(both):
    written, _ = both
    pulls = [step for entry in written["speech"] for step in entry["steps"] if step[0] == "pull"]
    pushes = [step for entry in written["speech"] for step in entry["steps"] if step[0] == "push"]
    assert {step[5] for step in pulls} == {"quiet", "priming", "playing"}
    assert max(step[7] for step in pulls) >= 1, "underruns"
    assert any(not step[6] for step in pushes), "pieces of a lower epoch"
    assert max(step[6] for step in pulls) > 200_000, "a delay that has grown"
