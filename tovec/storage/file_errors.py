"""Errors about one file: a reader raises what is wrong, `reporting_file` adds the name of the file."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tovec.errors import (
    BadSource,
    CannotDownload,
    MissingDependency,
    MissingExtra,
    NotEnoughMemory,
    TovecError,
)

_LONGEST = 500  # characters of what is said of a file, which may quote a name as long as the file


class CorruptFile(Exception):
    """The file being read is corrupt; the text says what is wrong with it."""


class UnsupportedFile(CorruptFile):
    """The file may be intact, but tovec does not read what it holds; the text names it and the way out."""


class IrregularFile(CorruptFile):
    """The file holds something that a reader would repair, and `strict` forbids repairs."""


class BadFile(BadSource):
    """A BadSource whose message begins with the name of the file."""


def check_file(path: Path) -> None:
    """Raise UnsupportedFile where `path` exists and is neither a file nor a folder."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # said where it is opened; many a path here is a name on the Hub
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        kinds = ((stat.S_ISFIFO, "pipe"), (stat.S_ISSOCK, "socket"))
        kind = next((kind for is_kind, kind in kinds if is_kind(mode)), "device")
        raise UnsupportedFile(f"it is a {kind}, not a file")


@contextmanager
def reporting_file(path: Path) -> Iterator[None]:
    """Turn errors of the block into a BadFile that names `path`; one that already names a file is unchanged.

    A pipe, a socket or a device is refused first: opening one may block, and reading it may never end.
    """
    try:
        check_file(path)
        yield
    except (BadFile, CannotDownload, MissingDependency, MissingExtra, NotEnoughMemory):
        raise  # they say it all; none of it is damage
    except FileNotFoundError as error:
        raise BadFile(f"{path} is missing") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error
    except UnsupportedFile as error:
        raise BadFile(f"{path} cannot be read: {_short(error)}") from error
    except IrregularFile as error:
        raise BadFile(
            f"{path} is irregular: {_short(error)}; it is repaired unless strict is asked for"
        ) from error
    except (CorruptFile, TovecError) as error:
        raise BadFile(f"{path} is damaged: {_short(error)}") from error


def _short(error: Exception) -> str:
    """Return what an error says, without the middle where it is long."""
    text = str(error)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
