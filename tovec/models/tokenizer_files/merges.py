"""From ranked pieces to the merges of BPE.

SentencePiece and tiktoken merge the neighbors that make the best-ranked piece; Hugging Face's BPE follows a
list of pairs. The equivalent list has every split of every piece into two pieces, best piece first (as in
transformers' SentencePieceExtractor and TikTokenConverter).
"""

from collections.abc import Mapping, Sequence


def merges_of(
    ranks: Mapping[str, float], tied: Mapping[float, Sequence[tuple[str, str]]] | None = None
) -> list[tuple[str, str]]:
    """Return the merges that make the pieces of `ranks`, the lowest rank first.

    Splits of one piece are in the order of their first parts' ranks. tied: for each rank that several pieces
    have, their merges in order (merge_order.py).
    """
    tied = tied or {}
    merges: list[tuple[str, str]] = []
    done = set()
    for piece in sorted(ranks, key=ranks.__getitem__):
        rank = ranks[piece]
        if rank in tied:
            if rank not in done:
                merges.extend(tied[rank])
                done.add(rank)
            continue
        splits = [
            (piece[:n], piece[n:]) for n in range(1, len(piece)) if piece[:n] in ranks and piece[n:] in ranks
        ]
        if len(splits) > 1:
            splits.sort(key=lambda split: (ranks[split[0]], ranks[split[1]]))
        merges.extend(splits)
    return merges
