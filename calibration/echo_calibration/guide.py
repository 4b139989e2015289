"""Leads the player through a measurement: what to do now, how long still, and whether it is seen and heard.

On a terminal a line is redrawn with a bar; elsewhere (a pipe, a test, `--json`) one plain line is written per step to
stderr, and nothing is asked.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from echo_calibration.session import SeenFace, Session, Watched

if TYPE_CHECKING:
    from rich.console import Console

COUNTDOWN_S = 3
DARK = 0.12
"""Mean luma under which a picture is called dark."""


class Guide:
    """`interactive`: whether somebody can read and answer; by default, whether stdin and stderr are a terminal."""

    def __init__(self, console: Console | None = None, interactive: bool | None = None, quiet: bool = False) -> None:
        from rich.console import Console

        self.console = console or Console(stderr=True, quiet=quiet, highlight=False)
        self.interactive = (
            interactive if interactive is not None else sys.stdin.isatty() and self.console.is_terminal and not quiet
        )

    def say(self, text: str) -> None:
        self.console.print(text)

    def ready(self, text: str) -> None:
        """Explain what comes, and wait for Enter where somebody is there."""
        self.say(f"[bold]{text}[/]")
        if self.interactive:
            self.console.input("Press Enter when you are ready. ")

    def ask(self, question: str) -> bool:
        """Yes or no; yes where nobody can answer."""
        if not self.interactive:
            return True
        return self.console.input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")

    def again(self, why: str) -> bool:
        """Whether to repeat a measurement that went wrong: never where nobody can answer."""
        return self.interactive and self.ask(f"{why}\nTry again?")

    def countdown(self, session: Session) -> None:
        """Three, two, one, while devices go on and what they give is thrown away. Files lose nothing by it."""
        if not session.live:
            return
        for left in range(COUNTDOWN_S, 0, -1):
            self.console.print(f"  {left} …", end="\r" if self.console.is_terminal else "\n")
            session.skip(1.0)

    def watch(self, session: Session, seconds: float, instruction: str) -> Watched:
        """Show the instruction while `seconds` are recorded."""
        if not self.console.is_terminal:
            self.say(f"{instruction} ({seconds:g} s)")
            return session.watch(seconds)
        from rich.live import Live
        from rich.text import Text

        with Live(Text(instruction), console=self.console, refresh_per_second=12, transient=True) as live:
            last = 0.0

            def show(share: float, face: SeenFace | None, peak: float) -> None:
                nonlocal last
                if time.monotonic() - last < 0.08:
                    return
                last = time.monotonic()
                bar = "█" * round(20 * share) + "░" * (20 - round(20 * share))
                live.update(Text(f"{instruction}\n  {bar} {_seen(session, face)} {_heard(session, peak)}"))

            watched = session.watch(seconds, show)
        self.say(f"  [green]✓[/] {instruction}")
        return watched


def _seen(session: Session, face: SeenFace | None) -> str:
    if not session.sees:
        return ""
    if face is None:
        return "no picture yet"
    if face.covered:
        return "something covers your mouth"
    if face.found:
        return "face seen"
    return "no face: it is dark" if face.brightness < DARK else "no face: sit before the camera"


def _heard(session: Session, peak: float) -> str:
    return "" if not session.hears else "voice " + "▮" * min(round(12 * peak**0.5), 12)
