"""A publisher process for tests: a real BridgeServer with drawn pictures, a plain speech queue and no model.

    python small_runtime.py [--rate FPS] [--size N] [--port N] [--gap-every N] [--frames N] [--seconds S]

Prints the ready line like `echo-runtime run`. The picture of frame n has a bar at column n modulo its width.
"""

from __future__ import annotations

import argparse
import json
import signal
import time

import numpy as np
from echo_bridge import BridgeServer, commands
from echo_bridge.sound import from_pcm16

RATE = 16_000


class Npc:
    def __init__(self) -> None:
        self.epoch, self.utt, self.frame, self.speech_pts = 0, 0, 0, 0
        self.begun = None
        self.sound = np.zeros(0, np.float32)
        self.ending = False


def handle(server: BridgeServer, npcs: dict[str, Npc], request) -> None:
    message = request.message
    npc = npcs.get(getattr(message, "npc", ""))
    match message:
        case commands.OpenNpc():
            npcs.setdefault(message.npc, Npc())
            server.publisher.publish_event(message.npc, "turn", {"state": "listening"})
            server.publisher.publish_event(message.npc, "player_started", {"start_us": time.monotonic_ns() // 1000})
            request.done(npc=message.npc, width=64, height=64)
        case commands.ListNpcs():
            names = sorted(name for name in npcs if name > message.after)
            page = names[: message.limit]
            request.done(npcs=[{"name": name} for name in page], next=page[-1] if len(names) > len(page) else "")
        case commands.Bye() | commands.PlayerFace() | commands.PlayerAudio() | commands.SayText():
            request.done()
        case commands.Stats():
            request.done(npcs=len(npcs))
        case _ if npc is None:
            request.failed("no_npc", f"No NPC '{getattr(message, 'npc', '')}' is open.")
        case commands.SpeakBegin():
            npc.begun, npc.utt, npc.ending = request, message.utt, False
            request.ack()
        case commands.SpeakAudio():
            npc.sound = np.concatenate([npc.sound, from_pcm16(request.payload)])
            request.ack(buffered_us=len(npc.sound) * 1_000_000 // RATE)
            request.done()
        case commands.SpeakEnd():
            npc.ending = True
            request.done()
        case commands.Interrupt():
            npc.epoch += 1
            npc.sound = npc.sound[:0]
            if npc.begun is not None:
                npc.begun.failed("interrupted", "The utterance was interrupted.")
                npc.begun, npc.utt = None, 0
            server.publisher.publish_event(message.npc, "interrupted", epoch=npc.epoch)
            request.done(epoch=npc.epoch)
        case _:
            request.done()


def publish(server: BridgeServer, name: str, npc: Npc, size: int, rate: float, gap_every: int) -> None:
    now = time.monotonic_ns() // 1000
    npc.frame += 1
    if gap_every and npc.frame % gap_every == 0:
        server.publisher._seq["video", name] += 1  # a message that is lost on its way
    picture = np.zeros((size, size, 4), np.uint8)
    picture[: size // 2] = (200, 40, 90, 255)
    picture[:, npc.frame % size] = (255, 255, 255, 255)
    motion = np.zeros(60, np.float32)
    motion[17] = 0.5
    fields = {"pts": now, "epoch": npc.epoch, "utt": npc.utt}
    server.publisher.publish_motion(name, motion, origin="generated", **fields)
    server.publisher.publish_picture(name, picture, origin="generated", observed_us=now - 50_000, **fields)
    if npc.begun is None:
        return
    count = int(RATE / rate)
    piece, npc.sound = npc.sound[:count], npc.sound[count:]
    last = npc.ending and not len(npc.sound)
    if npc.speech_pts < now - 500_000:
        npc.speech_pts = now
    server.publisher.publish_speech(name, piece, pts=npc.speech_pts, utt=npc.utt, epoch=npc.epoch, last=last)
    npc.speech_pts += len(piece) * 1_000_000 // RATE
    if last:
        npc.begun.done()
        npc.begun, npc.utt = None, 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--gap-every", type=int, default=0)
    parser.add_argument("--frames", type=int, default=0, help="of each NPC, then none; 0 = for ever")
    parser.add_argument("--seconds", type=float, default=600.0, help="it ends by then, should nobody end it")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the real one: it says goodbye
    npcs: dict[str, Npc] = {}
    with BridgeServer(control_port=options.port) as server:
        print(json.dumps({"event": "ready", "control": server.ports["control"]}), flush=True)
        end = time.monotonic() + options.seconds
        due = time.monotonic()
        try:
            while time.monotonic() < end:
                for request in server.poll(max(0.0, due - time.monotonic())):
                    handle(server, npcs, request)
                if time.monotonic() >= due:
                    due += 1.0 / options.rate
                    for name, npc in npcs.items():
                        if options.frames and npc.frame >= options.frames:
                            continue
                        publish(server, name, npc, options.size, options.rate, options.gap_every)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
