"""What is wrong with a file, said in one line that names it."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tovec.errors import BadSource, CannotDownload, NotEnoughMemory, TovecError

_LONGEST = 500  # characters of what is said of a file, which may quote a name as long as the file


class CorruptFile(Exception):
    """What is wrong with the file being read."""


class UnsupportedFile(CorruptFile):
    """What a file that may well be whole holds, and tovec does not read; and the way out."""


class IrregularFile(CorruptFile):
    """What a reader repairs, and was told to refuse."""


class BadFile(BadSource):
    """A BadSource whose message begins with the file that it is about."""


def check_file(path: Path) -> None:
    """Raise UnsupportedFile where `path` is there and neither a file nor a folder."""
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
    """Turn whatever goes wrong in the block into a BadSource that names `path`, or the file it is about.

    A pipe, a socket or a device is refused before: to open it may wait for ever, to read it may never end.
    """
    try:
        check_file(path)
        yield
    except (BadFile, CannotDownload, NotEnoughMemory):  # says it all; none of it is damage
        raise
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
