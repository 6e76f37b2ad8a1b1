"""Files of vectors that come packed, .gz and .zst: unpacked into a temporary file, as far as needed."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from tovec.errors import BadText
from tovec.storage.disk import is_no_space, reason
from tovec.storage.file_bytes import HEAD
from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.storage.limits import check_decompressed

_MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_AT_ONCE = 1 << 20  # bytes to unpack
_AT_ONCE_LIMITED = 1 << 14  # where it may end early: nothing behind the end is to matter

IsEnough = Callable[[bytes], bool]


def is_packed(path: Path, head: bytes | None = None) -> bool:
    """Whether a file's name, and its first bytes where they are given, say that it is unpacked here."""
    magic = _MAGIC.get(path.suffix.lower())
    return magic is not None and (head is None or head.startswith(magic))


def unpacked_head(path: Path) -> bytes:
    """Return the first `HEAD` bytes of what is packed in `path`. Raises CorruptFile."""
    return next(_unpacked(path, HEAD), b"")


@contextmanager
def opened(path: Path, is_enough: IsEnough | None = None) -> Iterator[IO[bytes]]:
    """Give the file, or a temporary one with what the archive `path` holds.

    is_enough: is given each piece that was unpacked, in order, and says whether no more is needed.
    Raises CorruptFile, OSError.
    """
    if not is_packed(path):
        with path.open("rb") as file:
            yield file
        return
    import tempfile

    size = path.stat().st_size
    try:
        with tempfile.TemporaryFile() as unpacked:
            for data in _unpacked(path, _AT_ONCE if is_enough is None else _AT_ONCE_LIMITED):
                unpacked.write(data)
                check_decompressed(unpacked.tell(), size, "what is packed in it")
                if is_enough is not None and is_enough(data):
                    break
            unpacked.flush()
            yield unpacked
    except OSError as error:  # of closing too, which writes what did not fit once more
        if not is_no_space(error):
            raise
        raise UnsupportedFile(
            f"it is unpacked into {tempfile.gettempdir()}, where {reason(error)}; name a folder on another "
            "disk in the variable TMPDIR"
        ) from error


def _unpacked(path: Path, n_bytes: int) -> Iterator[bytes]:
    from tovec.text.decoding import InputStream

    with ExitStack() as files:
        try:
            stream = InputStream(path, files)
            while data := stream.read(n_bytes):
                yield data
        except BadText as error:
            raise CorruptFile(str(error).removeprefix(f"{path}: ")) from error
