"""Small figures as SVG text: lines, ticks in rows, bars, histograms, points. Colours come from the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from echo_runtime.signals import FloatArray

WIDTH = 920
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 30


@dataclass(frozen=True)
class Line:
    """`y` over `x`, (n,) each; `kind` is a class of the style: true, made, player."""

    label: str
    x: FloatArray
    y: FloatArray
    kind: str


@dataclass(frozen=True)
class Marks:
    """Moments (n,) drawn as ticks at the top of a plot, or in a row of a raster."""

    label: str
    x: FloatArray
    kind: str


@dataclass(frozen=True)
class Axes:
    """A plot's area in the picture and the range of values that it shows."""

    x: tuple[float, float]
    y: tuple[float, float]
    height: int = 220
    width: int = WIDTH
    left: int = LEFT

    def px(self, x: FloatArray | float) -> FloatArray:
        low, high = self.x
        inner = self.width - self.left - RIGHT
        return np.asarray(self.left + (np.asarray(x, np.float64) - low) / max(high - low, 1e-9) * inner)

    def py(self, y: FloatArray | float) -> FloatArray:
        low, high = self.y
        inner = self.height - TOP - BOTTOM
        share = (np.clip(np.asarray(y, np.float64), low, high) - low) / max(high - low, 1e-9)
        return np.asarray(self.height - BOTTOM - share * inner)


def round_steps(low: float, high: float, about: int = 5) -> list[float]:
    """Tick values at 1, 2 or 5 times a power of ten, about that many inside [low, high]."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * min((m for m in (1, 2, 5, 10) if power * m >= raw * 0.999), default=10)
    first = np.ceil(low / step - 1e-9)
    return [float(round(k * step, 10)) + 0.0 for k in np.arange(first, np.floor(high / step + 1e-9) + 1)]


def span_of(*values: FloatArray, least: float = 0.1) -> tuple[float, float]:
    """A range that holds all finite values with some air."""
    finite = np.concatenate([np.ravel(v)[np.isfinite(np.ravel(v))] for v in values]) if values else np.zeros(0)
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    air = max(high - low, least) * 0.06
    if low >= 0 and low < 0.3 * high:
        return 0.0, max(high, least) + air
    middle, half = (low + high) / 2, max(high - low, least) / 2
    return middle - half - air, middle + half + air


def svg(body: Sequence[str], title: str, height: int, width: int = WIDTH) -> str:
    """A picture that scales with the page; `title` is what a screen reader says."""
    inside = "".join(body)
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{inside}</svg>"
    )


def text(x: float, y: float, content: str, anchor: str = "start", kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(content)}</text>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def upright(x: float, top: float, bottom: float, kind: str) -> str:
    """A vertical line."""
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'


def frame(axes: Axes, x_label: str, y_label: str) -> list[str]:
    """Grid, tick numbers and axis labels."""
    parts = []
    bottom = axes.height - BOTTOM
    for value in round_steps(*axes.y, about=4):
        y = float(axes.py(value))
        parts.append(f'<line class="grid" x1="{axes.left}" x2="{axes.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(text(axes.left - 6, y + 4, f"{value:g}", "end"))
    for value in round_steps(*axes.x, about=8):
        x = float(axes.px(value))
        parts.append(upright(x, TOP, bottom, "grid"))
        parts.append(text(x, bottom + 15, f"{value:g}", "middle"))
    parts.append(text(axes.width - RIGHT, axes.height - 3, x_label, "end", "label"))
    parts.append(text(2, TOP + 2, y_label, "start", "label") if y_label else "")
    return parts


def path(axes: Axes, line: Line) -> str:
    """The line, broken where a value is missing."""
    points, pen = [], "M"
    for x, y in zip(axes.px(line.x), axes.py(line.y), strict=True):
        if not np.isfinite(y):
            pen = "M"
            continue
        points.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return f'<path class="line {line.kind}" d="{"".join(points)}"/>'


def line_plot(
    title: str,
    lines: Sequence[Line],
    x_label: str,
    y_label: str,
    *,
    marks: Sequence[Marks] = (),
    shaded: Sequence[tuple[float, float]] = (),
    y: tuple[float, float] | None = None,
    height: int = 200,
) -> str:
    """Lines over one axis; `marks` as rows of triangles above them, `shaded` as bands of x."""
    every = np.concatenate([line.x for line in lines])
    rows = 14 * len(marks)
    axes = Axes((float(every.min()), float(every.max())), y or span_of(*(line.y for line in lines)), height)
    parts = []
    for start, stop in shaded:
        low, high = (float(axes.px(min(max(v, axes.x[0]), axes.x[1]))) for v in (start, stop))
        if high > low:
            parts.append(rect(low, TOP, high - low, height - TOP - BOTTOM, "shade"))
    parts += frame(axes, x_label, y_label)
    parts += [path(axes, line) for line in lines]
    body = [f'<g transform="translate(0 {rows})">', *parts, "</g>"]
    for row, mark in enumerate(marks):
        inside = mark.x[(mark.x >= axes.x[0]) & (mark.x <= axes.x[1])]
        for x in axes.px(inside):
            body.append(f'<path class="mark {mark.kind}" d="M{x - 4:.1f} {14 * row + 2}h8l-4 9z"/>')
    return svg(body, title, height + rows)


def raster(title: str, rows: Sequence[Marks], seconds: float, x_label: str, left: int = 190) -> str:
    """Moments as ticks, a labelled row each."""
    step = 20
    axes = Axes((0.0, seconds), (0.0, 1.0), TOP + step * len(rows) + BOTTOM, left=left)
    bottom = axes.height - BOTTOM
    parts = []
    for value in round_steps(*axes.x, about=8):
        x = float(axes.px(value))
        parts.append(upright(x, TOP, bottom, "grid"))
        parts.append(text(x, bottom + 15, f"{value:g}", "middle"))
    for i, row in enumerate(rows):
        y = TOP + step * i
        parts.append(text(left - 8, y + 14, row.label, "end"))
        for x in axes.px(row.x):
            parts.append(rect(x - 1, y + 2, 2.4, step - 5, f"tick {row.kind}"))
    parts.append(text(axes.width - RIGHT, axes.height - 3, x_label, "end", "label"))
    return svg(parts, title, axes.height)


def bar_plot(
    title: str, bars: Sequence[tuple[str, float]], x_label: str, *, wanted: float | None = None, left: int = 190
) -> str:
    """Horizontal bars from zero with their values; `wanted` as a dashed line."""
    step = 26
    high = max([1.0 if wanted is None else wanted, *(v for _, v in bars if np.isfinite(v))]) * 1.08
    axes = Axes(
        (min(0.0, *(v for _, v in bars if np.isfinite(v)), 0.0), high),
        (0, 1),
        TOP + step * len(bars) + BOTTOM,
        left=left,
    )
    bottom, zero = axes.height - BOTTOM, float(axes.px(0.0))
    parts = []
    for value in round_steps(*axes.x, about=6):
        x = float(axes.px(value))
        parts.append(upright(x, TOP, bottom, "grid"))
        parts.append(text(x, bottom + 15, f"{value:g}", "middle"))
    for i, (label, value) in enumerate(bars):
        y = TOP + step * i
        parts.append(text(left - 8, y + 17, label, "end"))
        if not np.isfinite(value):
            parts.append(text(zero + 6, y + 17, "not measured"))
            continue
        x = float(axes.px(value))
        parts.append(rect(min(zero, x), y + 4, abs(x - zero), step - 9, "bar made"))
        parts.append(text(max(zero, x) + 5, y + 17, f"{value:.2f}"))
    if wanted is not None:
        x = float(axes.px(wanted))
        parts.append(upright(x, TOP - 4, bottom, "wanted"))
    parts.append(text(axes.width - RIGHT, axes.height - 3, x_label, "end", "label"))
    return svg(parts, title, axes.height)


def histogram(
    title: str,
    groups: Sequence[tuple[str, FloatArray, str]],
    edges: FloatArray,
    x_label: str,
    *,
    wanted: float | None = None,
    height: int = 220,
) -> str:
    """Shares of values per bin, groups (label, values, kind) side by side; end bins hold what lies beyond."""
    shares = []
    for _, values, _ in groups:
        inside = np.clip(values[np.isfinite(values)], edges[0], np.nextafter(edges[-1], edges[0]))
        counts = np.histogram(inside, edges)[0]
        shares.append(counts / max(counts.sum(), 1))
    axes = Axes(
        (float(edges[0]), float(edges[-1])), (0.0, max([0.01, *(float(s.max()) for s in shares)]) * 1.1), height
    )
    parts = frame(axes, x_label, "share")
    wide = (float(axes.px(edges[1])) - float(axes.px(edges[0])) - 3) / max(len(groups), 1)
    for k, ((_, _, kind), share) in enumerate(zip(groups, shares, strict=True)):
        for i, value in enumerate(share):
            x, y = float(axes.px(edges[i])) + 1.5 + k * wide, float(axes.py(value))
            parts.append(rect(x, y, wide, height - BOTTOM - y, f"bar {kind}"))
    if wanted is not None:
        x = float(axes.px(wanted))
        parts.append(upright(x, TOP, height - BOTTOM, "wanted"))
    return svg(parts, title, height)


def point_plot(title: str, points: FloatArray, x_label: str, y_label: str, height: int = 300, width: int = 460) -> str:
    """(n, 2) points."""
    axes = Axes(span_of(points[:, 0]), span_of(points[:, 1]), height, width)
    places = zip(axes.px(points[:, 0]), axes.py(points[:, 1]), strict=True)
    dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places)
    return svg([*frame(axes, x_label, y_label), f'<path class="dots made" d="{dots}"/>'], title, height, width)
