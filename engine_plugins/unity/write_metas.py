"""Writes the package's `.meta` files. Run it after adding, moving or removing a file:

python engine_plugins/unity/write_metas.py
"""

from __future__ import annotations

from pathlib import Path

from echo_runtime.plugins.unity_metas import write_metas

PACKAGE = Path(__file__).parent / "com.echo-runtime.unity"

if __name__ == "__main__":
    changed = write_metas(PACKAGE)
    for path in changed:
        print(path.relative_to(PACKAGE))
    print(f"{len(changed)} changed")
