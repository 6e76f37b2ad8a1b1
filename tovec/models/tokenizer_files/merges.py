"""From ranked pieces to the merges of BPE.

SentencePiece and tiktoken merge whichever neighbours make the best-ranked piece; Hugging Face's BPE goes
by a list of pairs. The list that says the same has every split of every piece into two pieces, best piece
first (as transformers' SentencePieceExtractor and TikTokenConverter make it).
"""

from collections.abc import Mapping, Sequence


def merges_of(
    ranks: Mapping[str, float], tied: Mapping[float, Sequence[tuple[str, str]]] | None = None
) -> list[tuple[str, str]]:
    """Return the merges that make the pieces of `ranks`, the lowest rank first.

    Splits of one piece are in the order of their first parts' ranks. tied: of ranks that several pieces
    have, the merges in their order (`merge_order`).
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
