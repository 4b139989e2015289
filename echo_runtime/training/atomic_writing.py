"""Files that are there whole or not at all: written beside their place, then renamed over it (POSIX rename(2)).

A process that is killed, or a disk that is full, leaves the earlier file as it was. What goes wrong is said in one
sentence: what was to be written, where, how much room it takes and how much there is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from echo_runtime.errors import TrainingError

if TYPE_CHECKING:
    from torch import Tensor

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room, no quota left, larger than a file may be."""
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR)
PART = ".part"


@contextlib.contextmanager
def replacing(path: Path, size: int = 0) -> Iterator[Path]:
    """Yields the path to write to, `path` with ".part" behind it; at the end it takes the place of `path`.

    `size`: bytes that will be written, for the message. Writers that choose a format by the name's ending
    must be told the format. On any failure the part is removed and `path` left alone. Raises TrainingError for a full
    disk or a place that cannot be written to.
    """
    part = path.with_name(path.name + PART)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)
    except BaseException as error:
        written = _size(part)
        with contextlib.suppress(OSError):
            part.unlink()
        told = writing_error(error, path, max(size, written))
        if told is not None:
            raise told from error
        raise


def writing_error(error: BaseException, path: Path | None, size: int = 0) -> TrainingError | None:
    """The sentence for a failed write to `path`; None for errors of another kind. `size`: bytes that it needs."""
    code = error.errno if isinstance(error, OSError) else None
    full = code in FULL or (code is None and f"os error {errno.ENOSPC}" in str(error))
    if isinstance(error, OSError) and path is None and error.filename:
        path = Path(str(error.filename))
    if full:
        where = f"{path}" if path is not None else "the output folder"
        needs = f"it needs {_megabytes(size)}, {_megabytes(free_bytes(path))} are free" if path is not None else ""
        limit = "the limit on the size of files is reached" if code == errno.EFBIG else "the disk is full"
        return TrainingError(
            f"{where} cannot be written: {limit}{' (' + needs + ')' if needs else ''}; what was saved before "
            "is kept. Make room and run the same command again, which goes on from the last checkpoint."
        )
    if code in REFUSED:
        reason = os.strerror(code) if code is not None else ""
        return TrainingError(f"{path} cannot be written ({reason.lower()}); choose another --out.")
    return None


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """`data` into `path`, on the disk before it takes the place of an earlier file. Raises as `replacing`."""
    with replacing(path, len(data)) as part, part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def write_text(path: Path, text: str) -> None:
    """UTF-8. Raises as `replacing`."""
    write_bytes(path, text.encode())


def write_arrays(path: Path, **arrays: npt.ArrayLike) -> None:
    """An .npz, as numpy.savez makes it (uncompressed members NAME.npy). Raises as `replacing`."""
    ready = {name: np.asanyarray(array) for name, array in arrays.items()}
    with replacing(path, sum(array.nbytes for array in ready.values())) as part:
        archive = zipfile.ZipFile(part, "w", zipfile.ZIP_STORED)
        try:
            for name, array in ready.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array, allow_pickle=False)
            archive.close()
        except BaseException:
            # an archive that is left open would try to write its end once more, and complain, when it is collected
            stream_below, archive.fp = archive.fp, None
            if stream_below is not None:
                with contextlib.suppress(OSError):
                    stream_below.close()
            raise


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """A safetensors file. Raises TrainingError as `replacing`, and when a value is not finite: then nothing is written.

    Float16 copies must be clamped by the caller: an overflow is a value that is not finite.
    """
    import torch
    from safetensors.torch import save

    require_finite(path, tensors)
    ready = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
    }
    write_bytes(path, save(ready, metadata))


def require_finite(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raises TrainingError when a tensor that is meant for `path` holds NaN or infinity."""
    import torch

    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            kept = f"; {path} of before is kept" if path.exists() else ""
            raise TrainingError(
                f"The tensor {name} holds values that are not finite, so {path.name} is not written{kept}. "
                "Go on from there with another --seed."
            )


def require_space(folder: Path, size: int, what: str) -> None:
    """Before work of minutes begins: raises TrainingError when `folder` has no room for `size` bytes of `what`, or
    cannot be written to."""
    probe = folder / f".writable{PART}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        told = writing_error(error, folder)
        if told is None:
            raise
        raise told from error
    free = free_bytes(folder)
    if free < size:
        raise TrainingError(
            f"{folder} has no room for {what}: {_megabytes(size)} are needed, {_megabytes(free)} are free; "
            "make room or choose another --out."
        )


def reserve(path: Path) -> None:
    """Gives a file with holes, as a new memory map is, its room on the disk: a disk that is full when a page of the map
    is written kills the process (SIGBUS). Raises TrainingError, and removes the file, when there is no room."""
    if not hasattr(os, "posix_fallocate"):
        return
    size = _size(path)
    try:
        with path.open("r+b") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(size, 1))
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        told = writing_error(error, path, size)
        if told is not None:
            raise told from error
        raise


def free_bytes(path: Path) -> int:
    """On the disk of `path` or of its nearest folder that exists."""
    for folder in (path, *path.parents):
        if folder.exists():
            return shutil.disk_usage(folder).free
    return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
