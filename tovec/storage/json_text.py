"""Text in UTF-8, JSON, and the fields of a JSON object; anything else is a CorruptFile."""

import json
import re
from collections import Counter
from typing import Any

from tovec.storage.file_errors import CorruptFile

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def utf8(data: bytes, what: str) -> str:
    """Return the text in `data`. Raises CorruptFile where it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise CorruptFile(f"{what} is not UTF-8 ({error.reason} at byte {error.start})") from error


def json_value(text: bytes | str, what: str) -> Any:
    """Return the JSON value in `text`. Raises CorruptFile where it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorruptFile(f"{what} is not JSON ({error})") from error


def json_object(text: bytes | str, what: str) -> dict[str, Any]:
    """Return the JSON object in `text`. Raises CorruptFile where it is not one."""
    return _object(json_value(text, what), what)


def strict_json(text: bytes, what: str) -> dict[str, Any]:
    """Return the JSON object in `text`: UTF-8, no key twice, no half of a surrogate pair.

    Raises CorruptFile.
    """
    decoded = utf8(text, what)
    try:
        value = json.loads(decoded, object_pairs_hook=_no_key_twice)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # fails for half of a pair
    except (ValueError, RecursionError) as error:
        raise CorruptFile(f"{what} is not JSON ({error})") from error
    return _object(value, what)


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CorruptFile(f"{what} is not a JSON object")
    return value


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise CorruptFile(f"{twice!r} occurs twice in its JSON")
    return fields


def field(fields: dict[str, Any], name: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
    """Return a field of a JSON object, `default` if missing or null. Raises CorruptFile for another type."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise CorruptFile(f"its field {name!r} is {type(value).__name__}, which does not belong there")
    return value
