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

    A text that has a character which no step before has written is found in the text alone, where each such
    character is replaced once, however many steps do so: of these only the longest counts.
    library: a tokenizer of Hugging Face's `tokenizers`.
    """
    size, once = float(_TEXT_BYTES), 0.0
    written: set[str] | None = set()  # characters that steps have written; None where they may be any
    for step in steps_of(state_of(library.normalizer), "normalizers"):
        kind, found, content = str(step.get("type")), _found(step), str(step.get("content", ""))
        own = [] if written is None else [_n_bytes(each) for each in set(found) - written]
        if kind == "Replace" and own:
            once = max(once, (_n_bytes(content) - _n_bytes(found)) / max(own))
        else:
            size = _SIZES.get(kind, _same)(size, step)
        if written is not None and kind in ("Replace", "Prepend"):
            written |= {*content, *str(step.get("prepend", ""))}
        elif written or kind in _SIZES:
            written = None  # what was written may have become anything
    return size / _TEXT_BYTES * (1 + once)


def copies(library: Any) -> int:
    """Return how often what a text was cut into stands in the result, at least once."""
    steps = steps_of(state_of(library.post_processor), "processors")
    return max(1, math.prod(max(1, _n_sequences(step)) for step in steps))


def state_of(part: Any) -> Any:
    """Return what a part of a tokenizer of the library is in a tokenizer.json; {} for None."""
    return {} if part is None else json.loads(bytes(part.__getstate__()))  # as it is pickled


def steps_of(part: Any, inner: str, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the steps of a part, also those inside a Sequence, which stand under the name `inner`."""
    if depth > _MAX_DEPTH or not isinstance(part, Mapping):
        return
    if part.get("type") == "Sequence":
        for step in part.get(inner) or ():
            yield from steps_of(step, inner, depth + 1)
    else:
        yield part


def _same(size: float, step: Mapping[str, Any]) -> float:
    return size


def _replaced(size: float, step: Mapping[str, Any]) -> float:
    """A regex may match between any two characters, so what it puts there may come before each."""
    content, found = _n_bytes(str(step.get("content", ""))), _found(step)
    if found:
        return size * max(1.0, content / _n_bytes(found))
    return size * (1 + content) + content


def _found(step: Mapping[str, Any]) -> str:
    """Return the text that a step replaces, the empty one where it is a regex, or none."""
    pattern = step.get("pattern")
    return str(pattern.get("String") or "") if isinstance(pattern, Mapping) else ""


def _n_bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _prepended(size: float, step: Mapping[str, Any]) -> float:
    return size + _n_bytes(str(step.get("prepend", "")))


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
