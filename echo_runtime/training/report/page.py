"""The report: one HTML page with the pictures and films beside it, which needs no network and no scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_runtime.signals import FRAME_RATE, ByteArray, FloatArray
from echo_runtime.training.measures.bars import BARS, Bar, verdicts
from echo_runtime.training.measures.drawn_faces import DrawnPictures
from echo_runtime.training.report import plots
from echo_runtime.training.report.gallery import Players, film_rolls, name_of, pairs_sheet, sheets
from echo_runtime.training.report.machine import machine_facts
from echo_runtime.training.report.tables import bars_table, facts, other_numbers

if TYPE_CHECKING:
    from echo_runtime.training.dyads.session import DyadSession


def _plot(plot: plots.Plot, small: bool = False) -> str:
    legend = "".join(f'<span><i class="{kind}"></i>{escape(label)}</span>' for kind, label in plot.legend)
    heading = f'<h3>{escape(plot.title)}</h3><p class="note">{escape(plot.note)}</p>'
    named = f'<div class="legend">{legend}</div>' if legend else ""
    kind = "plot small" if small else "plot"
    return f'<figure class="{kind}">{heading}{named}<div class="wide">{plot.picture}</div></figure>'


def _plots(
    rolled: Sequence[FloatArray],
    sessions: Sequence[DyadSession],
    pictures: DrawnPictures,
    bars: Sequence[Bar],
    long_roll_out: FloatArray | None,
    long_truth: FloatArray | None,
) -> str:
    names = [name_of(i, s) for i, s in enumerate(sessions)]
    short = [f"dialogue {i + 1}" for i in range(len(sessions))]
    jaw_bar = next((bar.low for bar in bars if bar.key == "jaw_open_r"), None)
    parts = [_plot(plots.lips_plot(m, s, n)) for m, s, n in list(zip(rolled, sessions, names, strict=True))[:2]]
    parts.append(_plot(plots.closures_plot(rolled, sessions)))
    parts.append(_plot(plots.voices_plot(rolled, sessions, jaw_bar)))
    parts += [_plot(plots.smiles_plot(m, s, n)) for m, s, n in list(zip(rolled, sessions, names, strict=True))[:2]]
    parts.append(_plot(plots.nods_plot(rolled[0], sessions[0], names[0])))
    parts.append(_plot(plots.blinks_plot(rolled, sessions, short)))
    if long_roll_out is not None and len(long_roll_out) >= 120 * FRAME_RATE:
        parts.append(_plot(plots.drift_plot(long_roll_out, long_truth)))
    if len(pictures.openings):
        parts.append(_plot(plots.judge_plot(pictures.openings), small=True))
    return "".join(parts)


def _summary(numbers: Mapping[str, Any], bars: Sequence[Bar]) -> str:
    found = list(verdicts(numbers, bars).values())
    reached, missed, absent = (found.count(v) for v in ("reached", "missed", "not measured"))
    words = [f'<strong class="reached">{reached} of {len(found)}</strong> bars are reached']
    if missed:
        words.append(f'<strong class="missed">{missed}</strong> missed')
    if absent:
        words.append(f'<strong class="absent">{absent}</strong> not measured')
    return f'<p class="verdict">{", ".join(words)}.</p>'


def _notes(numbers: Mapping[str, Any]) -> str:
    """What could not be measured, and why: sentences under `notes`."""
    items = "".join(f"<li>{escape(str(note))}</li>" for note in numbers.get("notes") or ())
    return f'<ul class="soft">{items}</ul>' if items else ""


def write_report(
    folder: Path,
    numbers: Mapping[str, Any],
    bars: Sequence[Bar] = BARS,
    rolled: Sequence[FloatArray] = (),
    sessions: Sequence[DyadSession] = (),
    pictures: DrawnPictures | None = None,
    *,
    date: str = "",
    training: Mapping[str, Any] | None = None,
    long_roll_out: FloatArray | None = None,
    long_truth: FloatArray | None = None,
    player_draw: Callable[[FloatArray], ByteArray] | None = None,
    clips: int = 2,
) -> Path:
    """Writes `folder`/report.html with its pictures and clips; returns its path.

    `numbers` as `evaluate --json` prints them, `notes` among them; `rolled` (T, 60) per session, whose own motion is
    the truth. `pictures` from drawn_faces.picture_measures. `date` as the caller wants it read. `training`: the records
    of the weights by part. `long_roll_out`, `long_truth` (T, 60): ten minutes for the plot of drift. `player_draw`:
    motion (60,) → RGBA of a player's face, shown beside the NPC. Raises OSError when the folder cannot be written.
    """
    pictures = pictures or DrawnPictures()
    folder.mkdir(parents=True, exist_ok=True)
    players = Players(player_draw, sessions) if player_draw is not None else None
    settings = numbers.get("settings") or {}
    title = f"Evaluation of {numbers.get('avatar') or settings.get('avatar') or 'the model'}"
    plain = {key: value for key, value in numbers.items() if key != "notes"}
    sections = [("measures", "Measures", bars_table(numbers, bars))]
    if pictures.dialogues:
        sections.append(("clips", "Clips", film_rolls(folder, pictures, sessions, players, clips)))
        sections.append(("faces", "Faces", sheets(folder, pictures, rolled, sessions, players)))
    if pictures.pairs:
        note = '<p class="note">Drawn, true render of the same motion, difference × 4; from the worst to the best.</p>'
        sections.append(("renderer", "Drawn and true", note + pairs_sheet(folder, pictures)))
    if len(rolled):
        sections.append(("plots", "Plots", _plots(rolled, sessions, pictures, bars, long_roll_out, long_truth)))
    sections.append(("numbers", "All other numbers", other_numbers(plain, bars)))
    about = facts(machine_facts())
    if training:
        about += f"<h3>How the weights were trained</h3>{facts(training)}"
    sections.append(("about", "Machine and weights", about))
    links = "".join(f'<a href="#{key}">{escape(heading)}</a>' for key, heading, _ in sections)
    body = "".join(
        f'<section id="{key}"><h2>{escape(heading)}</h2>{inside}</section>' for key, heading, inside in sections
    )
    style = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    held = f"{len(sessions)} dialogues with voices and sentences that training never heard. " if len(sessions) else ""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><header><h1>{escape(title)}</h1>"
        f'<p class="soft">{escape(held)}{escape(date)}</p>{_summary(numbers, bars)}{_notes(numbers)}'
        f"<nav>{links}</nav></header>"
        f"<main>{body}</main></body></html>"
    )
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path
