"""Any records come back, a file cut anywhere gives its whole records, and no flipped bit is taken for a record."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_runtime.errors import RecordingDamagedError, RecordingError
from echo_runtime.recording.container import MAGIC, RecordFile, RecordReader

records = st.lists(st.binary(max_size=200), max_size=12)


def written(path, payloads):
    path.unlink(missing_ok=True)
    file = RecordFile(path)
    for payload in payloads:
        file.append(payload)
    file.close()
    return file.bytes


def read(path):
    reader = RecordReader(path)
    try:
        return list(reader), reader.ending
    finally:
        reader.close()


@given(records)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_records_come_back_in_order(tmp_path, payloads):
    path = tmp_path / "a.echo"
    size = written(path, payloads)
    assert path.stat().st_size == size
    found, ending = read(path)
    assert found == payloads
    assert ending.problem == ""
    assert ending.whole == ending.size == size


@given(records, st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_is_cut_anywhere_gives_its_whole_records(tmp_path, payloads, data):
    path = tmp_path / "a.echo"
    size = written(path, payloads)
    cut = data.draw(st.integers(len(MAGIC), size))
    path.write_bytes(path.read_bytes()[:cut])
    ends = [len(MAGIC)]
    for payload in payloads:
        ends.append(ends[-1] + 8 + len(payload))
    whole = sum(end <= cut for end in ends[1:])
    found, ending = read(path)
    assert found == payloads[:whole]
    assert ending.whole == ends[whole]
    assert (ending.problem == "") == (cut in ends)


@given(st.lists(st.binary(min_size=1, max_size=60), min_size=2, max_size=5), st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_ends_the_recording_before_it(tmp_path, payloads, data):
    path = tmp_path / "a.echo"
    size = written(path, payloads)
    place = data.draw(st.integers(len(MAGIC), size - 1))
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    at = len(MAGIC)
    intact = 0
    while at + 8 + len(payloads[intact]) <= place:
        at += 8 + len(payloads[intact])
        intact += 1
    found, ending = read(path)
    assert found == payloads[:intact]
    assert f"at byte {at}" in ending.problem


def test_a_length_that_no_record_has_is_damage_and_takes_no_memory(tmp_path):
    path = tmp_path / "a.echo"
    written(path, [b"first"])
    with path.open("ab") as file:
        file.write(b"\xff\xff\xff\xff\0\0\0\0rest")
    found, ending = read(path)
    assert found == [b"first"]
    assert "damaged" in ending.problem


def test_what_is_no_recording_is_refused(tmp_path):
    with pytest.raises(RecordingError, match="There is no recording"):
        RecordReader(tmp_path / "none.echo")
    (tmp_path / "text.echo").write_text("hello")
    with pytest.raises(RecordingDamagedError, match="is not a recording of echo-runtime"):
        RecordReader(tmp_path / "text.echo")
    (tmp_path / "empty.echo").touch()
    with pytest.raises(RecordingDamagedError, match="0 bytes"):
        RecordReader(tmp_path / "empty.echo")
    with pytest.raises(RecordingError, match="cannot be read"):
        RecordReader(tmp_path)


def test_a_recording_is_never_written_over(tmp_path):
    path = tmp_path / "a.echo"
    written(path, [b"kept"])
    with pytest.raises(RecordingError, match="exists already"):
        RecordFile(path)
    assert read(path)[0] == [b"kept"]
