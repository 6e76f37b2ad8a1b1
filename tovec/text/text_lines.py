"""The lines of a file as strings, decompressed and decoded, in bounded memory."""

import io
from collections.abc import Iterator
from typing import Any

from tovec.errors import BadText
from tovec.text.decoding import Errors, utf8_blocks
from tovec.text.inputs import InputPath, name_of

# Characters that are held in memory at once: an archive of some kilobytes may hold gigabytes of one letter.
MAX_LINE = 1 << 27
_BLOCK_BYTES = 1 << 20


class TextLines:
    """The lines of a file, each with its line end.

    newline: what ends a line, as `open` takes it; it can be set until the first line is read.
    n_read, n_replaced: bytes read from disk so far, and U+FFFD put for bad bytes.
    Raises BadText as `utf8_blocks`, and for a line that is too long.
    """

    def __init__(self, path: InputPath, encoding: str, errors: Errors, newline: str = "\n") -> None:
        self._path = path
        self._bytes = _Decoded(path, encoding, errors)
        self._buffered: io.BufferedReader[Any] = io.BufferedReader(self._bytes)
        self.newline = newline

    @property
    def name(self) -> str:
        """The file, for messages."""
        return name_of(self._path)

    def beginning(self) -> str:
        """Return the first characters, some thousand at most, which are read again afterwards."""
        return self._buffered.peek().decode(errors="ignore")

    @property
    def n_read(self) -> int:
        """Bytes read from disk so far."""
        return self._bytes.n_read

    @property
    def n_replaced(self) -> int:
        """U+FFFD put for bad bytes so far."""
        return self._bytes.n_replaced

    def __iter__(self) -> Iterator[str]:
        number = 0
        text = io.TextIOWrapper(self._buffered, encoding="utf-8", newline=self.newline)
        while line := text.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE:
                raise BadText(
                    f"{self.name}, line {number}: a line of more than {MAX_LINE >> 20} million characters, "
                    "more than is held in memory"
                )
            yield line


class _Decoded(io.RawIOBase):
    """A file as UTF-8."""

    def __init__(self, path: InputPath, encoding: str, errors: Errors) -> None:
        self._blocks = utf8_blocks(path, encoding, errors, _BLOCK_BYTES)
        self._pending = memoryview(b"")
        self.n_read = self.n_replaced = 0

    def readable(self) -> bool:
        """Whether bytes can be read."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Put the next bytes into `buffer` and return how many there are, none at the end."""
        while not self._pending:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._pending = memoryview(block.data)
            self.n_read += block.n_read
            self.n_replaced += block.n_replaced
        n = min(len(buffer), len(self._pending))
        buffer[:n] = self._pending[:n]
        self._pending = self._pending[n:]
        return n
