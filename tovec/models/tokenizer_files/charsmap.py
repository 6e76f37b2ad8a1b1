"""SentencePiece's normalization of a text, step by step as in normalizer.cc.

`tokenizers` has a `Precompiled` step for the same table, which takes the shortest rule that fits a grapheme
and drops the rest of it (`²` with an accent loses the accent), and ignores long ones (decomposed Hangul is
not composed). Here the longest rule counts, wherever it ends.

The table (builder.cc, `Builder::CompileCharsMap`): 4 bytes, little-endian, the length of a double array;
the array, units of darts-clone (include/darts.h, `DoubleArrayUnit`), whose keys are UTF-8 and whose values
are offsets; the replacements, each ended by a zero byte.
"""

import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from tovec.storage.file_errors import CorruptFile, UnsupportedFile
from tovec.text.tokenizers.growth import longest_replacement

_MAX_REPLACEMENT = 1024  # bytes; the longest of Unicode (NFKC) has 33
_HAS_LEAF, _IS_LEAF, _LABEL = 0x100, 0x80000000, 0x800000FF


class Charsmap:
    """The rules of a compiled table, applied character by character."""

    def __init__(self, table: bytes) -> None:
        """Read the table; an empty one has no rules. Raises CorruptFile, also for very long replacements."""
        size = int.from_bytes(table[:4], "little")
        if table and longest_replacement(table) > _MAX_REPLACEMENT:
            raise UnsupportedFile(
                f"its table of characters has a replacement of more than {_MAX_REPLACEMENT} bytes"
            )
        if table and (len(table) < 8 or size % 4 or not size or size > len(table) - 4):
            raise CorruptFile("its table of characters does not have the length that it says")
        units = np.frombuffer(table[4 : 4 + size], dtype="<u4")
        self._targets = table[4 + size :]
        _check(units, self._targets)
        self._units: list[int] = units.tolist()
        self._root = _offset(self._units[0]) if table else 0
        self._steps: dict[tuple[int, str], tuple[int, str | None] | None] = {}

    def longest(self, text: str, at: int) -> tuple[str, int]:
        """Return the replacement by the longest rule at `at`, else the character there, and where it ends."""
        found, end, base = text[at], at + 1, self._root
        for place in range(at, len(text)):
            key = base, text[place]
            step = self._steps[key] if key in self._steps else self._steps.setdefault(key, self._step(*key))
            if step is None:
                break
            base, target = step
            if target is not None:
                found, end = target, place + 1
        return found, end

    def _step(self, base: int, character: str) -> tuple[int, str | None] | None:
        """Return the next state for a character and the replacement there; None where no rule has it next."""
        unit = 0
        for byte in character.encode():
            place = base ^ byte
            unit = self._units[place] if place < len(self._units) else 0
            if not byte or unit & _LABEL != byte:
                return None
            base = place ^ _offset(unit)
        if not unit & _HAS_LEAF:
            return base, None
        start = self._units[base] & ~_IS_LEAF
        return base, self._targets[start : self._targets.index(b"\0", start)].decode()


def _offset(unit: int) -> int:
    return (unit >> 10) << ((unit & 0x200) >> 6)


def _check(units: NDArray[np.uint32], targets: bytes) -> None:
    """Raise CorruptFile for an entry or a replacement that does not exist."""
    places = np.flatnonzero((units & (_HAS_LEAF | _IS_LEAF)) == _HAS_LEAF)
    parents = units[places]
    leaves = places ^ ((parents >> 10) << ((parents & 0x200) >> 6))
    if (leaves >= len(units)).any():
        raise CorruptFile("its table of characters has an entry past its end")
    starts = units[leaves] & ~np.uint32(_IS_LEAF)
    ends = np.frombuffer(targets, dtype=np.uint8) == 0
    begins = np.concatenate([[True], ends])[: len(ends)]
    try:
        targets.decode()
    except UnicodeDecodeError as error:
        raise CorruptFile("its table of characters is not UTF-8") from error
    if (starts >= len(begins)).any() or not begins[starts].all() or (len(ends) and not ends[-1]):
        raise CorruptFile("its table of characters refers to a replacement that does not exist")


def normalizer(
    charsmap: Charsmap,
    kept: Iterable[str],
    *,
    add_dummy_prefix: bool,
    remove_extra_whitespaces: bool,
    escape_whitespaces: bool,
    whitespace_as_suffix: bool,
) -> Callable[[str], str]:
    """Return the function that normalizes a text before it is cut into pieces.

    kept: texts that no rule changes, the user-defined pieces.
    """
    chunks_of = _chunker(charsmap, sorted(kept, key=len, reverse=True))
    space = "▁" if escape_whitespaces else " "

    def normalize(text: str) -> str:
        chunks = list(chunks_of(text))
        if remove_extra_whitespaces:
            first = next((n for n, chunk in enumerate(chunks) if chunk != " "), len(chunks))
            del chunks[:first]
        if not chunks:
            return ""
        parts = [space] if add_dummy_prefix and not whitespace_as_suffix else []
        after_space = remove_extra_whitespaces
        for chunk in chunks:
            rest = chunk.lstrip(" ") if after_space else chunk
            if rest:
                parts.append(rest.replace(" ", space))
                after_space = remove_extra_whitespaces and rest.endswith(" ")
        done = "".join(parts)
        if remove_extra_whitespaces:
            done = done.rstrip(space)
        return done + space if add_dummy_prefix and whitespace_as_suffix else done

    return normalize


def _chunker(charsmap: Charsmap, kept: list[str]) -> Callable[[str], Iterator[str]]:
    """Return the function that yields the normalized parts of a text, each as long as a rule allows."""
    own = re.compile("|".join(map(re.escape, kept))) if kept else None

    def chunks_of(text: str) -> Iterator[str]:
        at, kept_at = 0, _next(own, text, 0)
        while at < len(text):
            if at > kept_at[0]:  # a rule has used its beginning
                kept_at = _next(own, text, at)
            if at == kept_at[0]:
                yield text[slice(*kept_at)]
                at = kept_at[1]
                continue
            chunk, at = charsmap.longest(text, at)
            yield chunk

    return chunks_of


def _next(own: re.Pattern[str] | None, text: str, at: int) -> tuple[int, int]:
    """Return the span of the next user-defined piece; the end of the text without one."""
    found = own.search(text, at) if own is not None else None
    return found.span() if found is not None else (len(text), len(text))
