"""The key of a user: made once, readable by the user alone, and its signatures verify."""

import hashlib
import hmac
import stat
import subprocess
import sys

import pytest

from tovec.storage import user_key


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "state"))


def test_signature_is_the_hmac_of_rfc_2104_with_the_stored_key():
    signed = user_key.signature(b"message")
    key = user_key.key_path().read_bytes()
    assert len(key) == 32 and key != bytes(32)
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key.ljust(64, b"\0")) + b"message").digest()
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key.ljust(64, b"\0")) + inner).digest()
    assert signed == outer == hmac.digest(key, b"message", "sha256")
    assert user_key.is_signed(b"message", signed)
    for message, other in (
        (b"massage", signed),
        (b"message", bytes(32)),
        (b"message", signed[:-1]),
        (b"", b""),
    ):
        assert not user_key.is_signed(message, other)


def test_only_the_user_can_read_the_key_and_no_other_file_is_written():
    user_key.signature(b"")
    assert stat.S_IMODE(user_key.key_path().stat().st_mode) == 0o600
    assert [path.name for path in user_key.key_path().parent.iterdir()] == ["key"]


def test_checking_a_signature_without_a_key_is_false_and_makes_none():
    assert not user_key.is_signed(b"", hmac.digest(b"", b"", "sha256"))
    assert not user_key.key_path().exists()


def test_incomplete_key_is_not_used_and_replaced():
    user_key.key_path().parent.mkdir(parents=True)
    user_key.key_path().write_bytes(b"half")
    assert not user_key.is_signed(b"", hmac.digest(b"half", b"", "sha256"))
    assert user_key.is_signed(b"x", user_key.signature(b"x"))


def test_processes_that_start_at_once_make_one_key():
    code = (
        "import sys; from tovec.storage.user_key import signature; "
        "sys.stdin.read(); print(signature(b'x').hex())"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for run in runs:
        run.stdin.close()
    signed = set()
    for run in runs:
        with run:  # reads to the end and waits
            signed.add(run.stdout.read())
    assert signed == {user_key.signature(b"x").hex() + "\n"}


def test_key_that_cannot_be_stored_raises(monkeypatch, tmp_path):
    (tmp_path / "state").write_text("a file")
    with pytest.raises(OSError):
        user_key.signature(b"")
    assert not user_key.is_signed(b"", b"")
