"""Which objective a run has: made from its settings, asked for its steps."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.text.corpus import Corpus
from tovec.text.ngrams import RULES, NgramRule
from tovec.training.config import TrainConfig
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.glove import Glove, model_bytes
from tovec.training.mean_input import Bags, ngram_rows
from tovec.training.negative_sampling import NegativeSampling, n_blocks, threads_for
from tovec.training.objective import Halted, Objective, OnStep, Table
from tovec.training.skipgram import SkipGram
from tovec.training.space import result_bytes
from tovec.vectors.embedding_parts import BIASES

COUNTING_BYTES = 1 << 27  # for counting co-occurrences; more is not faster


class Plan:
    """The objective that settings ask for over a corpus: how large it will be, and then itself.

    old: the embedding that it goes on from, whose tokens come first; None to begin anew.
    """

    def __init__(self, corpus: Corpus, config: TrainConfig, old: Embedding | None = None) -> None:
        self._corpus, self._config, self._old = corpus, config, old
        self._is_bags = config.ngrams is not None or config.objective not in ("skip-gram", "glove")
        self._rule, self._ngrams = ngram_rule(config), None
        if self._rule is not None:
            counts = corpus.vocabulary.counts
            assert counts is not None
            has_ngrams = counts > 0
            has_ngrams[: 0 if old is None else len(old)] = True
            self._ngrams = ngram_rows(self._rule, corpus.vocabulary.tokens, has_ngrams)

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

    def result_bytes(self) -> int:
        """Return how much room on the disk what it gives will take, about."""
        n_ngrams = 0 if self._ngrams is None else len(self._ngrams.buckets)
        return result_bytes(self._corpus.vocabulary, self._config.dim, n_ngrams)

    def objective(self, folder: Path, held_out: Corpus | None = None) -> Objective:
        """Return the objective.

        folder: where it may keep files while it runs. held_out: documents to measure the loss on.
        """
        corpus, config, old = self._corpus, self._config, self._old
        if self._is_bags:
            return Bags(corpus, config, held_out, self._rule, self._ngrams, old)
        if config.objective == "glove":
            return GloveSteps(corpus, config, folder, old)
        return SkipGram(corpus, config, held_out, old)


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

    def __init__(
        self, corpus: Corpus, config: TrainConfig, folder: Path, old: Embedding | None = None
    ) -> None:
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
        if old is not None:
            assert old.outputs is not None
            contexts = np.asarray(old.outputs[:], dtype=np.float32)
            self._glove.begin_with(old[:] - contexts, contexts, old.state[BIASES])
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

    def outputs(self) -> Table:
        """Return the context vectors, (n_tokens, dim), which are in the sums too."""
        return np.asarray(self._glove.context_vectors())

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return the biases, (n_tokens, 2)."""
        return {BIASES: self._glove.biases()}

    def ngram_table(self) -> None:
        """Return None: GloVe knows no n-grams."""

    def validation_loss(self) -> None:
        """Return None: the loss is one of counts, not of documents."""
