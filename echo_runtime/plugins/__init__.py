"""Placing the engine plugins into game projects, and verifying what is there.

    unity.install(project)        # → the paths that were written
    unreal.install(project)
    unity.check(project)          # → findings, each ok, a warning or an error with what to do

Each engine's module also says whether a folder is a project of its engine: `is_project(folder)`.
"""

from echo_runtime.plugins.findings import Finding
from echo_runtime.plugins.source import plugin_source

__all__ = ["Finding", "plugin_source"]
