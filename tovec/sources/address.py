"""What a user writes for a source: a path or a model on the Hub, and after `#` which of its tables."""

import re
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from tovec.checks import in_one_line
from tovec.errors import BadSource
from tovec.foreign_names import made_from

HUB = "hf:"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?:huggingface\.co/(?P<hub>[\w.-]+/[\w.-]+))?", re.IGNORECASE)
_OLD_HUB_NAME = re.compile(r"(?=.*[\d-])(?!.*\.[a-z_]+$)[A-Za-z][\w.-]*")  # gpt2, bert-base-uncased
_HUB_NAME = re.compile(r"[\w.-]*\w/[\w.-]*\w")


class Address(NamedTuple):
    """A source, taken apart.

    source: as messages name it, without the part. part: what follows the `#`, None for the main table.
    hub_name: `org/name` of a model on the Hub, None for a path.
    """

    source: str
    part: str | None
    hub_name: str | None


def read_address(source: str | Path) -> Address:
    """Return what `source` says. Raises BadSource for what is neither a path nor a name on the Hub.

    A path that exists is never taken apart, whatever `#` it holds.
    """
    if not isinstance(source, (str, PathLike)):
        raise BadSource(f"a source is a path or {HUB}org/name, not {in_one_line(source)}{made_from(source)}")
    source, part = _split(str(source))
    if source.startswith(HUB) and not Path(source).exists():
        return Address(source, part, source.removeprefix(HUB))
    _check_path(source)
    return Address(source, part, None)


def _split(source: str) -> tuple[str, str | None]:
    marks = [at for at, sign in enumerate(source) if sign == "#" and 0 < at < len(source) - 1]
    if not marks or Path(source).exists():
        return source, None
    # The names of files and tensors may hold the sign too: the longest path that exists is the file.
    mark = next((at for at in reversed(marks) if Path(source[:at]).exists()), marks[0])
    return source[:mark], source[mark + 1 :]


def _check_path(source: str) -> None:
    """Refuse what names no place on this machine. Raises BadSource."""
    if not source or "\0" in source:
        raise BadSource(f"{source!r} is not the name of a file; a source is a path or {HUB}org/name")
    if source == "-":
        raise BadSource(
            "- is not a source: rows are read from a file when they are asked for, not from standard input"
        )
    url = _URL.match(source)
    if url is not None and not Path(source).exists():
        name = url["hub"]
        way = f"write {HUB}{name}" if name else "download it and open the file"
        raise BadSource(f"{source} is a URL, not a path; {way}")


def hub_hint(source: str) -> str:
    """Return what to write for a model on the Hub, where `source` may be the name of one; else nothing."""
    name = _HUB_NAME.fullmatch(source) or _OLD_HUB_NAME.fullmatch(source)
    return f"; a model on the Hugging Face Hub is {HUB}{source}" if name else ""
