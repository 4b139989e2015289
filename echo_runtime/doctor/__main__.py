"""`python -m echo_runtime.doctor`: the same as `echo-runtime doctor`, with nothing but the standard library."""

from __future__ import annotations

import argparse
import json
import sys

from echo_runtime.doctor.examination import CONTROL_PORT, Examination
from echo_runtime.doctor.finding import Finding

_MARKS = {"ok": "ok     ", "note": "note   ", "warning": "WARNING", "error": "ERROR  "}


def examine(as_json: bool, with_self_test: bool, control_port: int) -> int:
    """Prints what is found; returns the exit status: 0 when a demo can run, else 1."""
    examination = Examination(control_port=control_port, with_self_test=with_self_test)
    if not as_json:
        print("This takes a minute: libraries are imported, and a second of frames is made.", file=sys.stderr)
    for finding in examination.findings():
        if not as_json:
            _show(finding)
    if as_json:
        print(json.dumps(examination.document, indent=1, ensure_ascii=False))
    elif examination.demo_can_run:
        print("\nA demo can run here: echo-runtime demo")
    else:
        errors = sum(finding.level == "error" for finding in examination.found)
        print(f"\nA demo cannot run here yet: {errors} error{'s' if errors > 1 else ''} above.")
    return 0 if examination.demo_can_run else 1


def _show(finding: Finding) -> None:
    print(f"{_MARKS[finding.level]}  {finding.part}: {finding.text}", flush=True)
    if finding.advice:
        print(f"         → {finding.advice}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m echo_runtime.doctor")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--no-self-test", action="store_true", help="make no frames")
    parser.add_argument("--control-port", type=int, default=CONTROL_PORT, help="the port to look at")
    options = parser.parse_args(arguments)
    return examine(options.json, not options.no_self_test, options.control_port)


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
