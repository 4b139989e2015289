"""Ten minutes at 60 pictures a second with speech and interrupts: nothing grows, nothing is lost.

./echo-runtime test --soak tests/wire          (ECHO_SOAK_SECONDS=60 for a shorter one)
"""

import os
import resource
import statistics
import sys
import time
from pathlib import Path

import live_program
import numpy as np
import pytest
from conftest import program_of
from echo_bridge.process import RuntimeProcess
from live_program import LiveProgram

SECONDS = float(os.environ.get("ECHO_SOAK_SECONDS", "600"))
LOOK_SECONDS = max(1.0, SECONDS / 60)
GROWTH_BYTES = 16 << 20
"""Between the second quarter and the last: what a garbage collector and bounded statistics may take in the meantime."""


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_nothing_grows(tmp_path):
    languages = [language for language in live_program.LANGUAGES if live_program.absent(language) is None]
    words = {language: program_of(language) for language in languages}
    sound = tmp_path / "tone.pcm"
    sound.write_bytes((np.sin(np.arange(16_000 * 3) / 9.0) * 9_000).astype("<i2").tobytes())
    script = Path(__file__).parents[1] / "bridge" / "small_runtime.py"
    publisher = [sys.executable, str(script), "--rate", "60", "--size", "512", "--seconds", str(SECONDS + 120)]
    lives: dict[str, LiveProgram] = {}
    sizes: dict[str, list[int]] = {name: [] for name in (*languages, "publisher")}
    with RuntimeProcess(publisher, timeout=60.0) as process:
        try:
            for language in languages:
                lives[language] = LiveProgram(
                    words[language], process.control_port, client=language, npc=f"npc-{language}"
                )
            for live in lives.values():
                live.wait("first_frame")
            end, turn = time.monotonic() + SECONDS, 0
            while time.monotonic() < end:
                for live in lives.values():
                    live.send(
                        f"speak {sound} 16000" if turn % 3 == 0 else "interrupt" if turn % 3 == 1 else "emotion happy 1"
                    )
                time.sleep(LOOK_SECONDS)
                turn += 1
                for name, live in lives.items():
                    assert live.process.poll() is None, f"{name} has ended"
                    sizes[name].append(resident(live.process.pid))
                sizes["publisher"].append(resident(process.pid))
            summaries = {language: live.quit() for language, live in lives.items()}
        finally:
            for live in lives.values():
                live.__exit__(None, None, None)
    for name, seen in sizes.items():
        quarter = max(1, len(seen) // 4)
        growth = statistics.median(seen[-quarter:]) - statistics.median(seen[quarter : 2 * quarter])
        print(f"{name}: {seen[-1] / 1e6:.1f} MB, grown by {growth / 1e6:+.2f} MB; {summaries.get(name)}")
        assert growth < GROWTH_BYTES, f"{name} grows: {seen}"
    for name, summary in summaries.items():
        assert summary["malformed"] == 0, name
        assert summary["old_epoch_shown"] == 0, name
        assert summary["old_epoch_heard_samples"] == 0, name
        assert summary["frames"] > 0.25 * 60 * SECONDS, f"{name}: {summary}"
