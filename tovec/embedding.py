"""Embedding = vocabulary + vectors + the tokenizer that makes its tokens.

Lookup, neighbors, analogy. Its `parts` are the plain value that formats/ reads and writes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from tovec.checks import in_one_line, strings, whole_number
from tovec.errors import BadSetting, NoDirection, TovecError, UnknownToken
from tovec.foreign_names import ExplainsNames, explains_keywords, missing_attribute
from tovec.search.exact import Found
from tovec.text.vocabulary import Ids, Vocabulary
from tovec.vectors.cosine import cosines, unit_rows
from tovec.vectors.embedding_parts import EmbeddingParts
from tovec.vectors.keys import Key, as_list, with_rows
from tovec.vectors.lookup import Lookup
from tovec.vectors.lookup import Query as Query
from tovec.vectors.pooling import means_of_tokens
from tovec.vectors.table import Rows, Vectors, as_table, in_float32

if TYPE_CHECKING:
    from tovec.search.table_search import TableSearch
    from tovec.text.ngrams import NgramRule
    from tovec.text.tokenizers import GivenTokenizer, Tokenizer
    from tovec.vectors.ngram_table import NgramTable

Tokens = Vocabulary | Iterable[str] | Mapping[str, int]


@dataclass(frozen=True)
class Neighbor:
    """A token that was found, and its cosine with the query.

    >>> embedding = tovec.Embedding(["cat", "dog"], [[1, 0], [2, 0]])
    >>> embedding.neighbors("cat")
    [Neighbor(token='dog', id=1, similarity=1.0)]
    """

    token: str
    id: int
    similarity: float


class Embedding(metaclass=ExplainsNames):
    """A table of vectors whose rows have names.

    vocabulary: a Vocabulary, the tokens in the order of their ids, or their ids as {token: id}.
    vectors: (n_tokens, dim) floating-point numbers. An array of float32 or float16 is not copied; float64
    and integers become float32. A lazy table (anything with shape, dtype and rows by slice or ids) stays as
    it is. In any case rows come out as float32.
    tokenizer: splits text into tokens; None when unknown. provenance: where it comes from, JSON values.
    outputs: the output vectors of training, (n_tokens, dim), from which it can continue; None when unknown.
    state: what else training continues from, by name; see training/continuing.py.
    ngrams: gives a token outside the vocabulary a vector from its character n-grams, wherever a vector is
    needed (a word that the tokenizer cuts into morphemes, the mean of those); None when such a token is an
    error. Ids, `in` and `encode` use the vocabulary alone, and only its
    tokens are found as neighbors.

    Vectors are not checked for NaN, which would read a table from its file. A row with NaN or infinity has no
    direction and is treated like a row of zeros: similarity 0 to everything, and no neighbors.

    Raises TovecError when the vectors are not a table of numbers, have no columns, or differ from the
    tokens in number, when a token is given twice, and when the n-grams have another dim.

    >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
    >>> embedding["dog"]
    array([1., 1.], dtype=float32)
    >>> embedding
    Embedding(3 tokens × 2 dimensions: 'cat', 'dog', 'mat'; float32 in memory)
    """

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
        named, table = _vocabulary(vocabulary), as_table(vectors)
        parts = EmbeddingParts(named, table, tokenizer, provenance or {}, ngrams, outputs, state or {})
        self.vocabulary = parts.vocabulary
        self.vectors = parts.vectors
        self.tokenizer = tokenizer
        self.provenance: dict[str, Any] = dict(parts.provenance)
        self.ngrams = ngrams
        self.outputs = outputs
        self.state: Mapping[str, NDArray[Any]] = parts.state
        self._table_search: TableSearch | None = None

    @classmethod
    def from_parts(cls, parts: EmbeddingParts) -> "Embedding":
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

    @classmethod
    @explains_keywords()
    def random(
        cls,
        tokens: Tokens,
        dim: int,
        seed: int = 0,
        tokenizer: "Tokenizer | None" = None,
    ) -> "Embedding":
        """Return a table drawn from N(0, 1), as torch.nn.Embedding starts.

        The distribution is torch's, the numbers are numpy's; equal seeds give equal bytes. tokenizer:
        None for the simplest one that does not split any of the tokens.
        Raises BadSetting when `dim` is below 1 or `seed` below 0.

        >>> tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3, seed=0).vectors.shape
        (4, 3)
        """
        vocabulary = _vocabulary(tokens)
        dim, seed = whole_number("dim", dim, 1), whole_number("seed", seed, 0)
        generator = np.random.default_rng(seed)
        vectors = generator.standard_normal((len(vocabulary), dim), dtype=np.float32)
        if tokenizer is None:
            from tovec.text.tokenizers import tokenizer_for

            tokenizer = tokenizer_for(vocabulary.tokens)
        return cls(vocabulary, vectors, tokenizer, provenance={"made_by": "random", "seed": seed})

    @classmethod
    def from_torch(cls, module: Any, tokens: Tokens, tokenizer: "Tokenizer | None" = None) -> "Embedding":
        """Return the table of a torch module with a `weight` of (n_tokens, dim), such as nn.Embedding.

        tokens: those of all rows, or their ids, as `get_vocab()` of a tokenizer gives them; a row without a
        token, as in the padded tables of models, is named `<id 17>`. Memory is shared where the weight is
        float32 on the CPU; any other weight is copied.

        >>> import torch
        >>> tovec.Embedding.from_torch(torch.nn.Embedding(2, 8), ["cat", "dog"]).dim
        8
        """
        from tovec.vectors.torch_modules import weight_of

        weight = weight_of(module)
        if isinstance(tokens, Mapping):
            tokens = Vocabulary.from_ids(tokens, len(weight))
        embedding = cls(tokens, weight, tokenizer)
        embedding._search.disable_cache()  # the module may change the vectors at any time
        return embedding

    def to_torch(self, freeze: bool = False) -> Any:
        """Return a torch.nn.Embedding of these vectors; `freeze` keeps training from changing them.

        It shares memory with `vectors` when they are a writable float32 array, so training it changes
        this embedding too. Anything else (an opened file, float16, a lazy table) is copied.
        Raises MissingExtra without torch.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> embedding.to_torch(freeze=True)
        Embedding(3, 2)
        """
        from tovec.vectors.torch_modules import can_share, embedding_module

        if can_share(self.vectors):
            self._search.disable_cache()  # the module may change the vectors at any time
        return embedding_module(self.vectors, freeze)

    def with_tokenizer(self, tokenizer: "GivenTokenizer") -> "Embedding":
        """Return the same tokens and vectors, sharing memory, with another tokenizer.

        tokenizer: a name such as `words` or the path of a tokenizer.json, as the command line takes them, a
        function from a text to its tokens, a Tokenizer, one of `tokenizers` or `transformers`, or None.
        Raises TovecError for an unknown name.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> embedding.with_tokenizer("words").tokenize("A cat, a mat!")
        ['a', 'cat', 'a', 'mat']
        """
        from tovec.text.tokenizers import given_tokenizer

        return Embedding.from_parts(replace(self.parts, tokenizer=given_tokenizer(tokenizer)))

    def with_ngrams(self, rule: "NgramRule | Literal['characters', 'jamo']") -> "Embedding":
        """Return the same tokens and vectors, sharing memory, with n-grams that give unknown tokens vectors.

        rule: a NgramRule, or a unit with its own settings: `characters`, or `jamo` for Korean. The vectors of
        n-grams are fitted to those of the tokens, so that their mean over a token is near to its vector
        (Zhao, Mudgal and Liang 2018, EMNLP D18-1059); frequent tokens weigh more. 100,000 tokens take some
        seconds; training n-grams together with tokens takes two to four times as long as without.
        Raises TovecError where no token has both a vector and n-grams, BadSetting for another rule.

        >>> embedding = tovec.Embedding(["played", "playing", "sitting"], [[2, 0], [1, 1], [0, 2]])
        >>> embedding.with_ngrams("characters").similarity("plays", "played") > 0.9
        True
        """
        from tovec.vectors.fitted_ngrams import with_fitted_ngrams

        return Embedding.from_parts(with_fitted_ngrams(self.parts, rule))

    def without_components(self, n: int) -> "Embedding":
        """Return the same tokens without what their vectors have in common: the mean and `n` components.

        All-but-the-top (Mu and Viswanath 2018, arXiv:1702.01417): the mean row is subtracted, then what lies
        along the `n` principal components; 0 removes the mean alone. The paper takes a component for every
        100 dimensions. It helps where all rows share strong directions, as in the token tables of some
        language models, not elsewhere; the vectors that `tovec.train` makes get no better.
        Every row with a direction counts once, also those of special tokens. Rows of zeros, NaN or infinity
        do not count and stay as they are. n-grams change with the tokens, so unknown tokens still fit; output
        vectors are left out, since training cannot continue from them. `removed_components` in the provenance
        says how many. Rows in memory become a new array of float32; others are made on demand.
        Raises BadSetting for an `n` that is not a whole number from 0 up, or that would leave nothing of the
        rows, and TovecError where no row has a direction or all that have are equal.

        >>> embedding = tovec.Embedding(["cat", "dog", "tax"], [[9, 1], [9, 2], [9, 9]])
        >>> embedding.without_components(0)["tax"]
        array([0., 5.], dtype=float32)
        """
        from tovec.formats.reduce import without_components
        from tovec.vectors.derived import is_in_memory

        made = without_components(self.parts, n)[0].embedding
        if is_in_memory(self.vectors):
            made = replace(made, vectors=in_float32(made.vectors, slice(None)))
        return Embedding.from_parts(made)

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self.vocabulary, self.vectors, self.ngrams, self.tokenizer)  # as they are now

    @property
    def _search(self) -> "TableSearch":
        if self._table_search is None or self._table_search.vectors is not self.vectors:
            from tovec.search.table_search import TableSearch  # opening a table needs no search

            self._table_search = TableSearch(self.vectors)
        return self._table_search

    def with_vectors(self, vectors: Mapping[Key, Any]) -> "Embedding":
        """Return a new embedding with other vectors for some tokens; new tokens are appended.

        vectors: of tokens or ids, (dim,) each. This embedding does not change. The new table is an array of
        float32, even where this one is a lazy table, so it takes the memory of all rows. Output vectors do
        not belong to it and are left out; tokenizer, n-grams and provenance stay.
        Raises TovecError for a vector of another length and an id outside the table.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> list(embedding.with_vectors({"dog": [2, 2], "sat": [0, 3]}))
        ['cat', 'dog', 'mat', 'sat']
        """
        vocabulary, table = with_rows(self.vocabulary, self[:], vectors)
        return Embedding(vocabulary, table, self.tokenizer, provenance=self.provenance, ngrams=self.ngrams)

    if not TYPE_CHECKING:  # mypy still reports unknown names

        def __getattr__(self, name: str) -> Any:
            raise missing_attribute("Embedding", name)

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

        first = ", ".join(map(repr, self.vocabulary.tokens[:4]))
        more = ", …" if len(self) > 4 else ""
        place = "in memory" if is_in_memory(self.vectors) else "read on demand"
        names = ("made_by", "objective", "format", "file", "source")
        origin = "".join(f", {self.provenance[name]}" for name in names if name in self.provenance)
        size = f"{len(self):,} tokens × {self.dim:,} dimensions"
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

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of `text`, also those without a vector. Raises TovecError without a tokenizer.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.tokenize("The cat sat.")
        ['the', 'cat', 'sat']
        """
        if self.tokenizer is None:
            raise TovecError(
                "this embedding has no tokenizer, so it cannot split text; name a `tokenizer` when you open "
                "it, such as words or a file; in Python, with_tokenizer adds one"
            )
        (text,) = strings([text])
        return self.tokenizer.tokens(text)

    @overload
    def encode(self, text: str) -> Ids: ...  # type: ignore[overload-overlap]
    @overload
    def encode(self, text: Iterable[str]) -> list[Ids]: ...
    def encode(self, text: str | Iterable[str]) -> Ids | list[Ids]:
        """Return the ids of the tokens of a text, (n,) int32; of several texts, a list of these.

        A token without an id becomes the vocabulary's unknown token, or is left out without one; where
        there are n-grams, `self[self.tokenize(text)]` has a vector for it too.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.encode("The cat sat.")
        array([0, 3], dtype=int32)
        """
        if not isinstance(text, str):
            return [self.encode(one) for one in strings(text)]
        return self.vocabulary.known_ids(self.tokenize(text))

    def embed(self, texts: str | Iterable[str]) -> Rows:
        """Return one vector a text, (n_texts, dim) float32, of a single one (dim,).

        It is the mean of the vectors of its tokens, as in model2vec: tokens outside the vocabulary do not
        count, nor does the unknown token in their place. With n-grams such tokens have a vector and count. A
        text without any vector is a row of zeros.
        Raises TovecError without a tokenizer.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> embedding.embed(["The cat sat.", "a dog"]).shape
        (2, 3)
        """
        if isinstance(texts, str):
            means: Rows = self.embed([texts])[0]
            return means
        tokens = map(self.tokenize, strings(texts))
        return means_of_tokens(tokens, self.vocabulary, self.vectors, self.ngrams)

    def similarity(self, a: Query, b: Query) -> float:
        """Return the cosine of two tokens, ids or vectors, in [-1, 1]; 0 where one has no direction.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> round(embedding.similarity("cat", "dog"), 4)
        0.7071
        """
        return float(cosines(self._lookup.query(a)[None], self._lookup.query(b))[0])

    @explains_keywords()
    def neighbors(
        self, query: Query, k: int = 10, *, among: Iterable[Key] | NDArray[Any] | None = None
    ) -> list[Neighbor]:
        """Return the `k` tokens nearest to a token, id or vector, nearest first.

        The token itself is left out; for a vector nothing is. Similarity is the exact cosine, in
        [-1, 1]; ties keep vocabulary order. Rows of zeros, NaN or infinity have similarity 0 and come after
        all others. A `k` past the vocabulary returns all the others. among: the tokens or ids that may be
        found, None for all; only their rows are read.
        The first question to a large table (from 4 million numbers) makes a compact copy of it, one byte a
        number, if that takes no more than a quarter of the free memory; further ones take milliseconds.
        Raises UnknownToken, also for one of `among`, NoDirection for a token or vector of zeros, NaN or
        infinity, and BadSetting when `k` is below 1.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> [hit.token for hit in embedding.neighbors("cat", k=2)]
        ['dog', 'mat']
        """
        k, left_out = whole_number("k", k, 1), self._lookup.own_rows([query])
        if among is None:
            return self._named(self._search.nearest_to_one(self._lookup.directed(query), k, left_out))
        return self.neighbors_of_each([query], k, among=among)[0]

    @explains_keywords()
    def neighbors_of_each(
        self,
        queries: Sequence[Query] | NDArray[Any],
        k: int = 10,
        *,
        among: Iterable[Key] | NDArray[Any] | None = None,
    ) -> list[list[Neighbor]]:
        """Return, for each of `queries`, what `neighbors` returns for it.

        Many together read the table once for a group of them, not for each, and nothing is copied; so this
        is also the way to ask only once. Raises as `neighbors` does, before anything is searched.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> [[hit.token for hit in hits] for hits in embedding.neighbors_of_each(["cat", "mat"], k=1)]
        [['dog'], ['dog']]
        """
        k = whole_number("k", k, 1)
        asked = as_list(queries)
        candidates = None if among is None else np.unique(self._lookup.keys.rows(as_list(among)))
        vectors = self._lookup.all_directed(asked)
        if not len(vectors):
            return []
        left_out = [self._lookup.own_rows([query]) for query in asked]
        if candidates is None:
            found = self._search.nearest(vectors, k, left_out)
        else:
            found = self._search.nearest_among(candidates, vectors, k, left_out)
        return [self._named(each) for each in found]

    @explains_keywords()
    def analogy(
        self, positive: Sequence[Query], negative: Sequence[Query] = (), k: int = 10
    ) -> list[Neighbor]:
        """Return the `k` tokens nearest to the sum of `positive` minus `negative`, nearest first.

        3CosAdd (Levy and Goldberg 2014): the vectors of the question are added at length 1, and its
        tokens are left out of the answer. man : king = woman : ? is positive=["king", "woman"],
        negative=["man"]. Raises as `neighbors` does, also where the sum is zero, and BadSetting for a
        question without words.

        >>> embedding = tovec.Embedding(
        ...     ["man", "woman", "king", "queen"], [[1, 0, 5], [1, 3, 5], [4, 0, 5], [4, 3, 5]]
        ... )
        >>> embedding.analogy(positive=["king", "woman"], negative=["man"], k=1)[0].token
        'queen'
        """
        positive, negative = as_list(positive), as_list(negative)
        words = [*positive, *negative]
        if not words:
            raise BadSetting("positive and negative", [], "at least one token between them")
        signs = np.repeat([1.0, -1.0], [len(positive), len(negative)])
        total = signs @ unit_rows(self._lookup.all_directed(words)) / len(words)
        if not total.any():
            raise NoDirection("the vectors asked for cancel out: their sum is all zeros")
        left_out = self._lookup.own_rows(words)
        return self._named(self._search.nearest_to_one(total, whole_number("k", k, 1), left_out))

    def doesnt_match(self, tokens: Iterable[Key]) -> str:
        """Return the one of `tokens` farthest from their mean direction; the first of equals.

        Raises UnknownToken, NoDirection for a token whose row has none, and BadSetting for fewer than three
        tokens, of which none stands out.

        >>> embedding = tovec.Embedding(["cat", "dog", "tax"], [[1, 0], [0.9, 0.1], [0, 1]])
        >>> embedding.doesnt_match(["cat", "dog", "tax"])
        'tax'
        """
        asked = as_list(tokens)
        if len(asked) < 3:
            raise BadSetting("tokens", tokens, "a list of at least three tokens")
        units = unit_rows(self._lookup.all_directed(asked))
        odd = asked[int(np.argmin(cosines(units, units.mean(axis=0))))]
        return odd if isinstance(odd, str) else self.vocabulary.tokens[odd]

    def save(self, path: str | Path, *, format: str | None = None, dtype: str = "f32") -> Path:
        """Save in the format that the suffix of `path` means, a folder without one; return the path.

        The folder is one that `tovec.open`, model2vec and sentence-transformers read. `tovec.save` says more.
        Raises CannotSave, and then leaves everything as it was.

        >>> embedding = tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3)
        >>> tovec.open(embedding.save("four.vec"))["cat"].shape
        (3,)
        """
        from tovec.formats import save

        return save(self.parts, path, format=format, dtype=dtype)

    def _named(self, found: Found) -> list[Neighbor]:
        names = self.vocabulary.tokens
        rows = zip(found.ids.tolist(), found.similarities.tolist(), strict=True)
        return [Neighbor(names[row], row, similarity) for row, similarity in rows]


def check_embedding(name: str, given: object) -> None:
    """Raise TovecError where the argument `name` is not an Embedding."""
    if not isinstance(given, Embedding):
        raise TovecError(
            f"{name} is an Embedding, such as tovec.open(path) or the `input` of a model, not "
            f"{in_one_line(given)}"
        )


def _vocabulary(tokens: Tokens) -> Vocabulary:
    return tokens if isinstance(tokens, Vocabulary) else Vocabulary(tokens)
