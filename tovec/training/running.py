"""A run while it goes on, for whoever watches it from another thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tovec.embedding import Embedding
from tovec.text.vocabulary import Ids
from tovec.training.objective import Objective
from tovec.training.result import ResultBuilder
from tovec.training.schedule import Position
from tovec.vectors.lazy import LazyTable


@dataclass(frozen=True)
class Running:
    """A run that is about to take its first step.

    embedding: of the tokens that snapshots have; each access reads the tables that are being trained, from
    any thread, and stops nothing. n_ids: of an epoch. epochs: of the whole run. position: where it stands,
    which it moves on itself.
    """

    embedding: Embedding
    n_ids: int
    epochs: int
    position: Position

    @classmethod
    def of(
        cls, objective: Objective, result: ResultBuilder, ids: Ids, dim: int, n_ids: int, position: Position
    ) -> "Running":
        """Return what is seen of a run that leads to `result`. ids: of the watched tokens, ascending."""
        vocabulary = result.vocabulary
        watched = vocabulary if len(ids) == len(vocabulary) else vocabulary.select(ids)
        embedding = Embedding(watched, TableInTraining(objective, ids, dim), result.corpus.tokenizer)
        return cls(embedding, n_ids, len(position.losses), position)


class TableInTraining(LazyTable):
    """The vectors of some tokens as they are when they are read, (n_tokens, dim)."""

    def __init__(self, objective: Objective, ids: Ids, dim: int) -> None:
        self.shape, self.dtype = (len(ids), dim), np.dtype(np.float32)
        self._objective, self._ids = objective, ids

    def _take(self, rows: Any, /) -> Any:
        ids = self._ids[rows]
        found = self._objective.rows_of(np.atleast_1d(ids).ravel())
        return found.reshape(*np.shape(ids), self.shape[1])
