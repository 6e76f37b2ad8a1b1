"""Tokens and their ids. A token is any string; its id is its row in a table of vectors."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line, whole_number
from tovec.counted import counted
from tovec.errors import BadSetting, TovecError, UnknownToken
from tovec.text.numbered import IdsFrom, NumberedNames, numbered_name
from tovec.text.spellings import alike, likely_spellings
from tovec.text.token_bytes import Spelling, bytes_of_name, is_text, readable
from tovec.text.token_names import by_id, names_of

Ids = NDArray[np.int32]
Counts = NDArray[np.int64]
_NUMBERED_COMPARED = 1000  # names of rows without a token that may be what was meant


class Vocabulary:
    """Tokens in the order of their ids, with how often each was counted (None when unknown).

    Tokens are any strings, the empty one too, all different; a mapping gives each token its id, as
    `get_vocab()` of a tokenizer does. Immutable. unknown: the one of them
    that stands for every token that is not there, None when those are left out. spelling: how the names
    spell bytes of text. special: ids of tokens that stand for no text, such as the end of a document.
    n_rows: of the table, where it has more rows than tokens, as models pad theirs; rows without a token are
    named `<id 17>`, are special, and cost nothing: `tokens` is then a sequence that makes their names when
    they are looked at.

    A token is asked for by its name; where names spell bytes, also by how it reads, or by its text:
    `Ġking` of a byte-level vocabulary is found as `▁king` and as ` king`, `íķľêµŃ` as `한국`. What is not
    found so is looked up in NFC: characters that a keyboard or file system has taken apart find whole ones.
    Raises TovecError when a token is not a string or occurs twice, when the ids of a mapping are not 0 …
    n - 1, when counts and tokens differ in number, or when `unknown` is not one of the tokens.

    >>> vocabulary = Vocabulary(["the", "cat", "sat"], counts=[5, 2, 1])
    >>> vocabulary.id("cat"), vocabulary.tokens[0], "dog" in vocabulary
    (1, 'the', False)
    >>> vocabulary.known_ids(["the", "dog", "sat"]).tolist()
    [0, 2]
    """

    def __init__(
        self,
        tokens: Iterable[str] | Mapping[str, int],
        counts: Sequence[int] | Counts | None = None,
        *,
        unknown: str | None = None,
        spelling: Spelling = Spelling.PLAIN,
        special: Collection[int] = (),
        n_rows: int | None = None,
    ) -> None:
        self._given = names_of(tokens)
        self.tokens: Sequence[str] = self._given
        self.unknown = unknown
        self.spelling = spelling
        self.special: Set[int] = frozenset(special)
        if n_rows is not None and n_rows > len(self._given):
            self.tokens = NumberedNames(self._given, n_rows)
            self.special = IdsFrom(special, len(self._given), n_rows)
        if len(self._ids) < len(self._given):
            twice = next(token for token, n in Counter(self._given).items() if n > 1)
            raise TovecError(
                f"token {twice!r} stands in the vocabulary more than once; each token has one id"
            )
        if unknown is not None:
            self.id(unknown)
        self.counts: Counts | None = None if counts is None else np.array(counts, dtype=np.int64)
        if self.counts is not None:
            self.counts.flags.writeable = False
            if self.counts.shape != (len(self.tokens),):
                raise TovecError(
                    f"{counted(len(self.tokens), 'token needs', 'tokens need')} as many "
                    f"counts, not {self.counts.size}"
                )

    @classmethod
    def from_counts(
        cls,
        tokens: Sequence[str],
        counts: Sequence[int] | Counts,
        *,
        min_count: int = 1,
        max_size: int | None = None,
        special_tokens: Sequence[str] = (),
    ) -> "Vocabulary":
        """Return the tokens counted at least `min_count` times, most frequent first.

        Ties are ordered by the token's code points, so equal counts give equal vocabularies.
        `special_tokens` come first, in the order given, whatever their count; `max_size` bounds
        the whole. Raises BadSetting when `min_count` is below 1 or `max_size` below the number
        of special tokens (or below 1).

        >>> list(tovec.Vocabulary.from_counts(["cat", "a", "the"], [2, 1, 5], min_count=2))
        ['the', 'cat']
        """
        min_count = whole_number("min_count", min_count, 1)
        if max_size is not None:
            max_size = whole_number("max_size", max_size, max(1, len(special_tokens)))
        special = dict.fromkeys(special_tokens, 0)
        kept = []
        for token, count in zip(tokens, np.asarray(counts).tolist(), strict=True):
            if token in special:
                special[token] += count
            elif count >= min_count:
                kept.append((-count, token))
        kept.sort()
        if max_size is not None:
            del kept[max_size - len(special) :]
        ordered = [*special, *(token for _, token in kept)]
        return cls(ordered, [*special.values(), *(-negated for negated, _ in kept)])

    @classmethod
    def from_ids(cls, ids: Mapping[str, int], n_tokens: int) -> "Vocabulary":
        """Return the vocabulary of a table of `n_tokens` rows whose tokens have these ids.

        A row without a token, as models pad their tables with, is named `<id 17>` and stands for no text.
        Raises TovecError for an id that two tokens have or that is past the table.

        >>> list(tovec.Vocabulary.from_ids({"cat": 0, "dog": 2}, n_tokens=3))
        ['cat', '<id 1>', 'dog']
        """
        named = by_id(ids)
        past = next((row for row in named if row >= n_tokens), None)
        if past is not None:
            raise TovecError(
                f"token {named[past]!r} has id {past}, past the table, whose ids end at {n_tokens - 1}"
            )
        n_named = max(named, default=-1) + 1
        special = [row for row in range(n_named) if row not in named]
        names = [named.get(row, numbered_name(row)) for row in range(n_named)]
        return cls(names, special=special, n_rows=n_tokens)

    def with_counts(self, counts: Counts, special: Collection[int] = ()) -> "Vocabulary":
        """Return the same tokens with other counts. special: more ids of tokens that stand for no text.

        >>> vocabulary = tovec.Vocabulary(["the", "cat"], [5, 2])
        >>> vocabulary.with_counts([6, 2]).counts.tolist()
        [6, 2]
        """
        return Vocabulary(
            self._given,
            counts,
            unknown=self.unknown,
            spelling=self.spelling,
            special=[*(row for row in self.special if row < len(self._given)), *special],
            n_rows=len(self),
        )

    def first(self, n: int) -> "Vocabulary":
        """Return the vocabulary of the first `n` ids.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> list(vocabulary.first(2))
        ['the', 'cat']
        """
        tokens = self._given[:n]
        return Vocabulary(
            tokens,
            None if self.counts is None else self.counts[:n],
            unknown=self.unknown if self.unknown in tokens else None,
            spelling=self.spelling,
            special=[row for row in range(len(tokens)) if row in self.special],
            n_rows=min(n, len(self)),
        )

    def select(self, ids: Ids | NDArray[np.int64]) -> "Vocabulary":
        """Return the vocabulary of these ids, in this order; `unknown` is None where it is not among them.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> list(vocabulary.select([2, 0]))
        ['sat', 'the']
        """
        rows = np.asarray(ids, dtype=np.int64)
        tokens = [self.tokens[row] for row in rows.tolist()]
        return Vocabulary(
            tokens,
            None if self.counts is None else self.counts[rows],
            unknown=self.unknown if self.unknown in set(tokens) else None,
            spelling=self.spelling,
            special=[place for place, row in enumerate(rows.tolist()) if row in self.special],
        )

    def __deepcopy__(self, memo: object) -> "Vocabulary":
        return self  # it never changes

    def __reduce__(self) -> tuple[Any, ...]:
        made = partial(
            Vocabulary,
            self._given,
            self.counts,
            unknown=self.unknown,
            spelling=self.spelling,
            special=[row for row in range(len(self._given)) if row in self.special],
            n_rows=len(self),
        )
        return made, ()  # without the look-up tables, which are made again

    @cached_property
    def _ids(self) -> dict[str, int]:
        return dict(zip(self._given, range(len(self._given)), strict=True))

    def _row(self, name: str) -> int | None:
        row = self._ids.get(name)
        if row is None and isinstance(self.tokens, NumberedNames):
            return self.tokens.row_of(name)
        return row

    def __len__(self) -> int:
        return len(self.tokens)

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __contains__(self, token: object) -> bool:
        return isinstance(token, str) and self.get(token) is not None

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.tokens[:4]))
        return f"Vocabulary({counted(len(self), 'token')}: {first}{', …' if len(self) > 4 else ''})"

    def get(self, token: str) -> int | None:
        """Return the id of `token`, None when it is not there.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.get("cat"), vocabulary.get("dog")
        (1, None)
        """
        row = self._get(token)
        if row is None and not token.isascii():
            # Texts are composed; the names of files of vectors from macOS may be taken apart.
            forms = (unicodedata.normalize(form, token) for form in ("NFC", "NFD"))
            rows = (self._get(form) for form in forms if form != token)
            return next((row for row in rows if row is not None), None)
        return row

    def _get(self, token: str) -> int | None:
        row = self._row(token)
        return row if row is not None or self.spelling is Spelling.PLAIN else self._ids_of_text.get(token)

    @cached_property
    def _ids_of_text(self) -> dict[str, int]:
        """Ids by how tokens read and by their text; of tokens that share one, the first has it."""
        rows = [row for row in range(len(self._given)) if row not in self.special]
        texts = [(row, bytes_of_name(self.tokens[row], self.spelling)) for row in rows]
        found: dict[str, int] = {}
        for row in rows:
            found.setdefault(readable(self.tokens[row], self.spelling), row)
        for row, text in texts:
            found.setdefault(text.decode("utf-8", "surrogateescape"), row)
        return found

    def text(self, row: int) -> bytes | None:
        """Return the bytes of text that the token of id `row` stands for; None for a special token.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.text(1)
        b'cat'
        """
        return None if row in self.special else bytes_of_name(self.tokens[row], self.spelling)

    @cached_property
    def readable_tokens(self) -> Sequence[str]:
        """All tokens as people read them, by id."""
        if isinstance(self.tokens, NumberedNames):
            return self.tokens.with_given(self._readable_given)
        return self._readable_given

    @cached_property
    def _readable_given(self) -> tuple[str, ...]:
        if self.spelling is not Spelling.BYTE_LEVEL and is_text(self._given):
            return self._given  # the usual case, at once
        return tuple(map(self.readable, range(len(self._given))))

    def readable(self, row: int) -> str:
        """Return the token of id `row` as people read it; two tokens may read alike.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.readable(1)
        'cat'
        """
        name = self.tokens[row]
        return name if row in self.special else readable(name, self.spelling)

    def id(self, token: str) -> int:
        """Return the id of `token`. Raises UnknownToken, with the nearest spellings.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.id("cat")
        1
        """
        if not isinstance(token, str):
            raise TovecError(f"a token is a string, not {in_one_line(token)}")
        row = self.get(token)
        if row is None:
            raise UnknownToken(token, self.nearest_spellings(token))
        return row

    def ids(self, tokens: Iterable[str]) -> Ids:
        """Return the ids of `tokens`, (n,) int32. Raises UnknownToken at the first that is not there.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.ids(["sat", "cat"])
        array([2, 1], dtype=int32)
        """
        if isinstance(tokens, str):
            raise BadSetting("tokens", tokens, "a list of tokens")
        return np.array([self.id(token) for token in tokens], dtype=np.int32)

    def find(self, tokens: Iterable[str]) -> NDArray[np.int64]:
        """Return the id of each of `tokens`, (n,) int64, -1 for those that are not there.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.find(["sat", "dog"])
        array([ 2, -1])
        """
        names = list(tokens)
        rows = list(map(self._ids.get, names))
        if None in rows:  # by another spelling, or without a name
            rows = [self.get(name) if row is None else row for name, row in zip(names, rows, strict=True)]
        return np.array([-1 if row is None else row for row in rows], dtype=np.int64)

    def known_ids(self, tokens: Iterable[str]) -> Ids:
        """Return the ids of `tokens`, (n,) int32; tokens that are not there become `unknown` or go.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.known_ids(["the", "dog", "sat"])
        array([0, 2], dtype=int32)
        """
        rows = self.find_exactly(tokens)
        if self.unknown is not None:
            rows[rows < 0] = self._ids[self.unknown]
        return rows[rows >= 0].astype(np.int32)

    def find_exactly(self, tokens: Iterable[str]) -> NDArray[np.int64]:
        """Return the id of each of `tokens` by its name alone, (n,) int64, -1 for those that are not there.

        >>> vocabulary = tovec.Vocabulary(["Ġthe", "Ġcat"], spelling=Spelling.BYTE_LEVEL)
        >>> vocabulary.find_exactly(["Ġcat", " cat"]), vocabulary.find(["Ġcat", " cat"])
        (array([ 1, -1]), array([1, 1]))
        """
        find = self._ids.get if self.tokens is self._given else self._row
        rows = [-1 if row is None else row for row in map(find, tokens)]
        return np.array(rows, dtype=np.int64)

    def nearest_spellings(self, token: str, k: int = 3) -> list[str]:
        """Return up to `k` tokens spelled most like `token`, nearest first; other case counts as near.

        In a large vocabulary only tokens of similar length that share a letter at either end are
        compared: an error message must not cost seconds. A single letter is near to no longer token.

        >>> vocabulary = tovec.Vocabulary(["the", "cat", "sat"], [5, 2, 1])
        >>> vocabulary.nearest_spellings("cats")
        ['cat']
        """
        rows = (self.get(spelling) for spelling in likely_spellings(token) if spelling != token)
        found = [self.readable(row) for row in rows if row is not None]
        names = self.readable_tokens if self.spelling is Spelling.BYTE_LEVEL else self.tokens
        found += alike(token, islice(names, len(self._given) + _NUMBERED_COMPARED), k)
        return list(dict.fromkeys(found))[:k]


def most_frequent(counts: Counts | None, n: int) -> NDArray[np.int64]:
    """Return the ids of the `n` most frequent tokens, ascending; the first ones without counts."""
    if counts is None:
        return np.arange(n)
    return np.sort(np.argsort(-counts, kind="stable")[:n])
