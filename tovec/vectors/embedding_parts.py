"""Everything that an embedding consists of, as one plain value, which readers return and writers take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import TovecError
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.llama_tensors import LAST_NORM
from tovec.vectors.table import Vectors, as_table

if TYPE_CHECKING:
    from tovec.text.tokenizers import Tokenizer
    from tovec.vectors.ngram_table import NgramTable

BIASES = "biases"  # in `state`: (n_tokens, 2), GloVe's; the one array there with a row for each token


@dataclass(frozen=True)
class EmbeddingParts:
    """Vocabulary, vectors, and what may belong to them; `Embedding` describes each.

    vectors: what `Embedding` takes, as the table that `as_table` makes of it.
    Raises TovecError where they are not a table of numbers, or output vectors or n-grams do not fit them.
    """

    vocabulary: Vocabulary
    vectors: Vectors
    tokenizer: "Tokenizer | None" = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    ngrams: "NgramTable | None" = None
    outputs: Vectors | None = None
    state: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectors", as_table(self.vectors))  # once, while it is constructed
        n_rows, dim = self.vectors.shape
        if n_rows != len(self.vocabulary):
            raise TovecError(
                f"{counted(len(self.vocabulary), 'token needs', 'tokens need')} as many rows "
                f"of vectors, not {n_rows}"
            )
        if self.outputs is not None and self.outputs.shape != (n_rows, dim):
            raise TovecError(
                f"output vectors have the shape of the vectors, {(n_rows, dim)}, not {self.outputs.shape}"
            )
        if self.ngrams is not None and self.ngrams.dim != dim:
            raise TovecError(f"vectors of {dim} numbers need n-grams of as many, not of {self.ngrams.dim}")

    @property
    def n_tokens(self) -> int:
        """The number of tokens, and of rows."""
        return len(self.vocabulary)

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return int(self.vectors.shape[1])


def has_layers(state: Mapping[str, NDArray[Any]]) -> bool:
    """Whether a `state` has the layers of a language model, all that is between its tables."""
    return LAST_NORM in state  # the layers are all there, or none
