"""What the player is asked to do, in order, to show how far the face moves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expression:
    """`instruction`: what the player reads. `coefficients`: what it moves, each about as far as it goes."""

    instruction: str
    coefficients: dict[str, float]


def _both(**sides: float) -> dict[str, float]:
    return {f"{name}{side}": value for name, value in sides.items() for side in ("Left", "Right")}


EXPRESSIONS = (
    Expression("Open your mouth wide", {"jawOpen": 0.9}),
    Expression("Smile broadly", _both(mouthSmile=0.9, cheekSquint=0.5)),
    Expression("Purse your lips, as for a kiss", {"mouthPucker": 0.9}),
    Expression("Say a long 'oh'", {"mouthFunnel": 0.8, "jawOpen": 0.3}),
    Expression("Raise your brows", {"browInnerUp": 0.9, **_both(browOuterUp=0.9, eyeWide=0.4)}),
    Expression("Knit your brows", _both(browDown=0.9, eyeSquint=0.3)),
    Expression("Close both eyes", _both(eyeBlink=1.0)),
    Expression("Wrinkle your nose", _both(noseSneer=0.9, mouthUpperUp=0.4)),
    Expression("Pull the corners of the mouth down", _both(mouthFrown=0.8)),
    Expression("Show your lower teeth", _both(mouthLowerDown=0.9, mouthStretch=0.5)),
)
EXPRESSION_S = 2.0
"""Seconds for each: go there, hold, and back."""
REST_S = 4.0
