"""What flows through the loop comes back from a recording to the last bit, and nothing else is made of a file."""

from __future__ import annotations

import math
import threading

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from echo_runtime.capture.player import PlayerWindow
from echo_runtime.context.affect_endpoint import AffectAnswer
from echo_runtime.context.lexicon_affect import TextAffect
from echo_runtime.context.understanding import Understood
from echo_runtime.errors import CommandFailedError, EchoError, NpcMemoryDamagedError, RecordingVersionError
from echo_runtime.recognition.listening import Recognised
from echo_runtime.recording.values import RecordedRequest, pack, unpack
from echo_runtime.signals import MELS_PER_FRAME, SAMPLES_PER_FRAME, Style

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
dtypes = st.sampled_from([np.float32, np.float64, np.float16, np.int64, np.int16, np.uint8, np.bool_])


@given(plain)
@settings(deadline=None)
def test_plain_values_come_back_as_they_were(value):
    back = unpack(pack(value))
    assert back == value
    assert type(back) is type(value)


@given(dtypes.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_dims=3))))
@settings(deadline=None)
def test_arrays_come_back_to_the_last_bit(array):
    back = unpack(pack(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()  # a NaN keeps its bits too


def test_numbers_of_numpy_keep_their_type():
    for number in (np.float32(0.1), np.int64(-3), np.bool_(True)):
        back = unpack(pack(number))
        assert back == number
        assert type(back) is type(number)


def test_what_flows_comes_back_and_the_sound_of_the_player_does_not(tmp_path):
    window = PlayerWindow(
        7,
        np.ones((2, 61), np.float32),
        np.full((2 * MELS_PER_FRAME, 81), 0.1, np.float32),
        np.full(2 * SAMPLES_PER_FRAME, 0.5, np.float32),
        123,
    )
    back = unpack(pack(window))
    assert back.first_tick == 7
    assert back.observed_us == 123
    np.testing.assert_array_equal(back.face, window.face)
    np.testing.assert_array_equal(back.voice, window.voice)
    assert back.sound.shape == window.sound.shape
    assert not back.sound.any()
    emotions = np.linspace(0.0, 1.0, 8, dtype=np.float32)
    answer = unpack(pack(AffectAnswer("bo", 3, TextAffect(emotions, 0.5, -0.25))))
    assert (answer.npc, answer.number, answer.affect.valence) == ("bo", 3, 0.5)
    np.testing.assert_array_equal(answer.affect.emotions, emotions)
    understood = unpack(pack(Understood(np.ones((1, 4), np.float32), 99, {"smiles": 0.5})))
    assert understood.behaviours == {"smiles": 0.5}
    assert unpack(pack(Recognised("hello", 1, 2))) == Recognised("hello", 1, 2)
    assert unpack(pack(Style(0.25, 0.75))) == Style(0.25, 0.75)
    request = RecordedRequest(1, 5, b"\x81", b"pcm", True)
    assert unpack(pack(request)) == request


def test_errors_come_back_as_what_they_were():
    error = unpack(pack(NpcMemoryDamagedError("a.memory is damaged.")))
    assert type(error) is NpcMemoryDamagedError
    assert str(error) == "a.memory is damaged."
    refused = unpack(pack(CommandFailedError("busy", "Too much waits.")))
    assert (refused.code, str(refused)) == ("busy", "Too much waits.")


def test_only_known_kinds_are_written_and_made():
    with pytest.raises(TypeError, match="holds no Thread"):
        pack([threading.Thread()])
    with pytest.raises(TypeError, match="no arrays of object"):
        pack(np.array([object()]))
    stranger = msgpack.packb(msgpack.ExtType(2, pack(["os.system", {"command": "true"}])))
    with pytest.raises(RecordingVersionError, match=r"os\.system"):
        unpack(stranger)
    changed = msgpack.packb(msgpack.ExtType(2, pack(["Recognised", {"words": "hello"}])))
    with pytest.raises(RecordingVersionError, match="another version"):
        unpack(changed)
    fake = msgpack.packb(msgpack.ExtType(3, pack(["sys", "code", "text"])))
    assert type(unpack(fake)) is EchoError
    with pytest.raises(ValueError, match="extension"):
        unpack(msgpack.packb(msgpack.ExtType(77, b"")))
    with pytest.raises(ValueError, match="array"):
        unpack(msgpack.packb(msgpack.ExtType(1, msgpack.packb(["|O", [1], False, b"12345678"]))))


def test_numbers_that_are_not_finite_stay_so():
    assert math.isnan(unpack(pack(math.nan)))
    assert unpack(pack(math.inf)) == math.inf
