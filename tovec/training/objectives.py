"""Which objective a run has: made from its settings, asked for its steps."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.text.corpus import Corpus
from tovec.text.ngrams import RULES, NgramRule
from tovec.training.bags import Bags, ngram_rows
from tovec.training.config import TrainConfig
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.glove import Glove, model_bytes
from tovec.training.negative_sampling import NegativeSampling, n_blocks, threads_for
from tovec.training.objective import Halted, Objective, OnStep, Table
from tovec.training.skipgram import SkipGram

COUNTING_BYTES = 1 << 27  # for counting co-occurrences; more is not faster


class Plan:
    """The objective that settings ask for over a corpus: how large it will be, and then itself."""

    def __init__(self, corpus: Corpus, config: TrainConfig) -> None:
        self._corpus, self._config = corpus, config
        self._is_bags = config.ngrams is not None or config.objective not in ("skip-gram", "glove")
        self._rule, self._ngrams = ngram_rule(config), None
        if self._rule is not None:
            counts = corpus.vocabulary.counts
            assert counts is not None
            self._ngrams = ngram_rows(self._rule, corpus.vocabulary.tokens, counts > 0)

    @property
    def kernels(self) -> str:
        """The module of its loops."""
        name = "bags" if self._is_bags else {"skip-gram": "skipgram"}.get(self._config.objective, "glove")
        return f"tovec.training.kernels.{name}"

    def n_bytes(self) -> int:
        """Return how much memory it and what it gives will take, mapped files left out."""
        config, n_tokens = self._config, len(self._corpus.vocabulary)
        if config.objective == "glove":
            return max(COUNTING_BYTES, model_bytes(n_tokens, config.dim))
        n_threads = threads_for(config, n_blocks(self._corpus))
        scratch = NegativeSampling.scratch_bytes(config, n_tokens, n_threads)
        return scratch + NegativeSampling.table_bytes(config, n_tokens, n_threads, self._ngrams)

    def objective(
        self,
        folder: Path,
        held_out: Corpus | None = None,
        start: tuple[Table, Table] | None = None,
    ) -> Objective:
        """Return the objective.

        folder: where it may keep files while it runs. held_out: documents to measure the loss on.
        start: input and output vectors, (n, dim), that the first n tokens begin with.
        """
        if self._is_bags:
            return Bags(self._corpus, self._config, held_out, self._rule, self._ngrams)
        if self._config.objective == "glove":
            return GloveSteps(self._corpus, self._config, folder)
        return SkipGram(self._corpus, self._config, held_out, start)


def ngram_rule(config: TrainConfig) -> NgramRule | None:
    """Return the n-grams that `config` asks for: the unit's own settings, but for those that it gives."""
    if config.ngrams is None:
        return None
    rule = RULES[config.ngrams]
    return replace(
        rule,
        least=config.ngram_least or rule.least,
        most=config.ngram_most or rule.most,
        buckets=config.ngram_buckets or rule.buckets,
    )


class GloveSteps:
    """GloVe as an Objective: a step is a stratum of the co-occurrences."""

    def __init__(self, corpus: Corpus, config: TrainConfig, folder: Path) -> None:
        counts = count_cooccurrences(
            *(corpus, config.window, folder),
            seed=config.seed,
            memory=COUNTING_BYTES,
            threads=config.threads,
        )
        self._glove = Glove(
            counts,
            config.dim,
            x_max=config.x_max,
            learning_rate=config.rate,
            seed=config.seed,
            threads=config.threads,
        )
        self.arrays: Mapping[str, NDArray[Any]] = self._glove.arrays
        self.n_steps = self._glove.n_steps

    def run(self, first: int, stop: int, on_step: OnStep, halted: Halted) -> None:
        """Take steps first to stop; see Objective."""
        for step in range(first, stop):
            if halted():
                return
            epoch, number = divmod(step, self.n_steps)
            on_step(epoch, *self._glove.step(epoch, number))

    def vectors(self) -> Table:
        """Return the sums of the two vectors of each token, (n_tokens, dim)."""
        return np.asarray(self._glove.vectors())

    def outputs(self) -> None:
        """Return None: GloVe's second table is in its vectors."""

    def ngram_table(self) -> None:
        """Return None: GloVe knows no n-grams."""

    def validation_loss(self) -> None:
        """Return None: the loss is one of counts, not of documents."""
