"""The parts of a page that say something of every token: its text, its place in the order, its length."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tovec.errors import TovecError
from tovec.server.page_bytes import number_bytes, replace_surrogates
from tovec.text.importance import by_importance
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.cosine import Norms, are_too_large, row_norms, rows_without_direction
from tovec.vectors.table import Ids, Vectors

MAX_TEXT_BYTES = 1 << 32  # offsets are uint32
MAX_LISTED = 100  # rows without direction or place, for each reason


def token_text(tokens: Sequence[str]) -> tuple[bytes, bytes]:
    """Return the tokens one after another in UTF-8, and the offsets of their starts, (n_tokens + 1,) uint32.

    Offsets count UTF-16 units, as JavaScript does; the last is the end. A lone surrogate, which UTF-8 cannot
    hold, becomes U+FFFD. Raises TovecError for 4 GiB of text or more.
    """
    whole = replace_surrogates("".join(tokens)).encode()
    if len(whole) >= MAX_TEXT_BYTES:
        raise TovecError(f"the tokens take {len(whole):,} bytes of text; a page holds less than 4 GiB")
    places = np.zeros(len(tokens) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, tokens), np.int64, len(tokens)), out=places[1:])
    leads = np.frombuffer(whole, np.uint8)
    leads = leads[(leads & 0xC0) != 0x80]  # the first byte of each character
    places += np.searchsorted(np.flatnonzero(leads >= 0xF0), places)  # characters before that take two units
    return whole, number_bytes(places, np.uint32)


def order_bytes(vocabulary: Vocabulary, language: str | None) -> bytes:
    """Return all ids, those of most use to a reader of `language` first."""
    return number_bytes(by_importance(vocabulary, language), np.uint32)


def lengths(vectors: Vectors) -> tuple[Norms, dict[str, Ids]]:
    """Return the length of each row, and the rows without direction or place by reason."""
    norms = row_norms(vectors)
    return norms, {**rows_without_direction(vectors, norms), "large": np.flatnonzero(are_too_large(norms))}


def norm_bytes(norms: Norms, undirected: Mapping[str, Ids]) -> bytes:
    """Return the lengths as float32, NaN where a row holds NaN or infinity."""
    shown = np.minimum(norms, np.finfo(np.float32).max)
    for reason in ("nan", "infinity"):
        shown[undirected[reason]] = np.nan
    return number_bytes(shown, np.float32)


def undirected_infos(undirected: Mapping[str, Ids]) -> list[dict[str, Any]]:
    """Return how many rows there are for each reason that there is, and the first of them."""
    return [
        {"reason": reason, "n": len(ids), "first": ids[:MAX_LISTED].tolist()}
        for reason, ids in undirected.items()
        if len(ids)
    ]
