"""Documents as one circular stream of ids, an end of text before each, and blocks of it.

`<|endoftext|> a b <|endoftext|> c`: a document is predicted from the end of text before it on, up to the
next one, and no block looks back beyond it. After the last document the stream begins again, so that one
ends too.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.storage.disk import reporting_write
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Ids

_AT_ONCE = 1 << 22  # ids
NAME = "stream.i32"
NO_TARGET = -100  # of a position that predicts nothing; the value that torch ignores


class Blocks(NamedTuple):
    """Pieces of a stream, each (n, length).

    ids: what is read. targets: the id after each; NO_TARGET for one that does not count. first: the first
    position that each may see.
    """

    ids: NDArray[np.int64]
    targets: NDArray[np.int64]
    first: NDArray[np.int64]

    @property
    def n_targets(self) -> int:
        """How many ids are predicted."""
        return int((self.targets != NO_TARGET).sum())


class Stream:
    """The ids of a corpus as a network reads them. ids: (n,) int32. end_of_text: before each document."""

    def __init__(self, ids: Ids, end_of_text: int) -> None:
        self.ids, self.end_of_text = ids, end_of_text

    @classmethod
    def of(cls, corpus: Corpus, end_of_text: int, folder: Path | None = None) -> "Stream":
        """Return the stream of a corpus; with a folder it lies in a file there, and is mapped."""
        starts, stops = corpus.offsets[:-1], corpus.offsets[1:]
        n_ids = len(corpus.ids) + corpus.n_documents
        if folder is None:
            ids: Ids = np.empty(n_ids, dtype=np.int32)
        else:
            with reporting_write(folder / NAME):
                ids = np.memmap(folder / NAME, dtype=np.int32, mode="w+", shape=(n_ids,))
        places = starts + np.arange(corpus.n_documents)  # of the ends of text
        ids[places] = end_of_text
        at = 0
        while at < corpus.n_documents:  # as many documents at a time as are about _AT_ONCE ids
            upto = max(at + 1, int(np.searchsorted(stops, starts[at] + _AT_ONCE, side="right")))
            lengths = stops[at:upto] - starts[at:upto]
            tokens = np.ones(int(lengths.sum()) + upto - at, dtype=bool)
            tokens[places[at:upto] - places[at]] = False
            ids[places[at] : places[at] + len(tokens)][tokens] = corpus.ids[starts[at] : stops[upto - 1]]
            at = upto
        return cls(ids, end_of_text)

    def __len__(self) -> int:
        return len(self.ids)

    def block_length(self, context: int) -> int:
        """Return how long blocks are: `context`, or all of a shorter stream."""
        return min(context, len(self))

    def n_blocks(self, length: int) -> int:
        """Return how many blocks hold all of it."""
        return -(-len(self) // length)

    def blocks(self, numbers: NDArray[np.int64], length: int, shift: int = 0) -> Blocks:
        """Return some of the blocks that begin `shift` ids after the beginning.

        Each target counts in one block: the last block counts as far as the first one's beginning.
        """
        begins = numbers[:, None] * length + np.arange(length + 1)
        found = self.ids[(begins + shift) % len(self)].astype(np.int64)
        ids, targets = found[:, :-1], found[:, 1:].copy()
        targets[begins[:, :-1] >= len(self)] = NO_TARGET
        positions = np.arange(length)
        first = np.maximum.accumulate(np.where(ids == self.end_of_text, positions, 0), axis=1)
        return Blocks(ids, targets, first)


def block_order(stream: Stream, length: int, seed: int, epoch: int) -> tuple[NDArray[np.int64], int]:
    """Return the order of the blocks in an epoch, and where the first begins."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(epoch,)))
    shift = int(rng.integers(length))
    return rng.permutation(stream.n_blocks(length)), shift
