"""CURVE keys in files: a key pair of one's own, and the allow-list of those who may connect.

A key is Z85 text (ZeroMQ RFC 32), 40 characters for the 32 bytes of a Curve25519 key. The files' form: PROTOCOL.md.
"""

from __future__ import annotations

import contextlib
import os
import re
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import zmq
from zmq.utils import z85

from echo_runtime.errors import KeyFileError

_CHARACTERS = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_LONGEST = 1 << 20
"""Bytes of a key file or allow-list that are read at all."""
ALLOW_LIST = "allowed_clients"
"""Name of the allow-list, beside the runtime's key file."""


def check_key(text: str, where: str) -> str:
    """A key as given. Raises KeyFileError; `where` names its place in the sentence."""
    if _CHARACTERS.fullmatch(text):
        with contextlib.suppress(ValueError, struct.error):
            if len(z85.decode(text.encode())) == 32:
                return text
    raise KeyFileError(f"{where} holds no key: a key is 40 characters of Z85, as `echo-runtime keys new` prints it.")


def check_name(text: str) -> str:
    """A key's name as given. Raises KeyFileError."""
    if not _NAME.fullmatch(text) or text.startswith("."):
        raise KeyFileError(f"'{text}' is no name for a key: use 1 to 64 letters, digits, '_', '-' or '.'.")
    return text


@dataclass(frozen=True)
class KeyPair:
    """A public key and its secret one, as Z85 text."""

    public: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> KeyPair:
        """A new one. Its public key begins with a letter or digit: no command line takes it for an option."""
        while True:
            public, secret = zmq.curve_keypair()
            if public[:1].isalnum():
                return cls(public.decode(), secret.decode())

    @classmethod
    def read(cls, file: Path) -> KeyPair:
        """From a key file. Raises KeyFileError for one that is missing, damaged, or open to other users."""
        words = dict(_lines(file))
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise KeyFileError(f"Others may read the secret key in {file}: run `chmod 600 {file}`.")
        if "secret" not in words:
            raise KeyFileError(f"The key file {file} has no line with the word secret.")
        secret = check_key(words["secret"], f"The line 'secret' of {file}")
        public = zmq.curve_public(secret.encode()).decode()
        if words.get("public", public) != public:
            raise KeyFileError(f"The public key in {file} does not belong to its secret key: make new ones.")
        return cls(public, secret)

    def write(self, file: Path, name: str) -> None:
        """Into a new file that only this user may read. Raises KeyFileError if there is one already."""
        text = f"# Echo Runtime key {name}: keep this file to yourself\npublic {self.public}\nsecret {self.secret}\n"
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyFileError(
                f"There is a key in {file} already: remove the file first, or choose another name."
            ) from None
        except OSError as error:
            raise KeyFileError(f"The key cannot be written to {file}: {error.strerror}.") from error
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text)


class AllowList:
    """Public keys by name, from a file that may change at any time. All methods may be called from any thread.

    A file that cannot be read, or has a damaged line, leaves what was read before in force, with `problem` saying why:
    a half-written file must neither lock everybody out nor let anybody in.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problem = ""
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._looked = 0.0
        self._gone: set[str] = set()
        self.refresh()
        if self.problem:
            raise KeyFileError(self.problem)

    @property
    def names(self) -> dict[str, str]:
        """Name → public key."""
        with self._lock:
            return {name: key for key, name in self._names.items()}

    def allows(self, public: str) -> bool:
        """Whether a client with this key may connect, by the file as it is now."""
        self.refresh()
        with self._lock:
            return public in self._names

    def take_removed(self) -> set[str]:
        """The keys that are gone since this was asked last."""
        with self._lock:
            gone, self._gone = self._gone - set(self._names), set()
            return gone

    def refresh(self, after_s: float = 0.0) -> None:
        """Read the file again if it has changed. `after_s`: look not more often than this."""
        with self._lock:
            now = time.monotonic()
            if after_s and now - self._looked < after_s:
                return
            self._looked = now
            try:
                status = self.file.stat()
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                if stamp == self._stamp:
                    return
                names = {check_key(key, f"The line '{name}' of {self.file}"): name for name, key in _lines(self.file)}
            except (KeyFileError, OSError) as error:
                self.problem = str(error)
                return
            self._gone |= set(self._names) - set(names)
            self._names, self._stamp, self.problem = names, stamp, ""

    @staticmethod
    def add(file: Path, name: str, public: str) -> None:
        """Let a key in. Raises KeyFileError for a name or key that is no such thing, or a name that is taken."""
        check_name(name)
        entries = dict(_lines(file)) if file.exists() else {}
        if entries.get(name, public) != public:
            raise KeyFileError(f"The name '{name}' is taken by another key in {file}: remove that first.")
        entries[name] = check_key(public, "The argument")
        AllowList.write(file, entries)

    @staticmethod
    def remove(file: Path, name: str) -> bool:
        """Let a key in no more; whether it was there."""
        entries = dict(_lines(file)) if file.exists() else {}
        found = entries.pop(name, None) is not None
        if found:
            AllowList.write(file, entries)
        return found

    @staticmethod
    def write(file: Path, entries: dict[str, str]) -> None:
        """At once, so that a runtime that reads meanwhile sees the old list or the new one."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f"{file.name}.{os.getpid()}.new")
        text = "# clients that may connect: name, public key\n" + "".join(f"{n} {k}\n" for n, k in entries.items())
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(text)
        os.replace(draft, file)


@dataclass(frozen=True)
class ServerKeys:
    """What a runtime needs to encrypt: its own key pair, and who may connect."""

    own: KeyPair
    allowed: AllowList

    @classmethod
    def read(cls, file: Path) -> ServerKeys:
        """From the runtime's key file and the allow-list beside it. Raises KeyFileError."""
        return cls(KeyPair.read(file), AllowList(file.with_name(ALLOW_LIST)))

    def protect(self, socket: zmq.Socket[bytes]) -> None:
        """Make a socket a CURVE server. Before it is bound."""
        socket.setsockopt(zmq.CURVE_SERVER, 1)
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.own.secret.encode())
        socket.setsockopt(zmq.ZAP_DOMAIN, b"echo")


@dataclass(frozen=True)
class ClientKeys:
    """What a client needs: the runtime's public key and a key pair of its own."""

    server: str
    own: KeyPair

    @classmethod
    def given(cls, server_key: str, key_file: str | Path) -> ClientKeys | None:
        """From the options `--server-key` and `--key`; None when neither is given. Raises KeyFileError."""
        if not server_key and not key_file:
            return None
        if not server_key or not key_file:
            raise KeyFileError(
                "An encrypted connection needs both the runtime's key (--server-key) and one's own (--key)."
            )
        return cls(check_key(server_key, "--server-key"), KeyPair.read(Path(key_file)))

    def protect(self, socket: zmq.Socket[bytes]) -> None:
        """Make a socket a CURVE client. Before it is connected."""
        socket.setsockopt(zmq.CURVE_SERVERKEY, self.server.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, self.own.public.encode())
        socket.setsockopt(zmq.CURVE_SECRETKEY, self.own.secret.encode())


def _lines(file: Path) -> list[tuple[str, str]]:
    """(word, key) of each line. Raises KeyFileError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LONGEST + 1)
    except FileNotFoundError:
        raise KeyFileError(f"There is no key file {file}: make one with `echo-runtime keys new`.") from None
    except OSError as error:
        raise KeyFileError(f"The key file {file} cannot be read: {error.strerror}.") from error
    if len(data) > _LONGEST or not data.isascii():
        raise KeyFileError(f"{file} is no key file: it is too long, or holds more than ASCII.")
    found = []
    for number, line in enumerate(data.decode().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        words = line.split()
        if len(words) != 2 or not _NAME.fullmatch(words[0]):
            raise KeyFileError(f"Line {number} of {file} is not a word, one space and a key.")
        found.append((words[0], words[1]))
    return found
