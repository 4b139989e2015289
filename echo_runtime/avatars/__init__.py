"""The avatar package format, and the packages that are shipped.

package = load_package("mira")                    # or a folder; verifies every file's size and SHA-256
package.manifest.size, package.manifest.camera
package.load_into(renderer, "renderer")           # renderer.safetensors → the module's parameters
model = model_package()                           # speech encoder, motion, perception, landmark map: shared by all
"""

from echo_runtime.avatars.manifest import (
    FORMAT_VERSION,
    AvatarManifest,
    Camera,
    FileRecord,
    ModelManifest,
    Style,
    TrainingRecord,
)
from echo_runtime.avatars.package import Package, load_package
from echo_runtime.avatars.shipped_packages import avatar_names, model_package, shipped_folder
from echo_runtime.avatars.writing import update_package, write_package

__all__ = [
    "FORMAT_VERSION",
    "AvatarManifest",
    "Camera",
    "FileRecord",
    "ModelManifest",
    "Package",
    "Style",
    "TrainingRecord",
    "avatar_names",
    "load_package",
    "model_package",
    "shipped_folder",
    "update_package",
    "write_package",
]
