import json
import os
import struct
import sys

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from echo_runtime.context import memory as container
from echo_runtime.context.linguistic_affect import LinguisticAffect
from echo_runtime.context.memory import NpcMemory, decode, encode, load, parted, save
from echo_runtime.errors import NpcMemoryDamagedError, NpcMemoryError, NpcMemoryVersionError

SECOND = 1_000_000


def remembering():
    lau = LinguisticAffect("bo")
    lau.hear("player", "That story of the dragon was so sad, I cried.", 0)
    lau.hear("bo", "I am sorry.", 5 * SECOND)
    return lau


def example():
    rng = np.random.default_rng(0)
    tensors = {
        "lpe.audio": rng.standard_normal((1, 4, 8)).astype(np.float32),
        "lpe.count": np.array([7], np.int64),
        "hbcu.window": rng.standard_normal((1200, 3)).astype(np.float16),
        "hbcu.valid": np.array([True, False]),
        "nothing": np.zeros((0, 3), np.float32),
    }
    return parted(remembering(), 10 * SECOND, 1000.0, tensors)


def test_it_comes_back_as_it_was(tmp_path):
    memory = example()
    size = save(tmp_path / "bo.memory", memory)
    assert (tmp_path / "bo.memory").stat().st_size == size
    again = load(tmp_path / "bo.memory")
    assert (again.npc, again.parted_s) == ("bo", 1000.0)
    assert again.linguistic == json.loads(json.dumps(memory.linguistic))
    assert set(again.tensors) == set(memory.tensors)
    for name, value in memory.tensors.items():
        assert again.tensors[name].dtype == value.dtype
        np.testing.assert_array_equal(again.tensors[name], value)
    met = again.meet_again("bo", 3 * SECOND, again.elapsed_s(1000.0))
    np.testing.assert_allclose(met.c_emo(3 * SECOND), remembering().c_emo(10 * SECOND), atol=1e-5)
    assert again.elapsed_s(900.0) == 0.0  # a clock that was set back
    assert list(tmp_path.iterdir()) == [tmp_path / "bo.memory"]


def test_it_is_a_copy():
    tensors = {"b": np.zeros(3, np.float32), "a": np.ones(2, np.float32)}
    memory = parted(remembering(), 0, 0.0, tensors)
    tensors["b"][:] = 9
    assert memory.tensors["b"].sum() == 0


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda n: n != "__metadata__"),
        arrays.arrays(st.sampled_from([np.float32, np.float64, np.int64, np.uint8]), arrays.array_shapes(max_dims=3)),
        max_size=5,
    ),
    st.floats(0, 1e10),
)
def test_any_arrays_survive(tensors, parted_s):
    again = decode(encode(NpcMemory("bo", {}, parted_s, tensors)), "it")
    assert again.parted_s == parted_s
    for name, value in tensors.items():
        np.testing.assert_array_equal(again.tensors[name], value)


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_refused_whole(data):
    good = encode(example())
    at = data.draw(st.integers(0, len(good) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
    if kind == "flip":
        bad = good[:at] + bytes([good[at] ^ data.draw(st.integers(1, 255))]) + good[at + 1 :]
    elif kind == "cut":
        bad = good[:at]
    else:
        bad = good[:at] + data.draw(st.binary(min_size=1, max_size=40)) + good[at:]
    try:
        again = decode(bad, "it")
    except (NpcMemoryDamagedError, NpcMemoryVersionError):
        pass
    else:  # a change that means nothing, as a space between JSON's tokens
        assert again.linguistic == json.loads(json.dumps(example().linguistic))
        for name, value in example().tensors.items():
            np.testing.assert_array_equal(again.tensors[name], value)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 7, b"hello, this is no memory", struct.pack("<Q", 2**63) + b"{}", struct.pack("<Q", 5) + b"[" * 5],
    ids=["empty", "short", "text", "a header without end", "nested"],
)  # fmt: skip
def test_what_is_no_memory_is_refused(data):
    with pytest.raises(NpcMemoryDamagedError):
        decode(data, "it")


def changed(**about):
    state = {"npc": "bo", "parted_s": 0.0, "linguistic": LinguisticAffect("bo").parted(0)} | about.pop("state", {})
    said = json.dumps(state)
    fields = {"format": "echo-memory", "version": "1", "sha256": container._digest(said, {}), "memory": said}
    return safetensors.numpy.save({}, fields | about)


def test_another_version_is_named_and_other_files_are_not_taken():
    with pytest.raises(NpcMemoryVersionError, match=r"version 2.*reads version 1"):
        decode(changed(version="2"), "it")
    with pytest.raises(NpcMemoryDamagedError, match="not the memory"):
        decode(changed(format="weights"), "it")
    with pytest.raises(NpcMemoryDamagedError, match="hash"):
        decode(changed(sha256="0" * 64), "it")


@pytest.mark.parametrize(
    "state",
    [{"npc": 3}, {"parted_s": "x"}, {"parted_s": float("nan")}, {"linguistic": []}],
    ids=["name", "time", "not finite", "list"],
)
def test_a_state_of_another_form_is_refused(state):
    with pytest.raises(NpcMemoryDamagedError):
        decode(changed(state=state), "it")


def test_a_state_that_does_not_hold_what_it_should_is_refused_when_it_is_used():
    kept = LinguisticAffect("bo").parted(0)
    kept["episodes"]["episodes"]["dragon"] = [[0.1] * 7, "player", 1e400]
    with pytest.raises(NpcMemoryDamagedError, match="bo"):
        NpcMemory("bo", kept, 0.0).meet_again("bo", 0, 0.0)


def test_what_is_too_large_or_of_another_kind_is_not_written(tmp_path, monkeypatch):
    path = tmp_path / "bo.memory"
    save(path, example())
    before = path.read_bytes()
    monkeypatch.setattr(container, "FILE_BYTES", container.JSON_BYTES + 4000)
    for tensors in (
        {"big": np.zeros(2000)},
        {"odd": np.array(["text"])},
        {"object": np.array([None])},
        {"": np.zeros(1)},
        {f"t{i}": np.zeros(1) for i in range(container.TENSORS + 1)},
    ):
        with pytest.raises(NpcMemoryError):
            save(path, NpcMemory("bo", {}, 0.0, tensors))
    with pytest.raises(NpcMemoryError):
        save(path, NpcMemory("bo", {"x": float("nan")}, 0.0))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_absent_or_a_folder_is_one_sentence(tmp_path):
    with pytest.raises(NpcMemoryError, match="There is no memory"):
        load(tmp_path / "nobody.memory")
    with pytest.raises(NpcMemoryError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "taken").write_text("")
    with pytest.raises(NpcMemoryError, match="cannot be written"):
        save(tmp_path / "taken" / "bo.memory", example())


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_leaves_the_old_memory(tmp_path, monkeypatch):
    path = tmp_path / "bo.memory"
    save(path, example())
    before = path.read_bytes()
    os.symlink("/dev/full", tmp_path / f".bo.memory.{os.getpid()}.writing")
    with pytest.raises(NpcMemoryError, match="No space left"):
        save(path, example())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
