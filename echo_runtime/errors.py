"""Every error that a user can meet, as one tree.

    EchoError                    exit status 2, one sentence, no traceback
    ├── DeviceError              camera, microphone
    │   ├── DeviceNotFoundError
    │   └── DeviceBusyError      another program holds it
    ├── MediaError               a file of pictures or sound that cannot be used
    ├── PackageError             an avatar package
    │   ├── PackageDamagedError  missing file, wrong hash, wrong shape
    │   └── PackageVersionError  made for a newer runtime
    ├── NpcMemoryError           a saved memory that cannot be written or read
    │   ├── NpcMemoryDamagedError
    │   └── NpcMemoryVersionError  made by another version of the runtime
    ├── RecordingError           a recording that cannot be written or read
    │   ├── RecordingDamagedError
    │   └── RecordingVersionError  made by another version of the runtime
    ├── SpeechSynthesisError     a text that cannot be spoken
    ├── BackendError             a graph cannot be compiled or run
    ├── BridgeError              the wire
    │   ├── AddressInUseError    a port that another process holds
    │   ├── KeyFileError         keys that are missing, damaged or open to other users
    │   ├── ProtocolError        a malformed message
    │   ├── VersionError         a peer of another major version
    │   ├── CommandFailedError   the runtime answered `failed`
    │   └── ConnectionLostError  no runtime answers
    ├── CalibrationError         a recording too short or restless, a profile that cannot be read
    │   └── CalibrationVersionError  a profile of another version of the runtime or of its face tracker
    ├── TrainingError            data missing, loss not finite
    ├── PluginError              a game project that an engine plugin cannot be placed into
    ├── MissingDependencyError   an optional library, with the line that installs it
    └── UsageError               options that do not go together

A message says what happened, with which value, and what to do about it.
"""

from __future__ import annotations


class EchoError(Exception):
    """Base of all user-facing errors. `code` is the short name that goes over the wire."""

    code = "error"


class DeviceError(EchoError):
    code = "device"


class DeviceNotFoundError(DeviceError):
    code = "device_not_found"


class DeviceBusyError(DeviceError):
    code = "device_busy"


class MediaError(EchoError):
    code = "media"


class PackageError(EchoError):
    code = "package"


class PackageDamagedError(PackageError):
    code = "package_damaged"


class PackageVersionError(PackageError):
    code = "package_version"


class NpcMemoryError(EchoError):
    code = "memory"


class NpcMemoryDamagedError(NpcMemoryError):
    code = "memory_damaged"


class NpcMemoryVersionError(NpcMemoryError):
    code = "memory_version"


class RecordingError(EchoError):
    code = "recording"


class RecordingDamagedError(RecordingError):
    code = "recording_damaged"


class RecordingVersionError(RecordingError):
    code = "recording_version"


class SpeechSynthesisError(EchoError):
    code = "speech_synthesis"


class BackendError(EchoError):
    code = "backend"


class BridgeError(EchoError):
    code = "bridge"


class AddressInUseError(BridgeError):
    code = "address_in_use"


class KeyFileError(BridgeError):
    code = "key_file"


class ProtocolError(BridgeError):
    code = "malformed"


class VersionError(BridgeError):
    code = "version"


class CommandFailedError(BridgeError):
    """The runtime refused or could not finish a command; `code` is the runtime's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class ConnectionLostError(BridgeError):
    code = "connection_lost"


class CalibrationError(EchoError):
    code = "calibration"


class CalibrationVersionError(CalibrationError):
    code = "calibration_version"


class TrainingError(EchoError):
    code = "training"


class PluginError(EchoError):
    code = "plugin"


class MissingDependencyError(EchoError):
    code = "missing_dependency"


class UsageError(EchoError):
    code = "usage"
