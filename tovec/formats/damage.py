"""What is wrong with a file, said in one line that names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tovec.errors import BadSource, CannotDownload, NotEnoughMemory, TovecError


class DamageError(Exception):
    """What is wrong with the file being read."""


class UnsupportedError(DamageError):
    """What a file that may well be whole holds, and tovec does not read; and the way out."""


class IrregularError(DamageError):
    """What a reader repairs, and was told to refuse."""


class BadFile(BadSource):
    """A BadSource whose message begins with the file that it is about."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in the block into a BadSource that names `path`, or the file it is about."""
    try:
        yield
    except (BadFile, CannotDownload, NotEnoughMemory):  # says it all; none of it is damage
        raise
    except FileNotFoundError as error:
        raise BadFile(f"{path} is missing") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error
    except UnsupportedError as error:
        raise BadFile(f"{path} cannot be read: {error}") from error
    except IrregularError as error:
        raise BadFile(f"{path} is irregular: {error}; it is repaired unless strict is asked for") from error
    except (DamageError, TovecError) as error:
        raise BadFile(f"{path} is damaged: {error}") from error
