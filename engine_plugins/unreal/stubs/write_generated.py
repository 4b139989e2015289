"""Writes NAME.generated.h for each header of the engine layer, as the engine's header tool does, for compile checks.

    python engine_plugins/unreal/stubs/write_generated.py SOURCE_FOLDER OUT_FOLDER

Of what that tool does this is the part that the compiler sees: `Super`, `ThisClass`, `StaticClass` and `StaticStruct`
for each GENERATED_BODY(), found by its line. It raises ValueError for headers that the tool would refuse: a class
without GENERATED_BODY(), a `.generated.h` that is missing, of another name, or not the last include.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_CLASS = re.compile(r"^(?:class|struct)\s+(?:\w+_API\s+)?(\w+)\s*(?:final\s*)?(?::\s*public\s+(\w+))?", re.MULTILINE)
_MARK = re.compile(r"^(UCLASS|USTRUCT)\(", re.MULTILINE)


def generated(header: Path) -> str:
    """The text of `header`'s generated header. Raises ValueError for what the header tool would refuse."""
    text = header.read_text("utf-8")
    includes = re.findall(r'^#include\s+["<](.+?)[">]', text, re.MULTILINE)
    wanted = f"{header.stem}.generated.h"
    if not includes or includes[-1] != wanted:
        raise ValueError(f"{header.name}: its last include must be {wanted}")
    lines = ["#undef CURRENT_FILE_ID", f"#define CURRENT_FILE_ID STUB_{header.stem}_"]
    for mark in _MARK.finditer(text):
        declared = _CLASS.search(text, mark.end())
        if declared is None:
            raise ValueError(f"{header.name}: no class follows {mark.group(1)}")
        body = text.find("GENERATED_BODY()", declared.end())
        following = _MARK.search(text, declared.end())
        if body < 0 or (following is not None and body > following.start()):
            raise ValueError(f"{header.name}: {declared.group(1)} has no GENERATED_BODY()")
        name, base = declared.groups()
        line = text.count("\n", 0, body) + 1
        members = f"using ThisClass = {name}; " + (f"using Super = {base}; " if base else "")
        if mark.group(1) == "UCLASS":
            lines.append(f"class {name};")
            members = f"public: {members}static UClass* StaticClass(); private:"
        else:
            members += "static UScriptStruct* StaticStruct();"
        lines.append(f"#define STUB_{header.stem}_{line}_GENERATED_BODY {members}")
    return "\n".join(["#pragma once", *lines, ""])


def write_all(source: Path, out: Path) -> list[Path]:
    """Write the generated header of every header below `source` that asks for one."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for header in sorted(source.rglob("*.h")):
        text = header.read_text("utf-8")
        if _MARK.search(text) or ".generated.h" in text:
            path = out / f"{header.stem}.generated.h"
            path.write_text(generated(header), "utf-8")
            written.append(path)
    return written


if __name__ == "__main__":
    write_all(Path(sys.argv[1]), Path(sys.argv[2]))
