"""Embedding = vocabulary + vectors + the tokenizer that makes its tokens.

Its `parts` are the plain value that formats/ reads and writes.
"""

from pathlib import Path

from tovec.checks import in_one_line
from tovec.embedding.construction import Construction
from tovec.embedding.frames import Frames
from tovec.embedding.queries import Queries
from tovec.embedding.texts import Texts
from tovec.errors import TovecError
from tovec.foreign_names import explains_keywords, made_from


class Embedding(Construction, Queries, Texts, Frames):
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

    def __sklearn_clone__(self) -> "Embedding":
        """Return itself to scikit-learn, for which a copy would take the memory of all rows for nothing."""
        return self

    @explains_keywords()
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


def check_embedding(name: str, given: object) -> None:
    """Raise TovecError where the argument `name` is not an Embedding."""
    if not isinstance(given, Embedding):
        raise TovecError(
            f"{name} is an Embedding, such as tovec.open(path) or the `input` of a model, not "
            f"{in_one_line(given)}{made_from(given)}"
        )
