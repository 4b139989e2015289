"""The table of quality per millisecond: every row is timed and rolled out, and what cannot run says why."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig
from echo_runtime.errors import UsageError
from echo_runtime.generator.flow_transformer import FlowConfig
from echo_runtime.generator.speech_encoder import SpeechEncoder, SpeechEncoderConfig
from echo_runtime.generator.streaming import MotionGenerator, SamplingConfig
from echo_runtime.training.dyads.session import DyadSession

PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks" / "quality_per_ms.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quality_per_ms", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["quality_per_ms"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def session(frames: int) -> DyadSession:
    random = np.random.default_rng(0)

    def noise(*shape: int) -> np.ndarray:
        return random.uniform(0, 1, shape).astype(np.float32)

    return DyadSession(
        motion=noise(frames, 60),
        speech=0.1 * noise(frames * 640),
        player_face=noise(frames, 61),
        player_voice=0.1 * noise(frames * 640),
        player_activity=noise(4 * frames),
        affect=np.ones((frames, 10), np.float32),
        npc_speaking=noise(frames) > 0.5,
        viseme=random.integers(0, 15, 4 * frames),
        events={},
        voice="none",
        seed=3,
    )


def test_every_row_is_timed_and_rolled_out(bench: ModuleType) -> None:
    torch.manual_seed(0)
    encoder = SpeechEncoder(SpeechEncoderConfig(16, (1, 2), (True, False), 13)).eval()
    perception = LowLevelPerception(PerceptionConfig(width=16, layers=1, heads=2)).eval()
    flow = FlowConfig(
        encoder.feature_dim, user_width=16, width=32, layers=1, heads=2, speech_inner=16, user_inner=16,
        emotion_inner=16, context_frames=10,
    )  # fmt: skip
    model = bench.Model("small", encoder, MotionGenerator(flow, SamplingConfig()).eval(), perception)
    rows = bench.compare([model], [session(72)], "1,2", "2,8,97", "eager:f32,eager:bf16", rounds=3, seed=0)
    assert len(rows) == 12
    for row in rows:
        if row.setting.chunk == 97:
            assert "97" in row.problem
            continue
        assert len(row.motion_ms) == len(row.speech_ms) == 3
        assert np.min(row.motion_ms) > 0
        assert set(row.quality) == set(bench.QUALITIES)
        assert row.off == 0 if row.setting.precision == "f32" else 0 <= row.off < 0.1
    table = bench.markdown(rows, "a desk", "Said so.")
    assert table.startswith("a desk, one thread. Said so.")
    widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_a_session_is_shortened_in_all_its_rates(bench: ModuleType) -> None:
    short = bench.shortened(session(100), 2.0)
    assert len(short.motion) == len(short.affect) == 50
    assert len(short.viseme) == len(short.player_activity) == 200
    assert len(short.speech) == 50 * 640
    assert bench.shortened(session(100), 60.0).motion.shape == (100, 60)


def test_lists_that_cannot_be_read_are_said(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.numbers_of("2,3") == [2, 3]
    with pytest.raises(UsageError, match="'two' is not a list"):
        bench.numbers_of("two")
    assert bench.main(["--sessions", str(tmp_path)]) == 2
    assert "holds no conversations" in capsys.readouterr().err
