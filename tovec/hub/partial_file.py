"""A file that is coming: what is there of it, of which contents, until it is whole and gets its name.

The part's name ends in a digest of the server's ETag, so bytes of two versions are never put together.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tovec.errors import CannotDownload
from tovec.hub.events import human_size

_SUFFIX = ".part"


class Part:
    """The first `length` bytes of a file of `size` bytes that will be `path`.

    Whoever makes one holds the lock of `path`: nobody else writes there. Raises OSError.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        # One at most, but for a server that answered with other contents just before a crash.
        found = sorted(path.parent.glob(f"{path.name}.*{_SUFFIX}"))
        self._file = found[0] if len(found) == 1 else None
        self.length = self._file.stat().st_size if self._file is not None else 0
        if len(found) > 1 or self.length > size:
            self.clear()

    def belongs_to(self, etag: str) -> bool:
        """Whether what is there can go on with bytes of `etag`; the first bytes can be of any."""
        return self.length == 0 or self._file == self._named(etag)

    @contextmanager
    def appending(self, etag: str) -> Iterator[Callable[[bytes], None]]:
        """Give a function that adds bytes of `etag`; what was added is kept also when the block fails."""
        assert self.belongs_to(etag)
        if not self.length:
            self.clear()
        self._file = self._named(etag)
        with self._file.open("ab") as file:

            def append(data: bytes) -> None:
                file.write(data)
                self.length += len(data)

            yield append

    def clear(self) -> None:
        """Throw away what is there."""
        for file in self._path.parent.glob(f"{self._path.name}.*{_SUFFIX}"):
            file.unlink(missing_ok=True)
        self._file, self.length = None, 0

    def finish(self) -> None:
        """Give it its name, now that it is whole."""
        assert self._file is not None and self.length == self._size
        with self._file.open("rb+") as file:
            os.fsync(file.fileno())
        self._file.replace(self._path)

    def _named(self, etag: str) -> Path:
        digest = hashlib.sha256(etag.encode()).hexdigest()[:16]
        return self._path.with_name(f"{self._path.name}.{digest}{_SUFFIX}")


def is_whole(path: Path, size: int) -> bool:
    """Whether the file `path` is there with all of its `size` bytes."""
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def check_space(folder: Path, n_bytes: int) -> None:
    """Raise CannotDownload when `folder` has no room for `n_bytes` more."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise CannotDownload(
            f"it needs {human_size(n_bytes)} and {human_size(free)} are free in {folder}; "
            "make room, or set HF_HOME to a folder on a larger disk"
        )
