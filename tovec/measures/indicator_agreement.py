"""How far indicators rank tokens alike: those of one table, or the same ones of two copies."""

from dataclasses import dataclass

import numpy as np

from tovec.errors import TovecError
from tovec.measures.indicators import Mask
from tovec.measures.judged_tables import JudgedTables, Numbers
from tovec.measures.similarity import spearman


@dataclass(frozen=True)
class Agreement:
    """How far another indicator, or another copy, ranks ordinary tokens alike.

    correlation: Spearman's, of the ordinary tokens. shared: of as many tokens with the lowest values as there
    are suspects, the share that both have; NaN without suspects.
    """

    name: str
    correlation: float
    shared: float
    n_tokens: int


def agreement(looked: JudgedTables) -> list[Agreement]:
    """Return how alike the other indicators rank ordinary tokens as the one that ranks."""
    main = looked.ranking
    if main is None:
        return []
    values, n_suspects = looked.of_rows(main.values), len(looked.ranked)
    return [
        _alike(name, values, looked.of_rows(other.values), looked.ordinary, n_suspects)
        for name, other in looked.judged.items()
        if other is not main and np.isfinite(other.values).any()
    ]


def _alike(name: str, a: Numbers, b: Numbers, ordinary: Mask, n_lowest: int) -> Agreement:
    both = np.isfinite(a) & np.isfinite(b)
    usual = both & ordinary
    n_lowest = min(n_lowest, int(both.sum()))
    lowest = [set(np.argsort(values[both], kind="stable")[:n_lowest].tolist()) for values in (a, b)]
    shared = len(lowest[0] & lowest[1]) / n_lowest if n_lowest else float("nan")
    return Agreement(name, spearman(a[usual], b[usual]), shared, int(usual.sum()))


def agreement_of_copies(looked: JudgedTables, other: JudgedTables) -> list[Agreement]:
    """Return how alike the indicators of both are, over the tokens that both have."""
    rows = other.main.vocabulary.find(looked.main.vocabulary.tokens)
    n_both = int((rows >= 0).sum())
    if not n_both:
        raise TovecError("`compare` has none of these tokens; it is meant for another copy of the same model")
    n_suspects = len(looked.ranked)
    found = []
    for name, judged in looked.judged.items():
        theirs = other.judged.get(name)
        if theirs is None or not (np.isfinite(theirs.values).any() and np.isfinite(judged.values).any()):
            continue
        values = other.of_rows(theirs.values)
        aligned = np.where(rows >= 0, values[rows.clip(0)], np.nan)
        found.append(_alike(name, looked.of_rows(judged.values), aligned, looked.ordinary, n_suspects))
    return found
