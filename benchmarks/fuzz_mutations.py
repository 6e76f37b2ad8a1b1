"""Small random changes of files: of bytes, numbers, JSON, and the members of archives."""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

_WHOLE = (0, 1, -1, 2, 6, 7, 127, 128, 255, 256, 4095, 65_535, 65_536, 10**6, 10**9, 10**12)
NUMBERS = (*_WHOLE, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
WORDS = (
    *(b"{", b"}", b"[", b"]", b'"', b",", b":", b"\0", b"\n", b"\r\n", b" ", b"\t", b"null", b"NaN", b"inf"),
    *(b"-1", b"1e999", b"0x10", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x1b[2J", b"../../x", b"/etc/passwd"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, "", ".", "..", "/etc/passwd", "a\0b", "\ud800", "\u202e", "token", "F16", "I64"),
    *(0.5, 1e308, -1e308, float("nan"), float("inf"), [], {}, [[]], {"a": 1}, [0, 1, 2], ["a", "a"]),
    *NUMBERS,
)
_DIGITS = re.compile(rb"-?\d[\d.e+-]*")
_HEADER = 512  # bytes at the start, where formats store types and sizes


def mutant(
    files: Mapping[str, bytes], names: Sequence[str], donors: Sequence[bytes], rng: Random
) -> dict[str, bytes]:
    """Return `files` with one of `names`, sometimes two, changed, removed, emptied or replaced."""
    changed = dict(files)
    for name in rng.sample(names, 2 if len(names) > 1 and rng.random() < 0.1 else 1):
        chance = rng.random()
        if chance < 0.01 and len(files) > 1:
            del changed[name]
        elif chance < 0.02:
            changed[name] = rng.choice((b"", rng.choice(donors)))
        else:
            changed[name] = changed_file(files[name], donors, rng)
    return changed


def changed_file(data: bytes, donors: Sequence[bytes], rng: Random) -> bytes:
    """Return a file with a change, also inside its JSON header or a member of an archive."""
    inside = rng.random() < 0.6
    if inside and data[:2] == b"\x1f\x8b":
        return gzip.compress(_bytes_changed(gzip.decompress(data), donors, rng), 1)
    if inside and data[:2] == b"PK":
        return _archive_changed(data, donors, rng)
    if inside and (value := json_in(data)) is not None:
        start, document, stop = value
        text = json.dumps(_json_changed(document, rng)).encode()
        size = len(text).to_bytes(8, "little") if start else b""
        return size + text + data[stop:]
    return _bytes_changed(data, donors, rng)


def json_in(data: bytes) -> tuple[int, Any, int] | None:
    """Return start, value and end of the JSON at the start of a file, or after a length as in safetensors."""
    start, stop = (0, len(data)) if data[:1] in (b"{", b"[") else (8, 8 + int.from_bytes(data[:8], "little"))
    if data[start : start + 1] not in (b"{", b"["):
        return None
    try:
        return start, json.loads(data[start:stop]), stop
    except (ValueError, RecursionError):
        return None


def _json_changed(document: Any, rng: Random) -> Any:
    for _ in range(rng.randint(1, 3)):
        document = _one_changed(document, rng)
    return document


def _one_changed(value: Any, rng: Random) -> Any:
    """Return a JSON value with one part, at any depth, changed, removed or repeated."""
    if not isinstance(value, (dict, list)) or not value or rng.random() < 0.08:
        return rng.choice(VALUES)
    if isinstance(value, list):
        at, items = rng.randrange(len(value)), list(value)
        match rng.randrange(8):
            case 0:
                del items[at]
            case 1:
                items.insert(at, items[rng.randrange(len(items))])
            case _:
                items[at] = _one_changed(items[at], rng)
        return items
    key, entries = rng.choice(list(value)), dict(value)
    match rng.randrange(8):
        case 0:
            del entries[key]
        case 1:
            entries[rng.choice(("", "x", "__metadata__", key + key))] = entries.pop(key)
        case 2:
            entries[key] = entries[rng.choice(list(value))]
        case _:
            entries[key] = _one_changed(entries[key], rng)
    return entries


def _archive_changed(data: bytes, donors: Sequence[bytes], rng: Random) -> bytes:
    """Return a ZIP archive, uncompressed like those of torch and NumPy, with one member changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        members = old.infolist()
        chosen = rng.choice(members)
        for member in members:
            content = old.read(member)
            new.writestr(
                member.filename, _bytes_changed(content, donors, rng) if member is chosen else content
            )
    return buffer.getvalue()


def _bytes_changed(data: bytes, donors: Sequence[bytes], rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        _change_bytes(changed, donors, rng)
    return bytes(changed)


def _change_bytes(data: bytearray, donors: Sequence[bytes], rng: Random) -> None:
    at = rng.randrange(min(len(data), _HEADER) if rng.random() < 0.5 else len(data)) if data else 0
    size = rng.choice((1, 1, 2, 4, 8, 16, rng.randint(1, len(data) + 1)))
    match rng.randrange(9):
        case 0 | 1 if data:
            data[at] ^= 1 << rng.randrange(8)
        case 2:
            data[at : at + size] = rng.randbytes(min(size, 64))
        case 3:
            del data[rng.choice((at, len(data) - size if size < len(data) else 0)) :]
        case 4:
            del data[at : at + size]
        case 5:
            data[at:at] = data[at : at + size]
        case 6:
            data[at : at + rng.choice((0, size))] = rng.choice(WORDS)
        case 7:
            donor = rng.choice(donors)
            start = rng.randrange(len(donor)) if donor else 0
            data[at : at + size] = donor[start : start + size]
        case _:
            _change_number(data, at, rng)


def _change_number(data: bytearray, at: int, rng: Random) -> None:
    """Write a boundary number where a number may be: in 1 to 8 bytes, or as digits."""
    number = rng.choice((*NUMBERS, len(data), len(data) - at, rng.randrange(64)))
    written = _DIGITS.search(data, at)
    if written is not None and rng.random() < 0.4:
        data[written.start() : written.end()] = str(number).encode()
        return
    size = rng.choice((1, 2, 4, 8))
    data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, rng.choice(("little", "big")))
