"""A training stage of a few milliseconds, with everything that a real one has, for tests that kill it."""

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

from echo_runtime.training import progress


def train(out: Path, minutes: float, keep_every: int = 5) -> tuple[int, torch.Tensor]:
    """A line through noise; returns the steps and the weights."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    net = torch.nn.Linear(300, 300)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3)
    average = progress.Ema(net)
    checkpoint, step, already = progress.Checkpoint(out), 0, 0.0
    if checkpoint.exists():
        groups, state = checkpoint.load(random, ("model", "ema", "optimizer"))
        checkpoint.load_into(net, groups["model"])
        checkpoint.load_average(average.shadow, groups["ema"])
        progress.load_optimizer_tensors(optimizer, groups["optimizer"])
        step, already = state["step"], state["minutes"]
        print(f"resumed at {step}", flush=True)

    def keep() -> None:
        groups = {
            "model": net.state_dict(), "ema": average.shadow, "optimizer": progress.optimizer_tensors(optimizer),
        }  # fmt: skip
        checkpoint.save(groups, {"step": step, "minutes": clock.elapsed}, random)

    guard = progress.FiniteLoss("line", checkpoint)
    with progress.Minutes("line", minutes, already, keep) as clock:
        while not clock.over:
            x = torch.from_numpy(random.standard_normal((4, 300), np.float32))
            loss = (net(x) - x + torch.randn(4, 300)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            if guard.passes(step, loss):
                optimizer.step()
                average.update(net)
            step += 1
            print(f"step {step}", flush=True)
            clock.show(step, loss=loss.item())
            if step % keep_every == 0:
                keep()
                print(f"kept {step}", flush=True)
        keep()
    return step, net.weight.detach()


class Running:
    """`train` in a process of its own (a fork, which has no libraries to import again). `slow`: seconds that every
    write to the disk takes, so that a kill meets the middle of one."""

    def __init__(self, out: Path, minutes: float, slow: float = 0.0) -> None:
        said, saying = os.pipe()
        errors, complaining = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            os.dup2(saying, 1)
            os.dup2(complaining, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os._exit(_run(out, minutes, slow))
        os.close(saying)
        os.close(complaining)
        self.said, self.errors = os.fdopen(said), os.fdopen(errors)

    def wait_for(self, line: str) -> None:
        for found in self.said:
            if found.startswith(line):
                return
        raise AssertionError(f"ended without {line!r}: {self.errors.read()}")

    def end(self, number: int) -> tuple[int, str, str]:
        """Sends a signal; returns the exit status, and what it said after the last `wait_for` on both streams."""
        os.kill(self.process, number)
        said, errors = self.said.read(), self.errors.read()
        self.said.close()
        self.errors.close()
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1]), said, errors


def _run(out: Path, minutes: float, slow: float) -> int:
    to_disk = os.fsync

    def slow_fsync(descriptor: int) -> None:
        print("writing", flush=True)
        time.sleep(slow)
        to_disk(descriptor)

    if slow:
        os.fsync = slow_fsync  # type: ignore[assignment]
    try:
        train(out, minutes)
    except progress.TrainingStopped as stop:
        print(stop, file=sys.stderr, flush=True)
        return stop.status
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        return 1
    return 0
