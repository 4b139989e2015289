"""The client that watches a run: `echo-runtime listen` as a process of its own, and the report made of both sides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from echo_runtime.errors import ConnectionLostError
from echo_runtime.runtime.serving import Serving


class WatchingClient:
    """Receives one NPC over ZeroMQ in another process; writes `npc.mp4` and what it counted. Start it when the models
    are ready, so that it counts the conversation and not the loading."""

    def __init__(self, address: str, npc: str, out: Path, player_clip: Path | None) -> None:
        self._report = out / "client.json"
        self._report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "echo_runtime", "listen", "--address", address, "--npc", npc]
        command += ["--out", str(out / "npc.mp4"), "--report", str(self._report)]
        if player_clip is not None:
            command += ["--side", str(player_clip)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def finish(self, timeout: float = 120.0) -> dict[str, Any]:
        """Waits until it has written its files (it ends when the runtime says goodbye); returns what it counted."""
        try:
            _, errors = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise ConnectionLostError(f"The watching client has not finished within {timeout:g} s.") from None
        if self._process.returncode or not self._report.is_file():
            raise ConnectionLostError(f"The watching client failed: {errors.strip()[-500:]}")
        counted: dict[str, Any] = json.loads(self._report.read_text("utf-8"))
        self._report.unlink()
        return counted


def make_report(serving: Serving, counted: dict[str, Any] | None) -> dict[str, Any]:
    """The report of a run: frames and latencies as the client counted them if there was one, else as the runtime."""
    from echo_runtime.backends.choice import hardware_name

    own, capture = serving.runtime.statistics.report(), serving.runtime.capture.statistics
    frames = own["frames_by_origin"]
    latency = {"capture_to_publish": own["capture_to_publish_ms"], "publish_to_client": None}
    report: dict[str, Any] = {"frames_by_origin": frames, "frames_received": None, "seq_gaps": None, "fps": None}
    if counted is not None:
        report |= {key: counted[key] for key in ("frames_by_origin", "frames_received", "seq_gaps", "fps")}
        latency |= {key: counted["latency_ms"][key] for key in ("capture_to_publish", "publish_to_client")}
    return report | {
        "realtime_factor": own["realtime_factor"],
        "latency_ms": latency,
        "stage_ms": own["stage_ms"],
        "player": {
            "pictures": capture.pictures,
            "share_tracked": round(capture.share_tracked, 4),
            "sound_s": round(capture.sound_s, 2),
            "speech_s": round(capture.speech_s, 2),
            "skipped": capture.skipped,
            "devices": serving.runtime.capture.device_statistics,
            "notes": list(capture.notes),
        },
        "backend": serving.backends,
        "hardware": hardware_name(),
    }
