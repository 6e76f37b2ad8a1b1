"""A cache of compiled functions between processes: one file for each, in the user's cache folder.

A file holds what numba stores for a function (a pickle with machine code in it) after a digest of it. A file
that does not match its name and its digest is removed, and the function is compiled again: a flipped bit is
never executed. What cannot be written (a full disk, a read-only folder) stays in memory. numba's own cache
has no digests, fails on damaged files forever, and a full disk ends the program.

A pickle is code: a folder that others can write to is not used.
"""

import functools
import hashlib
import os
import pickle
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

SUFFIX, BUILDING = ".code", ".building"
UNUSED_DAYS = 14  # after which the folder of other sources is removed; another installation may use it
_DAY = 24 * 60 * 60
_MAGIC = b"tovec loop 1\n"
_DIGEST_BYTES = 32
_OF_OLD_VERSIONS = (".nbi", ".nbc")


def private_folder(home: Path, name: str) -> Path | None:
    """Return the folder home/tovec/name, made where it is missing, and marked as in use.

    None where it cannot be made, or where other users could have written code into it.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        for folder in (home / "tovec", home / "tovec" / name):
            folder.mkdir(mode=0o700, exist_ok=True)
            if not _is_private(folder):
                return None
    except OSError:
        return None
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _DAY:
            os.utime(folder)
    return folder


def _is_private(folder: Path) -> bool:
    """Whether only this user and root can write to this folder."""
    if os.name == "nt":
        return True  # the folder is in the user's profile
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (0, os.geteuid()):
        return False
    return not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def has_entries(folder: Path, module: str) -> bool:
    """Whether the folder holds compiled functions of `module`."""
    return any(folder.glob(f"{_name_of(module)}.*{SUFFIX}"))


def _name_of(module: str) -> str:
    return module.removeprefix("tovec.")


class CompileCache:
    """The cache of one function, with the interface that numba expects."""

    def __init__(self, folder: Path, function: Callable[..., Any], versions: str) -> None:
        self._folder, self._versions = folder, versions
        self._name = f"{_name_of(function.__module__)}.{function.__qualname__}"
        self.cache_path = str(folder)

    def load_overload(self, signature: object, target_context: Any) -> Any:
        """Return the code for `signature` as numba expects it, None where it is not cached."""
        path = self._path(signature, target_context.codegen())
        payload = _read(path)
        if payload is None:
            return None
        try:
            from numba.core.compiler import CompileResult

            target_context.refresh()
            return CompileResult._rebuild(target_context, *pickle.loads(payload))
        except MemoryError:
            raise
        except Exception:  # of another version in all but its name; whatever it is, it can be compiled again
            _discard(path)
            return None

    def save_overload(self, signature: object, code: Any) -> None:
        """Write compiled code to the cache, where that is possible."""
        try:
            from numba.core.serialize import dumps

            if any(each.can_cache for each in code.lifted) or code.library.has_dynamic_globals:
                return  # it contains addresses of this process
            _write(self._path(signature, code.codegen), dumps(code._reduce()))
            remove_unused(self._folder)
        except (OSError, AttributeError, ImportError):  # a full disk; a numba with other internals
            return

    def enable(self) -> None:
        """Do nothing: numba calls it for caches that can be disabled."""

    disable = flush = enable

    def _path(self, signature: object, codegen: Any) -> Path:
        key = repr((self._versions, self._name, signature, codegen.magic_tuple()))
        return self._folder / f"{self._name}.{hashlib.sha256(key.encode()).hexdigest()[:24]}{SUFFIX}"


def _digest(path: Path, payload: bytes) -> bytes:
    """Return the digest of a payload and its file name, so that a renamed file is not valid."""
    return hashlib.sha256(path.name.encode() + b"\0" + payload).digest()


def _read(path: Path) -> bytes | None:
    """Return the payload of an entry; None where there is none. A damaged entry is removed."""
    try:
        # O_NONBLOCK: opening a pipe in its place must not block.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    except OSError:
        _discard(path)
        return None
    try:
        with open(number, "rb") as file:  # noqa: PTH123, it is open already
            content = file.read()
    except OSError:
        content = b""
    head = len(_MAGIC) + _DIGEST_BYTES
    payload = content[head:]
    if content[:head] != _MAGIC + _digest(path, payload):
        _discard(path)
        return None
    return payload


def _discard(path: Path) -> None:
    """Remove whatever has the name of an entry; a folder only if it is empty."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def _write(path: Path, payload: bytes) -> None:
    """Write an entry atomically, or raise OSError and leave nothing."""
    number, building = tempfile.mkstemp(suffix=BUILDING, dir=path.parent)
    try:
        with open(number, "wb") as file:  # noqa: PTH123, it is open already
            file.write(_MAGIC + _digest(path, payload))
            file.write(payload)
        Path(building).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(building).unlink()
        raise


@functools.cache
def remove_unused(folder: Path) -> None:
    """Remove folders beside `folder` that were not used for UNUSED_DAYS, and unfinished files in it.

    Only files that a version of tovec writes are removed. What cannot be removed stays.
    """
    now = time.time()
    for unfinished in folder.glob(f"*{BUILDING}"):
        _remove_if_older(unfinished, now - _DAY)
    for other in folder.parent.glob("[0-9a-f]" * len(folder.name)):
        with suppress(OSError):
            if other != folder and other.lstat().st_mtime < now - UNUSED_DAYS * _DAY:
                _remove_entries(other, now)


def _remove_entries(folder: Path, before: float) -> None:
    """Remove the entries that were written before a time, and folders that become empty."""
    for directory, _, names in os.walk(folder, topdown=False):  # follows no links
        for name in names:
            if name.endswith((SUFFIX, BUILDING, *_OF_OLD_VERSIONS)):
                _remove_if_older(Path(directory, name), before)
        with suppress(OSError):
            Path(directory).rmdir()


def _remove_if_older(path: Path, before: float) -> None:
    with suppress(OSError):
        if path.lstat().st_mtime < before:
            path.unlink()
