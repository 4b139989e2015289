"""Cameras and sound devices of this machine: which there are, who holds them, and how a source keeps one."""
