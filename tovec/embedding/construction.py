"""Other ways to make an embedding: random or torch's rows, and an embedding with a part exchanged."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from tovec.checks import whole_number
from tovec.embedding.named_rows import NamedRows, Tokens, as_vocabulary
from tovec.foreign_names import explains_keywords
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.keys import Key, with_rows
from tovec.vectors.table import in_float32

if TYPE_CHECKING:
    from tovec.text.ngrams import NgramRule
    from tovec.text.tokenizers import GivenTokenizer, Tokenizer


class Construction(NamedRows):
    """Embeddings from other things, and from this one; it never changes itself."""

    @classmethod
    @explains_keywords()
    def random(
        cls,
        tokens: Tokens,
        dim: int,
        seed: int = 0,
        tokenizer: "Tokenizer | None" = None,
    ) -> Self:
        """Return a table drawn from N(0, 1), as torch.nn.Embedding starts.

        The distribution is torch's, the numbers are numpy's; equal seeds give equal bytes. tokenizer:
        None for the simplest one that does not split any of the tokens.
        Raises BadSetting when `dim` is below 1 or `seed` below 0.

        >>> tovec.Embedding.random(["cat", "dog", "mat", "sat"], dim=3, seed=0).vectors.shape
        (4, 3)
        """
        vocabulary = as_vocabulary(tokens)
        dim, seed = whole_number("dim", dim, 1), whole_number("seed", seed, 0)
        generator = np.random.default_rng(seed)
        vectors = generator.standard_normal((len(vocabulary), dim), dtype=np.float32)
        if tokenizer is None:
            from tovec.text.tokenizers import tokenizer_for

            tokenizer = tokenizer_for(vocabulary.tokens)
        return cls(vocabulary, vectors, tokenizer, provenance={"made_by": "random", "seed": seed})

    @classmethod
    def from_torch(cls, module: Any, tokens: Tokens, tokenizer: "Tokenizer | None" = None) -> Self:
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

    def with_tokenizer(self, tokenizer: "GivenTokenizer") -> Self:
        """Return the same tokens and vectors, sharing memory, with another tokenizer.

        tokenizer: a name such as `words` or the path of a tokenizer.json, as the command line takes them, a
        function from a text to its tokens, a Tokenizer, one of `tokenizers` or `transformers`, or None.
        Raises TovecError for an unknown name.

        >>> embedding = tovec.Embedding(["cat", "dog", "mat"], [[1, 0], [1, 1], [0, 1]])
        >>> embedding.with_tokenizer("words").tokenize("A cat, a mat!")
        ['a', 'cat', 'a', 'mat']
        """
        from tovec.text.tokenizers import given_tokenizer

        return self.from_parts(replace(self.parts, tokenizer=given_tokenizer(tokenizer)))

    def with_ngrams(self, rule: "NgramRule | Literal['characters', 'jamo']") -> Self:
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

        return self.from_parts(with_fitted_ngrams(self.parts, rule))

    def with_vectors(self, vectors: Mapping[Key, Any]) -> Self:
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
        return type(self)(vocabulary, table, self.tokenizer, provenance=self.provenance, ngrams=self.ngrams)

    def without_components(self, n: int) -> Self:
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
        return self.from_parts(made)
