"""From a text to the first sound and the first frame that speaks, over the wire.

    python benchmarks/text_to_speech.py [--voice-for-text espeak-ng] [--avatar mira] [--backend auto] [--texts 12]

Starts `echo-runtime run` with a voice for text, has texts spoken one after the other, and prints for each moment the
median, the 95th percentile and the worst, in milliseconds after the command was sent: the first piece of sound in the
runtime (the synthesiser's own time), the first speech and the first picture of the utterance at the client, and when
that picture is meant to be seen.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
from echo_bridge import EchoClient
from echo_bridge.inbox import Frame, SpeechChunk
from echo_bridge.process import RuntimeProcess

TEXTS = (
    "Good evening, traveller.",
    "The road to the harbour is closed until tomorrow morning, I am afraid.",
    "No.",
    "Have you come all the way from the mountains? You must be tired; sit down and have something to eat.",
)


def measure(client: EchoClient, npc: str, text: str) -> dict[str, float]:
    """One text, spoken to its end."""
    received: list[Frame | SpeechChunk] = []
    client.on_receive(lambda item: received.append(item) if isinstance(item, Frame | SpeechChunk) else None)
    sent_us = client.runtime_now()
    client.speak_text(npc, text, wait=True)
    frames = [item for item in received if isinstance(item, Frame) and item.header.utt]
    speech = [item for item in received if isinstance(item, SpeechChunk) and len(item.samples)]
    return {
        "first sound in the runtime": float(client.stats()["text_to_sound_ms"]),
        "first speech published": (speech[0].header.published_us - sent_us) / 1e3,
        "first picture published": (frames[0].header.published_us - sent_us) / 1e3,
        "first picture to be seen": (frames[0].header.pts - sent_us) / 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice-for-text", default="espeak-ng")
    parser.add_argument("--avatar", default="mira")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--texts", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    line = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", "0", "--player", "none"]
    line += ["--voice", "none", "--npc", "npc", "--avatar", options.avatar, "--backend", options.backend]
    with (
        RuntimeProcess([*line, "--voice-for-text", options.voice_for_text], timeout=300.0) as process,
        EchoClient.connect(f"tcp://127.0.0.1:{process.control_port}", timeout=60.0) as client,
    ):
        client.timeout = 60.0
        client.open_npc("npc", timeout=300.0)
        seq, end = 0, time.monotonic() + 900.0
        while (frame := client.wait_for_frame("npc", seq, 300.0)).header.origin != "generated":
            seq = frame.header.seq
            if time.monotonic() > end:
                sys.exit("No frame was generated within 15 minutes.")
        rows = [measure(client, "npc", TEXTS[n % len(TEXTS)]) for n in range(options.texts + 1)][1:]
        move_ms = client.stats().get("move_ms_p50")
    found = {
        name: [round(float(np.percentile([row[name] for row in rows], q)), 1) for q in (50, 95, 100)]
        for name in rows[0]
    }
    if options.json:
        print(json.dumps({"ms_p50_p95_max": found, "move_ms_p50": move_ms, "texts": len(rows)}, indent=1))
        return
    print(f"{'ms after the command':<28}{'median':>9}{'95 %':>9}{'worst':>9}   ({len(rows)} texts)")
    for name, values in found.items():
        print(f"{name:<28}" + "".join(f"{value:>9.1f}" for value in values))


if __name__ == "__main__":
    main()
