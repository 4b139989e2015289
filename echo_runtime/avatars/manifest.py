"""What `avatar.json` and `model.json` say. Format 1.

Readers ignore keys that they do not know, so that a later minor addition needs no new format; a change that an older
reader would misunderstand raises FORMAT_VERSION.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from echo_runtime import signals

FORMAT_VERSION = 1

# a plain name inside the package's folder: nothing that could lead out of it
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$", max_length=100)]
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_\-]*$", max_length=60)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)


class FileRecord(_Part):
    """One file: its hash and its size in bytes."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


class TrainingRecord(_Part):
    """How weights came to be: `hours` on `hardware` by `command` with `seed` at `commit` of this repository."""

    command: str
    seed: int
    commit: str
    hardware: str
    hours: Annotated[float, Field(ge=0)]


class Camera(_Part):
    """The camera that the pictures were learned from: vertical field of view in degrees; distance and look-at point
    (x, y, z) in metres, from and relative to the resting head's origin."""

    fov_deg: Annotated[float, Field(gt=0, lt=180)]
    distance_m: Annotated[float, Field(gt=0)]
    look_at: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Style(_Part):
    """How the NPC carries itself: the two numbers of `signals.Style`, each in [0, 1], 0.5 average, and a name."""

    name: str
    temperament: Annotated[float, Field(ge=0, le=1)] = 0.5
    expressiveness: Annotated[float, Field(ge=0, le=1)] = 0.5

    @property
    def of_motion(self) -> signals.Style:
        """As the motion generator takes it."""
        return signals.Style(self.temperament, self.expressiveness)


class PackageManifest(_Part):
    """What both kinds say. `files` lists every file besides the manifest itself.

    `training` holds a record per part (file stem); a single record stands for the whole package.
    """

    format_version: Literal[1]
    name: PackageName
    files: dict[FileName, FileRecord]
    credits: list[str] = []
    licences: list[str] = []
    training: dict[str, TrainingRecord] = {}

    @model_validator(mode="before")
    @classmethod
    def _single_record(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("training"), dict) and "command" in data["training"]:
            return {**data, "training": {str(data.get("name", "all")): data["training"]}}
        return data


class AvatarManifest(PackageManifest):
    """One NPC: `size` (width, height) of its pictures, its `camera`, `style`, and the configuration of its renderer."""

    kind: Literal["avatar"]
    size: tuple[Annotated[int, Field(ge=16, le=4096)], Annotated[int, Field(ge=16, le=4096)]]
    camera: Camera
    style: Style
    reference: FileName = "reference.png"
    renderer: dict[str, Any]

    @field_validator("style", mode="before")
    @classmethod
    def _earlier_style(cls, value: Any) -> Any:
        """A plain name, or a name with the index of a style token, as packages before there were the two numbers."""
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict):
            return {key: part for key, part in value.items() if key != "index"}
        return value


class ModelManifest(PackageManifest):
    """What all NPCs share: the configurations from which the modules are built again."""

    kind: Literal["model"]
    speech_encoder: dict[str, Any] = {}
    motion: dict[str, Any] = {}
    perception: dict[str, Any] = {}
    context: dict[str, Any] = {}
    landmark_map: dict[str, Any] = {}


MANIFEST_FILES: dict[str, type[AvatarManifest] | type[ModelManifest]] = {
    "avatar.json": AvatarManifest,
    "model.json": ModelManifest,
}
