"""How much of a source is read, and whether irregularities in it are repaired or refused."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tovec.errors import BadSetting
from tovec.storage.file_errors import IrregularFile
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.derived import first_rows
from tovec.vectors.embedding_parts import EmbeddingParts

if TYPE_CHECKING:
    from collections.abc import Sequence


class NamedRows(Protocol):
    """Names for all rows of a table, and what did not fit."""

    @property
    def vocabulary(self) -> Vocabulary:
        """A token for each row."""
        ...

    @property
    def findings(self) -> "Sequence[str]":
        """What did not fit, a line each."""
        ...


@dataclass(frozen=True)
class ReadOptions:
    """How a source is read, and the lists that a reader writes its findings to.

    limit: how many rows are read, the first ones; None for all. strict: refuse what would be repaired.
    part: which of several tables in a file. names: returns names for the rows of a table without tokens,
    given their number; None where nothing does. findings: what a user should know of the source, a line each.
    repairs: those of them that were repaired, so that not all of the source was opened.
    Raises BadSetting for a limit below 1.
    """

    limit: int | None = None
    strict: bool = False
    part: str | None = None
    names: Callable[[int], NamedRows] | None = None
    findings: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        whole = isinstance(self.limit, (int, np.integer)) and not isinstance(self.limit, bool)
        if self.limit is not None and not (whole and self.limit >= 1):
            raise BadSetting("limit", self.limit, "a whole number from 1 up")

    def fresh(self) -> "ReadOptions":
        """Return the same options with no findings yet."""
        return replace(self, findings=[], repairs=[])

    def repaired(self, finding: str, refusal: str | None = None) -> None:
        """Record a repair. Raises IrregularFile where strict, with `refusal` or `finding` as its message."""
        if self.strict:
            raise IrregularFile(refusal or finding)
        self.findings.append(finding)
        self.repairs.append(finding)

    def n_read(self, n_rows: int) -> int:
        """Return how many of `n_rows` rows are read."""
        return n_rows if self.limit is None else min(n_rows, self.limit)

    def is_all(self, n_rows: int) -> bool:
        """Whether the source ended after the `n_rows` rows that were read, before the limit."""
        return self.limit is None or n_rows < self.limit


def first_of(embedding: EmbeddingParts, limit: int | None) -> EmbeddingParts:
    """Return the first `limit` rows of an embedding, as a view; all of them for None."""
    if limit is None or limit >= embedding.n_tokens:
        return embedding
    return EmbeddingParts(
        embedding.vocabulary.first(limit),
        first_rows(embedding.vectors, limit),
        embedding.tokenizer,
        provenance=embedding.provenance,
        ngrams=embedding.ngrams,
        outputs=None if embedding.outputs is None else first_rows(embedding.outputs, limit),
    )
