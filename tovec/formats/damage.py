"""What is wrong with a file, said in one line that names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tovec.errors import BadSource, CannotDownload, TovecError


class DamageError(Exception):
    """What is wrong with the file being read."""


class UnsupportedError(DamageError):
    """What a file that may well be whole holds, and tovec does not read; and the way out."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in the block into a BadSource that names `path`."""
    try:
        yield
    except CannotDownload:  # nothing is wrong with the file: it has not come, and the error says why
        raise
    except FileNotFoundError as error:
        raise BadSource(f"{path} is missing") from error
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror or error}") from error
    except UnsupportedError as error:
        raise BadSource(f"{path} cannot be read: {error}") from error
    except (DamageError, TovecError) as error:
        raise BadSource(f"{path} is damaged: {error}") from error
