"""Where an OpenAI-compatible server is found, from what a user writes on the command line."""

from __future__ import annotations

from urllib.parse import urlsplit

from echo_runtime.errors import UsageError


def api_address(url: str, path: str, option: str, example: str, key_variable: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path) of `url`, the base of an API or already the whole `path` (as /audio/speech) in it.

    Raises UsageError, naming the `option` that it was given to, an `example`, and where a key belongs instead.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or not url.isascii():
        raise UsageError(
            f"{option} takes the base address of an OpenAI-compatible API, as {example}, "
            f"not {url!r}; a key goes into {key_variable}."
        )
    base = parts.path.rstrip("/")
    return parts.scheme, parts.hostname, port, base if base.endswith(path) else base + path
