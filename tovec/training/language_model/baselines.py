"""What counting reaches: the perplexity of held-out text by single tokens and by pairs, to compare with."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.text.token_bytes import Spelling
from tovec.text.vocabulary import Ids, Vocabulary
from tovec.training.language_model.stream import Stream

DISCOUNT = 0.75  # of absolute discounting; the choice of Chen and Goodman 1999 without held-out tuning


@dataclass(frozen=True)
class Baselines:
    """Mean losses in nats of a held-out stream, by the counts of the text that is trained on."""

    unigram: float
    bigram: float


@dataclass(frozen=True)
class Validation:
    """How a loss on held-out text is compared. bytes_of_target: see `bytes_of_target`."""

    baselines: Baselines
    bytes_of_target: float | None

    def facts(self, loss: float) -> dict[str, float]:
        """Return what a mean loss in nats comes to, by name: perplexities, and bits for each byte of text."""
        facts = {"perplexity": math.exp(loss)}
        if self.bytes_of_target:
            facts["bits_per_byte"] = loss / math.log(2) / self.bytes_of_target
        counted = self.baselines
        return facts | {
            "unigram_perplexity": math.exp(counted.unigram),
            "bigram_perplexity": math.exp(counted.bigram),
        }


def bytes_of_target(stream: Stream, vocabulary: Vocabulary) -> float | None:
    """Return how many bytes of text a stream has for each of its ids, ends of text included.

    None where tokens do not say it: unknown ones stand for any text, words leave out what lies between them.
    """
    if vocabulary.spelling is not Spelling.BYTE_LEVEL:
        return None
    lengths = np.array([len(vocabulary.text(row) or b"") for row in range(len(vocabulary))])
    return float(lengths[stream.ids].mean())


def baselines(text: Stream, held_out: Stream, n_tokens: int) -> Baselines:
    """Return what counting single tokens and pairs of a text reaches on another.

    Single tokens have one more count each (Laplace); pairs are interpolated Kneser-Ney (Ney et al. 1994; Chen
    and Goodman 1999, eq. 21), whose lower order is smoothed in the same way.
    """
    unigram = np.log((np.bincount(text.ids, minlength=n_tokens) + 1.0) / (len(text) + n_tokens))
    ids = held_out.ids
    return Baselines(-float(unigram[ids].mean()), -float(_kneser_ney(text.ids, ids, n_tokens).mean()))


def _kneser_ney(ids: Ids, held_out: Ids, n_tokens: int) -> NDArray[np.float64]:
    """Return the logarithm of the probability of each id of a circular stream after the one before it."""
    pairs, counts = np.unique(_pairs(ids, n_tokens), return_counts=True)
    firsts, seconds = np.divmod(pairs, n_tokens)
    of_first = np.bincount(ids, minlength=n_tokens)  # occurrences as the first of a pair
    followers = np.bincount(firsts, minlength=n_tokens)  # different ones
    contexts = np.bincount(seconds, minlength=n_tokens)  # different ones before a token
    lower = (np.maximum(contexts - DISCOUNT, 0) + DISCOUNT * (contexts > 0).sum() / n_tokens) / len(pairs)
    wanted = _pairs(held_out, n_tokens)
    before, after = np.divmod(wanted, n_tokens)
    place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    count = np.where(pairs[place] == wanted, counts[place], 0)
    total = of_first[before]
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (np.maximum(count - DISCOUNT, 0) + DISCOUNT * followers[before] * lower[after]) / total
    found: NDArray[np.float64] = np.log(np.where(total > 0, known, lower[after]))
    return found


def _pairs(ids: Ids, n_tokens: int) -> NDArray[np.int64]:
    """Return a number for each id and the one after it; the last is followed by the first."""
    return ids.astype(np.int64) * n_tokens + np.roll(ids, -1)
