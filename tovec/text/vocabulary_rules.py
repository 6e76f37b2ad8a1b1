"""Counts of provisional tokens to a vocabulary: which of them get an id, and which."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import EmptyCorpus
from tovec.text.tokenizers.names import END_OF_TEXT, UNKNOWN
from tovec.text.vocabulary import Counts, Ids, Vocabulary

Spell = Callable[[NDArray[np.intp]], list[str]]  # the tokens of provisional ids


@dataclass(frozen=True)
class VocabularyRules:
    """Which tokens get an id.

    min_count: how often a token must occur. max_size: the most frequent so many. special_tokens:
    first in the vocabulary, whatever their count. unknown: the special token that stands for all
    that is left out; None leaves them out of the ids too, so that words on either side become
    neighbours, as in word2vec.c. Closed tokenizers bring their vocabulary, which stays whole.
    """

    min_count: int = 1
    max_size: int | None = None
    special_tokens: tuple[str, ...] = ()
    unknown: str | None = None


def ending_texts(rules: VocabularyRules) -> VocabularyRules:
    """Return the rules with END_OF_TEXT, and an unknown token where there is none."""
    special = rules.special_tokens
    if END_OF_TEXT not in special:
        special = (*special, END_OF_TEXT)
    return replace(rules, special_tokens=special, unknown=rules.unknown or UNKNOWN)


def counted_vocabulary(counts: Counts, spell: Spell, rules: VocabularyRules) -> tuple[Vocabulary, Ids]:
    """Return the vocabulary that `rules` make of these counts, and the final id of each provisional one."""
    special = tuple(dict.fromkeys((*rules.special_tokens, *([rules.unknown] if rules.unknown else []))))
    # Rare tokens are most of all tokens: they are never spelled out, unless a special one may be among them.
    frequent = np.flatnonzero(counts >= (1 if special else rules.min_count))
    tokens = spell(frequent)
    vocabulary = Vocabulary.from_counts(
        tokens,
        counts[frequent],
        min_count=rules.min_count,
        max_size=rules.max_size,
        special_tokens=special,
    )
    left_out = -1 if rules.unknown is None else vocabulary.id(rules.unknown)
    final = np.full(len(counts), left_out, dtype=np.int32)
    for provisional, token in zip(frequent.tolist(), tokens, strict=True):
        row = vocabulary.get(token)
        if row is not None:
            final[provisional] = row
    if rules.unknown is not None:
        vocabulary = _with_unknown(vocabulary, rules.unknown, int(counts[final == left_out].sum()))
    if len(counts) and (final == left_out).all():
        raise _too_rare(counts, spell, rules)
    return vocabulary, final


def _with_unknown(vocabulary: Vocabulary, unknown: str, count: int) -> Vocabulary:
    assert vocabulary.counts is not None
    counts = vocabulary.counts.copy()
    counts[vocabulary.id(unknown)] = count
    return Vocabulary(vocabulary.tokens, counts, unknown=unknown)


def _too_rare(counts: Counts, spell: Spell, rules: VocabularyRules) -> EmptyCorpus:
    most = int(np.argmax(counts))
    token, times = spell(np.array([most]))[0], int(counts[most])
    return EmptyCorpus(
        f"no token occurs {counted(rules.min_count, 'time')}: of {len(counts)} different "
        "tokens the most frequent is "
        f"{token!r}, {counted(times, 'time')}; use more text or a `min_count` of {times} or less"
    )
