"""Words of test sets as rows of a table."""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadTestSet
from tovec.text.numbered import NumberedNames
from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Vocabulary, most_frequent


class WordRows:
    """Which row a word has, and which rows are the same word.

    Upper and lower case are one word, whose row is the first of its tokens, the most frequent one where they
    are in that order: the rule of gensim's `evaluate_word_pairs` and `evaluate_word_analogies`
    (`case_insensitive=True`). In the table of a model a word is the token that begins a word, as in running
    text: `▁king` of Gemma, `king` of BERT and not `##king`. `new york` is the token `new_york` where there is
    none with a blank. Raises BadTestSet for a table whose rows have no tokens.

    limit: only so many of the most frequent tokens, None for all; rows without a token are no words.
    ids: (n,) int64, the rows that take part, ascending. kinds: (n,) int32, equal for rows that are the same
    word.
    """

    def __init__(self, vocabulary: Vocabulary, limit: int | None = None) -> None:
        names = vocabulary.tokens
        n_named = len(names.given) if isinstance(names, NumberedNames) else len(names)
        if not n_named:
            raise BadTestSet(
                "the rows of this table have no tokens, so no word is found; name its `tokenizer`"
            )
        n = n_named if limit is None else min(limit, n_named)
        self.ids = np.arange(n) if n == n_named else most_frequent(vocabulary.counts, n)
        self._kind_of: dict[str, int] = {}
        self._row_of: dict[str, int] = {}
        kinds = []
        for row in self.ids.tolist():
            word, begins = _word(vocabulary, row)
            kinds.append(self._kind_of.setdefault(word, len(self._kind_of)))
            if begins:
                self._row_of.setdefault(word, row)
        self.kinds = np.array(kinds, dtype=np.int32)

    def find(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of each word, (n,), -1 for those that have none."""
        return np.array([self._row_of.get(self._key(word), -1) for word in words], dtype=np.int64)

    def find_kinds(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the kind of each word, (n,), -1 for those that have no row."""
        keys = map(self._key, words)
        return np.array([self._kind_of[key] if key in self._row_of else -1 for key in keys], dtype=np.int32)

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where rows are among `ids`."""
        return np.searchsorted(self.ids, rows)

    def _key(self, word: str) -> str:
        """Return the name of a word here: `new york` is `new_york` where that is a token."""
        folded = _folded(word)
        joined = folded.replace(" ", "_")
        return joined if folded not in self._row_of and joined in self._row_of else folded


def _word(vocabulary: Vocabulary, row: int) -> tuple[str, bool]:
    """Return the word that a token is, and whether it begins one in running text."""
    if vocabulary.spelling is Spelling.PLAIN:
        return _folded(vocabulary.tokens[row]), True
    text = vocabulary.text(row)
    if text is None:  # a special token
        return f"\0{row}", False
    return _folded(text.decode("utf-8", "surrogateescape").removeprefix(" ")), text.startswith(b" ")


def _folded(word: str) -> str:
    return word.upper() if word.isascii() else unicodedata.normalize("NFC", word).upper()
