"""Every size of a neural renderer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from echo_runtime.errors import PackageDamagedError
from echo_runtime.renderer.geometry import View
from echo_runtime.renderer.shell import Shell
from echo_runtime.signals import MOTION_NAMES

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the rest picture; right and bottom are outside."""

BOX_STEP = 16
"""Box sides are multiples of this, so that patches have whole sizes at every level of their decoders."""

SYNTHETIC_VIEW = View(88.0, 1.2, 20.0, (0.0, -5.0, -1.0))
"""Of the synthetic head's pictures."""


@dataclass(frozen=True)
class RendererConfig:
    """Sizes of one NPC's renderer. The *rest picture* is the NPC at head pose zero, at the output's own resolution.

    size: side of the output picture in pixels. canvas_size, hair_size, back_size: sides of the learned layers, of the
    face, of the hair, of neck and hair behind. eyes_box, mouth_box: where the detail patches lie in the rest picture.
    patch_scale: patch pixels per picture pixel.
    trunk: width of the motion embedding. field_size: side of the flow and shading maps.
    field_channels: channels of their decoder at sides 8, 16, 32, …, field_size.
    patch_channels: channels at a quarter and a half of the patch resolution. feature_groups × feature_channels:
    learned feature canvases of a patch, each group moved by a flow of its own. view: the camera and the pivot of the
    pictures that it learned from. shell: where the hair's surface is known, its canvases lie on it (sides hair_size,
    behind_size); None for hair whose canvases are pictures from the front.
    """

    size: int
    canvas_size: int
    hair_size: int
    back_size: int
    eyes_box: Box
    mouth_box: Box
    patch_scale: float = 1.5
    trunk: int = 160
    field_size: int = 64
    field_channels: tuple[int, ...] = (64, 48, 40, 24)
    expression_size: int = 40
    patch_channels: tuple[int, int] = (56, 32)
    feature_groups: int = 4
    feature_channels: int = 8
    view: View = SYNTHETIC_VIEW
    shell: Shell | None = None
    behind_size: int | None = None

    def __post_init__(self) -> None:
        for name in ("eyes_box", "mouth_box"):
            left, top, right, bottom = getattr(self, name)
            if (right - left) % BOX_STEP or (bottom - top) % BOX_STEP:
                raise PackageDamagedError(
                    f"The renderer's {name} {getattr(self, name)} has sides not divisible by {BOX_STEP}."
                )

        if self.size % self.field_size:
            raise PackageDamagedError(
                f"The renderer's size {self.size} is not a multiple of its field_size {self.field_size}."
            )

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> RendererConfig:
        """From JSON. Raises PackageDamagedError if a size is missing or unknown."""
        known = {f.name for f in fields(RendererConfig)}
        tuples: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        try:
            tuples["view"] = View(**{**values["view"], "pivot": tuple(values["view"]["pivot"])})
            if tuples.get("shell") is not None:
                tuples["shell"] = Shell(**values["shell"])
            if unknown := set(tuples) - known:
                raise TypeError(f"unknown sizes {sorted(unknown)}")
            return RendererConfig(**tuples)
        except (TypeError, KeyError) as error:
            raise PackageDamagedError(f"The renderer's sizes cannot be read: {error}.") from error


def inputs_named(*prefixes: str) -> list[int]:
    """Indices of the motion inputs whose names begin with one of `prefixes`."""
    return [i for i, name in enumerate(MOTION_NAMES) if name.startswith(prefixes)]


EYES_INPUTS = inputs_named("eyeBlink", "eyeSquint", "eyeWide", "brow", "cheek", "nose", "gaze", "head", "mouthSmile")
MOUTH_INPUTS = inputs_named("jaw", "mouth", "cheek", "nose", "tongue", "head")
