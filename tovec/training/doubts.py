"""What speaks against the result of a run: too little text to learn from, or a loss that did not fall."""

import math

from tovec.counted import counted
from tovec.text.corpus import Corpus
from tovec.training.config import RunConfig
from tovec.training.sampling import keep_probabilities, noise_probabilities
from tovec.training.schedule import Position

_TOO_LITTLE = "the run has learned too little for neighbors to mean anything"
_MOST_RARE = 0.5  # the share of a text that may be left out as rare
_FEWEST_EXAMPLES = 500  # a run
_CHANCE = 0.95  # of the loss before training: of planted groups, from 0.99 up none are found, at 0.94 half
_RISE = 1.1  # of the first epoch's loss
_HELD_OUT_RISE = 0.02  # of the lowest loss on held-out text


def doubt(corpus: Corpus, config: RunConfig, position: Position) -> str | None:
    """Return in a line why a run has learned too little and what to change; None where all is well."""
    left_out = _left_out(corpus)
    if left_out > _MOST_RARE:
        way = "a lower `min_count`" if config.max_size is None else "a higher `max_size`"
        if corpus.tokenizer is not None and corpus.tokenizer.vocabulary is not None:
            way = "another `tokenizer`"
        return f"{_TOO_LITTLE}: {left_out:.0%} of the text is not in the vocabulary; use {way}"
    counts = corpus.vocabulary.counts
    if counts is not None and (counts > 0).sum() < 2:
        return f"{_TOO_LITTLE}: the text has only one token; use other text or another `tokenizer`"
    n_examples, is_glove = sum(n for _, n in position.losses), config.objective == "glove"
    takes_sample = "sample" in config.entry.settings
    if n_examples < _FEWEST_EXAMPLES and not is_glove:
        way = (
            f"use more text{', more `epochs` or a higher `sample`' if takes_sample else ' or more `epochs`'}"
        )
        return f"{_TOO_LITTLE}: it saw only {counted(round(n_examples), 'example')}; {way}"
    first, last = _losses(position)
    if not is_glove and last > _CHANCE * untrained_loss(corpus, config):
        return (
            f"{_TOO_LITTLE}: its loss, {last:.3f}, is that of vectors before any training; use more text, "
            f"more `epochs`{', a higher `sample`' if takes_sample else ''} or another `learning_rate`"
        )
    best = _best_epoch(position) if config.entry.predicts_text else None
    if best is not None:
        return (
            f"the model has begun to learn the text by heart: its loss on held-out text was lowest after "
            f"epoch {best} and has risen since; use about {best} `epochs`, or more text"
        )
    if last > _RISE * first:
        return f"{_TOO_LITTLE}: its loss rose from {first:.3f} to {last:.3f}; use a lower `learning_rate`"
    return None


def untrained_loss(corpus: Corpus, config: RunConfig) -> float:
    """Return the loss of an example when all scores are zero, as they are at the start of negative sampling.

    Each positive and each noise token costs ln 2, but for noise that is the token itself, which is left out.
    A language model gives all tokens the same probability.
    """
    counts = corpus.vocabulary.counts
    assert counts is not None
    if config.entry.predicts_text:
        return math.log(len(corpus.vocabulary))
    kept = counts * keep_probabilities(counts, config.sample)
    same = float(kept / kept.sum() @ noise_probabilities(counts))
    return math.log(2) * (1 + config.negative * (1 - same))


def _left_out(corpus: Corpus) -> float:
    """Return the share of the text that is not in the vocabulary."""
    vocabulary, n_known = corpus.vocabulary, len(corpus.ids)
    if vocabulary.unknown is not None and vocabulary.counts is not None:
        n_known -= int(vocabulary.counts[vocabulary.id(vocabulary.unknown)])
    return 1 - n_known / corpus.n_read


def _best_epoch(position: Position) -> int | None:
    """Return the epoch after which the loss on held-out text was lowest, None where that is the last."""
    losses = position.validation_losses
    if not losses or losses[-1] < (1 + _HELD_OUT_RISE) * min(losses):
        return None
    return 1 + losses.index(min(losses))


def _losses(position: Position) -> tuple[float, float]:
    """Return the mean losses of the first epoch and of the last quarter of them."""
    ended = [pair for pair in position.losses if pair[1]]
    last = ended[-max(1, len(ended) // 4) :]
    return ended[0][0] / ended[0][1], sum(loss for loss, _ in last) / sum(n for _, n in last)
