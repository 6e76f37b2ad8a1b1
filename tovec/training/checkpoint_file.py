"""The file of a checkpoint: arrays as safetensors, in their order, and in the header what the run says of it.

`run` in the metadata is a JSON object, `checksum` the SHA-256 of that text and of all arrays. A file is
written into room that was taken before, and read a block at a time; any reader of safetensors opens it.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadCheckpoint
from tovec.storage.disk import WorkFile

Arrays = Mapping[str, NDArray[np.float32]]

START_AGAIN = "train without `resume` to start again"
_METADATA = "__metadata__"
_LENGTH = 8  # bytes that hold the length of the header
_MOST_HEADER = 100_000_000  # bytes, as the official reader
_HEADER_ROOM = 1 << 16  # for a header that says more of itself later in the run
_AT_ONCE = 1 << 20  # numbers


def size_of(arrays: Arrays, run: str) -> int:
    """Return how many bytes a file of these takes, at most, also when `run` grows a little."""
    return len(_header(arrays, run, "0" * 64)) + _HEADER_ROOM + sum(array.nbytes for array in arrays.values())


def write(file: WorkFile, arrays: Arrays, run: str) -> None:
    """Write all of the file and force it to the disk. Raises CannotSave."""
    digest = hashlib.sha256(run.encode())
    for array in arrays.values():
        digest.update(array.reshape(-1).view(np.uint8).data)
    header = _header(arrays, run, digest.hexdigest())
    file.write(header)
    for array in arrays.values():
        file.write(array)
    file.truncate(len(header) + sum(array.nbytes for array in arrays.values()))
    file.sync()


def _header(arrays: Arrays, run: str, checksum: str) -> bytes:
    entries = {_METADATA: {"run": run, "checksum": checksum}, **_layout(arrays)}
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(_LENGTH, "little") + text


def _layout(arrays: Arrays) -> dict[str, Any]:
    """Return the entries of the header for arrays that lie one after the other."""
    entries, stop = {}, 0
    for name, array in arrays.items():
        assert array.dtype == np.float32 and array.flags.c_contiguous
        start, stop = stop, stop + array.nbytes
        entries[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [start, stop]}
    return entries


class CheckpointFile:
    """A checkpoint open to be read. run: what the run says of itself, whatever that is.

    Raises BadCheckpoint for a file that is damaged, and OSError.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        size = os.fstat(file.fileno()).st_size
        length = int.from_bytes(file.read(_LENGTH), "little")
        if size < _LENGTH or length > min(size - _LENGTH, _MOST_HEADER):
            raise self.damaged(f"it has {size:,} bytes, fewer than its header says")
        self._header = self._object(file.read(length), "its header")
        self._start, self._n_bytes = _LENGTH + length, size - _LENGTH - length
        metadata = self._header.pop(_METADATA, None)
        if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
            raise self.damaged("its header says nothing of a run")
        self._metadata: dict[str, str] = metadata
        self.run = self._object(
            metadata.get("run", "").encode(errors="replace"), "what its header says of the run"
        )

    def damaged(self, what: str) -> BadCheckpoint:
        """Return the error for a file that is not as it was written."""
        return BadCheckpoint(f"{self._path} is damaged: {what}; {START_AGAIN}")

    def check_whole(self) -> None:
        """Raise BadCheckpoint unless all bytes are those that were written."""
        digest = hashlib.sha256(self._metadata["run"].encode(errors="replace"))
        self._file.seek(self._start)
        while data := self._file.read(4 * _AT_ONCE):
            digest.update(data)
        if digest.hexdigest() != self._metadata.get("checksum"):
            raise self.damaged("its bytes are not those that were written")

    def check_holds(self, arrays: Arrays) -> None:
        """Raise BadCheckpoint unless it holds arrays of these names and shapes, finite where these are."""
        expected = _layout(arrays)
        n_bytes = sum(array.nbytes for array in arrays.values())
        if self._header != expected or self._n_bytes != n_bytes:
            names = sorted({*self._header, *expected})
            name = next((name for name in names if self._header.get(name) != expected.get(name)), "header")
            raise BadCheckpoint(
                f"{self._path} does not hold the arrays of this run: {name!r} is another; {START_AGAIN}"
            )
        for array, numbers in self._blocks(arrays):
            if (~np.isfinite(numbers) & np.isfinite(array)).any():
                raise BadCheckpoint(
                    f"{self._path} holds NaN or infinity, so its training diverged; {START_AGAIN}"
                )

    def read_into(self, arrays: Arrays) -> None:
        """Fill the arrays, for which `check_holds`."""
        for array, numbers in self._blocks(arrays):
            array[:] = numbers

    def _blocks(self, arrays: Arrays) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield parts of the arrays, and the numbers of the file for each."""
        self._file.seek(self._start)
        for array in arrays.values():
            flat = array.reshape(-1)
            for start in range(0, len(flat), _AT_ONCE):
                part = flat[start : start + _AT_ONCE]
                data = self._file.read(part.nbytes)
                if len(data) != part.nbytes:
                    raise self.damaged("it has become shorter while it was read")
                yield part, np.frombuffer(data, dtype="<f4")

    def _object(self, text: bytes, what: str) -> dict[str, Any]:
        try:
            value = json.loads(text.decode())
        except (ValueError, RecursionError) as error:
            raise self.damaged(f"{what} is not JSON") from error
        if not isinstance(value, dict):
            raise self.damaged(f"{what} is not a JSON object")
        return value
