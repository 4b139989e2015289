"""Where profiles lie: one file per name in the folder that the platform has for a user's data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from echo_calibration.profile import Profile, load_profile, save_profile
from echo_runtime.errors import CalibrationError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,59}")


def default_folder() -> Path:
    """ECHO_PROFILES, or profiles/ under the user's data folder."""
    import os

    import platformdirs

    named = os.environ.get("ECHO_PROFILES")
    return Path(named) if named else platformdirs.user_data_path("echo-runtime", appauthor=False) / "profiles"


@dataclass(frozen=True)
class Listed:
    """One file of the folder: what it holds, or the sentence that says why it cannot be read."""

    name: str
    path: Path
    profile: Profile | None
    trouble: str = ""


class ProfileFolder:
    """Profiles by name. Raises CalibrationError for names that cannot be file names, and as `profile` does."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise CalibrationError(
                f"{name!r} cannot name a profile; take up to 60 letters, digits, - and _, such as 'sam'."
            )
        return self.folder / f"{name}.json"

    def load(self, name: str) -> Profile:
        """The profile of that name, or the one in the file that `name` is a path of (when it ends in .json)."""
        path = Path(name).expanduser() if name.endswith(".json") else self.path(name)
        if not path.is_file():
            known = ", ".join(listed.name for listed in self.listed()) or "there are none yet"
            raise CalibrationError(
                f"There is no profile {name!r} ({known}); make one with `echo-runtime calibrate player --profile NAME`."
            )
        return load_profile(path)

    def load_or_new(self, name: str) -> Profile:
        """To add a part to. Of a profile that cannot be read any more, the parts that can be."""
        path = self.path(name)
        for with_player in (True, False):
            try:
                return replace(load_profile(path, with_player=with_player), name=name)
            except CalibrationError:
                continue
        return Profile(name)

    def save(self, profile: Profile) -> Path:
        path = self.path(profile.name)
        save_profile(replace(profile, written=""), path)
        return path

    def listed(self) -> list[Listed]:
        found = []
        for path in sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []:
            try:
                found.append(Listed(path.stem, path, load_profile(path)))
            except CalibrationError as error:
                found.append(Listed(path.stem, path, None, str(error)))
        return found

    def delete(self, name: str) -> Path:
        path = self.path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            raise CalibrationError(
                f"There is no profile {name!r} in {self.folder}; `echo-runtime calibrate profiles list` shows them."
            ) from None
        except OSError as error:
            raise CalibrationError(f"The profile {path} cannot be deleted: {error.strerror}.") from error
        return path

    def export(self, name: str, to: Path) -> Path:
        """Copy the profile to a file, or into a folder."""
        profile = self.load(name)
        target = to / f"{name}.json" if to.is_dir() else to
        save_profile(profile, target)
        return target

    def take_in(self, file: Path, name: str = "", replacing: bool = False) -> Profile:
        """Check a file and put it into the folder under `name` (default: its own)."""
        profile = load_profile(file)
        profile = replace(profile, name=name or profile.name)
        if self.path(profile.name).exists() and not replacing:
            raise CalibrationError(
                f"There is a profile {profile.name!r} already; give --name for another one, or --replace."
            )
        save_profile(profile, self.path(profile.name))
        return profile
