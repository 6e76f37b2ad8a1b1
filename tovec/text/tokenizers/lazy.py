"""A tokenizer whose file is read when the first text is to be cut.

A table of 262,144 tokens is opened for its vectors more often than for cutting text, and its tokenizer
takes seconds to build. What it is called and which tokens it has is known before that.
"""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tovec.errors import BadSource
from tovec.text.tokenizers.base import require_text
from tovec.text.tokenizers.names import numbered_name
from tovec.text.tokenizers.subwords import SubwordTokenizer

Normalize = Callable[[str], str]


class LazyTokenizer:
    """A tokenizer.json that is yet to be read or made. Its vocabulary is closed.

    names: the tokens by id, None for an id without one. definition: returns the text of the tokenizer.json;
    it is called at the first use, and what it raises is raised there. normalize: returns what is done to a
    text before it is cut, where no tokenizer.json can hold it, else None; it too is called when needed.
    A pickle has the definition itself, so it needs no file where it arrives; `normalize` has to be picklable.
    """

    def __init__(
        self,
        name: str,
        names: Sequence[str | None],
        definition: Callable[[], str],
        normalize: Callable[[], Normalize | None] | None = None,
    ) -> None:
        self.name = name
        self._names = names
        self._definition = definition
        self._make_normalizer = normalize

    @property
    def settings(self) -> dict[str, Any]:
        """The name; the definition itself is the tokenizer.json, unless that cannot hold it."""
        return {"name": self.name, "closed": True} if self._normalize is None else {"name": self.name}

    @functools.cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens by id; an id without one is named `<id 17>`."""
        return tuple(numbered_name(row) if name is None else name for row, name in enumerate(self._names))

    @functools.cached_property
    def _subwords(self) -> SubwordTokenizer:
        return SubwordTokenizer(self.name, self._definition())

    @functools.cached_property
    def _normalize(self) -> Normalize | None:
        return None if self._make_normalizer is None else self._make_normalizer()

    def __deepcopy__(self, memo: object) -> "LazyTokenizer":
        return self  # it never changes

    def __reduce__(self) -> tuple[Any, ...]:
        definition = functools.partial(str, self._definition())
        return LazyTokenizer, (self.name, self._names, definition, self._make_normalizer)

    @property
    def cuts_at_blanks(self) -> bool:
        """Whether the tokens of a text are those of its parts; see `blanks.parts_at_blanks`."""
        return self._normalize is None and self._subwords.cuts_at_blanks

    @property
    def word_splitter(self) -> Callable[[str], list[str]] | None:
        """What splits a text into parts that are cut by themselves; see `blanks.word_splitter`."""
        return self._subwords.word_splitter if self._normalize is None else None

    def _normalized(self, text: str) -> str:
        return text if self._normalize is None else self._normalize(require_text(text))

    def tokens(self, text: str) -> list[str]:
        """Return the tokens of `text`. Raises BadSource when the tokenizer turns out to be damaged."""
        return self._subwords.tokens(self._normalized(text))

    def ids_of_each(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Yield the ids of each text, on all cores."""
        return self._subwords.ids_of_each([self._normalized(text) for text in texts])

    def to_json(self, tokens: Sequence[str], unknown: str | None = None) -> str | None:
        """Return the tokenizer.json, with an entry for each of `tokens` and none after them.

        A table may have more rows than its tokenizer has tokens, or fewer: rows without a token get an
        entry that no text is cut into, and added tokens without a row go. Nothing is cut short or padded.
        None where text is changed before it is cut in a way that the format cannot hold.
        """
        if self._normalize is not None:
            return None
        try:
            text = json.dumps(_for_rows(json.loads(self._definition()), tokens), ensure_ascii=False)
            text.encode()
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise BadSource(f"{self.name}: not a tokenizer.json that can be written: {error}") from error
        return text


def _for_rows(definition: dict[str, Any], tokens: Sequence[str]) -> dict[str, Any]:
    definition["truncation"] = definition["padding"] = None
    added = [entry for entry in definition.get("added_tokens") or [] if entry["id"] < len(tokens)]
    definition["added_tokens"] = added
    _fill(definition["model"], tokens, {entry["id"] for entry in added})
    return definition


def _fill(model: dict[str, Any], tokens: Sequence[str], added: set[int]) -> None:
    """Give each row of `tokens` that has no entry one in the vocabulary of `model`.

    If any has none, the added tokens come there too: the library numbers those that are not there from
    the size of the vocabulary on, whatever ids the file gives them.
    """
    vocab = model["vocab"]
    if isinstance(vocab, list):  # unigram: the place is the id
        missing = set(range(len(vocab), len(tokens)))
    else:
        missing = set(range(len(tokens))).difference(vocab.values())
    if missing <= added:
        return
    if isinstance(vocab, list):
        worst = min((score for _, score in vocab), default=0.0)
        vocab.extend([token, worst] for token in tokens[len(vocab) :])
    else:
        vocab.update({tokens[row]: row for row in sorted(missing)})
