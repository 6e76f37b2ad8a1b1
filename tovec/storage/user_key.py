"""A secret key of this user, which signs files that tovec makes and verifies them when they are read.

Some libraries trust every byte of their files: an index of usearch with a wrong offset crashes the process. A
plain digest detects damage, but anyone can compute one; a signature with a key that only this user can read
also detects files that others made. The key stays on this machine; where it is copied, the files work too.
"""

import hmac
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

LENGTH = 32  # bytes of the key, and of a signature (SHA-256)


def key_path() -> Path:
    """Return the path of the key, which need not exist. Raises RuntimeError for a user without a home."""
    if sys.platform == "win32":
        home = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Application Support"
    else:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "tovec" / "key"


def signature(message: bytes) -> bytes:
    """Return this user's signature of `message` (HMAC-SHA256); the key is made where there is none yet.

    Raises OSError and RuntimeError where no key can be stored.
    """
    return hmac.digest(_key() or _new_key(), message, "sha256")


def is_signed(message: bytes, signed: bytes) -> bool:
    """Whether `signed` is this user's signature of `message`; False where there is no key."""
    try:
        key = _key()
    except (OSError, RuntimeError):
        return False
    return key is not None and hmac.compare_digest(hmac.digest(key, message, "sha256"), signed)


def _key() -> bytes | None:
    """Return the key, None where there is none or where something else has its name."""
    path = key_path()
    if not path.is_file() or path.stat().st_size != LENGTH:
        return None
    return path.read_bytes()


def _new_key() -> bytes:
    """Make and return the key, atomically; of several processes at once one makes it for all."""
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
            part.replace(path)  # incomplete, after a full disk
    finally:
        part.unlink(missing_ok=True)
    return path.read_bytes()
