"""The file that says who speaks how."""

from __future__ import annotations

import pytest

from echo_runtime.errors import UsageError
from echo_runtime.speech_synthesis.npc_voices import NpcVoices
from echo_runtime.speech_synthesis.synthesiser import VoiceSettings

FILE = """
[default]
language = "en-gb"
rate = 1.1

[mira]
voice = "en-us+f3"
pitch = 1.2

[old-man]
rate = 0.8
"""


def read(tmp_path, text):
    file = tmp_path / "voices.toml"
    file.write_text(text, "utf-8")
    return NpcVoices.read(file)


def test_an_npc_has_its_table_over_the_default(tmp_path):
    voices = read(tmp_path, FILE)
    assert voices.of("mira") == VoiceSettings("en-us+f3", 1.1, 1.2, "en-gb")
    assert voices.of("bo") == VoiceSettings("", 1.1, 1.0, "en-gb")
    assert voices.pitched == ["mira"]


def test_a_command_may_name_a_table_or_a_voice(tmp_path):
    voices = read(tmp_path, FILE)
    assert voices.of("mira", "old-man") == VoiceSettings("", 0.8, 1.0, "en-gb")
    assert voices.of("mira", "de") == VoiceSettings("de", 1.1, 1.2, "en-gb")
    assert NpcVoices().of("bo", "de") == VoiceSettings("de")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mira", "no TOML"),
        ("rate = 1.0", "outside of a table"),
        ("[mira]\nspeed = 1.0", "has 'speed'; known are voice, rate, pitch, language"),
        ("[mira]\nrate = 9", "rate of .mira. is a number from 0.5 to 2, not 9"),
        ("[mira]\nrate = true", "rate of"),
        ('[mira]\npitch = "high"', "pitch of"),
        ("[mira]\nvoice = 3", "voice of"),
        ('[mira]\nvoice = "a\\nb"', "voice of"),
        ('[mira]\nlanguage = "' + "x" * 200 + '"', "language of"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        read(tmp_path, text)


def test_a_file_that_is_absent(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        NpcVoices.read(tmp_path / "none.toml")
