"""Where the plugins that come with this package lie."""

from __future__ import annotations

from pathlib import Path

from echo_runtime.errors import PluginError


def plugin_source(engine: str, name: str) -> Path:
    """The folder `engine_plugins/<engine>/<name>`: in a checkout at its place, in a wheel inside of this package.

    Raises PluginError when neither is there.
    """
    here = Path(__file__).resolve()
    places = [here.parents[2] / "engine_plugins" / engine / name, here.parent / "packaged" / engine / name]
    for place in places:
        if place.is_dir():
            return place
    raise PluginError(
        f"The {engine} plugin {name} is not part of this installation: install from a checkout of the project, "
        "or from a wheel that was built of one."
    )
