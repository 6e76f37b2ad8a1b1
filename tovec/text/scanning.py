"""Scanners: chunks of documents to provisional ids, counting the tokens on the way.

A provisional id is the order in which its scanner first met the token. Final ids are known when
all text has been counted; corpus.py maps the one to the other.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tovec.text.documents import Chunk
from tovec.text.tokenizers import Tokenizer
from tovec.text.tokenizers.base import tokens_of_each
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.vocabulary import Counts, Ids

Lengths = NDArray[np.int64]
Number = TypeVar("Number", bound=np.generic)


class Scanner(Protocol):
    """One worker's share of the reading. Not for two threads at once."""

    def scan(self, chunk: Chunk) -> tuple[Ids, Lengths]:
        """Return the provisional ids of the chunk's documents, and how many each has."""


class SplitScanner:
    """The compiled scanner of words, white-space tokens and characters.

    breaks: whether its ids say, by a BREAK of kernels.py between two, where no phrase can be.
    """

    def __init__(self, tokenizer: SplitTokenizer, breaks: bool = False) -> None:
        self._tokenizer = tokenizer
        self._breaks = breaks
        self._classes = tokenizer.classes
        self._ids = np.empty(0, dtype=np.int32)
        self.table = TokenTable()

    def scan(self, chunk: Chunk) -> tuple[Ids, Lengths]:
        """Return the provisional ids of the chunk's documents, and how many each has."""
        from tovec.text import kernels

        data, starts, stops = self._regular(chunk)
        if len(self._ids) < len(data):
            self._ids = np.empty(len(data), dtype=np.int32)
        lengths = np.zeros(len(starts), dtype=np.int64)
        table, tables, breaks = self.table, self._classes, self._breaks
        state = np.array([table.n_tokens, 0, 0, 0], dtype=np.int64)
        while True:
            stopped = kernels.scan(
                *(data, starts, stops, tables.fold, tables.classes, breaks),
                *(*table.arrays, state, self._ids, lengths),
            )
            table.n_tokens = int(state[0])
            if stopped == kernels.DONE:
                return self._ids[: state[1]].copy(), lengths
            if stopped == kernels.TABLE_FULL:
                table.reserve(2 * table.n_tokens, 0)
            else:
                table.reserve(0, 2 * len(table.arena))

    def _regular(self, chunk: Chunk) -> tuple[NDArray[np.uint8], Lengths, Lengths]:
        """Return the chunk with irregular documents replaced by their normal form, which is appended."""
        from tovec.text import kernels

        irregular = np.zeros(len(chunk.starts), dtype=np.bool_)
        if not kernels.find_irregular(
            chunk.data, chunk.starts, chunk.stops, self._classes.irregular, irregular
        ):
            return chunk.data, chunk.starts, chunk.stops
        starts, stops = chunk.starts.copy(), chunk.stops.copy()
        pieces, end = [chunk.data], len(chunk.data)
        for document in np.flatnonzero(irregular):
            text = chunk.data[starts[document] : stops[document]].tobytes().decode()
            piece = np.frombuffer(self._tokenizer.normalize(text).encode(), dtype=np.uint8)
            pieces.append(piece)
            starts[document], stops[document] = end, end + len(piece)
            end += len(piece)
        return np.concatenate(pieces), starts, stops


class TokenTable:
    """Distinct tokens with counts: an open-addressing hash table whose tokens lie one after the other.

    slots: (2**k,) int32, the id in each slot or -1. hashes, counts: by id. bounds: token i is
    arena[bounds[i]:bounds[i + 1]], in UTF-8.
    """

    def __init__(self, n_tokens: int = 1 << 12, n_bytes: int = 1 << 15) -> None:
        """Make an empty table with room for so many tokens (a power of two) and bytes of them."""
        self.n_tokens = 0
        self.slots: NDArray[np.int32] = np.full(2 * n_tokens, -1, dtype=np.int32)
        self.hashes: NDArray[np.uint64] = np.zeros(n_tokens, dtype=np.uint64)
        self.bounds: NDArray[np.int64] = np.zeros(n_tokens + 1, dtype=np.int64)
        self.counts: NDArray[np.int64] = np.zeros(n_tokens, dtype=np.int64)
        self.arena: NDArray[np.uint8] = np.zeros(n_bytes, dtype=np.uint8)

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """The arrays in the order in which the kernels take them."""
        return self.slots, self.hashes, self.bounds, self.counts, self.arena

    def reserve(self, n_tokens: int, n_bytes: int) -> None:
        """Make room for so many tokens, and so many bytes of them, in all."""
        from tovec.text import kernels

        if n_tokens > len(self.hashes):
            size = 1 << (n_tokens - 1).bit_length()
            self.hashes = _grown(self.hashes, size)
            self.bounds = _grown(self.bounds, size + 1)
            self.counts = _grown(self.counts, size)
            self.slots = np.full(2 * size, -1, dtype=np.int32)
            kernels.rehash(self.slots, self.hashes, self.n_tokens)
        if n_bytes > len(self.arena):
            self.arena = _grown(self.arena, n_bytes)

    def absorb(self, other: "TokenTable") -> Ids:
        """Add another table's tokens and counts; return the ids here of its tokens."""
        from tovec.text import kernels

        n_bytes = int(self.bounds[self.n_tokens] + other.bounds[other.n_tokens])
        self.reserve(self.n_tokens + other.n_tokens, n_bytes + _LONGEST_CHARACTER)
        rows = np.empty(other.n_tokens, dtype=np.int32)
        others = (other.hashes, other.bounds, other.counts, other.arena)
        self.n_tokens = kernels.absorb(*self.arrays, self.n_tokens, others, other.n_tokens, rows)
        return rows

    def tokens(self, rows: Sequence[int] | NDArray[np.integer]) -> list[str]:
        """Return the tokens with these ids."""
        text = self.arena[: self.bounds[self.n_tokens]].tobytes()
        bounds = self.bounds
        return [text[bounds[row] : bounds[row + 1]].decode() for row in rows]


_LONGEST_CHARACTER = 4  # bytes of UTF-8


def _grown(array: NDArray[Number], size: int) -> NDArray[Number]:
    larger = np.zeros(size, dtype=array.dtype)
    larger[: len(array)] = array
    return larger


class PythonScanner:
    """Any open tokenizer, asked document by document; None where documents are lists of tokens."""

    def __init__(self, tokenizer: Tokenizer | None) -> None:
        self._tokenizer = tokenizer
        self._ids: dict[str, int] = {}
        self._counts: list[int] = []

    def scan(self, chunk: Chunk) -> tuple[Ids, Lengths]:
        """Return the provisional ids of the chunk's documents, and how many each has."""
        ids: list[int] = []
        lengths = []
        for tokens in self._documents(chunk):
            ids.extend(map(self._provisional, tokens))
            lengths.append(len(tokens))
        return np.array(ids, dtype=np.int32), np.array(lengths, dtype=np.int64)

    def _documents(self, chunk: Chunk) -> Iterable[Sequence[str]]:
        if self._tokenizer is None:
            return chunk.tokens or ()
        return tokens_of_each(self._tokenizer, chunk.texts())

    def _provisional(self, token: str) -> int:
        row = self._ids.setdefault(token, len(self._counts))
        if row == len(self._counts):
            self._counts.append(0)
        self._counts[row] += 1
        return row

    def tokens_and_counts(self) -> tuple[list[str], Counts]:
        """Return the tokens by provisional id, and how often each occurred."""
        return list(self._ids), np.array(self._counts, dtype=np.int64)


class ClosedScanner:
    """A closed tokenizer: its ids are final from the start."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        assert tokenizer.vocabulary is not None
        self._tokenizer = tokenizer
        self._rows = {token: row for row, token in enumerate(tokenizer.vocabulary)}
        self._counts = np.zeros(len(tokenizer.vocabulary), dtype=np.int64)

    def scan(self, chunk: Chunk) -> tuple[Ids, Lengths]:
        """Return the ids of the chunk's documents, and how many each has."""
        parts: Sequence[Sequence[int] | NDArray[Any]]
        if self._tokenizer.name == "bytes":
            parts = [chunk.data[a:b] for a, b in zip(chunk.starts, chunk.stops, strict=True)]
        else:
            parts = self._ids_of_each(list(chunk.texts()))
        lengths = np.array([len(part) for part in parts], dtype=np.int64)
        ids = np.concatenate([np.asarray(part, dtype=np.int32) for part in parts] or [np.empty(0, np.int32)])
        self._counts += np.bincount(ids, minlength=len(self._counts))
        return ids, lengths

    def _ids_of_each(self, texts: list[str]) -> Sequence[Sequence[int]]:
        of_each = getattr(self._tokenizer, "ids_of_each", None)
        if of_each:
            return list(of_each(texts))
        return [[self._rows[token] for token in self._tokenizer.tokens(text)] for text in texts]

    def tokens_and_counts(self) -> tuple[list[str], Counts]:
        """Return the tokens by id, and how often each occurred."""
        return list(self._rows), self._counts
