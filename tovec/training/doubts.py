"""What speaks against the result of a run: too little text was left to learn from, or the loss did not fall."""

import math

from tovec.text.corpus import Corpus
from tovec.training.config import RunConfig
from tovec.training.sampling import keep_probabilities, noise_probabilities
from tovec.training.schedule import Position

_MOST_RARE = 0.5  # the share of a text that may be left out as rare
_FEWEST_EXAMPLES = 500  # a run
_CHANCE = 0.98  # of the loss of vectors that have learned nothing: with few examples it varies
_RISE = 1.1  # of the first epoch's loss


def doubt(corpus: Corpus, config: RunConfig, position: Position) -> str | None:
    """Return in a line why a run has learned too little and what to change; None where all is well."""
    left_out = _left_out(corpus)
    if left_out > _MOST_RARE:
        way = "lower `min_count`" if config.max_size is None else "lower `min_count` or a higher `max_size`"
        return (
            f"{left_out:.0%} of the text is not in the vocabulary, so nothing was learned of it; use a {way}"
        )
    n_examples = sum(n for _, n in position.losses)
    if n_examples < _FEWEST_EXAMPLES:
        return (
            f"the run has learned from only {n_examples:,.0f} examples, too few for neighbors that mean "
            "anything; use more text, more `epochs` or a higher `sample`"
        )
    first, last = _losses(position)
    if config.objective != "glove" and last > _CHANCE * (untrained := untrained_loss(corpus, config)):
        return (
            f"the loss, {last:.3f}, is that of vectors that have learned nothing, {untrained:.3f}, so "
            "neighbors are chance; use more text, more `epochs`, a higher `sample` or another `learning_rate`"
        )
    if last > _RISE * first:
        return f"the loss rose from {first:.3f} to {last:.3f}; use a lower `learning_rate`"
    return None


def untrained_loss(corpus: Corpus, config: RunConfig) -> float:
    """Return the loss of an example when all scores are zero, as they are at the start of negative sampling.

    Each positive and each noise token costs ln 2, but for noise that is the token itself, which is left out.
    """
    counts = corpus.vocabulary.counts
    assert counts is not None
    kept = counts * keep_probabilities(counts, config.sample)
    same = float(kept / kept.sum() @ noise_probabilities(counts))
    return math.log(2) * (1 + config.negative * (1 - same))


def _left_out(corpus: Corpus) -> float:
    """Return the share of the text that is not in the vocabulary."""
    vocabulary, n_known = corpus.vocabulary, len(corpus.ids)
    if vocabulary.unknown is not None and vocabulary.counts is not None:
        n_known -= int(vocabulary.counts[vocabulary.id(vocabulary.unknown)])
    return 1 - n_known / corpus.n_read


def _losses(position: Position) -> tuple[float, float]:
    """Return the mean losses of the first epoch and of the last quarter of them."""
    ended = [pair for pair in position.losses if pair[1]]
    last = ended[-max(1, len(ended) // 4) :]
    return ended[0][0] / ended[0][1], sum(loss for loss, _ in last) / sum(n for _, n in last)
