"""What is wrong with a file, said in one line that names it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tovec.errors import BadSource, CannotDownload, TovecError


class DamageError(Exception):
    """What is wrong with the file being read."""


class UnsupportedError(DamageError):
    """What a file that may well be whole holds, and tovec does not read; and the way out."""


class BadFile(BadSource):
    """A BadSource whose message begins with the file that it is about."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong in the block into a BadSource that names `path`, or the file it is about."""
    try:
        yield
    except (BadFile, CannotDownload):  # says it all; a file that has not come is not damaged
        raise
    except FileNotFoundError as error:
        raise BadFile(f"{path} is missing") from error
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from error
    except UnsupportedError as error:
        raise BadFile(f"{path} cannot be read: {error}") from error
    except (DamageError, TovecError) as error:
        raise BadFile(f"{path} is damaged: {error}") from error


def json_object(text: bytes | str, what: str) -> dict[str, Any]:
    """Return the JSON object that `text` holds. Raises DamageError when it holds none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DamageError(f"{what} is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise DamageError(f"{what} is not a JSON object")
    return value


def field(fields: dict[str, Any], name: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
    """Return a field of a JSON object, `default` when missing or null. Raises DamageError for other kinds."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DamageError(f"its field {name!r} is {type(value).__name__}, which does not belong there")
    return value
