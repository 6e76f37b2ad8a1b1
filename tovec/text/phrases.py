"""Phrases: words that stand side by side far more often than chance has it become one token.

Mikolov et al. 2013 (arXiv:1310.4546, section 4): a pair of neighbors is a phrase when
(count(ab) - discount) / (count(a) * count(b)) * n_tokens is above a threshold, and every further pass
counts the neighbors again with the phrases so far joined, so that phrases grow. Discount and scale are
those of word2phrase.c.

What is left out is guesswork: pairs are counted exactly, share by share where memory is short. And
what a text becomes does not depend on the passes: from left to right, always the longest phrase.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.errors import BadSetting
from tovec.text.vocabulary import Counts, Ids

Phrase = tuple[int, ...]  # the ids of its words

MAX_SLOTS = 1 << 23  # of the table of pairs: 128 MB
JOINED_AT_ONCE = 1 << 19  # tokens: 6 MB


@dataclass(frozen=True)
class PhraseRules:
    """Which pairs of words become phrases. Raises BadSetting for values outside their range.

    passes: 1 joins pairs, 2 joins up to four words, and so on. threshold: the score that a phrase
    exceeds, how many times as often as by chance its words meet. The discount is the vocabulary's
    min_count.
    """

    passes: int = 1
    threshold: float = 100.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", whole_number("passes", self.passes, 1))
        if not (self.threshold >= 0 and math.isfinite(self.threshold)):
            raise BadSetting("threshold", self.threshold, "a number, at least 0")


@dataclass(frozen=True)
class Words:
    """The documents of a corpus as words, before any are joined.

    ids: (n_ids,) int32, with BREAKs where no phrase can be. offsets: (n_documents + 1,) int64.
    counts: (n_words,) int64. n_left_out: words read that have no id here.
    """

    ids: Ids
    offsets: NDArray[np.int64]
    counts: Counts
    n_left_out: int

    @property
    def n_words(self) -> int:
        """How many different words there are."""
        return len(self.counts)


class PhraseTree:
    """Phrases by their first words, as the kernels walk it: a node for each beginning of a phrase.

    first: (n_words,) int32, the node of a word that begins phrases, else -1. Node n goes on to
    children[i] with words[i], sorted, for i from bounds[n] to bounds[n + 1]. tokens: (n_nodes,) int32,
    the id of the phrase that ends there, else -1: n_words + its place in `phrases`.
    """

    def __init__(self, phrases: Sequence[Phrase], n_words: int) -> None:
        nodes: list[dict[int, int]] = [{}]
        ends = {}
        for number, phrase in enumerate(phrases):
            node = 0
            for word in phrase:
                if word not in nodes[node]:
                    nodes[node][word] = len(nodes)
                    nodes.append({})
                node = nodes[node][word]
            ends[node] = n_words + number
        edges = [edge for node in nodes for edge in sorted(node.items())]
        self.n_tokens = n_words + len(phrases)
        self.first = np.full(n_words, -1, dtype=np.int32)
        self.first[list(nodes[0])] = list(nodes[0].values())
        self.bounds = np.cumsum([0, *map(len, nodes)], dtype=np.int64)
        self.words = np.array([word for word, _ in edges], dtype=np.int32)
        self.children = np.array([child for _, child in edges], dtype=np.int32)
        self.tokens = np.array([ends.get(node, -1) for node in range(len(nodes))], dtype=np.int32)

    @property
    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """The arrays in the order in which the kernels take them."""
        return self.first, self.bounds, self.words, self.children, self.tokens


def learn_phrases(words: Words, rules: PhraseRules, discount: int) -> list[Phrase]:
    """Return the phrases that `rules` find, all of words of `words`."""
    phrases: dict[Phrase, None] = {}
    for _ in range(rules.passes):
        parts = list(phrases)
        n_before = len(phrases)
        for left, right in _pairs(words, parts, rules.threshold, discount):
            phrases[_words_of(left, parts, words) + _words_of(right, parts, words)] = None
        if len(phrases) == n_before:
            break
    return list(phrases)


def _words_of(token: int, phrases: Sequence[Phrase], words: Words) -> Phrase:
    return (token,) if token < words.n_words else phrases[token - words.n_words]


def count_tokens(words: Words, phrases: Sequence[Phrase]) -> Counts:
    """Return how often each word stands alone, then each phrase, (n_words + n_phrases,) int64."""
    from tovec.text import phrase_kernels

    tree = PhraseTree(phrases, words.n_words)
    counts = np.zeros(tree.n_tokens, dtype=np.int64)
    phrase_kernels.count_tokens(words.ids, words.offsets, tree.arrays, _some(), counts)
    return counts


def join_phrases(
    ids: Ids,
    offsets: NDArray[np.int64],
    phrases: Sequence[Phrase],
    final: Ids,
    at_once: int = JOINED_AT_ONCE,
) -> Iterator[tuple[Ids, NDArray[np.int64]]]:
    """Yield the tokens of `ids` and `offsets` of Words in parts: ids, and where in them documents end.

    final: the id of each word, then of each phrase; -1 for what is left out. What a part says holds until the
    next; what comes before the words that it was made of is not looked at again.
    """
    from tovec.text import phrase_kernels

    tree = PhraseTree(phrases, len(final) - len(phrases))
    some, joined, ends = _some(at_once), np.empty(at_once, dtype=np.int32), np.empty(at_once, dtype=np.int64)
    doc = at = 0
    while doc < len(offsets) - 1:
        doc, at, n_joined, n_ends = phrase_kernels.join(
            ids, offsets, doc, at, tree.arrays, some, final, joined, ends
        )
        yield joined[:n_joined], ends[:n_ends]


def _some(most: int = 1 << 12) -> Ids:
    """Return room for some tokens, which the kernels work on at a time."""
    return np.empty(min(most, 1 << 12), dtype=np.int32)


def _pairs(words: Words, phrases: Sequence[Phrase], threshold: float, discount: int) -> list[tuple[int, int]]:
    """Return the pairs of neighboring tokens that score above `threshold`, `phrases` joined."""
    from tovec.text import phrase_kernels

    tree = PhraseTree(phrases, words.n_words)
    counts = count_tokens(words, phrases)
    n_all = int(counts.sum()) + words.n_left_out
    n_slots = min(MAX_SLOTS, 1 << (2 * len(words.ids) + 1).bit_length())
    pairs, n_pairs = np.empty(n_slots, dtype=np.int64), np.empty(n_slots, dtype=np.int64)
    stream = (words.ids, words.offsets, tree.arrays, _some(), counts, n_all, discount, threshold)
    n_shares = 1
    while True:
        chosen: list[tuple[int, int]] = []
        for share in range(n_shares):
            pairs.fill(phrase_kernels.EMPTY)
            n_pairs.fill(0)
            n_different = phrase_kernels.count_pairs(
                *stream, np.uint64(share), np.uint64(n_shares), pairs, n_pairs
            )
            if n_different == phrase_kernels.SLOTS_FULL:
                break
            taken = pairs != phrase_kernels.EMPTY
            left, right = pairs[taken] >> 32, pairs[taken] & 0xFFFFFFFF
            scores = phrase_kernels.score.py_func(
                n_pairs[taken], counts[left], counts[right], discount, n_all
            )
            above = scores > threshold
            chosen += zip(left[above].tolist(), right[above].tolist(), strict=True)
        else:
            return chosen
        n_shares *= 2
