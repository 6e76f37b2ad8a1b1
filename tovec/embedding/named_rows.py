"""Vocabulary and vectors: what an embedding consists of, its sizes, and its rows by token or id."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import NDArray

from tovec.checks import in_one_line, shortened
from tovec.counted import counted
from tovec.errors import TovecError, UnknownToken
from tovec.foreign_names import ExplainsNames, missing_attribute
from tovec.text.vocabulary import Ids, Vocabulary
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.keys import Key, as_list
from tovec.vectors.lookup import Lookup
from tovec.vectors.table import Rows, Vectors, as_table, in_float32

if TYPE_CHECKING:
    from tovec.search.table_search import TableSearch
    from tovec.text.text_cutter import TextCutter
    from tovec.text.tokenizers import Tokenizer
    from tovec.vectors.ngram_table import NgramTable

Tokens = Vocabulary | Iterable[str] | Mapping[str, int]

_SHOWN = 40  # characters of a token, which may be a whole document in a frame


class NamedRows(metaclass=ExplainsNames):
    """A table of vectors whose rows have names; `Embedding` describes what it is made from."""

    def __init__(
        self,
        vocabulary: Tokens,
        vectors: Vectors | Sequence[Sequence[float]],
        tokenizer: "Tokenizer | None" = None,
        *,
        provenance: Mapping[str, Any] | None = None,
        ngrams: "NgramTable | None" = None,
        outputs: Vectors | None = None,
        state: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        named, table = as_vocabulary(vocabulary), as_table(vectors)
        parts = EmbeddingParts(named, table, tokenizer, provenance or {}, ngrams, outputs, state or {})
        self.vocabulary = parts.vocabulary
        self.vectors = parts.vectors
        self.tokenizer = tokenizer
        self.provenance: dict[str, Any] = dict(parts.provenance)
        self.ngrams = ngrams
        self.outputs = outputs
        self.state: Mapping[str, NDArray[Any]] = parts.state
        self._table_search: TableSearch | None = None
        self._text_cutter: TextCutter | None = None

    @classmethod
    def from_parts(cls, parts: EmbeddingParts) -> Self:
        """Return the embedding of these `parts`, sharing memory with them.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> tovec.Embedding.from_parts(embedding.parts).vectors is embedding.vectors
        True
        """
        return cls(
            parts.vocabulary,
            parts.vectors,
            parts.tokenizer,
            provenance=parts.provenance,
            ngrams=parts.ngrams,
            outputs=parts.outputs,
            state=parts.state,
        )

    @property
    def parts(self) -> EmbeddingParts:
        """Everything that this embedding consists of, as one plain value."""
        return EmbeddingParts(
            self.vocabulary,
            self.vectors,
            self.tokenizer,
            self.provenance,
            self.ngrams,
            self.outputs,
            self.state,
        )

    @property
    def n_tokens(self) -> int:
        """The number of tokens, and of rows."""
        return len(self.vocabulary)

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return int(self.vectors.shape[1])

    def __len__(self) -> int:
        return len(self.vocabulary)

    def __iter__(self) -> Iterator[str]:
        return iter(self.vocabulary)

    def __contains__(self, token: object) -> bool:
        return token in self.vocabulary

    def __repr__(self) -> str:
        from tovec.vectors.derived import is_in_memory, stored_type

        first = ", ".join(repr(shortened(token, _SHOWN)) for token in self.vocabulary.tokens[:4])
        more = ", …" if len(self) > 4 else ""
        place = "in memory" if is_in_memory(self.vectors) else "read on demand"
        names = ("made_by", "objective", "format", "file", "source")
        origin = "".join(f", {self.provenance[name]}" for name in names if name in self.provenance)
        size = f"{counted(len(self), 'token')} × {counted(self.dim, 'dimension')}"
        return f"Embedding({size}: {first}{more}; {stored_type(self.vectors)} {place}{origin})"

    def _repr_html_(self) -> str:
        from tovec.display import table_card

        return table_card("Embedding", self.vocabulary, self.vectors, self.provenance)

    def __getitem__(self, key: Key | slice | list[Any] | tuple[Any, ...] | NDArray[Any]) -> Rows:
        """Return the vector of a token or id, (dim,), or those of a list, array or slice, (n, dim).

        Always a new float32 array, so changing it does not change the table. Slices are Python's. An array of
        ids of any shape gives an array of that shape + (dim,), as torch.nn.Embedding does.
        Raises UnknownToken for a token that has neither a row nor n-grams, and TovecError for an id
        outside 0 … n_tokens - 1 or a key of another kind.
        """
        if isinstance(key, slice):
            return in_float32(self.vectors, key)
        return self._lookup.vectors_of(key)

    def get(self, token: str, default: Any = None) -> Any:
        """Return the vector of a token, (dim,), or `default` where it has none.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> embedding.get("cow") is None
        True
        """
        try:
            return self[token]
        except UnknownToken:
            return default

    def ids(self, tokens: Iterable[str]) -> Ids:
        """Return the ids of `tokens`, (n,) int32. Raises UnknownToken.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> embedding.ids(["mat", "cat"])
        array([2, 0], dtype=int32)
        """
        return self.vocabulary.ids(tokens)

    def tokens(self, ids: Iterable[int]) -> list[str]:
        """Return the tokens of `ids`. Raises TovecError for an id outside 0 … n_tokens - 1.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> embedding.tokens([2, 0])
        ['mat', 'cat']
        """
        if isinstance(ids, str):
            raise TovecError(
                f"tokens gives the tokens of ids; tokenize splits a text such as {in_one_line(ids)}"
            )
        return [self.vocabulary.tokens[self._lookup.keys.row_of_id(row)] for row in as_list(ids)]

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self.vocabulary, self.vectors, self.ngrams, self.tokenizer)  # as they are now

    @property
    def _search(self) -> "TableSearch":
        if self._table_search is None or self._table_search.vectors is not self.vectors:
            from tovec.search.table_search import TableSearch  # opening a table needs no search

            self._table_search = TableSearch(self.vectors)
        return self._table_search

    if not TYPE_CHECKING:  # mypy still reports unknown names

        def __getattr__(self, name: str) -> Any:
            raise missing_attribute("Embedding", name)


def as_vocabulary(tokens: Tokens) -> Vocabulary:
    """Return the vocabulary of what names the rows of an embedding."""
    return tokens if isinstance(tokens, Vocabulary) else Vocabulary(tokens)
