"""The bytes of a pickle, taken in order: numbers, lines and text, and the text of Python 2."""

import re
from struct import Struct
from typing import Any

from tovec.storage.file_bytes import FileBytes
from tovec.storage.file_errors import CorruptFile

_WINDOW = 1 << 16  # bytes of a file that are read at a time
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"'": b"'", b'"': b'"'}


class PickleBytes:
    """The bytes of a pickle and how far they have been read; for a machine that goes through them."""

    def __init__(self, data: FileBytes, start: int) -> None:
        self._data = data
        self._at = start
        # The bytes that come next and where they begin: a call for each byte would take most of the time.
        self._window, self._begin = (data, 0) if isinstance(data, bytes) else (b"", start)

    def _take(self, n_bytes: int) -> bytes:
        if n_bytes < 0:
            raise CorruptFile("its pickle is cut short")
        start = self._at
        place = start - self._begin
        taken = self._window[place : place + n_bytes]
        if len(taken) != n_bytes:
            taken = self._data[start : start + n_bytes]
            if len(taken) != n_bytes:
                raise CorruptFile("its pickle is cut short")
            if not isinstance(self._data, bytes):
                self._begin = start + n_bytes
                self._window = self._data[self._begin : self._begin + _WINDOW]
        self._at = start + n_bytes
        return taken

    def _number(self, layout: Struct) -> Any:
        return layout.unpack(self._take(layout.size))[0]

    def _line(self) -> bytes:
        length = self._window.find(b"\n", self._at - self._begin) + 1 + self._begin - self._at
        if length <= 0:
            length = self._data.find(b"\n", self._at) + 1 - self._at
        if length <= 0:
            raise CorruptFile("its pickle is cut short")
        return self._take(length)[:-1].removesuffix(b"\r")

    def _decoded(self, text: bytes, encoding: str = "utf-8", errors: str = "surrogatepass") -> str:
        try:
            return text.decode(encoding, errors)
        except UnicodeDecodeError as error:
            raise CorruptFile(f"a text in its pickle is not {encoding.upper()} ({error.reason})") from error


def unescaped(text: bytes) -> bytes:
    """Return the bytes between quotes in Python 2's `repr`; an escape that it does not write stays."""
    return _ESCAPE.sub(_escaped, text)


def _escaped(escape: re.Match[bytes]) -> bytes:
    sign = escape[1]
    if len(sign) == 3:
        return bytes([int(sign[1:], 16)])
    return _ESCAPED.get(sign, escape[0])
