"""One field of JSON lines (https://jsonlines.org): each line is an object."""

import json
from collections.abc import Iterator
from typing import Any

from tovec.checks import in_one_line
from tovec.errors import BadText
from tovec.text.delimited import N_JUDGED, is_spelled_alike, place_of
from tovec.text.text_lines import TextLines
from tovec.text.token_bytes import is_text

_ONE_LIST = "is one list; write one object a line, as `jq -c .[]` does"


def json_lines_column(lines: TextLines, column: str) -> Iterator[str | None]:
    """Yield the texts under `column`, None for null and for an object without it; blank lines are skipped.

    Raises BadText with the line for one that is not an object, a value that is not text, and where the first
    thousand objects, or all, have no such field.
    """
    path, names = lines.name, dict[str, None]()
    n = n_found = 0
    for number, line in enumerate(lines, start=1):
        if line.isspace():
            continue
        row = _object(path, number, line)
        name = _name_in(row, column)
        n_found += name is not None
        n += 1
        if not n_found:
            names.update(dict.fromkeys(row))
            if n == N_JUDGED:
                break
        yield None if name is None else _text(path, number, column, row[name])
    if n and not n_found:
        place_of(path, column, list(names))  # raises


def _name_in(row: dict[str, Any], column: str) -> str | None:
    return column if column in row else next((name for name in row if is_spelled_alike(name, column)), None)


def _object(path: str, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        if number == 1 and line.lstrip().startswith("["):
            raise BadText(f"{path} {_ONE_LIST}") from error
        what = f"{error.msg.removesuffix(' at')} at character {error.colno}"
        raise BadText(f"{path}, line {number} is not JSON: {what}; each line is one object") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; lists of lists of …
        raise BadText(f"{path}, line {number} cannot be read: {error}") from error
    if number == 1 and isinstance(row, list):
        raise BadText(f"{path} {_ONE_LIST}")
    if not isinstance(row, dict):
        raise BadText(f"{path}, line {number} is {in_one_line(row)}; each line is one object")
    return row


def _text(path: str, number: int, column: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadText(f"{path}, line {number}: {column!r} is {in_one_line(value)}, not text")
    if not value.isascii() and not is_text([value]):
        raise BadText(
            f"{path}, line {number}: {column!r} holds a lone surrogate, which is not text; replace it"
        )
    return value
