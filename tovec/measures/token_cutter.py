"""Anything with a tokenizer, as what cuts texts into rows of a table: a source, an embedding, a model."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line
from tovec.embedding import Embedding
from tovec.errors import BadSource, TovecError
from tovec.measures.token_categories import GUARD
from tovec.models.model import Model
from tovec.models.row_names import name_rows
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.sources import open_model
from tovec.sources.given_tokenizer import listed_tokens
from tovec.text.text_cutter import joined
from tovec.text.token_bytes import Spelling, is_byte_piece
from tovec.text.tokenizer_definition import closed_names
from tovec.text.tokenizers import Tokenizer, given_tokenizer
from tovec.text.tokenizers.base import tokens_of_each
from tovec.text.vocabulary import Vocabulary

Rows = NDArray[np.int64]
NO_ROW = -1
_FLOAT32 = 4  # bytes
# Files that are meant as tokenizers, so that what they lack is said of them as such.
_NAMES_OF_TOKENIZERS = (".json", ".model", ".spm", ".tiktoken")


@dataclass(frozen=True)
class TokenCutter:
    """Cuts texts into the rows of a vocabulary.

    name: as tables and messages name it. row_bytes: what a row of the tables takes where they are stored, of
    the input and of an output that is another table; None of a tokenizer alone.
    """

    name: str
    tokenizer: Tokenizer
    vocabulary: Vocabulary
    row_bytes: float | None = None

    @property
    def cuts_at_blanks(self) -> bool:
        """Whether the tokens of a text are those of its `parts_at_blanks`."""
        return bool(getattr(self.tokenizer, "cuts_at_blanks", False))

    def cut(self, texts: Sequence[str]) -> tuple[Rows, Rows]:
        """Return the rows of all tokens, one text after the other, and how many each text has, (n_texts,).

        A token without a row is the vocabulary's unknown token, else NO_ROW.
        """
        return self._flat(self._ids_of_each(texts))

    def cut_behind_blank(self, words: Sequence[str]) -> tuple[Rows, Rows]:
        """Return the same of words that stand behind another one and a blank, as within a text."""
        guard = next(list(ids) for ids in self._ids_of_each([GUARD]))
        found = [list(ids) for ids in self._ids_of_each([f"{GUARD} {word}" for word in words])]
        # A tokenizer that joins the guard with what follows has no better answer than the blank alone.
        joined = [place for place, ids in enumerate(found) if ids[: len(guard)] != guard]
        found = [ids[len(guard) :] for ids in found]
        alone = self._ids_of_each([f" {words[place]}" for place in joined])
        for place, ids in zip(joined, alone, strict=True):
            found[place] = list(ids)
        return self._flat(found)

    def is_byte(self, row: int) -> bool:
        """Whether the token of a row stands for a byte, or for bytes that are not whole characters."""
        if self.vocabulary.spelling is Spelling.PIECES:
            return is_byte_piece(self.vocabulary.tokens[row])
        try:
            (self.vocabulary.text(row) or b"").decode()
        except UnicodeDecodeError:
            return True
        return False

    def known_text(self, rows: Sequence[int]) -> str:
        """Return the text that the known tokens of a word stand for, composed, without its blanks."""
        known = (self.vocabulary.text(row) for row in rows if row not in (NO_ROW, self.unknown_row))
        parts = (text.decode(errors="ignore").strip() for text in known if text is not None)
        return unicodedata.normalize("NFC", "".join(parts))

    def piece(self, row: int) -> str:
        """Return the token of a row as people read it."""
        return "" if row == NO_ROW else self.vocabulary.readable(row)

    @cached_property
    def unknown_row(self) -> int:
        """The row of the unknown token, NO_ROW without one."""
        unknown = self.vocabulary.unknown
        return NO_ROW if unknown is None else self.vocabulary.id(unknown)

    @cached_property
    def _row_of_id(self) -> Rows | None:
        """The row of each id of a tokenizer that gives ids; None of one that gives tokens."""
        names = self.tokenizer.vocabulary
        if names is None or not hasattr(self.tokenizer, "ids_of_each"):
            return None
        return self._rows(names)

    def _rows(self, names: Sequence[str]) -> Rows:
        rows = self.vocabulary.find(names)
        return np.where(rows < 0, self.unknown_row, rows)

    def _ids_of_each(self, texts: Sequence[str]) -> Iterable[Sequence[int]]:
        """Return the ids of each text, or the rows of its tokens where the tokenizer gives no ids."""
        if not texts:
            return []
        tokenizer: Any = self.tokenizer
        if self._row_of_id is not None:
            ids: Iterable[Sequence[int]] = tokenizer.ids_of_each(texts)
            return ids
        return (self._rows(names).tolist() for names in tokens_of_each(tokenizer, texts))

    def _flat(self, ids_of_each: Iterable[Sequence[int]]) -> tuple[Rows, Rows]:
        ids, lengths = joined(list(ids_of_each))
        return (ids if self._row_of_id is None else self._row_of_id[ids]), lengths


def token_cutter(source: Any, name: str | None = None) -> TokenCutter:
    """Return what cuts texts as `source` does.

    source: a path or name as `tovec.open_model` takes it, the file or folder of a tokenizer, an Embedding, a
    Model, a tokenizer. name: as messages name it; a path's own for None.
    Raises BadSource for what cannot be opened, TovecError for what has no tokenizer.
    """
    if isinstance(source, str | PathLike):
        name = name or str(source)
        source = _opened(source)
    if isinstance(source, TokenList):
        return _of_list(source, name or source.origin)
    if isinstance(source, Model):
        table = source.input
        if source.tokenizer is None or table is None:
            raise _no_tokenizer(name or "the model")
        return TokenCutter(name or "model", source.tokenizer, table.vocabulary, _row_bytes(source, table))
    if isinstance(source, Embedding):
        if source.tokenizer is None:
            raise _no_tokenizer(name or "the embedding")
        name = name or "embedding"
        return TokenCutter(name, source.tokenizer, source.vocabulary, float(source.dim * _FLOAT32))
    tokenizer = given_tokenizer(source)
    if tokenizer is None or tokenizer.vocabulary is None:
        raise TovecError(
            "a source is a path, an Embedding, a Model or a tokenizer with a vocabulary of its own, not "
            f"{in_one_line(source)}"
        )
    spelling, special, unknown = closed_names(tokenizer)
    vocabulary = Vocabulary(tokenizer.vocabulary, unknown=unknown, spelling=spelling, special=special)
    return TokenCutter(name or tokenizer.name, tokenizer, vocabulary)


def _opened(source: "str | PathLike[str]") -> Model | TokenList:
    """Return the model at a path, or the tokenizer where it is one without vectors."""
    try:
        return open_model(Path(source) if isinstance(source, PathLike) else source)
    except BadSource:
        path = Path(source)
        if not path.exists():
            raise
        try:
            return listed_tokens(path)
        except BadSource as no_tokenizer:
            if path.suffix in _NAMES_OF_TOKENIZERS:
                raise no_tokenizer from None
        raise


def _of_list(tokens: TokenList, name: str) -> TokenCutter:
    if tokens.tokenizer is None:
        why = tokens.why_none or "it does not say how"
        raise BadSource(f"{name} lists tokens, and text cannot be cut into them: {why}")
    return TokenCutter(name, tokens.tokenizer, name_rows(tokens, len(tokens.names)).vocabulary)


def _no_tokenizer(name: str) -> TovecError:
    return TovecError(
        f"{name} has no tokenizer, so it does not say how it cuts text; give the tokenizer's own file"
    )


def _row_bytes(model: Model, table: Embedding) -> float:
    """Return the bytes of a row as stored, of input and output; in float32 where files do not say."""
    tables = (model.report.input, None if model.report.tying == "tied" else model.report.output)
    stored = sum(facts.n_bytes / facts.n_rows for facts in tables if facts is not None and facts.n_rows)
    return stored or float(table.dim * _FLOAT32)
