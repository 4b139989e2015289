"""The libzmq that the installed pyzmq wheel brings, for a game that has no Python.

It is libzmq 4.3.5 or newer, which is under the MPL 2.0 and may be shipped beside closed code with its licence; the
4.3.4 of Linux distributions is under the LGPL 3 and is never taken. Where wheels keep it: auditwheel and delvewheel put
libraries into `pyzmq.libs`, delocate into `zmq/.dylibs`.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from echo_runtime.errors import PluginError

_PATTERNS = {"Win64": "libzmq*.dll", "Mac": "libzmq*.dylib", "Linux": "libzmq*.so*"}
_LICENCES = ("LICENSE.zeromq.txt", "LICENSE.libsodium.txt")
_NOTICE = """\
The libraries beside this folder are those of the pyzmq wheel {version}, unchanged: {names}.
libzmq is under the Mozilla Public License 2.0; its source is at https://github.com/zeromq/libzmq.
libsodium, where it is there, is under the ISC licence. The texts of the licences lie here.
"""


@dataclass(frozen=True)
class BundledLibrary:
    """`files`: libzmq and the libraries that it loads; `licences`: texts to be shipped with them."""

    version: str
    files: tuple[Path, ...]
    licences: tuple[Path, ...]


def platform() -> str:
    """What Unreal calls this machine's platform."""
    return {"win32": "Win64", "darwin": "Mac"}.get(sys.platform, "Linux")


def libraries(folder: Path) -> list[Path]:
    """The files of libzmq itself in a folder; none if there is no such folder."""
    return sorted(folder.glob(_PATTERNS[platform()]))


def find() -> BundledLibrary:
    """What the installed pyzmq brings. Raises PluginError when it is no wheel with a libzmq of its own."""
    try:
        pyzmq = distribution("pyzmq")
    except PackageNotFoundError:
        pyzmq = None
    listed = [Path(str(pyzmq.locate_file(file))) for file in (pyzmq.files or [])] if pyzmq is not None else []
    bundled = [file for file in listed if file.parent.name in ("pyzmq.libs", ".dylibs") and file.is_file()]
    licences = [file for file in listed if file.name in _LICENCES and file.is_file()]
    found = [file for file in bundled if file.match(_PATTERNS[platform()])]
    if pyzmq is None or not found or not any("zeromq" in file.name for file in licences):
        raise PluginError(
            "The installed pyzmq brings no libzmq that a game could ship: install its wheel with "
            "'pip install --force-reinstall --only-binary :all: pyzmq'."
        )
    return BundledLibrary(pyzmq.version, tuple(bundled), tuple(licences))


def place(library: BundledLibrary, folder: Path, licences: Path) -> None:
    """Copy the libraries into `folder`/PLATFORM and their licences into `licences`. Raises OSError."""
    target = folder / platform()
    target.mkdir(parents=True, exist_ok=True)
    licences.mkdir(parents=True, exist_ok=True)
    for file in library.files:
        shutil.copy2(file, target / file.name)
    for file in library.licences:
        shutil.copy2(file, licences / file.name)
    names = ", ".join(file.name for file in library.files)
    (licences / "NOTICE.txt").write_text(_NOTICE.format(version=library.version, names=names), "utf-8")
