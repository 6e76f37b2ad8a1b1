"""Values as the bytes that the page reads: JSON, numbers, frames of both. page_data.py states the layout."""

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.escapes import one_line

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_bytes(value: Any) -> bytes:
    """Return `value` as JSON in UTF-8; a lone surrogate becomes U+FFFD."""
    return replace_surrogates(
        json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    ).encode()


def number_bytes(values: NDArray[Any], dtype: type[np.generic]) -> bytes:
    """Return numbers of this type as the page reads them."""
    return _little_endian(values, np.dtype(dtype)).tobytes()


def frame_parts(header: Mapping[str, Any], payload: NDArray[Any] | None = None) -> tuple[bytes, memoryview]:
    """Return a frame in two parts; the payload, the second, shares memory with the array where it can."""
    text = json_bytes(header)
    numbers = np.empty(0, np.uint8) if payload is None else payload
    body = _little_endian(numbers, numbers.dtype).reshape(-1).view(np.uint8).data
    return len(text).to_bytes(4, "little") + len(body).to_bytes(4, "little") + text, body


def frame_bytes(header: Mapping[str, Any], payload: NDArray[Any] | None = None) -> bytes:
    """Return one frame as bytes, see `frame_parts`."""
    return b"".join(frame_parts(header, payload))


def _little_endian(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return numbers as the page reads them, copied only where their order or type differs."""
    return np.ascontiguousarray(values, dtype.newbyteorder("<"))


def replace_surrogates(text: str) -> str:
    """Return `text` with each lone surrogate replaced by U+FFFD, which is as long."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def shown_name(name: str) -> str:
    """Return a name from outside as the page may show it: characters that turn or hide text are escaped."""
    return one_line(replace_surrogates(name))
