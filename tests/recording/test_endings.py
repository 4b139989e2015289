"""Recordings that end early, are damaged, or come from another version: played as far as they go, and said so."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from live_run import recorded_run, until

from echo_runtime.errors import RecordingDamagedError, RecordingVersionError
from echo_runtime.recording.container import RecordFile, RecordReader
from echo_runtime.recording.recording import Recording
from echo_runtime.recording.values import pack, unpack
from echo_runtime.runtime.replaying import ReplayConfig, replay

resource = pytest.importorskip("resource", reason="limits of this kind are POSIX's")


def played(path):
    with replay(Recording(path), ReplayConfig(backend="eager")) as replaying:
        return list(replaying.frames()), replaying.report()


def payloads(path):
    reader = RecordReader(path)
    try:
        return list(reader)
    finally:
        reader.close()


def rewritten(path, records):
    file = RecordFile(path)
    for record in records:
        file.append(record)
    file.close()
    return path


def test_a_file_cut_at_every_byte_of_its_last_records_reads_to_its_last_whole_one(short, tmp_path):
    path, _ = short
    content = path.read_bytes()
    records = payloads(path)
    ends = [len(content)]
    for record in reversed(records[-3:]):
        ends.insert(0, ends[0] - 8 - len(record))
    frames_up_to = {0: Recording(path).frames}
    for left_out in (1, 2, 3):
        frames_up_to[left_out] = sum(len(unpack(record).get("f", ())) for record in records[:-left_out])
    cut_file = tmp_path / "cut.echo"
    for cut in range(ends[0], ends[-1]):
        cut_file.write_bytes(content[:cut])
        left_out = sum(end > cut for end in ends[1:])
        recording = Recording(cut_file)
        assert recording.frames == frames_up_to[left_out], cut
        assert recording.problem, cut
        assert ("cut off in the middle" in recording.problem) == (cut not in ends), cut


def test_a_cut_recording_replays_bit_for_bit_to_where_it_goes(short, tmp_path):
    path, live = short
    content = path.read_bytes()
    cut_file = tmp_path / "cut.echo"
    cut_file.write_bytes(content[: len(content) * 2 // 3])
    frames, report = played(cut_file)
    assert 0 < len(frames) < len(live)
    for a, b in zip(frames, live, strict=False):
        assert a.motion.tobytes() == b.motion.tobytes()
        assert np.array_equal(a.rgba, b.rgba)
    assert report["same"]
    assert not report["complete"]
    assert "last whole record" in report["problem"]


def test_a_damaged_checksum_ends_the_replay_before_it(short, tmp_path):
    path, live = short
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    damaged = tmp_path / "damaged.echo"
    damaged.write_bytes(content)
    frames, report = played(damaged)
    assert 0 < len(frames) < len(live)
    assert "is damaged at byte" in report["problem"]
    assert report["same"]


def test_a_file_without_a_whole_header_is_refused(short, tmp_path):
    path, _ = short
    content = path.read_bytes()
    for cut in (8, 12, 40):
        (tmp_path / f"{cut}.echo").write_bytes(content[:cut])
        with pytest.raises(RecordingDamagedError, match="no whole record"):
            Recording(tmp_path / f"{cut}.echo")
    headless = rewritten(tmp_path / "headless.echo", payloads(path)[1:])
    with pytest.raises(RecordingDamagedError, match="does not begin with a header"):
        Recording(headless)


def test_another_format_is_refused_and_names_who_can_read_it(short, tmp_path):
    path, _ = short
    first, *rest = payloads(path)
    header = unpack(first)
    header["format"], header["about"]["echo-runtime"] = 99, "7.1.0"
    other = rewritten(tmp_path / "other.echo", [pack(header), *rest])
    with pytest.raises(RecordingVersionError, match=r"format 99.*format 1.*7\.1\.0"):
        Recording(other)


def test_other_versions_and_machines_are_named_and_the_replay_goes_on(short, tmp_path):
    path, live = short
    first, *rest = payloads(path)
    header = unpack(first)
    header["about"] |= {"torch": "1.0.0", "hardware": "another processor"}
    other = rewritten(tmp_path / "other.echo", [pack(header), *rest])
    frames, report = played(other)
    assert len(frames) == len(live)
    assert report["same"]  # it may be, and here it is
    assert any(d.startswith("torch: recorded with 1.0.0, replayed with") for d in report["differences"])
    assert any(d.startswith("hardware: recorded with another processor") for d in report["differences"])


def test_a_frame_that_was_another_is_counted_value_by_value(short, tmp_path):
    path, _ = short
    changed = []
    left = 1
    for record in payloads(path):
        content = unpack(record)
        if left and content.get("f") and content["f"][0][2] == "generated":
            left -= 1
            content["f"][0][3][17] += np.float32(0.5)
            record = pack(content)
        changed.append(record)
    other = rewritten(tmp_path / "changed.echo", changed)
    _, report = played(other)
    assert not report["same"]
    assert report["differing_values"] == report["differing_frames"] == 1
    assert 1 <= report["differing_bytes"] <= 4
    assert report["largest_difference"] == pytest.approx(0.5, abs=1e-6)
    assert "its motion differs" in report["first_difference"]


def test_steps_of_another_kind_of_loop_are_damage_not_a_crash(short, tmp_path):
    path, _ = short
    first, *_ = payloads(path)
    strange = rewritten(tmp_path / "strange.echo", [first, pack({"k": "frame", "a": ["bo"], "f": [[1, 2]]})])
    with pytest.raises(RecordingDamagedError, match="a step that cannot be read"):
        played(strange)
    newer = rewritten(tmp_path / "newer.echo", [first, pack({"k": "dream"})])
    with pytest.raises(RecordingVersionError, match="a step 'dream'"):
        played(newer)
    junk = rewritten(tmp_path / "junk.echo", [first, b"\xc1"])
    with pytest.raises(RecordingDamagedError, match="a record that cannot be read"):
        Recording(junk)


def test_a_disk_that_is_full_ends_the_recording_and_not_the_run(untrained, untrained_models, tmp_path, caplog):
    path = tmp_path / "full.echo"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # a limit on the size of files refuses writes as a full disk does, with another number
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with recorded_run(untrained, untrained_models, path, virtual=True) as live:
            live.client.open_npc("bo")
            for _ in range(200):
                live.client.advance(0.4)
                if live.recorder.problem:
                    break
            assert live.recorder.problem
            count = len(live.frames)
            live.client.advance(0.4)
            until(lambda: len(live.frames) >= count + 9)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "The recording" in caplog.text
    frames, report = played(path)
    assert len(frames) > 10
    assert report["same"]
    assert report["problem"]


def test_a_recording_that_stops_without_its_end_says_so(short, tmp_path):
    path, live = short
    unfinished = rewritten(tmp_path / "unfinished.echo", payloads(path)[:-1])
    recording = Recording(unfinished)
    assert recording.frames == len(live)
    assert "ended by force" in recording.problem


def test_the_same_file_replays_the_same_however_often(short, tmp_path):
    copy = shutil.copy(short[0], tmp_path / "copy.echo")
    first, second = played(copy), played(copy)
    assert [f.motion.tobytes() for f in first[0]] == [f.motion.tobytes() for f in second[0]]
    assert first[1]["same"]
    assert second[1]["same"]
