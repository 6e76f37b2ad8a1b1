"""A secret of this user, by which tovec knows files again that it made itself.

Some files go to libraries that believe every byte of them (an index of usearch crashes the process with a
wrong offset). A plain digest tells damage, and anyone can make one; one with a key that only the user can
read tells files that others made. The key stays on this machine: whoever copies it as well can use the
files elsewhere.
"""

import hmac
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

LENGTH = 32  # bytes of the key, and of a signature (SHA-256)


def key_path() -> Path:
    """Return the file of the key; it need not be there. Raises RuntimeError for a user without a home."""
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Application Support"
    else:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "tovec" / "key"


def signature(message: bytes) -> bytes:
    """Return what only this user can make of `message`; the key is made where there is none yet.

    Raises OSError and RuntimeError where no key can be kept.
    """
    return hmac.digest(_key() or _new_key(), message, "sha256")


def is_signed(message: bytes, signed: bytes) -> bool:
    """Whether `signed` is this user's signature of `message`; never where there is no key."""
    try:
        key = _key()
    except (OSError, RuntimeError):
        return False
    return key is not None and hmac.compare_digest(hmac.digest(key, message, "sha256"), signed)


def _key() -> bytes | None:
    """Return the key, None where there is none, or something else in its place."""
    path = key_path()
    if not path.is_file() or path.stat().st_size != LENGTH:
        return None
    return path.read_bytes()


def _new_key() -> bytes:
    """Make the key, whole or not at all; of several processes at once one makes it. Return what is there."""
    path = key_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".key.{secrets.token_hex(8)}")
    part.touch(0o600, exist_ok=False)
    try:
        with part.open("wb") as file:
            file.write(secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        if not path.is_file() or path.stat().st_size == LENGTH:
            with suppress(FileExistsError):
                os.link(part, path)  # fails where another process was faster
        else:
            part.replace(path)  # what was left of a full disk
    finally:
        part.unlink(missing_ok=True)
    return path.read_bytes()
