"""Pieces of equal score: whether an ordered list of merges for `tokenizers` gives SentencePiece's result.

SentencePiece (bpe_model.cc) merges, again and again, the two neighbors whose joined piece has the highest
score, and of equal scores the leftmost. Hugging Face's BPE merges the pair that is first in its list, and
of equal pairs the leftmost. Call a maximal run of merges of one score a stage.

*A piece is made in one way.* Until two symbols are joined to a piece P, no merge has crossed the ends of P.
So the merges inside were those that the text P alone would see, in the same order: P always comes from the
last pair of that run (`final_pair`), and from no other split of P, wherever it stands.

*Different scores never matter.* Where a stage has one piece it has one pair; both take its leftmost
occurrence, so both take the same steps.

*Equal scores of different pieces* do not matter either, if all of the following holds for a stage:

1. No merge of the stage makes a pair that this stage or an earlier one would take: no piece of a score as
   high is made from one of its pieces. Then what can be merged is fixed when the stage begins, and only
   neighbors that share a symbol, A B C with AB and BC both in the stage, depend on the order.
2. In the list AB stands before BC wherever the text ABC alone comes to the symbols A, B, C. Along a chain of
   such neighbors the pairs then stand in the order of the list, so both take the first, the third, and so on.

*Runs of one character* of equal score (`▁▁`, `▁▁▁`, … in the vocabularies of Llama and Mistral) break 1 and
are exact with the longest first, if the run of two is one of them: the leftmost run always is the longest, as
SentencePiece grows it before it begins the next, so at any time at most two pairs longer than two singles
wait, (before, new) and (new, single), and the left one is the longer.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

Pair = tuple[str, str]
_MOST = 2048  # tied pieces that are examined; each takes some microseconds when a file is opened


class NoOrder(Exception):
    """Why no list of merges gives the same result as SentencePiece."""


def final_pair(piece: str, scores: Mapping[str, float]) -> Pair | None:
    """Return the two symbols that SentencePiece merges into `piece`; None where it never does."""
    symbols = list(piece)
    for symbols in _states(piece, scores):
        if len(symbols) == 2:
            return symbols[0], symbols[1]
    return None


def _states(text: str, scores: Mapping[str, float]) -> Iterator[list[str]]:
    """Yield the symbols of `text` before each merge."""
    symbols = list(text)
    while True:
        joined = [scores.get(one + other) for one, other in pairwise(symbols)]
        known = [score for score in joined if score is not None]
        if not known:
            return
        yield symbols
        at = joined.index(max(known))
        symbols = [*symbols[:at], symbols[at] + symbols[at + 1], *symbols[at + 2 :]]


def order_of_ties(scores: Mapping[str, float]) -> dict[float, list[Pair]]:
    """Return, for each score that several pieces have, their pairs in the order in which to list them.

    scores: of the pieces that text is cut into. Raises NoOrder where no order is exact, or too many are tied.
    """
    groups = defaultdict(list)
    for piece, score in scores.items():
        if len(piece) > 1:
            groups[score].append(piece)
    tied = {piece for pieces in groups.values() if len(pieces) > 1 for piece in pieces}
    if not tied:
        return {}
    if len(tied) > _MOST:
        raise NoOrder(f"{len(tied):,} of its pieces have the score of another")
    made_of = _made_of_tied(tied, scores)
    return {
        score: _order(pieces, score, made_of, scores) for score, pieces in groups.items() if len(pieces) > 1
    }


def _made_of_tied(tied: set[str], scores: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return (piece, whole) where a tied piece becomes another of a score as high as its own."""
    lowest = min(scores[piece] for piece in tied)
    found = []
    for whole, score in scores.items():
        cuts = range(1, len(whole))
        if score >= lowest and any(whole[:n] in tied or whole[n:] in tied for n in cuts):
            pair = final_pair(whole, scores) or ()
            found += [(part, whole) for part in pair if part in tied and scores[part] <= score]
    return found


def _order(
    pieces: Sequence[str], score: float, made_of: Sequence[tuple[str, str]], scores: Mapping[str, float]
) -> list[Pair]:
    group = set(pieces)
    runs = {piece for piece in group if piece[0] * 2 in group and piece == piece[0] * len(piece)}
    for part, whole in made_of:
        if part in group and not (part in runs and whole in runs and part[0] == whole[0]):
            raise NoOrder(f"piece {whole!r} is made from {part!r}, whose score is not higher")
    pairs = {piece: pair for piece in pieces if (pair := final_pair(piece, scores)) is not None}
    letters = {piece[0] for piece in runs}
    others = [pairs[piece] for piece in pairs if piece not in runs]
    for one, other in others:
        for part in (one, other):
            if part in runs or part in letters:
                raise NoOrder(f"pieces {one + other!r} and {part[0] * 2!r} have the same score")
    longest_first = sorted(runs.intersection(pairs), key=lambda piece: (-len(piece), piece))
    return [*(pairs[piece] for piece in longest_first), *_in_order(others, scores)]


def _in_order(pairs: Sequence[Pair], scores: Mapping[str, float]) -> list[Pair]:
    """Return the pairs so that of two that share a symbol in a text, the left one comes first."""
    beginning = defaultdict(list)
    for pair in pairs:
        beginning[pair[0]].append(pair)
    before: dict[Pair, set[Pair]] = {pair: set() for pair in pairs}
    for pair in pairs:
        for following in beginning[pair[1]]:
            symbols = [*pair, following[1]]
            if following != pair and symbols in _states("".join(symbols), scores):
                before[following].add(pair)
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        one, other = error.args[1][:2]
        raise NoOrder(f"pieces {''.join(one)!r} and {''.join(other)!r} have the same score") from error
