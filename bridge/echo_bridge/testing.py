"""Pytest fixtures for projects that talk to the runtime."""
