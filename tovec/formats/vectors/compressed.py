"""Compressed files of vectors, .gz and .zst: decompressed into a temporary file, as far as needed."""

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
_STEP = 1 << 20  # bytes that are decompressed at a time
_STEP_LIMITED = 1 << 14  # where reading may end early: what follows must not matter

IsEnough = Callable[[bytes], bool]


def is_compressed(path: Path, head: bytes | None = None) -> bool:
    """Whether a file is .gz or .zst by its name and, where `head` is given, by its first bytes."""
    magic = _MAGIC.get(path.suffix.lower())
    return magic is not None and (head is None or head.startswith(magic))


def decompressed_head(path: Path) -> bytes:
    """Return the first `HEAD` bytes of the contents of `path`, decompressed. Raises CorruptFile."""
    return next(_decompressed(path, HEAD), b"")


@contextmanager
def opened(path: Path, is_enough: IsEnough | None = None) -> Iterator[IO[bytes]]:
    """Give the open file or, where it is compressed, a temporary one with its contents.

    is_enough: gets each piece that was decompressed, in order, and returns whether no more is needed.
    Raises CorruptFile, OSError.
    """
    if not is_compressed(path):
        with path.open("rb") as file:
            yield file
        return
    import tempfile

    size = path.stat().st_size
    try:
        with tempfile.TemporaryFile() as contents:
            for data in _decompressed(path, _STEP if is_enough is None else _STEP_LIMITED):
                contents.write(data)
                check_decompressed(contents.tell(), size, "its uncompressed contents")
                if is_enough is not None and is_enough(data):
                    break
            contents.flush()
            yield contents
    except OSError as error:  # also of closing, which tries again to write what did not fit
        if not is_no_space(error):
            raise
        raise UnsupportedFile(
            f"it is decompressed into {tempfile.gettempdir()}, where {reason(error)}; set TMPDIR to a folder "
            "on another disk"
        ) from error


def _decompressed(path: Path, n_bytes: int) -> Iterator[bytes]:
    from tovec.text.decoding import InputStream

    with ExitStack() as files:
        try:
            stream = InputStream(path, files)
            while data := stream.read(n_bytes):
                yield data
        except BadText as error:
            raise CorruptFile(str(error).removeprefix(f"{path}: ")) from error
