"""Subword tokens: BPE and unigram, trained or read through Hugging Face `tokenizers`."""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from tovec.counted import counted
from tovec.dependencies import needs
from tovec.errors import BadSetting, BadSource, EmptyCorpus
from tovec.text.tokenizers.base import require_text
from tovec.text.tokenizers.blanks import is_cut_at_blanks, word_splitter
from tovec.text.tokenizers.end_of_text import ending_texts
from tovec.text.tokenizers.growth import MAX_GROWTH, copies, growth
from tovec.text.tokenizers.names import UNKNOWN, numbered_name

# Bytes that texts may have when they are cut, at a time; the library keeps 16 more for each.
MAX_NORMALIZED = 1 << 27
_LONGEST_CHARACTER = 4  # bytes of UTF-8
_PIECE = 1 << 12  # characters of a text that are normalized at a time


@contextmanager
def _reporting_faults(what: str) -> Iterator[None]:
    """Turn what the library raises for a fault of a file, plain Exception or a panic, into BadSource."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise BadSource(f"{what}: {error}") from error


class SubwordTokenizer:
    """A tokenizer.json, whatever model is in it. Its vocabulary is closed.

    Truncation and padding that the file asks for are switched off: no text is cut in silence.
    Special tokens are not added around a text.
    """

    def __init__(self, name: str, definition: str) -> None:
        """Read the text of a tokenizer.json.

        Raises BadSource when it is damaged, and when it could make a text more than `MAX_GROWTH` times as
        long.
        """
        needs("tokenizers", "this tokenizer")
        from tokenizers import Tokenizer

        self.name = name
        with _reporting_faults(f"{name}: not a tokenizer.json that can be read"):
            self._tokenizer = Tokenizer.from_str(definition)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._copies = copies(self._tokenizer)
        self._growth = growth(self._tokenizer) * self._copies
        if self._growth > MAX_GROWTH:
            raise BadSource(
                f"{name}: no text is cut with it, for it could make one {MAX_GROWTH:,} times as long"
            )

    @classmethod
    def from_file(cls, path: Path) -> "SubwordTokenizer":
        """Read `path`. Raises BadSource when it cannot be read or is damaged."""
        try:
            return cls(str(path), path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadSource(f"{path}: not a tokenizer.json that can be read: {error}") from error

    @property
    def _cannot_cut(self) -> str:
        return f"{self.name}: its tokenizer.json cannot cut this text"  # unknown text without a token for it

    @property
    def settings(self) -> dict[str, Any]:
        """The name; the definition itself is the tokenizer.json."""
        return {"name": self.name, "closed": True}

    @functools.cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens by id; an id that the file leaves out is named `<id 17>`."""
        ids = self._tokenizer.get_vocab(with_added_tokens=True)
        tokens = [numbered_name(row) for row in range(max(ids.values(), default=-1) + 1)]
        for token, row in ids.items():
            tokens[row] = token
        return tuple(tokens)

    @functools.cached_property
    def cuts_at_blanks(self) -> bool:
        """Whether the tokens of a text are those of its parts; see `blanks.parts_at_blanks`."""
        return is_cut_at_blanks(self._tokenizer)

    @functools.cached_property
    def word_splitter(self) -> Callable[[str], list[str]] | None:
        """What splits a text into parts that are cut by themselves; see `blanks.word_splitter`."""
        return word_splitter(self._tokenizer)

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of `text`. Raises BadSource when the file does not say what is cut from it."""
        text = require_text(text)
        self._check_size(text)
        with _reporting_faults(self._cannot_cut):
            encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [
            self._with_spaces.get(row, token)
            for token, row in zip(encoding.tokens, encoding.ids, strict=True)
        ]

    @functools.cached_property
    def _with_spaces(self) -> dict[int, str]:
        """The names of added tokens that take white space with them; the library puts it into their names."""
        added = self._tokenizer.get_added_tokens_decoder()
        return {row: token.content for row, token in added.items() if token.lstrip or token.rstrip}

    def ids_of_each(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield the ids of each text, on all cores. Raises BadSource as `tokens` does."""
        for some in self._in_parts(texts):
            with _reporting_faults(self._cannot_cut):
                encodings = self._tokenizer.encode_batch_fast(some, add_special_tokens=False)
            for encoding in encodings:
                yield encoding.ids

    def _in_parts(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """Yield the texts, as many at a time as cannot become too much."""
        if self._growth * sum(map(len, texts)) * _LONGEST_CHARACTER <= MAX_NORMALIZED:
            yield list(texts)
            return
        part: list[str] = []
        size = 0.0
        for text in texts:
            self._check_size(text)
            size += self._most_bytes(text)
            if part and size > MAX_NORMALIZED:
                yield part
                part, size = [], self._most_bytes(text)
            part.append(text)
        yield part

    def _most_bytes(self, text: str) -> float:
        return self._growth * (len(text) if text.isascii() else len(text.encode()))

    def _check_size(self, text: str) -> None:
        """Raise BadSource where the text would take more than `MAX_NORMALIZED` bytes before it is cut.

        Where the file alone does not rule that out, it is normalized piece by piece to see.
        """
        if self._most_bytes(text) <= MAX_NORMALIZED:
            return
        normalizer, size = self._tokenizer.normalizer, 0
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            if normalizer is not None:
                with _reporting_faults(self._cannot_cut):
                    piece = normalizer.normalize_str(piece)
            size += len(piece.encode()) * self._copies
            if size > MAX_NORMALIZED:
                raise BadSource(
                    f"{self.name}: its tokenizer.json makes more than {MAX_NORMALIZED:,} bytes of a text of "
                    f"{counted(len(text), 'character')} before it cuts it; give shorter texts"
                )

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str:
        """Return the tokenizer.json; `tokens` are its own."""
        return str(self._tokenizer.to_str())


@dataclass(frozen=True)
class SubwordRecipe:
    """A subword tokenizer that is still to be trained: `bpe:8000`, `unigram:8000`."""

    # The least sizes: 256 bytes and the end of a text, which a language model needs; two tokens.
    MODELS: ClassVar[Mapping[str, int]] = MappingProxyType({"bpe": 257, "unigram": 2})

    model: str
    size: int
    lowercase: bool = False

    @classmethod
    def from_name(cls, name: str, *, lowercase: bool) -> "SubwordRecipe":
        """Read `bpe:8000`. Raises BadSetting when the size is not a number, or below the least one."""
        model, _, size = name.partition(":")
        least = cls.MODELS[model]
        if not size.isdecimal() or int(size) < least:
            why = ", for 256 bytes and the end of a text" if model == "bpe" else ""
            rule = f"a whole number from {least} up{why}"
            raise BadSetting(f"the size in `tokenizer` {model}:SIZE", size, rule)
        return cls(model, int(size), lowercase)

    @property
    def name(self) -> str:
        """How `--tokenizer` names it."""
        return f"{self.model}:{self.size}"

    def train(self, texts: Iterable[str], *, end_of_text: bool = False) -> SubwordTokenizer:
        """Return the tokenizer trained on `texts`, one document each, which go through NFC.

        It has at most `size` tokens. bpe: bytes are put together, a space with the word after it, as GPT-2
        does it; nothing is unknown. unigram: `▁` for the space before a word, `[UNK]` the first token, which
        stands for characters too rare to fit. end_of_text: the last token is END_OF_TEXT.
        Raises EmptyCorpus when the texts hold nothing.
        """
        needs("tokenizers", "this tokenizer")
        from tokenizers import normalizers

        tokenizer, trainer = self._untrained(self.size - end_of_text)
        lower = [normalizers.Lowercase()] if self.lowercase else []
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), *lower])
        try:
            tokenizer.train_from_iterator(texts, trainer)
        except Exception as error:  # as above: a plain Exception, of the unigram trainer without text
            raise EmptyCorpus(f"tokenizer {self.name!r} cannot be trained on this text: {error}") from error
        definition = json.loads(tokenizer.to_str())
        definition["added_tokens"] = []  # a text that says "[UNK]" is a text, not the unknown token
        text = json.dumps(definition, ensure_ascii=False)
        return SubwordTokenizer(self.name, ending_texts(text) if end_of_text else text)

    def _untrained(self, size: int) -> tuple[Any, Any]:
        """Return the library's tokenizer with how it cuts words, and what trains it to `size` tokens."""
        needs("tokenizers", "this tokenizer")
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        if self.model == "bpe":
            tokenizer = Tokenizer(models.BPE())
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            tokenizer.decoder = decoders.ByteLevel()
            alphabet = pre_tokenizers.ByteLevel.alphabet()
            return tokenizer, trainers.BpeTrainer(
                vocab_size=size, initial_alphabet=alphabet, show_progress=False
            )
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation("isolated")]
        )
        tokenizer.decoder = decoders.Metaspace()
        return tokenizer, trainers.UnigramTrainer(
            vocab_size=size, unk_token=UNKNOWN, special_tokens=[UNKNOWN], show_progress=False
        )
