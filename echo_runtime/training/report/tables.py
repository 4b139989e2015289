"""The report's tables as HTML: every measure with its bar, everything else that was measured, facts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from echo_runtime.training.measures.bars import Bar, Verdict, flattened, is_number

_UNITS = (("_db", " dB"), ("per_s", " /s"), ("_per_s_truth", " /s"), ("_ms", " ms"), ("_lag_s", " s"), ("_s", " s"))
_SHOWN: dict[Verdict, tuple[str, str, str]] = {
    "reached": ("reached", "✓", "reached"),
    "missed": ("missed", "✗", "missed"),
    "not measured": ("absent", "–", "not measured"),
}


def shown(key: str, value: Any) -> str:
    """A number with its unit, short enough to compare by eye; other values as they are."""
    if value is None:
        return "not measured"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    unit = next((unit for ending, unit in _UNITS if key.endswith(ending)), "")
    if isinstance(value, int) or not is_number(value):
        return f"{value}{unit}"
    if 0 < abs(value) < 0.001:
        return f"{value:.1e}{unit}"
    return (f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) >= 10 else f"{value:.3f}") + unit


def key_code(key: str) -> str:
    """A key as code that may break after its dots and underscores."""
    return f"<code>{escape(key).replace('.', '.<wbr>').replace('_', '_<wbr>')}</code>"


def _meter(bar: Bar, value: Any, verdict: Verdict) -> str:
    """The value as a bar and the wanted limits as uprights, on a scale that holds both."""
    if not is_number(value):
        return ""
    limits = [x for x in (bar.low, bar.high) if x is not None]
    top = max(1.0 if bar.low is not None and bar.low <= 1 else 0.0, max(limits) * 1.25, value * 1.02)
    places = [f"{x / top * 100:.1f}" for x in limits]
    marks = "".join(f'<line class="zone" x1="{x}" x2="{x}" y1="0" y2="10"/>' for x in places)
    filled = f"{max(0.0, value / top * 100):.1f}"
    return (
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rail" y="3" width="100" height="4"/>'
        f'<rect class="fill {_SHOWN[verdict][0]}" y="3" width="{filled}" height="4"/>{marks}</svg>'
    )


def bars_table(numbers: Mapping[str, Any], bars: Sequence[Bar]) -> str:
    """A row per bar, by group: measure, value, limit, verdict."""
    flat = flattened(numbers)
    rows, group = [], ""
    for bar in bars:
        if bar.group != group:
            group = bar.group
            rows.append(f'<tr><th scope="rowgroup" colspan="5">{escape(group)}</th></tr>')
        value = flat.get(bar.key)
        verdict = bar.verdict(value)
        kind, sign, words = _SHOWN[verdict]
        number = escape(shown(bar.key, value)) if is_number(value) else "–"
        state = f'<td class="state {kind}">{sign} <span>{words}</span></td>'
        rows.append(
            f'<tr><td>{key_code(bar.key)}<span class="meaning">{escape(bar.meaning)}</span></td>'
            f'<td class="value">{number}</td><td class="bar">{escape(bar.wanted)}</td>'
            f'<td class="meter">{_meter(bar, value, verdict)}</td>{state}</tr>'
        )
    head = (
        '<tr><th scope="col">measure</th><th scope="col" class="value">value</th><th scope="col">bar</th>'
        '<th scope="col" class="meter"></th><th scope="col" class="state">verdict</th></tr>'
    )
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def other_numbers(numbers: Mapping[str, Any], bars: Sequence[Bar]) -> str:
    """Everything that has no bar: single values first, then each table of values under its own heading."""
    barred = {bar.key for bar in bars}
    groups: dict[str, list[str]] = {"": []}
    for name, value in numbers.items():
        inside = flattened({name: value})
        group = name if isinstance(value, Mapping) else ""
        groups.setdefault(group, []).extend(
            f"<div>{key_code(key)}<b>{escape(shown(key, item))}</b></div>"
            for key, item in inside.items()
            if key not in barred
        )
    parts = []
    for group, rows in groups.items():
        if rows:
            parts.append((f"<h3>{escape(group)}</h3>" if group else "") + f'<div class="other">{"".join(rows)}</div>')
    return "".join(parts)


def facts(values: Mapping[str, Any]) -> str:
    """Names and values; nested ones joined with dots, records (pydantic models) among them."""
    plain = {key: value.model_dump() if hasattr(value, "model_dump") else value for key, value in values.items()}
    rows = [f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in flattened(plain).items()]
    return f"<dl>{''.join(rows)}</dl>"
