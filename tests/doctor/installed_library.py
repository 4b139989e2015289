"""Libraries for tests, installed into a folder as pip would."""

from __future__ import annotations

from pathlib import Path


def library(folder: Path, name: str, code: str, version: str = "1.0", needs: tuple[str, ...] = ()) -> None:
    """An installed library: a package, and what pip writes beside it."""
    package = name.replace("-", "_")
    (folder / package).mkdir(parents=True)
    (folder / package / "__init__.py").write_text(code)
    info = folder / f"{package}-{version}.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs)]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "RECORD").write_text(f"{package}/__init__.py,,\n")
