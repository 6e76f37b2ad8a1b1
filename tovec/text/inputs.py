"""What a user names (files, folders, globs, standard input) to the list of files to read."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from tovec.errors import BadText

STDIN: Literal["-"] = "-"
InputPath = Path | Literal["-"]

_WAYS = "inputs are files, folders, globs, or - for standard input"


def expand(inputs: Sequence[str | Path]) -> list[InputPath]:
    """Return the files that `inputs` name, in the order given; those of a folder or a glob are sorted.

    A folder stands for all files below it but hidden ones, links followed and no folder visited
    twice. A glob (`*`, `?`, `[...]`, and `**` for any depth) stands for the files it matches and
    those below the folders it matches, each once. A name that exists is taken as it is, whatever
    characters it holds. Raises BadText when a name stands for nothing or cannot be read.
    """
    if not inputs:
        raise BadText(f"no input to read; {_WAYS}")
    found = [path for name in inputs for path in _expand_one(name)]
    if found.count(STDIN) > 1:
        raise BadText("standard input (-) can be read only once, so it can be named only once")
    return found


def name_of(path: InputPath) -> str:
    """Return what an input is called in a message."""
    return "standard input" if path == STDIN else str(path)


def n_bytes_of(paths: Sequence[InputPath]) -> int | None:
    """Return the size of all files on disk; None when one is a stream (standard input, a pipe)."""
    files = [Path(path) for path in paths if path != STDIN]
    if len(files) < len(paths) or not all(file.is_file() for file in files):
        return None
    return sum(file.stat().st_size for file in files)


def _expand_one(name: str | Path) -> Sequence[InputPath]:
    if name == STDIN:
        return [STDIN]
    if not str(name):
        raise BadText(f"an input has an empty name; {_WAYS}")
    path = Path(name)
    mode = _mode(path)
    if mode is None:
        return _matches(path) if any(sign in str(name) for sign in "*?[") else _nothing(path)
    if not stat.S_ISDIR(mode):
        _check_ends(path, mode)
        return [_readable(path)]
    if (path / "tovec.json").is_file():
        raise BadText(
            f"{path} is a folder that tovec saved, not text; train on text, and begin with these vectors by "
            "`continue_from`"
        )
    below = [_readable(file) for file in _files_below(path, set())]
    if not below:
        raise BadText(f"{path}: the folder holds no files (hidden ones do not count)")
    return below


def _check_ends(path: Path, mode: int) -> None:
    """Refuse devices, some of which never end; a terminal is one too, and its text ends with Ctrl+D."""
    if not stat.S_ISCHR(mode) and not stat.S_ISBLK(mode):
        return
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    except OSError as error:
        raise BadText(f"{path}: cannot be read ({error.strerror}); {_WAYS}") from error
    try:
        is_terminal = os.isatty(handle)
    finally:
        os.close(handle)
    if not is_terminal:
        raise BadText(f"{path}: it is a device, not text; {_WAYS}")


def _mode(path: Path) -> int | None:
    """Return the mode of what is there, None where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadText(f"{_short(path)}: cannot be read ({error.strerror}); {_WAYS}") from error
    except ValueError as error:  # a NUL in the name
        raise BadText(f"{_short(path)!r}: cannot be a file ({error}); {_WAYS}") from error


def _nothing(path: Path) -> Sequence[InputPath]:
    raise BadText(f"{_short(path)}: no such file or folder; {_WAYS}")


def _short(path: Path) -> str:
    """Return the path for a message; what is too long to be a path is probably text given in its place."""
    text = str(path)
    text = text if len(text) <= 200 else f"{text[:100]}…"
    return text if text.isprintable() else repr(text)


def _readable(path: Path) -> Path:
    if not os.access(path, os.R_OK):
        raise BadText(f"{path}: no permission to read it")
    return path


def _files_below(folder: Path, visited: set[tuple[int, int]]) -> Iterator[Path]:
    """Yield the files below `folder`, sorted, but those of folders in `visited`, which grows."""
    try:
        status, entries = folder.stat(), sorted(folder.iterdir())
    except OSError as error:
        raise BadText(f"{folder}: the folder cannot be read ({error.strerror})") from error
    identity = (status.st_dev, status.st_ino)  # links may lead back to where we are
    if identity in visited:
        return
    visited.add(identity)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files_below(entry, visited)
        elif entry.is_file():
            yield entry


def _matches(pattern: Path) -> list[Path]:
    """Return the files that a glob stands for. Raises BadText when there are none."""
    found: dict[Path, Path] = {}
    visited: set[tuple[int, int]] = set()
    for match in _glob(pattern):
        for file in _files_below(match, visited) if match.is_dir() else [match]:
            found.setdefault(file.resolve(), file)
    if not found:
        raise BadText(f"{pattern}: no file matches; quote a glob so that the shell leaves it alone")
    return [_readable(file) for file in found.values()]


def _glob(pattern: Path) -> list[Path]:
    """Return the files and folders that match, sorted; hidden ones only where the pattern names a dot."""
    # Not glob.glob: under ** it follows links, and two that lead back make it run for ever.
    n_plain = next(i for i, part in enumerate(pattern.parts) if any(sign in part for sign in "*?["))
    base, rest = Path(*pattern.parts[:n_plain]), pattern.parts[n_plain:]
    try:
        matches = sorted(base.glob("/".join(rest)))
    except ValueError as error:  # a ** that is only a part of a name, before Python 3.13
        raise BadText(f"{pattern}: not a glob ({error})") from error
    if any(part.startswith(".") for part in rest):
        return matches
    depth = len(base.parts)
    return [match for match in matches if not any(part.startswith(".") for part in match.parts[depth:])]
