"""SentencePiece's pieces under the ids of a vocab.json: the folders of Marian (opus-mt), M2M100, Speech2Text.

Text is cut by source.spm or sentencepiece.bpe.model; a piece that is not in vocab.json is unknown.
Source: transformers' tokenization_marian.py, tokenization_m2m_100.py and tokenization_speech_to_text.py.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tovec.models.tokenizer_files.pieces_tokenizer import tokenizer_of
from tovec.models.tokenizer_files.sentencepiece import read_pieces
from tovec.models.tokenizer_files.sentencepiece_model import Pieces
from tovec.models.tokenizer_files.token_list import TokenList
from tovec.models.tokenizer_files.validate_ids import names_by_id
from tovec.storage.json_text import json_object
from tovec.storage.limits import contents
from tovec.text.numbered import numbered_name
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers.lazy import LazyTokenizer

_SPECIAL = ("<unk>", "<s>", "</s>", "<pad>")
_UNKNOWN = "<unk>"


class MappedTokenizer:
    """Cuts text into pieces and looks them up in another vocabulary. No tokenizer.json can hold it.

    ids: of that vocabulary. takes_code: whether a text may begin with a language code, `>>fr<<`, which is one
    token.
    """

    def __init__(
        self, name: str, pieces: LazyTokenizer, ids: Mapping[str, int], unknown: int, takes_code: bool
    ) -> None:
        self.name = name
        self._pieces = pieces
        self._ids = ids
        self._unknown = unknown
        self._takes_code = takes_code

    @property
    def settings(self) -> dict[str, Any]:
        """The name, which says where the tokenizer is, not how to create it."""
        return {"name": self.name}

    @functools.cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens by id."""
        names = names_by_id(self._ids)
        return tuple(numbered_name(row) if name is None else name for row, name in enumerate(names))

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of `text`. Raises BadSource when the tokenizer is found to be damaged."""
        return [self.vocabulary[row] for row in self._ids_of(text)]

    def ids_of_each(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield the ids of each text."""
        return map(self._ids_of, texts)

    def _ids_of(self, text: str) -> list[int]:
        code = []
        end = text.find("<<") + 2
        if self._takes_code and text.startswith(">>") and end >= 2:
            code, text = [text[:end]], text[end:]
        # A part that is not a piece is looked up too: the vocabulary may have it as an added token.
        return [self._ids.get(piece, self._unknown) for piece in (*code, *self._pieces.tokens(text))]

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> None:
        """Return None: a tokenizer.json has no place for two vocabularies."""


def read_mapped(vocab: Path, model: Path, tokenizer_config: Mapping[str, Any]) -> TokenList:
    """Return the tokens of `vocab`, a vocab.json, cut by `model`. Raises CorruptFile."""
    entries = json_object(contents(vocab), "its text")
    names = names_by_id(entries)
    pieces = read_pieces(contents(model))
    unknown = entries.get(_UNKNOWN)
    cutter, why = tokenizer_of(pieces, str(model))
    tokenizer = None
    if any(tokenizer_config.get(key) is True for key in ("do_upper_case", "do_lower_case")):
        why = "its tokenizer changes the case of text before cutting it"
    elif unknown is None:
        why = f"{vocab.name} has no {_UNKNOWN}"
    elif pieces.model != "unigram" and _has_unknown_characters(names, pieces):
        why = f"{vocab.name} has tokens of characters that {model.name} does not have"
    elif cutter is not None:
        tokenizer = MappedTokenizer(str(model), cutter, entries, unknown, model.name == "source.spm")
    return TokenList(
        names=names,
        spelling=Spelling.PIECES,
        origin=vocab.name,
        special=frozenset(entries[name] for name in _SPECIAL if name in entries),
        unknown=unknown,
        tokenizer=tokenizer,
        why_none=why,
    )


def _has_unknown_characters(names: Sequence[str | None], pieces: Pieces) -> bool:
    """Whether all characters of some token are missing among the pieces: BPE cannot mark these as unknown."""
    known = set(pieces.names)
    return any(name is not None and known.isdisjoint(name) for name in names)
