"""What one tokenizer makes of a text that arrives in parts, summed up."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from tovec.measures.cut_figures import Cut
from tovec.measures.token_cutter import NO_ROW, Rows, TokenCutter
from tovec.measures.word_counts import Counts

_COLUMNS = {field.name: place for place, field in enumerate(fields(Cut)[1:])}
_MAX_SPLIT = 20_000  # split words that are held; the frequent half stays
_UNASKED, _NO_BYTE, _BYTE = range(3)


@dataclass(frozen=True)
class SplitWord:
    """A word of several tokens behind a blank, how often the text has it, and the tokens, readable."""

    word: str
    count: int
    pieces: tuple[str, ...]


class CutSums:
    """Sums of the tokens of a text and, by script, of its words."""

    def __init__(self, cutter: TokenCutter) -> None:
        self.cutter = cutter
        n_rows = len(cutter.vocabulary)
        self._uses = np.zeros(n_rows + 1, dtype=np.int64)  # of each row, at last of tokens without one
        self._bytes = np.zeros(n_rows + 1, dtype=np.uint8)
        self._bytes[NO_ROW] = _NO_BYTE
        self._of_scripts = np.zeros((0, len(_COLUMNS)), dtype=np.int64)
        self._split: dict[str, int] = {}
        self.n_split = 0

    def add_texts(self, texts: Sequence[str], counts: Counts | None = None) -> None:
        """Add texts, each as often as `counts` says, or once."""
        rows, lengths = self.cutter.cut(texts)
        weights = None if counts is None else np.repeat(counts, lengths)
        uses = np.bincount(rows + 1, weights, minlength=len(self._uses)).astype(np.int64)
        self._uses += np.roll(uses, -1)

    def add_words(self, words: Sequence[str], counts: Counts, scripts: NDArray[np.int64]) -> None:
        """Add different words with their counts. scripts: (n_words,) the place of the script of each."""
        rows, lengths = self.cutter.cut_behind_blank(words)
        word_of = np.repeat(np.arange(len(words)), lengths)
        is_unknown = (rows == NO_ROW) | (rows == self.cutter.unknown_row)
        n_unknown = np.bincount(word_of[is_unknown], minlength=len(words))
        whole = (lengths == 1) & (n_unknown == 0)
        alone = self._are_whole(words)
        n_characters = np.fromiter(map(len, words), np.int64, len(words))
        once = np.ones(len(words), dtype=np.int64)
        values = {
            "words": once * counts,
            "distinct": once,
            "characters": n_characters * counts,
            "bytes": np.array([len(word.encode()) for word in words], dtype=np.int64) * counts,
            "tokens": lengths * counts,
            "byte_pieces": np.bincount(word_of[self._are_bytes(rows)], minlength=len(words)) * counts,
            "unknown": n_unknown * counts,
            "whole": whole * counts,
            "whole_alone": alone * counts,
            "distinct_whole": whole * once,
            "distinct_alone": alone * once,
            "word_characters": n_characters * counts,
            "unknown_characters": self._unknown_characters(n_characters, rows, lengths, n_unknown) * counts,
        }
        self._add_to_scripts(values, scripts)
        self._add_split(words, counts, lengths > 1)

    def of_scripts(self, names: Sequence[str]) -> list[Cut]:
        """Return the sums of the words of each script."""
        sums = np.zeros((len(names), len(_COLUMNS)), dtype=np.int64)
        sums[: len(self._of_scripts)] = self._of_scripts
        return [Cut(name, *row) for name, row in zip(names, sums.tolist(), strict=True)]

    def of_text(self, n_characters: int, n_bytes: int) -> Cut:
        """Return the sums of the text, of so many characters and bytes."""
        used = np.flatnonzero(self._uses[:-1])
        unknown = self._uses[NO_ROW]
        if self.cutter.unknown_row != NO_ROW:
            unknown += self._uses[self.cutter.unknown_row]
        return replace(
            Cut("text", *self._of_scripts.sum(axis=0).tolist()),
            characters=n_characters,
            bytes=n_bytes,
            tokens=int(self._uses.sum()),
            byte_pieces=int(self._uses[used[self._are_bytes(used)]].sum()),
            unknown=int(unknown),
        )

    @property
    def n_unused(self) -> int:
        """How many rows no token of the text has."""
        return int((self._uses[:-1] == 0).sum())

    def most_frequent_split(self, k: int) -> tuple[SplitWord, ...]:
        """Return the `k` most frequent of the words that were split, ties in the order of code points."""
        first = sorted(self._split, key=lambda word: (-self._split[word], word))[:k]
        rows, lengths = self.cutter.cut_behind_blank(first)
        pieces = np.split(rows, np.cumsum(lengths)[:-1]) if first else []
        return tuple(
            SplitWord(word, self._split[word], tuple(map(self.cutter.piece, of_word.tolist())))
            for word, of_word in zip(first, pieces, strict=True)
        )

    def _are_whole(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Return which words are one known token without a blank before them."""
        rows, lengths = self.cutter.cut(words)
        is_unknown = (rows == NO_ROW) | (rows == self.cutter.unknown_row)
        word_of = np.repeat(np.arange(len(words)), lengths)
        n_unknown = np.bincount(word_of[is_unknown], minlength=len(words))
        whole: NDArray[np.bool_] = (lengths == 1) & (n_unknown == 0)
        return whole

    def _are_bytes(self, rows: Rows) -> NDArray[np.bool_]:
        for row in np.unique(rows[self._bytes[rows] == _UNASKED]).tolist():
            self._bytes[row] = _BYTE if self.cutter.is_byte(row) else _NO_BYTE
        found: NDArray[np.bool_] = self._bytes[rows] == _BYTE
        return found

    def _unknown_characters(
        self, n_characters: Counts, rows: Rows, lengths: Rows, n_unknown: Counts
    ) -> Counts:
        """Return how many characters of each word no known token stands for."""
        found = np.zeros(len(n_characters), dtype=np.int64)
        ends = np.cumsum(lengths)
        for place in np.flatnonzero(n_unknown).tolist():
            of_word = rows[ends[place] - lengths[place] : ends[place]].tolist()
            found[place] = max(0, n_characters[place] - len(self.cutter.known_text(of_word)))
        # A word of which no token is left is unknown too: a tokenizer may drop what it does not know.
        found[lengths == 0] = n_characters[lengths == 0]
        return found

    def _add_to_scripts(self, values: dict[str, Counts], scripts: NDArray[np.int64]) -> None:
        n_scripts = max(len(self._of_scripts), int(scripts.max(initial=-1)) + 1)
        sums = np.zeros((n_scripts, len(_COLUMNS)), dtype=np.int64)
        sums[: len(self._of_scripts)] = self._of_scripts
        for name, of_words in values.items():
            sums[:, _COLUMNS[name]] += np.bincount(scripts, of_words, minlength=n_scripts).astype(np.int64)
        self._of_scripts = sums

    def _add_split(self, words: Sequence[str], counts: Counts, are_split: NDArray[np.bool_]) -> None:
        places = np.flatnonzero(are_split)
        self.n_split += int(counts[places].sum())
        first = places[np.argsort(-counts[places], kind="stable")[:_MAX_SPLIT]]
        for place in first.tolist():
            self._split[words[place]] = self._split.get(words[place], 0) + int(counts[place])
        if len(self._split) > _MAX_SPLIT:
            kept = sorted(self._split, key=lambda word: -self._split[word])[: _MAX_SPLIT // 2]
            self._split = {word: self._split[word] for word in kept}
