"""Texts to rows of a table, many at a time: each different word is cut once, however many texts have it.

Only a tokenizer that keeps words apart is asked word by word; any other cuts whole texts, on all cores where
it can. Many texts of words, white-space tokens or characters are read by the compiled scanner of training.
All ways give what `vocabulary.known_ids(tokenizer.tokens(text))` gives, less the unknown token.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.text.documents import Chunk
from tovec.text.scanning import SplitScanner
from tovec.text.tokenizers import Tokenizer
from tovec.text.tokenizers.base import tokens_of_each, utf8_of
from tovec.text.tokenizers.names import is_text
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordTokenizer
from tovec.text.vocabulary import Vocabulary

Numbers = NDArray[np.int64]
Splitter = Callable[[str], list[str]]
NO_ROW = -1
MAX_KNOWN = 1 << 18  # words whose rows are kept
_LONGEST_KNOWN = 64  # characters of these
_FEW = 64  # texts or words, which are cut at once whatever the way
_SOME = 16  # one text in so many shows whether words stand there again
_NEW_WORDS = 0.6  # the share of new words, in so few texts, from which on cutting whole texts is faster
_SCANNED_FROM = 1 << 22  # bytes of text; loading the compiler takes as long as cutting so many without it


class CutTexts(NamedTuple):
    """Texts as runs of units, and units as runs of rows; a unit is a word or a token, once for all texts.

    rows: those of all units, one after the other; from n_tokens on they are the places of `unknown`, tokens
    without a row. unit_lengths: how many rows each unit has, maybe none. units, lengths: the same for texts.
    """

    rows: Numbers
    unit_lengths: Numbers
    units: Numbers
    lengths: Numbers
    unknown: Sequence[str]

    def rows_by_text(self) -> tuple[Numbers, Numbers]:
        """Return the row of each token, one text after the other, and the number of its text."""
        n_rows = self.unit_lengths[self.units]
        starts = (np.cumsum(self.unit_lengths) - self.unit_lengths)[self.units]
        shifts = np.repeat(starts - (np.cumsum(n_rows) - n_rows), n_rows)
        texts = np.repeat(np.repeat(np.arange(len(self.lengths)), self.lengths), n_rows)
        return self.rows[shifts + np.arange(len(shifts))], texts


class TextCutter:
    """What cuts texts for one vocabulary; any thread may ask, one is answered at a time.

    keeps_unknown: whether tokens without a row are told, by their names, or left out.
    """

    def __init__(self, tokenizer: Tokenizer, vocabulary: Vocabulary, keeps_unknown: bool) -> None:
        self.tokenizer, self.vocabulary, self.keeps_unknown = tokenizer, vocabulary, keeps_unknown
        self._asking = threading.Lock()
        self._n_bytes = 0
        self._row_of_id: Numbers | None = None
        self._forget()

    def __reduce__(self) -> tuple[Any, ...]:
        return TextCutter, (self.tokenizer, self.vocabulary, self.keeps_unknown)

    def is_for(self, tokenizer: Tokenizer, vocabulary: Vocabulary, keeps_unknown: bool) -> bool:
        """Whether it cuts with these."""
        is_same = self.tokenizer is tokenizer and self.vocabulary is vocabulary
        return is_same and self.keeps_unknown == keeps_unknown

    def _forget(self) -> None:
        self._known: dict[str, tuple[int, ...]] = {}
        self._unknown: dict[str, int] = {}
        self._scanner: SplitScanner | None = None
        self._scanned_rows = np.empty(0, dtype=np.int64)

    def cut(self, texts: Sequence[str]) -> CutTexts:
        """Return the rows of the tokens of each text. Raises BadText for text that is not Unicode."""
        with self._asking:
            if max(len(self._known), len(self._unknown), len(self._scanned_rows)) > MAX_KNOWN:
                self._forget()
            encoded = list(map(utf8_of, texts))
            self._n_bytes += sum(map(len, encoded))
            if self._should_scan:
                return self._scanned(encoded)
            split: Splitter | None = getattr(self.tokenizer, "word_splitter", None)
            library = self._library(len(texts))
            is_quick = library is not None and library is not self.tokenizer  # there is nothing to merge
            if split is not None and not is_quick and self._repeats_words(split, texts):
                return self._word_by_word(split, texts)
            return self._whole(texts)

    def _repeats_words(self, split: Splitter, texts: Sequence[str]) -> bool:
        """Whether many words of some of the texts are known, or stand there again."""
        some = texts[: max(_FEW, len(texts) // _SOME)]
        parts = list(chain.from_iterable(map(split, some)))
        n_new = sum(word not in self._known for word in dict.fromkeys(parts))
        return n_new <= max(_FEW, _NEW_WORDS * len(parts))

    def _word_by_word(self, split: Splitter, texts: Sequence[str]) -> CutTexts:
        parts_of_each = [split(text) for text in texts]
        parts = list(chain.from_iterable(parts_of_each))
        words, known = dict.fromkeys(parts), self._known
        new = [word for word in words if word not in known]
        rows, lengths = self._rows_of_each(new)
        ends = [0, *np.cumsum(lengths).tolist()]
        row_list = rows.tolist()
        fresh = {word: tuple(row_list[a:b]) for word, (a, b) in zip(new, pairwise(ends), strict=True)}
        found = [known[word] if word in known else fresh[word] for word in words]
        known.update((word, rows) for word, rows in fresh.items() if len(word) <= _LONGEST_KNOWN)
        place = dict(zip(words, range(len(words)), strict=True))
        return CutTexts(
            *joined(found),
            np.fromiter(map(place.__getitem__, parts), np.int64, len(parts)),
            np.fromiter(map(len, parts_of_each), np.int64, len(texts)),
            [*self._unknown],
        )

    def _whole(self, texts: Sequence[str]) -> CutTexts:
        rows, lengths = self._rows_of_each(texts)
        different, units = _different(rows, len(self.vocabulary))
        return CutTexts(different, np.ones_like(different), units, lengths, [*self._unknown])

    @property
    def _should_scan(self) -> bool:
        """Whether the compiled scanner is faster: the compiler is loaded, or much has been cut without it."""
        if not isinstance(self.tokenizer, SplitTokenizer):
            return False
        return ("numba" in sys.modules or self._n_bytes > _SCANNED_FROM) and self._has_kernels

    @cached_property
    def _has_kernels(self) -> bool:
        from tovec.compiled import is_compiled

        return is_compiled("tovec.text.kernels")

    def _scanned(self, encoded: Sequence[bytes]) -> CutTexts:
        if self._scanner is None:
            assert isinstance(self.tokenizer, SplitTokenizer)
            self._scanner = SplitScanner(self.tokenizer)
        n_bytes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        stops = np.cumsum(n_bytes)
        chunk = Chunk(np.frombuffer(b"".join(encoded), np.uint8), stops - n_bytes, stops)
        ids, lengths = self._scanner.scan(chunk)
        table, n_before = self._scanner.table, len(self._scanned_rows)
        if table.n_tokens > n_before:
            named = self._rows(table.tokens(range(n_before, table.n_tokens)))
            self._scanned_rows = np.concatenate([self._scanned_rows, named])
        used, units = _different(ids, table.n_tokens)
        rows = self._scanned_rows[used]
        has_row = rows != NO_ROW
        return CutTexts(rows[has_row], has_row.astype(np.int64), units, lengths, [*self._unknown])

    def _rows_of_each(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Return the rows of all texts, one after the other, and how many each has."""
        if not texts:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        library = self._library(len(texts))
        if library is None:
            names = list(tokens_of_each(self.tokenizer, texts))
            lengths = np.fromiter(map(len, names), np.int64, len(names))
            rows = self._rows(list(chain.from_iterable(names)))
        else:
            ids, lengths = joined(list(library.ids_of_each(texts)))
            rows = self._rows_of_ids(library)[ids]
        has_row = rows != NO_ROW
        ends = np.concatenate([[0], np.cumsum(has_row)])[np.cumsum(lengths)]
        return rows[has_row], np.diff(ends, prepend=0)

    def _rows(self, names: Sequence[str]) -> Numbers:
        """Return the row of each token; NO_ROW without one, and for the unknown token."""
        rows = self.vocabulary.find_exactly(names)
        if self.keeps_unknown:
            for place in np.flatnonzero(rows < 0).tolist():
                if names[place] not in self.vocabulary:
                    number = self._unknown.setdefault(names[place], len(self._unknown))
                    rows[place] = len(self.vocabulary) + number
        return self._without_unknown(rows)

    def _without_unknown(self, rows: Numbers) -> Numbers:
        if self.vocabulary.unknown is not None:
            rows[rows == self.vocabulary.id(self.vocabulary.unknown)] = NO_ROW
        return rows

    def _library(self, n_texts: int) -> Any:
        """Return what gives the ids of texts on all cores; None where tokens have to be asked for by name."""
        if self.keeps_unknown:
            return None
        if hasattr(self.tokenizer, "ids_of_each"):
            return self.tokenizer
        return self._closed if n_texts > _FEW else None

    @cached_property
    def _closed(self) -> SubwordTokenizer | None:
        """An open tokenizer of words with the vocabulary as its own; None where there is none."""
        names = self.vocabulary.tokens
        if (
            not isinstance(self.tokenizer, SplitTokenizer)
            or not isinstance(names, tuple)
            or not is_text(names)
        ):
            return None
        return SubwordTokenizer(self.tokenizer.name, self.tokenizer.to_json(names, indent=None))

    def _rows_of_ids(self, library: Any) -> Numbers:
        """Return the row of each id of the tokenizer that was asked."""
        if self._row_of_id is None:
            rows = (
                np.append(np.arange(len(self.vocabulary)), NO_ROW)  # the last is that of unknown text
                if library is self._closed
                else self.vocabulary.find_exactly(library.vocabulary)
            )
            self._row_of_id = self._without_unknown(rows)
        return self._row_of_id


def _different(numbers: NDArray[Any], n: int) -> tuple[Numbers, Numbers]:
    """Return the different ones of numbers from 0 to `n`, ascending, and the place there of each."""
    if n > _SOME * len(numbers) or (numbers >= n).any():
        return np.unique(numbers, return_inverse=True)
    is_there = np.zeros(n, dtype=np.bool_)
    is_there[numbers] = True
    return np.flatnonzero(is_there), (np.cumsum(is_there) - 1)[numbers]


def joined(runs: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    """Return all numbers of `runs`, one after the other, and how many each has."""
    lengths = np.fromiter(map(len, runs), np.int64, len(runs))
    return np.fromiter(chain.from_iterable(runs), np.int64, int(lengths.sum())), lengths


def in_batches(texts: Iterable[str], n_texts: int, n_characters: int) -> Iterator[list[str]]:
    """Yield the texts in their order, at most `n_texts` at a time, and no more after `n_characters`."""
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if len(batch) == n_texts or size >= n_characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
