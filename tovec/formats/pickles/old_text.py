"""Text as `repr` of Python 2 writes it."""

import re

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\", b"'": b"'", b'"': b'"'}


def unescaped(text: bytes) -> bytes:
    """Return the bytes that stand between quotes; an escape that Python 2 does not write stays."""
    return _ESCAPE.sub(_meant, text)


def _meant(escape: re.Match[bytes]) -> bytes:
    sign = escape[1]
    if len(sign) == 3:
        return bytes([int(sign[1:], 16)])
    return _ESCAPED.get(sign, escape[0])
