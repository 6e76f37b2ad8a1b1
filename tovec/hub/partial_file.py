"""A file that is being downloaded, under a temporary name until it is complete.

That name ends in a digest of the server's ETag, so bytes of two versions are never mixed.
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


class PartialFile:
    """The first `length` bytes of a file of `size` bytes that will be `path`.

    Its creator must hold the lock of `path`, so that nobody else writes there. Raises OSError.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        # At most one, except after a crash just when a server answered with other contents.
        found = sorted(path.parent.glob(f"{path.name}.*{_SUFFIX}"))
        self._file = found[0] if len(found) == 1 else None
        self.length = self._file.stat().st_size if self._file is not None else 0
        if len(found) > 1 or self.length > size:
            self.clear()

    def belongs_to(self, etag: str) -> bool:
        """Whether bytes of `etag` can be appended; the first bytes can be of any."""
        return self.length == 0 or self._file == self._named(etag)

    @contextmanager
    def appending(self, etag: str) -> Iterator[Callable[[bytes], None]]:
        """Give a function that appends bytes of `etag`; they are kept even when the block fails."""
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
        """Delete the bytes that have been written."""
        for file in self._path.parent.glob(f"{self._path.name}.*{_SUFFIX}"):
            file.unlink(missing_ok=True)
        self._file, self.length = None, 0

    def finish(self) -> None:
        """Give the complete file its final name."""
        assert self._file is not None and self.length == self._size
        with self._file.open("rb+") as file:
            os.fsync(file.fileno())
        self._file.replace(self._path)

    def _named(self, etag: str) -> Path:
        digest = hashlib.sha256(etag.encode()).hexdigest()[:16]
        return self._path.with_name(f"{self._path.name}.{digest}{_SUFFIX}")


def is_whole(path: Path, size: int) -> bool:
    """Whether the file `path` exists with all of its `size` bytes."""
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
