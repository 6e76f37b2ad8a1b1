"""CBOW, position-weighted CBOW and character n-grams: the input of an example is the mean of a bag of rows.

*CBOW* (Mikolov et al. 2013, arXiv:1301.3781): the mean of the contexts' rows is trained to distinguish
the center from noise. Each row gets the gradient of the mean, divided by the number of rows, which
word2vec.c and gensim leave out (Irsoy et al. 2020, arXiv:2012.15332).

*Position-weighted CBOW* (Mikolov et al. 2018, arXiv:1712.09405, sec. 2.2): a row is first multiplied with a
vector of its position, also learned. Its windows are whole: those of word2vec.c, which end at a random
distance, already give near contexts more weight, and the vector of a position would have to fit means of 2
rows and of 2 * window alike. All windows move the vectors of positions, a window only some rows, so that
positions learn more slowly (POSITION_RATE_SCALE). Both are measured; with random windows, vectors were worse
than those of CBOW, more so the faster positions learned. A product of row and position stays as it is when
a column of all rows is multiplied by a number and that of all positions divided by it, so the scale of a
column in the tables says nothing. What a run gives has the same products, and positions whose mean square is
1 in each column: a column weighs as much in a cosine of vectors as it does in the model. A run that continues
from an embedding leaves the scale of its columns: vectors of tokens that it does not meet stay as they were.

*N-grams* (Bojanowski et al. 2017, arXiv:1607.04606): a token has rows of its n-grams besides its own.
CBOW takes the mean of all rows of all contexts; in skip-gram, as in fastText, the mean of the center's
rows is trained to distinguish each context from noise; here too the gradient is that of the mean. The
noise of a window is shared by its contexts, twice as many tokens as one context would get, and weighs
as much as noise of each one's own would: the expected loss is the same. fastText leaves the gradient
undivided. Here inputs learn faster than outputs instead, by one number for the whole run, the mean
number of rows of a token in the text; so a token's vector moves about as far at a learning rate as it
would without n-grams.

The loops are in kernels/mean_input.py; negative_sampling.py says which thread trains on what.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import BadSetting
from tovec.text.corpus import Corpus
from tovec.text.ngrams import RULES, NgramRows, NgramRule
from tovec.text.vocabulary import Ids
from tovec.training.config import RunConfig
from tovec.training.kernels.arguments import MeanInputRules, MeanInputScratch, Share, Tables, TokenRows
from tovec.training.negative_sampling import NegativeSampling, NegativeSamplingFactory, outputs_of
from tovec.training.objective import Table
from tovec.training.sampling import ALWAYS
from tovec.training.tables import Columns, aligned_zeros, part, put, randomize, take, take_rows, zeros
from tovec.training.thread_work import Work
from tovec.training.windows import Block, Windows
from tovec.vectors.ngram_table import NgramTable

POSITIONS = "positions"  # in the state of an embedding: (2 * window, dim), the vectors of positions
NOISE_FACTOR = 2  # noise tokens for each that `negative` asks for, where the contexts of a window share them
POSITION_RATE_SCALE = 0.1  # of the learning rate, for vectors of positions; measured
POSITION_EXCHANGE = 250  # windows of a thread between two exchanges of the vectors of positions


class MeanInput(NegativeSampling):
    """The objectives above; see NegativeSampling. `config.objective` says which, rule which n-grams.

    arrays: `inputs` and `outputs`, `positions` where they are weighted, and `ngrams`, which belong to the
    inputs; flat, group by group of columns. Inputs start even in (-0.5, 0.5) / dim, outputs at zero,
    positions at one.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: RunConfig,
        validation: Corpus | None = None,
        rule: NgramRule | None = None,
        ngrams: NgramRows | None = None,
        old: Embedding | None = None,
    ) -> None:
        """Make the tables. ngrams: those of `rule`, where they are known already. old: what to go on from."""
        super().__init__(corpus, config, validation)
        counts = corpus.vocabulary.counts
        assert counts is not None
        self.rule, self._from_center = rule, config.objective == "skip-gram"
        self._is_weighted = config.objective == "position-weighted-cbow"
        self._ngrams = ngrams or ngram_rows(rule, corpus.vocabulary.tokens, counts > 0)
        self._token_rows = rows_of_tokens(self._ngrams, self.frequent, self.n_threads)
        rows_of_token = np.average(1 + np.diff(self._ngrams.offsets), weights=counts * (self.keep / ALWAYS))
        self._rules = MeanInputRules(
            window=config.window,
            negative=self.n_noise,
            negative_weight=np.float32(config.negative / self.n_noise),
            from_center=self._from_center,
            is_weighted=self._is_weighted,
            input_rate_scale=np.float32(rows_of_token),
            position_rate_scale=np.float32(POSITION_RATE_SCALE),
        )
        self._n_inputs = self.n_rows + len(self._ngrams.buckets)
        self._inputs, self._outputs = zeros(self._n_inputs, self.columns), zeros(self.n_rows, self.columns)
        randomize(self._inputs, self.columns, len(counts), config.dim, config.seed)
        randomize(self._inputs, self.columns, self._n_inputs, config.dim, (config.seed, 1), self.n_rows)
        self.arrays: dict[str, NDArray[Any]] = {"inputs": self._inputs, "outputs": self._outputs}
        if not config.deterministic:  # replicas lie between tokens and n-grams
            width = int(self.columns[-1])
            own, after = slice(0, len(counts) * width), slice(self.n_rows * width, None)
            self.arrays = {"inputs": self._inputs[own], "outputs": self._outputs[own]}
            if rule is not None:
                self.arrays["ngrams"] = self._inputs[after]
        self._positions = zeros(2 * config.window if self._is_weighted else 0, self.columns)
        if self._is_weighted:
            ones = np.ones((2 * config.window, config.dim), dtype=np.float32)
            put(self._positions, self.columns, 0, ones)
            self.arrays["positions"] = self._positions
        self._continues = old is not None
        if old is not None:
            self._begin_with_all_of(old)

    def _begin_with_all_of(self, old: Embedding) -> None:
        if POSITIONS in old.state and self._is_weighted:
            put(self._positions, self.columns, 0, old.state[POSITIONS])
        inputs = old[:]
        is_learned = np.any(inputs, axis=1)
        if old.ngrams is not None:
            assert self.rule is not None
            start = self._ngram_rows()
            places, rows = old.ngrams.rows_of(self._ngrams.buckets)
            start[places] = rows
            put(self._inputs, self.columns, self.n_rows, start)
            table = NgramTable(self.rule, start, self._ngrams.buckets)
            inputs = table.own_rows(old.vocabulary.tokens, inputs)
        self.begin_with(inputs, outputs_of(old), is_learned)

    @property
    def n_targets(self) -> int:
        """Room for the center and its noise."""
        return 1 + self.n_noise

    @property
    def n_noise(self) -> int:
        """How many noise tokens are drawn for a window."""
        return self.config.negative * (NOISE_FACTOR if self._from_center else 1)

    @property
    def most_targets(self) -> int:
        """Room for all positives and noise tokens of one bag, in whole tiles."""
        from tovec.training.kernels.simd import TARGETS

        n_positives = 2 * self.config.window if self._from_center else 1
        return -(-(n_positives + self.n_noise) // TARGETS) * TARGETS

    @property
    def room(self) -> int:
        """Room for the scores of a window, in float32."""
        from tovec.training.kernels.simd import SLOTS, TARGETS

        return self.most_targets // TARGETS * SLOTS

    def block(self) -> Block:
        """Return room for the windows of a block: whole ones where positions are weighted."""
        window = self.config.window
        return Windows(window, self.n_targets, min_reach=window if self._is_weighted else 1)

    def n_examples(self, windows: Block) -> int:
        """Return how many positives there are: contexts for skip-gram, centers for CBOW."""
        return windows.n_pairs if self._from_center else windows.n

    def train_windows(self, work: Work) -> None:
        """Train on some windows of a block."""
        scratch, share = self._scratch(work.shared.batch), work.share
        if not self._is_weighted or self.config.deterministic or self.n_threads == 1:
            self._train(work, self.tables(), share, scratch)
            return
        # All threads write to the few positions all the time, so each works on a copy for a while.
        learned = aligned_zeros(len(self._positions))
        tables = self.tables(learned)
        for start in range(share.first, share.stop, POSITION_EXCHANGE):
            with self._lock:
                before = self._positions.copy()
            learned[:] = before
            stop = min(start + POSITION_EXCHANGE, share.stop)
            self._train(work, tables, share._replace(first=start, stop=stop), scratch)
            with self._lock:
                self._positions += learned - before

    def _train(self, work: Work, tables: Tables, share: Share, scratch: MeanInputScratch) -> None:
        from tovec.training.kernels.mean_input import train

        train(
            *(work.windows.arrays, self._rules, tables, self._token_rows),
            *(share, work.shared.arrays, scratch),
        )

    def _scratch(self, batch: int) -> MeanInputScratch:
        width = int(self.columns[-1])
        rows = aligned_zeros((1 + 2 * self.config.window) * width).reshape(-1, width)
        return MeanInputScratch(
            numbers=np.arange(batch, dtype=np.int32),
            targets=np.empty(batch * self.most_targets, dtype=np.int32),
            label=np.zeros(self.room, dtype=np.float32),
            weight=np.zeros(self.room, dtype=np.float32),
            hidden=aligned_zeros(batch * width),
            gradient=rows[:1],
            sums=rows[1:],
        )

    def vectors(self) -> Table:
        """Return a vector of each token, (n_tokens, dim): with n-grams the mean of all its rows.

        Zeros for tokens that never occur.
        """
        rows, ngrams = self._rows_of(self._inputs, self._is_known) * self._column_scale(), self.ngram_table()
        if ngrams is None:
            return rows
        return self._zero_where_unseen(ngrams.composed(self.corpus.vocabulary.tokens, rows), self.rows)

    def rows_of(self, ids: Ids) -> Table:
        """Return the vectors of some tokens, as `vectors`; see Objective."""
        if self.rule is None:
            rows = take_rows(self._inputs, self.columns, ids, self.config.dim)
        else:
            rows = mean_rows(self._inputs, self.columns, self._token_rows, ids, self.config.dim)
        return self._zero_where_unseen(rows * self._column_scale(), ids)

    def state(self) -> Mapping[str, NDArray[Any]]:
        """Return the vectors of positions, (2 * window, dim), where they are weighted."""
        if not self._is_weighted:
            return {}
        return {POSITIONS: self._position_rows() / self._column_scale()}

    def ngram_table(self) -> NgramTable | None:
        """Return the vectors of the n-grams so far, a copy: what unknown tokens get theirs from."""
        if self.rule is None:
            return None
        return NgramTable(self.rule, self._ngram_rows() * self._column_scale(), self._ngrams.buckets)

    def _ngram_rows(self) -> Table:
        return take(self._inputs, self.columns, self._n_inputs, self.config.dim, self.n_rows)

    def _position_rows(self) -> Table:
        return take(self._positions, self.columns, 2 * self.config.window, self.config.dim)

    def _column_scale(self) -> Table:
        """Return what the columns of vectors are multiplied by, and those of positions divided by, (dim,)."""
        if not self._is_weighted or self._continues:
            return np.ones(self.config.dim, dtype=np.float32)
        scale = np.sqrt(np.mean(self._position_rows() ** 2, axis=0))
        return np.where(scale > 0, scale, np.float32(1))


def ngram_rows(rule: NgramRule | None, tokens: Sequence[str], occurs: NDArray[np.bool_]) -> NgramRows:
    """Return the n-grams of tokens; none without a rule.

    Tokens that do not occur have none: they would bring rows that nothing moves.
    """
    offsets = np.zeros(len(tokens) + 1, dtype=np.int64)
    if rule is None:
        nothing = np.empty(0, dtype=np.int32)
        return NgramRows(nothing, offsets, nothing)
    found = rule.rows(list(compress(tokens, occurs)))
    offsets[1:][occurs] = np.diff(found.offsets)
    return NgramRows(found.rows, np.cumsum(offsets), found.buckets)


def rows_of_tokens(ngrams: NgramRows, frequent: Ids, n_threads: int) -> TokenRows:
    """Return the rows that each token and each replica of a frequent token stands for: its own, its n-grams'.

    Number i is a token or, after them, a replica. The rows of n-grams lie after all of these.
    """
    numbers = np.concatenate([np.arange(len(ngrams.offsets) - 1), np.tile(frequent, n_threads)])
    counts = np.diff(ngrams.offsets)[numbers]
    bounds = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.cumsum(counts + 1, out=bounds[1:])
    is_own = np.zeros(bounds[-1], dtype=np.bool_)
    is_own[bounds[:-1]] = True
    members = np.empty(bounds[-1], dtype=np.int32)
    members[is_own] = np.arange(len(numbers))
    # The place of the first n-gram of each, less where it goes: the same for all n-grams of a token.
    shift = np.repeat(ngrams.offsets[numbers] - (bounds[:-1] - np.arange(len(numbers))), counts)
    members[~is_own] = ngrams.rows[np.arange(len(shift)) + shift] + len(numbers)
    return TokenRows(members, bounds)


def mean_rows(table: Table, columns: Columns, token_rows: TokenRows, ids: Ids, dim: int) -> Table:
    """Return the mean of all rows that each of these tokens stands for, (n_ids, dim)."""
    from tovec.text.ngram_kernels import sum_members

    starts = token_rows.bounds[ids]
    counts = token_rows.bounds[ids + 1] - starts
    bounds = np.concatenate([[0], np.cumsum(counts)])
    members = token_rows.members[np.repeat(starts - bounds[:-1], counts) + np.arange(bounds[-1])]
    sums = np.empty((len(ids), int(columns[-1])), dtype=np.float32)
    for group, (left, right) in enumerate(itertools.pairwise(columns.tolist())):
        of_group = np.empty((len(ids), right - left), dtype=np.float32)
        sum_members(part(table, columns, group), members, bounds, of_group)
        sums[:, left:right] = of_group
    sums /= counts[:, None].astype(np.float32)
    return sums[:, :dim]


def ngram_rule(config: RunConfig) -> NgramRule | None:
    """Return the n-grams that `config` asks for: the unit's own settings, but for those that it gives."""
    if config.ngrams is None:
        return None
    rule = RULES[config.ngrams]
    min_length, max_length = config.ngram_min or rule.min_length, config.ngram_max or rule.max_length
    if max_length < min_length:
        raise BadSetting("ngram_max", max_length, f"at least `ngram_min`, {min_length}")
    return replace(
        rule,
        min_length=min_length,
        max_length=max_length,
        buckets=config.ngram_buckets or rule.buckets,
    )


class MeanInputFactory(NegativeSamplingFactory):
    """Makes the objectives of this module; see ObjectiveFactory."""

    kernels: ClassVar[str] = "tovec.training.kernels.mean_input"

    def __init__(self, corpus: Corpus, config: RunConfig, old: Embedding | None) -> None:
        super().__init__(corpus, config, old)
        self._rule = ngram_rule(config)
        if self._rule is not None:
            counts = corpus.vocabulary.counts
            assert counts is not None
            has_ngrams = counts > 0
            has_ngrams[: 0 if old is None else len(old)] = True
            self._ngrams = ngram_rows(self._rule, corpus.vocabulary.tokens, has_ngrams)

    def create(self, folder: Path, validation: Corpus | None) -> MeanInput:
        """Return the objective."""
        return MeanInput(self._corpus, self._config, validation, self._rule, self._ngrams, self._old)


class PositionWeightedFactory(MeanInputFactory):
    """Makes position-weighted CBOW, whose vectors of positions are as many as its window has places."""

    @staticmethod
    def settings_of(old: Embedding) -> Mapping[str, Any]:
        """Return the window of the vectors of positions, where there are any."""
        return {"window": len(old.state[POSITIONS]) // 2} if POSITIONS in old.state else {}

    @staticmethod
    def not_kept(old: Embedding) -> list[str]:
        """Return what starts as in a new run; see ObjectiveFactory."""
        positions = [] if POSITIONS in old.state else ["vectors of positions, which start at one"]
        return [*MeanInputFactory.not_kept(old), *positions]
