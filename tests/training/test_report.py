import re
from html.parser import HTMLParser

import av
import numpy as np
import pytest

from echo_runtime.signals import MOTION_DIM, MOTION_INDEX
from echo_runtime.training.dyads.session import DyadSession
from echo_runtime.training.measures.bars import BARS, Bar, flattened, verdicts
from echo_runtime.training.measures.drawn_faces import DrawnDialogue, DrawnPictures, PicturePair
from echo_runtime.training.report import write_report
from echo_runtime.training.report.clips import both_voices, write_clip
from echo_runtime.training.report.figures import round_steps, span_of
from echo_runtime.training.report.moments import moments_of
from echo_runtime.training.report.plots import busiest, closure_openings, minute_variances
from echo_runtime.training.report.tables import shown

FRAMES = 100
VOID = {"meta", "img", "wbr", "br"}


class Page(HTMLParser):
    """Checks that every element is closed in order; gathers addresses, anchors and text."""

    def __init__(self):
        super().__init__()
        self.open, self.links, self.ids, self.words, self.tags = [], [], set(), [], set()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.add(tag)
        self.links += [values[name] for name in ("src", "href", "poster") if values.get(name)]
        self.ids.add(values.get("id"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def session(voice, frames=FRAMES):
    random = np.random.default_rng(len(voice))
    motion = np.zeros((frames, MOTION_DIM), np.float32)
    motion[:, MOTION_INDEX["jawOpen"]] = 0.3 * (1 + np.sin(np.arange(frames) / 3))
    motion[20:24, MOTION_INDEX["eyeBlinkLeft"]] = motion[20:24, MOTION_INDEX["eyeBlinkRight"]] = 1.0
    motion[60:70, MOTION_INDEX["mouthSmileLeft"]] = motion[60:70, MOTION_INDEX["mouthSmileRight"]] = 0.8
    values = {
        "motion": motion,
        "speech": random.normal(0, 0.1, frames * 640).astype(np.float32),
        "player_face": np.zeros((frames, 61), np.float32),
        "player_voice": np.zeros(frames * 640, np.float32),
        "player_activity": np.zeros(frames * 4, np.float32),
        "affect": np.zeros((frames, 10), np.float32),
        "npc_speaking": np.arange(frames) < frames // 2,
        "viseme": np.zeros(frames * 4, np.int8),
        "events": {},
        "voice": voice,
        "seed": 1,
    }
    return DyadSession(**values)


NUMBERS = {
    "avatar": "<b>Mira</b> & co",
    "jaw_open_r": 0.876,
    "human": {"plosive_closure": 0.912, "closed_in_silence": None},
    "pictures": {"jaw_r": 0.851},
    "renderer_psnr_db": 33.42,
    "swap": {"upper_p": 0.00002},
    "blinks_per_s": 0.315,
    "voices": {"flite:<slt>": 0.789},
    "seed": 7,
    "notes": ["No <voices> & no head."],
}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    sessions = [session("flite:<slt>"), session("espeak & co")]
    rolled = [s.motion * 0.9 for s in sessions]
    random = np.random.default_rng(0)
    picture = random.integers(0, 255, (32, 32, 3), dtype=np.uint8)
    pictures = DrawnPictures(
        [DrawnDialogue(0, np.stack([picture] * FRAMES))],
        [PicturePair(1, 4, picture, picture, 1.0)],
        random.random((30, 2)).astype(np.float32),
    )
    path = write_report(
        folder, NUMBERS, rolled=rolled, sessions=sessions, pictures=pictures, date="1 May 2030",
        training={"renderer": {"command": "train <renderer>", "hours": 1.5}},
        long_roll_out=np.tile(rolled[0], (75, 1)),
        player_draw=lambda motion: np.full((16, 16, 4), 200, np.uint8),
    )  # fmt: skip
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return path, page


def test_the_page_is_well_formed_and_needs_neither_scripts_nor_a_network(report):
    path, page = report
    assert page.open == []
    assert "script" not in page.tags
    assert not re.search(r"https?://", path.read_text(encoding="utf-8"))
    assert {"svg", "video", "img", "table"} <= page.tags


def test_every_link_of_the_page_leads_somewhere(report):
    path, page = report
    assert len(page.links) > 10
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert not link.startswith("/")
            assert (path.parent / link).stat().st_size > 0


def test_the_page_says_every_number_with_its_verdict_and_escapes_names(report):
    path, page = report
    words = "".join(page.words)
    for key, value in flattened({k: v for k, v in NUMBERS.items() if k != "notes"}).items():
        assert key in words
        assert shown(key, value) in words or value is None
    assert "<b>Mira</b> & co" in words  # as text, for the parser has undone the escapes
    assert "slt" not in page.tags
    assert "<b>Mira" not in path.read_text(encoding="utf-8")
    assert "No <voices> & no head." in words
    assert "espeak & co" in words
    assert "train <renderer>" in words
    found = list(verdicts(NUMBERS).values())
    assert f"{found.count('reached')} of {len(BARS)}" in words
    assert "1 May 2030" in words


def test_the_film_has_the_length_and_sides_of_its_dialogue(report):
    path, _ = report
    with av.open(str(path.parent / "clips" / "dialogue1.mp4")) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (64, 32)
        assert film.streams.video[0].codec_context.name == "h264"
        assert film.streams.audio[0].codec_context.channels == 2
        assert sum(1 for _ in film.decode(video=0)) == FRAMES


def test_sound_of_a_film_keeps_its_length_and_place(tmp_path):
    sound = both_voices(np.zeros(3000, np.float32), np.sin(np.arange(16000) / 10).astype(np.float32), 50)
    assert sound.shape == (2, 32000)
    assert np.abs(sound[1]).max() == pytest.approx(0.9, abs=1e-3)
    assert np.abs(sound[0]).max() == pytest.approx(0.27, abs=1e-3)
    write_clip(tmp_path / "a.mp4", np.zeros((50, 16, 16, 3), np.uint8), sound)
    with av.open(str(tmp_path / "a.mp4")) as film:
        heard = np.concatenate([f.to_ndarray()[1] for f in film.decode(audio=0)])
    assert abs(len(heard) - 32000) <= 2048
    assert np.abs(heard[4000:14000]).max() > 0.5
    assert np.abs(heard[20000:30000]).max() < 0.05


def test_bars_and_verdicts():
    low, high, both = Bar("a", "", "", 0.9), Bar("b", "", "", None, 0.1), Bar("c", "", "", 0.8, 1.2)
    assert (low.wanted, high.wanted, both.wanted) == ("≥ 0.9", "≤ 0.1", "0.8 – 1.2")
    assert low.verdict(0.9) == "reached"
    assert low.verdict(0.899) == "missed"
    assert high.verdict(-0.5) == "reached"
    assert both.verdict(1.3) == both.verdict(0.7) == "missed"
    assert low.verdict(None) == low.verdict(float("nan")) == low.verdict("0.95") == "not measured"
    assert verdicts({"x": {"a": 1.0}, "b": 0.3}, [Bar("x.a", "", "", 0.5), high]) == {"x.a": "reached", "b": "missed"}
    assert len({bar.key for bar in BARS}) == len(BARS)


def test_numbers_as_they_are_shown():
    assert shown("jaw_open_r", 0.8765) == "0.876" or shown("jaw_open_r", 0.8765) == "0.877"
    assert shown("renderer_psnr_db", 33.416) == "33.42 dB"
    assert shown("smile_response_lag_s", 0.56) == "0.560 s"
    assert shown("p", 0.00002) == "2.0e-05"
    assert shown("seed", 7) == "7"
    assert shown("x", None) == "not measured"
    assert shown("x", [1, 2]) == "[1, 2]"


def test_moments_show_what_they_are_named_after():
    s = session("a")
    kinds = {kind: [m.frame for m in moments_of(s.motion, s.npc_speaking) if m.kind == kind] for kind in
             ("listening", "speaking", "smiling", "blinking")}  # fmt: skip
    assert all(f >= 50 for f in kinds["listening"])
    assert len(kinds["listening"]) == 6
    assert all(f < 50 for f in kinds["speaking"])
    assert len(kinds["smiling"]) == 1
    assert 60 <= kinds["smiling"][0] < 70
    assert kinds["blinking"] == [20]
    assert [m for m in moments_of(s.motion, np.ones(FRAMES, bool)) if m.kind == "listening"] == []


def test_what_plots_are_made_of():
    assert busiest(np.array([0, 0, 1, 1, 0], bool), 2) == slice(2, 4)
    assert busiest(np.array([1, 0], bool), 9) == slice(0, 2)
    motion = np.zeros((3000, MOTION_DIM), np.float32)
    motion[1500:, 0] = np.tile([0.0, 1.0], 750)
    np.testing.assert_allclose(minute_variances(motion), [0.0, 0.25 / 52], atol=1e-6)
    s = session("a")
    s.viseme[40:48] = 1  # PP in frames 10 and 11
    s.motion[9:13] = 0.0
    generated = s.motion.copy()
    generated[9:13, MOTION_INDEX["jawOpen"]] = [0.5, 0.2, 0.3, 0.5]
    np.testing.assert_allclose(closure_openings(generated, s), [0.2], atol=1e-6)
    assert round_steps(0, 1) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert round_steps(-3, 7, 4) == [0.0, 5.0]
    low, high = span_of(np.array([0.2, np.nan, 0.9]))
    assert low <= 0.2
    assert high > 0.9
