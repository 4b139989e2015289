"""Which voice which NPC has: a TOML file with a table per NPC.

[default]
language = "en-us"

[mira]
voice = "en-us+f3"
rate = 1.1
pitch = 1.2
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from echo_runtime.errors import UsageError
from echo_runtime.speech_synthesis.synthesiser import VoiceSettings

DEFAULT = "default"
_FIELDS = {"voice": str, "rate": float, "pitch": float, "language": str}
_LEAST, _MOST = 0.5, 2.0
_NAME_BYTES = 128


class NpcVoices:
    """The settings of every NPC; `default` for those that have no table."""

    def __init__(self, voices: dict[str, VoiceSettings] | None = None) -> None:
        self._voices = voices or {}

    @classmethod
    def read(cls, file: Path) -> NpcVoices:
        """Raises UsageError: no such file, no TOML, or a value out of range, with its name."""
        try:
            tables = tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise UsageError(f"The file of voices {file} cannot be read: {reason}.") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"The file of voices {file} is no TOML: {error}.") from error
        default = _settings(tables.get(DEFAULT, {}), VoiceSettings(), DEFAULT, file)
        return cls({name: _settings(table, default, name, file) for name, table in {DEFAULT: {}, **tables}.items()})

    def of(self, npc: str, voice: str = "") -> VoiceSettings:
        """How `npc` speaks. `voice`: a table of the file, or a voice's own name; "" leaves it to the NPC's table."""
        if voice and voice in self._voices:
            return self._voices[voice]
        own = self._voices.get(npc) or self._voices.get(DEFAULT) or VoiceSettings()
        return replace(own, name=voice) if voice else own

    @property
    def pitched(self) -> list[str]:
        """Whose pitch is not the usual one."""
        return [name for name, settings in self._voices.items() if settings.pitch != 1.0]


def _settings(table: Any, default: VoiceSettings, name: str, file: Path) -> VoiceSettings:
    if not isinstance(table, dict):
        raise UsageError(f"{file}: '{name}' stands outside of a table; write [{name}] and the settings under it.")
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _FIELDS:
            raise UsageError(f"{file}: [{name}] has '{key}'; known are {', '.join(_FIELDS)}.")
        kind = _FIELDS[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if kind is float and not (number and _LEAST <= value <= _MOST):
            raise UsageError(f"{file}: {key} of [{name}] is a number from {_LEAST:g} to {_MOST:g}, not {value!r}.")
        if kind is str and not (isinstance(value, str) and value.isprintable() and len(value.encode()) <= _NAME_BYTES):
            raise UsageError(f"{file}: {key} of [{name}] is a text of up to {_NAME_BYTES} bytes, not {value!r}.")
        given["name" if key == "voice" else key] = kind(value)
    return replace(default, **given)
