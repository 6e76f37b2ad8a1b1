"""A file to blocks of valid UTF-8: opened, decompressed, decoded.

UTF-8 passes through as it is, only checked; other encodings are re-encoded. Archives are known by
their suffix, `.gz` or `.zst`.
"""

import codecs
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, Literal, NamedTuple, Protocol

from tovec.dependencies import needs
from tovec.errors import BadText
from tovec.text.inputs import STDIN, InputPath, name_of
from tovec.text.other_files import VECTORS, is_file_of_vectors, what_it_is

Errors = Literal["strict", "replace"]

_BOM = codecs.BOM_UTF8  # also what the mark of any other encoding becomes
_REPLACEMENT = "\ufffd".encode()
_SLICE = 1 << 16  # bytes checked at once: a longer slice makes a string that leaves the cache


class Block(NamedTuple):
    """A part of a file that ends between two characters.

    data: valid UTF-8, may be empty. last: the file ends here. n_read: bytes read from disk since
    the block before, compressed ones where the file is. n_replaced: U+FFFD put for bad bytes.
    """

    data: bytes
    last: bool
    n_read: int
    n_replaced: int


def check_encoding(encoding: str) -> None:
    """Raise BadText when Python has no text encoding of that name that can be read piece by piece."""
    try:
        codecs.getincrementaldecoder(encoding)
        b"ab".decode(encoding)
    except UnicodeError:
        return  # an encoding of text, in which these two bytes are not text
    except (LookupError, ValueError) as error:
        raise BadText(
            f"{encoding!r} is not a text encoding that Python knows; some are utf-8, cp949, utf-16, latin-1"
        ) from error


def utf8_blocks(path: InputPath, encoding: str, errors: Errors, block_bytes: int) -> Iterator[Block]:
    """Yield a file as valid UTF-8 without byte order mark, in blocks of about `block_bytes`.

    An empty file has no blocks. Raises BadText when the file cannot be read, an archive is damaged,
    or, with errors "strict", at the first bad byte, with its offset.
    """
    decoder = _decoder(encoding, errors)
    with ExitStack() as files:
        stream = InputStream(path, files)
        at_start, n_fed, n_before = True, 0, 0
        data = stream.read(block_bytes)
        while data:
            following = stream.read(block_bytes)
            n_fed += len(data)
            try:
                text, n_replaced = decoder.decode(data, final=not following)
            except UnicodeError as error:
                raise _bad_text(stream, encoding, error, n_fed) from error
            if at_start and text:
                text, at_start = text.removeprefix(_BOM), False
                if is_file_of_vectors(text):
                    raise BadText(f"{stream.name} is {VECTORS}")
            yield Block(text, not following, stream.n_read - n_before, n_replaced)
            n_before, data = stream.n_read, following


def _bad_text(stream: "InputStream", encoding: str, error: UnicodeError, n_fed: int) -> BadText:
    """Return what to say of an error after `n_fed` bytes; its object ends where those end."""
    if not isinstance(error, UnicodeDecodeError):
        return BadText(f"{stream.name} is not {encoding} ({error}); name its `encoding`")
    offset = n_fed - len(error.object) + error.start
    place = f"{offset} of the decompressed text" if stream.compressed else f"{offset}"
    bad = error.object[error.start]
    if n_fed == len(error.object):  # its first bytes
        other = what_it_is(error.object)
        if other is not None:
            return BadText(f"{stream.name} is {other}")
    way_out = "name its `encoding`, such as cp949, latin-1 or utf-16, or set `errors` to replace"
    if _is_utf8(encoding) and offset == 0 and error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        way_out = "it begins with the mark of UTF-16, so set `encoding` to utf-16"
    return BadText(f"{stream.name}: byte 0x{bad:02x} at offset {place} is not {encoding}; {way_out}")


class InputStream:
    """An opened input: decompressed bytes in order, and how far the file on disk has been read.

    path: `-` for standard input; what `.gz` or `.zst` ends is decompressed. files: closes what is opened.
    Raises BadText.
    """

    def __init__(self, path: InputPath, files: ExitStack) -> None:
        self.name = name_of(path)
        suffix = Path(path).suffix.lower()
        self.compressed = suffix in (".gz", ".zst")
        self._raw = _Counted(_opened(path, files))
        self._file: _Reader = self._raw
        self._damaged: tuple[type[Exception], ...] = (gzip.BadGzipFile, zlib.error)
        if suffix == ".gz":
            self._file = gzip.GzipFile(fileobj=self._raw, mode="rb")  # type: ignore[call-overload]
        elif suffix == ".zst":
            zstd = _zstd()
            # `zstd --long=31`, as large corpora are often packed; only such a file takes the memory.
            window = zstd.DecompressionParameter.window_log_max
            self._file = zstd.ZstdFile(self._raw, options={window: window.bounds()[1]})
            self._damaged = (zstd.ZstdError,)

    @property
    def n_read(self) -> int:
        """The bytes read from disk so far, compressed ones where the file is."""
        return self._raw.n_read

    def read(self, n: int) -> bytes:
        """Return the next `n` bytes, fewer at the end, none after it. Raises BadText."""
        try:
            return self._file.read(n)
        except EOFError as error:
            if not self.n_read:
                return b""  # an empty file is an empty text, whatever its suffix
            raise BadText(
                f"{self.name}: the archive is cut short; its end is missing, get it again"
            ) from error
        except self._damaged as error:
            raise BadText(
                f"{self.name}: the archive is damaged, or is not one although its name says so ({error})"
            ) from error
        except OSError as error:
            raise BadText(f"{self.name}: cannot be read ({error.strerror or error})") from error


def _opened(path: InputPath, files: ExitStack) -> BinaryIO:
    if path == STDIN:
        if sys.stdin is None:
            raise BadText("standard input (-) is closed; name a file")
        return sys.stdin.buffer
    try:
        return files.enter_context(Path(path).open("rb"))
    except OSError as error:
        raise BadText(f"{path}: cannot be read ({error.strerror})") from error


class _Reader(Protocol):
    def read(self, n: int, /) -> bytes: ...


class _Counted:
    """A file that counts the bytes read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.n_read = 0

    def read(self, n: int = -1, /) -> bytes:
        data = self._file.read(n)
        self.n_read += len(data)
        return data


def _zstd() -> ModuleType:
    """Return Python's module for zstd, which it has since 3.14, or the backport of it."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        needs("backports.zstd", "Zstandard (.zst)")
        from backports import zstd
    return zstd


class _Decoder(Protocol):
    def decode(self, data: bytes, final: bool) -> tuple[bytes, int]:
        """Return the characters that `data` ends, in UTF-8, and how many of them stand for bad bytes.

        Bytes of a character that goes on are kept for the next call. Raises UnicodeDecodeError
        whose object ends with `data`.
        """


def _decoder(encoding: str, errors: Errors) -> _Decoder:
    return _Utf8(errors) if _is_utf8(encoding) else _Recoder(encoding, errors)


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


class _Utf8:
    """UTF-8 as it is: valid bytes come out as they went in."""

    def __init__(self, errors: Errors) -> None:
        self._errors = errors
        self._pending = b""

    def decode(self, data: bytes, final: bool) -> tuple[bytes, int]:
        data = self._pending + data
        try:
            end, n_replaced = _end_of_valid(data, final), 0
            valid = data[:end]
        except UnicodeDecodeError:
            if self._errors == "strict":
                raise
            valid, end, n_replaced = _replaced(data, final)
        self._pending = data[end:]
        return valid, n_replaced


def _end_of_valid(data: bytes, final: bool) -> int:
    """Return where `data` ends, or, unless `final`, where its last character begins if that goes on."""
    view, at, stop = memoryview(data), 0, 0
    while stop < len(data):
        stop = min(at + _SLICE, len(data))
        try:
            at += codecs.utf_8_decode(view[at:stop], "strict", final and stop == len(data))[1]
        except UnicodeDecodeError as error:
            start, end = at + error.start, at + error.end
            raise UnicodeDecodeError("utf-8", data, start, end, error.reason) from None
    return at


def _replaced(data: bytes, final: bool) -> tuple[bytes, int, int]:
    """Return `data` with U+FFFD for bad bytes, where its last whole character ends, how many were put."""
    text, end = codecs.utf_8_decode(data, "replace", final)
    valid = text.encode()
    return valid, end, valid.count(_REPLACEMENT) - data[:end].count(_REPLACEMENT)


class _Recoder:
    """Any other encoding, through Python's codec."""

    def __init__(self, encoding: str, errors: Errors) -> None:
        make = codecs.getincrementaldecoder(encoding)
        self._decoder = make(errors)
        # A text may hold U+FFFD itself; what this one drops is what the other put.
        self._without_bad = make("ignore") if errors == "replace" else None

    def decode(self, data: bytes, final: bool) -> tuple[bytes, int]:
        valid = self._decoder.decode(data, final).encode()
        if self._without_bad is None:
            return valid, 0
        genuine = self._without_bad.decode(data, final).encode()
        return valid, valid.count(_REPLACEMENT) - genuine.count(_REPLACEMENT)
