from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# a slow moment of the machine is no fault of what is tested
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

# the tests share their cores with each other and with whatever else runs: threads that wait for threads cost minutes
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def untrained(tmp_path_factory):
    """Folders of a model and an avatar with untrained weights."""
    import torch
    from untrained import write_untrained_avatar, write_untrained_model

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("packages")
    write_untrained_model(folder / "model")
    write_untrained_avatar(folder / "blank")
    return folder


@pytest.fixture(scope="session")
def untrained_models(untrained):
    from echo_runtime.runtime.models import load_models

    models = load_models(untrained / "model", "eager")
    models.avatar(str(untrained / "blank"))
    return models


@pytest.fixture(autouse=True)
def commands_do_not_end_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line ends its process at once where a library's call may still run, in a thread that some earlier
    test has left; here that process would be the tests' own."""
    from echo_runtime import commands

    monkeypatch.setattr(commands, "LONG_CALL_THREADS", ("no thread is called so",))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Between processes of one run, a test marked `alone` runs while no other does.

    Readers and a writer by two file locks: who wants to be alone holds the outer one, so that nobody new begins. Around
    the whole protocol, because waiting does not count against a test's time limit.
    """
    cache = getattr(item.config, "cache", None)
    if "PYTEST_XDIST_WORKER" not in os.environ or os.name == "nt" or cache is None:
        return (yield)
    import fcntl

    folder = cache.mkdir("alone")
    with open(folder / "door", "w") as door, open(folder / "room", "w") as room:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        return (yield)
