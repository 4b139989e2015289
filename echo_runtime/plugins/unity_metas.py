"""Unity's `.meta` files: written for every file and folder of a package, and examined.

Unity knows an asset by the GUID in the `.meta` beside it. Packages are read-only to it: a file without one is ignored
with an error, one whose GUID stands twice takes the other's place. Here a GUID is the MD5 of the package's name and the
path in it, so it is the same in every installation, whoever writes it.

What they are: https://docs.unity3d.com/Manual/AssetMetadata.html.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

HIDDEN_SUFFIX = "~"
"""Folders of this ending are not imported, and need no `.meta`; samples are copied out of theirs, and do."""
_SAMPLES = "Samples~"
_IMPORTERS = {
    ".cs": "MonoImporter:\n  externalObjects: {}\n  serializedVersion: 2\n  defaultReferences: []\n"
    "  executionOrder: 0\n  icon: {instanceID: 0}\n",
    ".asmdef": "AssemblyDefinitionImporter:\n  externalObjects: {}\n",
    ".shader": "ShaderImporter:\n  externalObjects: {}\n  defaultTextures: []\n  nonModifiableTextures: []\n",
    ".hlsl": "ShaderIncludeImporter:\n  externalObjects: {}\n",
    ".json": "TextScriptImporter:\n  externalObjects: {}\n",
    ".md": "TextScriptImporter:\n  externalObjects: {}\n",
    ".txt": "TextScriptImporter:\n  externalObjects: {}\n",
    ".xml": "TextScriptImporter:\n  externalObjects: {}\n",
}
_OTHER = "DefaultImporter:\n  externalObjects: {}\n"
_END = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"
_GUID = re.compile(r"^guid: ([0-9a-f]{32})$", re.MULTILINE)


def guid_of(package: str, path: str) -> str:
    """32 hexadecimal digits for a path inside a package, with `/` between its parts."""
    return hashlib.md5(f"{package}/{path}".encode(), usedforsecurity=False).hexdigest()


def assets(folder: Path) -> Iterator[Path]:
    """Everything below a package's folder that needs a `.meta`, folders before what is in them."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix == ".meta":
            continue
        hidden = path.name.endswith(HIDDEN_SUFFIX)
        if hidden and path.name != _SAMPLES:
            continue
        if not hidden:
            yield path
        if path.is_dir():
            yield from assets(path)


def meta_of(path: Path) -> Path:
    return path.with_name(path.name + ".meta")


def write_metas(folder: Path) -> list[Path]:
    """Write each `.meta` that is missing or differs, and delete those of nothing. Returns what was changed."""
    package = json.loads((folder / "package.json").read_text("utf-8"))["name"]
    changed = []
    for path in assets(folder):
        text = _text(package, path, path.relative_to(folder).as_posix())
        meta = meta_of(path)
        if not meta.exists() or meta.read_text("utf-8") != text:
            meta.write_text(text, "utf-8", newline="\n")
            changed.append(meta)
    for meta in orphans(folder):
        meta.unlink()
        changed.append(meta)
    return changed


def missing(folder: Path) -> list[Path]:
    """Files and folders without a `.meta`."""
    return [path for path in assets(folder) if not meta_of(path).is_file()]


def orphans(folder: Path) -> list[Path]:
    """`.meta` files of nothing, or of what needs none."""
    wanted = {meta_of(path) for path in assets(folder)}
    return sorted(meta for meta in folder.rglob("*.meta") if meta not in wanted)


def duplicates(folder: Path) -> dict[str, list[Path]]:
    """GUIDs that more than one `.meta` has."""
    seen: dict[str, list[Path]] = {}
    for meta in sorted(folder.rglob("*.meta")):
        if (guid := read_guid(meta)) is not None:
            seen.setdefault(guid, []).append(meta)
    return {guid: metas for guid, metas in seen.items() if len(metas) > 1}


def read_guid(meta: Path) -> str | None:
    """The GUID of a `.meta`; None when it has none, or not one of Unity's form."""
    found = _GUID.search(meta.read_text("utf-8", errors="replace"))
    return found.group(1) if found else None


def _text(package: str, path: Path, inside: str) -> str:
    begin = f"fileFormatVersion: 2\nguid: {guid_of(package, inside)}\n"
    if path.is_dir():
        return f"{begin}folderAsset: yes\n{_OTHER}{_END}"
    if inside == "package.json":
        return f"{begin}PackageManifestImporter:\n  externalObjects: {{}}\n{_END}"
    return f"{begin}{_IMPORTERS.get(path.suffix, _OTHER)}{_END}"
