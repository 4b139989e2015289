"""A source whose device is kept by a thread of its own: opened, read, and looked for again when it vanishes."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Iterator

from echo_runtime.capture.source import Observation_co, Source
from echo_runtime.errors import DeviceBusyError, DeviceError

OPENING_S = 10.0
"""`start` waits this long for a device that opens slowly, then goes on without it."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 5.0
"""Between attempts to open a device that vanished: doubled each time, up to the longest."""


def back_off(first_s: float = FIRST_WAIT_S, longest_s: float = LONGEST_WAIT_S) -> Iterator[float]:
    """Seconds to wait before each attempt, without end."""
    wait_s = first_s
    while True:
        yield wait_s
        wait_s = min(2.0 * wait_s, longest_s)


class DeviceSource(Source[Observation_co]):
    """`start` raises the DeviceError of a first attempt that fails. A device that vanishes later is no error: there are
    no observations until it is back, and `say` tells that it went and that it returned.

    Sub-classes give `_open`, `_work` and `_shut`, all called in the device's thread only, so that whatever the driver
    does there holds up nobody. `losses`: how often it vanished. `connected`: whether it is open now.
    """

    live = True

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label
        """What sentences call the device: "camera 0"."""
        self.losses = 0
        self.connected = False
        self._stop = threading.Event()
        self._decided = threading.Event()
        self._failure: DeviceError | None = None
        self._began = False
        self._thread: threading.Thread | None = None

    @abstractmethod
    def _open(self) -> None:
        """Open the device, and forget what was of an earlier opening. Raises DeviceError."""

    @abstractmethod
    def _work(self) -> str:
        """Wait for something to happen, for a few seconds at most. Returns why the device is lost, "" if it is not."""

    @abstractmethod
    def _shut(self) -> None:
        """Close what is open, if anything. Raises nothing."""

    def start(self, start_us: int) -> None:
        self._thread = threading.Thread(target=self._keep, name=f"device {self.origin}", daemon=True)
        self._thread.start()
        if not self._decided.wait(OPENING_S):
            self._began = True
            self.say(f"{self.label} takes long to open; the runtime goes on without it until it is ready")
        elif self._failure is not None:
            raise self._failure
        self._began = True

    def _keep(self) -> None:
        failure = self._attempt()
        if failure is not None and not self._began:
            self._failure = failure
            self._decided.set()
            return
        self._decided.set()
        if failure is not None:
            self.say(str(failure))
            self._look_for_it()
        while not self._stop.is_set():
            try:
                lost = self._work()
            except Exception as error:  # a driver's or a library's: the conversation goes on without the device
                lost = f"failed ({type(error).__name__}: {error})"
            if lost and not self._stop.is_set():
                self.connected = False
                self.losses += 1
                self.say(f"{self.label} {lost}; looking for it until it is back")
                self._shut()
                self._look_for_it()
        self._shut()
        self.connected = False

    def _attempt(self) -> DeviceError | None:
        try:
            self._open()
        except DeviceError as error:
            self._shut()
            return error
        except Exception as error:
            self._shut()
            return DeviceError(f"{self.label} cannot be used ({type(error).__name__}: {error})")
        self.connected = True
        return None

    def _look_for_it(self) -> None:
        busy = False
        for wait_s in back_off():
            if self._stop.wait(wait_s):
                return
            failure = self._attempt()
            if failure is None:
                self.say(f"{self.label} is back", odd=False)
                return
            if isinstance(failure, DeviceBusyError) and not busy:  # it is there again, and only the user can help
                busy = True
                self.say(str(failure))

    @property
    def ended(self) -> bool:
        return self._stop.is_set()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=3.0)
