"""Embedding = vocabulary + vectors + the tokenizer that makes its tokens.

Lookup, neighbours, analogy. Reading and writing files is formats' work, pictures are viewer's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from tovec.errors import BadSetting, MissingExtra, NoDirection, TovecError
from tovec.nearest import Found, Vectors, as_numbers, cosines, in_float32, unit_rows, why_no_direction
from tovec.text.unknown import unknown_token
from tovec.text.vocabulary import Ids, Vocabulary

if TYPE_CHECKING:
    from tovec.ngram_table import NgramTable
    from tovec.search import Search
    from tovec.text.tokenizers import Tokenizer

Rows = NDArray[np.float32]
Key = str | int | np.integer[Any]  # a token or an id
Query = Key | NDArray[Any] | list[float] | tuple[float, ...]  # or a vector


@dataclass(frozen=True)
class Neighbor:
    """A token that was found, and its cosine with what was asked for."""

    token: str
    id: int
    similarity: float


class Embedding:
    """A table of vectors whose rows have names.

    vectors: (n_tokens, dim) floating-point numbers. An array is kept without a copy where it is
    float32 or float16; float64 and whole numbers become float32. A lazy view (anything with shape,
    dtype and rows by slice or ids) is kept as it is. Whatever it is, rows come out as float32.
    tokenizer: cuts text into tokens; None when unknown. provenance: where it comes from, JSON values.
    outputs: the output vectors of training, (n_tokens, dim), from which it can go on; None when unknown.
    ngrams: gives a token outside the vocabulary a vector made from its character n-grams, wherever a
    vector is asked for; None when such a token is an error. Ids, `in` and `encode` know the vocabulary
    alone, and only its tokens are found as neighbors.

    Vectors are not searched for NaN, which would read a table that is only mapped. A row with a NaN
    or an infinity has no direction and is treated like a row of zeros: similarity 0 to everything, and no
    neighbors.

    Raises TovecError when the vectors are no table of numbers, have no columns, or differ from the
    tokens in number, when a token is given twice, and when the n-grams have another dim.
    """

    def __init__(
        self,
        vocabulary: Vocabulary | Iterable[str],
        vectors: Vectors | Sequence[Sequence[float]],
        tokenizer: "Tokenizer | None" = None,
        *,
        provenance: Mapping[str, Any] | None = None,
        ngrams: "NgramTable | None" = None,
        outputs: Vectors | None = None,
    ) -> None:
        self.vocabulary = _vocabulary(vocabulary)
        self.vectors = _table(vectors)
        self.tokenizer = tokenizer
        self.provenance: dict[str, Any] = dict(provenance or {})
        self.ngrams = ngrams
        self.outputs = outputs
        if self.vectors.shape[0] != len(self.vocabulary):
            raise TovecError(
                f"{len(self.vocabulary)} tokens need as many rows of vectors, not {self.vectors.shape[0]}"
            )
        if outputs is not None and outputs.shape != self.vectors.shape:
            raise TovecError(
                f"output vectors have the shape of the vectors, {self.vectors.shape}, not {outputs.shape}"
            )
        if ngrams is not None and ngrams.dim != self.dim:
            raise TovecError(f"vectors of {self.dim} numbers need n-grams of as many, not of {ngrams.dim}")

    @classmethod
    def random(
        cls,
        tokens: Vocabulary | Iterable[str],
        dim: int,
        seed: int = 0,
        tokenizer: "Tokenizer | None" = None,
    ) -> "Embedding":
        """Return a table drawn from N(0, 1), as torch.nn.Embedding starts.

        The distribution is torch's, the numbers are numpy's; equal seeds give equal bytes. tokenizer:
        None for the simplest one that keeps each of the tokens whole.
        Raises BadSetting when `dim` is below 1 or `seed` below 0.
        """
        vocabulary = _vocabulary(tokens)
        dim, seed = _whole_number("dim", dim, 1), _whole_number("seed", seed, 0)
        generator = np.random.default_rng(seed)
        vectors = generator.standard_normal((len(vocabulary), dim), dtype=np.float32)
        if tokenizer is None:
            from tovec.text.tokenizers import tokenizer_for

            tokenizer = tokenizer_for(vocabulary.tokens)
        return cls(vocabulary, vectors, tokenizer, provenance={"made_by": "random", "seed": seed})

    @classmethod
    def from_torch(
        cls, module: Any, tokens: Vocabulary | Iterable[str], tokenizer: "Tokenizer | None" = None
    ) -> "Embedding":
        """Return the table of a torch module with a `weight` of (n_tokens, dim), such as nn.Embedding.

        Memory is shared where the weight is float32 on the CPU; any other weight is copied.
        """
        weight = module.weight.detach().cpu().float()
        embedding = cls(tokens, weight.numpy(), tokenizer)
        embedding._search.keep_nothing()  # the module may change the vectors at any time
        return embedding

    def to_torch(self, freeze: bool = False) -> Any:
        """Return a torch.nn.Embedding of these vectors; `freeze` keeps training from changing them.

        It shares memory with `vectors` when they are a writable float32 array, so training it changes
        this embedding too. Anything else (an opened file, float16, a lazy view) is copied.
        Raises MissingExtra without torch.
        """
        try:
            import torch
        except ImportError as error:
            raise MissingExtra("to_torch", "torch") from error
        vectors = self.vectors
        if _torch_can_share(vectors):
            self._search.keep_nothing()  # the module may change the vectors at any time
        else:
            vectors = self[:]
        weights = torch.from_numpy(vectors)
        return torch.nn.Embedding.from_pretrained(weights, freeze=freeze)

    def with_tokenizer(self, tokenizer: "Tokenizer | None") -> "Embedding":
        """Return the same tokens and vectors, sharing memory, with another tokenizer."""
        return Embedding(
            self.vocabulary,
            self.vectors,
            tokenizer,
            provenance=self.provenance,
            ngrams=self.ngrams,
            outputs=self.outputs,
        )

    @cached_property
    def _search(self) -> "Search":
        from tovec.search import Search  # most of those who open a table ask for rows alone

        return Search(self.vectors)

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
        first = ", ".join(map(repr, self.vocabulary.tokens[:4]))
        more = ", …" if len(self) > 4 else ""
        return f"Embedding({len(self)} tokens × {self.dim} dimensions: {first}{more})"

    def __getitem__(self, key: Key | slice | list[Any] | tuple[Any, ...] | NDArray[Any]) -> Rows:
        """Return the vector of a token or id, (dim,), or those of a list, array or slice, (n, dim).

        Always a new float32 array: changing it changes nothing here. Slices are Python's. An array of
        ids of any shape gives an array of that shape + (dim,), as torch.nn.Embedding does.
        Raises UnknownToken for a token that has neither a row nor n-grams, and TovecError for an id
        outside 0 … n_tokens - 1 or a key of another kind.
        """
        if isinstance(key, slice):
            return in_float32(self.vectors, key)
        if isinstance(key, (list, tuple, np.ndarray)):
            if self.ngrams is not None and not _are_ids(key) and not all(map(self._has_row, key)):
                return np.stack([self[one] for one in key])
            rows = self._rows(key)
            return np.array(self.vectors[rows.ravel()], dtype=np.float32).reshape(*rows.shape, self.dim)
        if isinstance(key, str) and not self._has_row(key):
            return self._unknown(key)
        row = self._row(key)
        return np.array(self.vectors[row : row + 1], dtype=np.float32).reshape(self.dim)

    def ids(self, tokens: Iterable[str]) -> Ids:
        """Return the ids of `tokens`, (n,) int32. Raises UnknownToken."""
        return self.vocabulary.ids(tokens)

    def tokens(self, ids: Iterable[int]) -> list[str]:
        """Return the tokens of `ids`. Raises TovecError for an id outside 0 … n_tokens - 1."""
        return [self.vocabulary.tokens[self._row_of_id(row)] for row in ids]

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of `text`, also those without a vector. Raises TovecError without a tokenizer."""
        if self.tokenizer is None:
            raise TovecError(
                "this embedding has no tokenizer, so it cannot cut text; name a `tokenizer` when you open "
                "it: words, or the file of its own"
            )
        return self.tokenizer.tokens(text)

    def encode(self, text: str) -> Ids:
        """Return the ids of the tokens of `text`, (n,) int32.

        A token without an id becomes the vocabulary's unknown token, or is left out without one; where
        there are n-grams, `self[self.tokenize(text)]` has a vector for it too.
        """
        return self.vocabulary.known_ids(self.tokenize(text))

    def similarity(self, a: Query, b: Query) -> float:
        """Return the cosine of two tokens, ids or vectors, in [-1, 1]; 0 where one has no direction."""
        return float(cosines(self._vector(a)[None], self._vector(b))[0])

    def neighbors(self, query: Query, k: int = 10) -> list[Neighbor]:
        """Return the `k` tokens nearest to a token, id or vector, nearest first.

        The token itself is left out; for a vector nothing is. Similarity is the exact cosine, in
        [-1, 1]; ties keep vocabulary order. Rows of zeros, NaN or infinity have similarity 0 and come after
        all others. A `k` past the vocabulary returns all the others.
        The first question of a large table (from 4 million numbers) makes a compact copy of it, of a byte a
        number, if that is within a quarter of the memory that is free; further ones take milliseconds.
        Raises UnknownToken, NoDirection for a token or vector of zeros, NaN or infinity, and BadSetting when
        `k` is below 1.
        """
        return self._nearest_to_one(self._directed(query), k, self._own_rows([query]))

    def neighbors_of_each(self, queries: Sequence[Query] | NDArray[Any], k: int = 10) -> list[list[Neighbor]]:
        """Return, for each of `queries`, what `neighbors` returns for it.

        Many together read the table once for some of them, not for each, and nothing is copied; so this
        is also the way to ask once. Raises as `neighbors` does, before anything is searched.
        """
        k = _whole_number("k", k, 1)
        asked: list[Query] = _as_list(queries)
        vectors = [self._directed(query) for query in asked]
        if not vectors:
            return []
        found = self._search.nearest(np.stack(vectors), k, [self._own_rows([query]) for query in asked])
        return [self._named(each) for each in found]

    def analogy(
        self, positive: Sequence[Query], negative: Sequence[Query] = (), k: int = 10
    ) -> list[Neighbor]:
        """Return the `k` tokens nearest to the sum of `positive` minus `negative`, nearest first.

        3CosAdd (Levy and Goldberg 2014): the vectors of the question are added at length 1, and its
        tokens are left out of the answer. man : king = woman : ? is positive=["king", "woman"],
        negative=["man"]. Raises as `neighbors` does, also where the sum is zero, and BadSetting for a
        question without words.
        """
        positive, negative = _as_list(positive), _as_list(negative)
        words = [*positive, *negative]
        if not words:
            raise BadSetting("positive and negative", [], "at least one token between them")
        signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
        units = unit_rows(np.stack([self._directed(word) for word in words]))
        total = signs @ units / len(words)
        if not total.any():
            raise NoDirection("the vectors asked for cancel out: their sum is all zeros")
        return self._nearest_to_one(total, k, self._own_rows(words))

    def doesnt_match(self, tokens: Sequence[Key]) -> str:
        """Return the one of `tokens` farthest from their mean direction; the first of equals.

        Raises UnknownToken, and BadSetting for fewer than three tokens, of which none stands out.
        """
        if isinstance(tokens, str) or len(tokens) < 3:
            raise BadSetting("tokens", tokens, "a list of at least three tokens")
        units = unit_rows(self[list(tokens)])
        odd = tokens[int(np.argmin(cosines(units, units.mean(axis=0))))]
        return odd if isinstance(odd, str) else self.vocabulary.tokens[odd]

    def save(self, directory: str | Path) -> Path:
        """Save as a folder that `tovec.open`, model2vec and sentence-transformers read; return its path.

        A folder that tovec saved is replaced as a whole; one that holds anything else is refused.
        Raises CannotSave, and then leaves everything as it was.
        """
        from tovec.formats.saved import folder

        return folder.save(self, directory)

    def _nearest_to_one(self, query: NDArray[Any], k: int, left_out: Sequence[int]) -> list[Neighbor]:
        return self._named(self._search.nearest_to_one(query, _whole_number("k", k, 1), left_out))

    def _named(self, found: Found) -> list[Neighbor]:
        names = self.vocabulary.tokens
        rows = zip(found.ids.tolist(), found.similarities.tolist(), strict=True)
        return [Neighbor(names[row], row, similarity) for row, similarity in rows]

    def _vector(self, query: Query) -> NDArray[Any]:
        """Return the vector of a token or id, or the vector given, (dim,)."""
        if not isinstance(query, (np.ndarray, list, tuple)):
            return self[query]
        vector = as_numbers(query)
        if vector.shape != (self.dim,):
            raise TovecError(f"a vector of this embedding has shape ({self.dim},), not {vector.shape}")
        return vector

    def _directed(self, query: Query) -> NDArray[Any]:
        """Return the vector of a query to search with. Raises NoDirection."""
        vector = self._vector(query)
        why = why_no_direction(vector)
        if why is None:
            return vector
        if isinstance(query, (np.ndarray, list, tuple)):
            raise NoDirection(f"a vector to search for needs a direction; this one {why}")
        token = query if isinstance(query, str) else self.vocabulary.tokens[query]
        raise NoDirection(f"token {token!r} has no direction: its row {why}")

    def _unknown(self, token: str) -> Rows:
        """Return the vector of a token outside the vocabulary. Raises UnknownToken when there is none."""
        vector = None if self.ngrams is None else self.ngrams.vector(token)
        if vector is None:
            raise unknown_token(token, self.vocabulary, self.tokenizer)
        return vector

    def _own_rows(self, queries: Sequence[Query]) -> list[int]:
        keys = [query for query in queries if not isinstance(query, (np.ndarray, list, tuple))]
        return [self._row(key) for key in keys if self._has_row(key)]

    def _has_row(self, key: object) -> bool:
        """Whether a token is in the vocabulary; anything else is taken for an id."""
        return not isinstance(key, str) or key in self.vocabulary

    def _row(self, key: Key) -> int:
        return self.vocabulary.id(key) if isinstance(key, str) else self._row_of_id(key)

    def _row_of_id(self, row: int | np.integer[Any]) -> int:
        if isinstance(row, bool) or not isinstance(row, (int, np.integer)):
            raise TovecError(f"a row is asked for by its token or its id, a whole number, not by {row!r}")
        if not 0 <= row < len(self):
            raise TovecError(f"id {row} is out of range; ids run from 0 to {len(self) - 1}")
        return int(row)

    def _rows(self, keys: list[Any] | tuple[Any, ...] | NDArray[Any]) -> NDArray[np.int64]:
        """Return the rows of `keys`, in their shape."""
        if not _are_ids(keys):
            return np.array([self._row(key) for key in keys], dtype=np.int64)
        outside = keys[(keys < 0) | (keys >= len(self))]
        if outside.size:
            self._row_of_id(outside.flat[0])
        return keys.astype(np.int64)


def _are_ids(keys: list[Any] | tuple[Any, ...] | NDArray[Any]) -> TypeGuard[NDArray[np.integer[Any]]]:
    """Whether the keys are an array of whole numbers, which needs no look at each."""
    return isinstance(keys, np.ndarray) and keys.dtype.kind in "iu"


def _as_list(queries: Sequence[Query] | NDArray[Any]) -> list[Any]:
    """Return `queries`, one token standing for a list of one."""
    return [queries] if isinstance(queries, str) else list(queries)


def _vocabulary(tokens: Vocabulary | Iterable[str]) -> Vocabulary:
    if isinstance(tokens, str):
        raise BadSetting("tokens", tokens, "a list of tokens")
    return tokens if isinstance(tokens, Vocabulary) else Vocabulary(tokens)


def _table(vectors: Vectors | Sequence[Sequence[float]]) -> Vectors:
    """Return `vectors` as a table in a type that is kept: float32, float16, or a lazy view's own."""
    is_lazy = isinstance(vectors, Vectors) and not isinstance(vectors, np.ndarray)
    table: Vectors = vectors if is_lazy else as_numbers(vectors)  # type: ignore[assignment]
    if len(table.shape) != 2:
        raise TovecError(f"vectors must be a table of (n_tokens, dim) numbers, not of shape {table.shape}")
    _whole_number("dim", table.shape[1], 1)
    return table


def _torch_can_share(vectors: Vectors) -> bool:
    """Whether torch takes this memory as it is; it knows no steps backwards and warns of read-only arrays."""
    if not isinstance(vectors, np.ndarray) or vectors.dtype != np.float32:
        return False
    return bool(vectors.flags.writeable) and min(vectors.strides) >= 0


def _whole_number(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise BadSetting(name, value, f"a whole number from {least} up")
    return int(value)
