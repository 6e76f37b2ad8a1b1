"""How much longer a tokenizer.json may make a text, before it does: steps that double it take all memory.

What a file says itself is what counts: texts that it puts in the place of others. Steps of Unicode (NFKC,
lower case) make a text at most 18 times as long, and only once. Source of the steps: Hugging Face tokenizers,
src/normalizers and src/processors.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

# Times its length that a text may become. The tokenizers of XLM-R, ALBERT and T5, whose tables of characters
# have replacements of 33 bytes, come to 133.
MAX_GROWTH = 4096
_TEXT_BYTES = 16  # of the text that is followed through the steps
_MAX_DEPTH = 100


def growth(library: Any) -> float:
    """Return how many times as long normalizing may make a text of some words; infinity where unknown.

    library: a tokenizer of Hugging Face's `tokenizers`.
    """
    size = float(_TEXT_BYTES)
    for step in _steps(_state(library.normalizer), "normalizers", 0):
        size = _SIZES.get(str(step.get("type")), _same)(size, step)
    return size / _TEXT_BYTES


def copies(library: Any) -> int:
    """Return how often what a text was cut into stands in the result, at least once."""
    steps = _steps(_state(library.post_processor), "processors", 0)
    return max(1, math.prod(max(1, _n_sequences(step)) for step in steps))


def _state(part: Any) -> Any:
    return {} if part is None else json.loads(bytes(part.__getstate__()))  # as it is pickled


def _steps(part: Any, inner: str, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _MAX_DEPTH or not isinstance(part, Mapping):
        return
    if part.get("type") == "Sequence":
        for step in part.get(inner) or ():
            yield from _steps(step, inner, depth + 1)
    else:
        yield part


def _same(size: float, step: Mapping[str, Any]) -> float:
    return size


def _replaced(size: float, step: Mapping[str, Any]) -> float:
    """A regex may match between any two characters, so what it puts there may come before each."""
    content = len(str(step.get("content", "")).encode(errors="replace"))
    pattern = step.get("pattern")
    found = pattern.get("String") if isinstance(pattern, Mapping) else None
    if found:
        return size * max(1.0, content / len(str(found).encode(errors="replace")))
    return size * (1 + content) + content


def _prepended(size: float, step: Mapping[str, Any]) -> float:
    return size + len(str(step.get("prepend", "")).encode(errors="replace"))


def _compiled(size: float, step: Mapping[str, Any]) -> float:
    """Of a table of SentencePiece: a double array, then the replacements, each ended by a zero byte."""
    try:
        table = base64.b64decode(step.get("precompiled_charsmap") or b"")
    except (binascii.Error, ValueError, TypeError):
        return float("inf")
    return size * longest_replacement(table)


def longest_replacement(table: bytes) -> int:
    """Return the bytes of the longest replacement in a compiled table of characters, at least 1."""
    replacements = table[4 + int.from_bytes(table[:4], "little") :]
    return max(1, max(map(len, replacements.split(b"\0"))))


def _spelled(size: float, step: Mapping[str, Any]) -> float:
    """A byte becomes a character of two."""
    return 2 * size


_SIZES = {
    "Replace": _replaced,
    "Prepend": _prepended,
    "Precompiled": _compiled,
    "ByteLevel": _spelled,
}


def _n_sequences(step: Mapping[str, Any]) -> int:
    """Return how often the text itself is in what a template makes of it."""
    single = step.get("single")
    pieces = single if step.get("type") == "TemplateProcessing" and isinstance(single, list) else []
    return sum(isinstance(piece, Mapping) and "Sequence" in piece for piece in pieces)
