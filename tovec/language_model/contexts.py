"""One token in two texts: the same row of the input table, and what the network makes of it in each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.counted import counted
from tovec.errors import BadSetting, TovecError
from tovec.language_model.model import LanguageModel
from tovec.text.spans import Span
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.cosine import cosines


@dataclass(frozen=True)
class Compared:
    """A token of two texts: which of their tokens it is, from 0, and the cosine of its two vectors.

    The vectors are those of `LanguageModel.contextual`; in the input table it is one row.
    """

    id: int
    positions: tuple[int, int]
    cosine: float


def compare_contexts(model: LanguageModel, a: str, b: str, token: str | int | None = None) -> Compared:
    """Return how near a token of `a` is to the same token of `b`, each where it stands last.

    token: its id, or a word: of one that is cut into several tokens the last. None: the token with the
    longest text that both have.
    Raises BadSetting where they do not share the token, TovecError where they share none.
    """
    spans = [[span for span in model.finder.spans(text) if span.id is not None] for text in (a, b)]
    if isinstance(token, str):
        places = [_place_of_word(some, text, token) for some, text in zip(spans, (a, b), strict=True)]
    else:
        row = _longest_shared(model.embedding.vocabulary, *spans) if token is None else token
        places = [_last([span.id == row for span in some], row) for some in spans]
    ids = [some[place].id for some, place in zip(spans, places, strict=True)]
    if ids[0] != ids[1]:
        names = " and ".join(repr(model.embedding.vocabulary.readable(row or 0)) for row in ids)
        raise BadSetting("token", token, f"cut alike in both texts, where it ends in {names}")
    vectors = [
        _vector(model, text, place, len(some))
        for text, place, some in zip((a, b), places, spans, strict=True)
    ]
    return Compared(ids[0] or 0, (places[0], places[1]), float(cosines(vectors[0][None], vectors[1])[0]))


def _place_of_word(spans: list[Span], text: str, word: str) -> int:
    """Return which token ends the last occurrence of a word."""
    start = text.rfind(word)
    end = start + len(word)
    is_there = start >= 0 and word != ""
    return _last([is_there and span.start < end <= span.end for span in spans], word)


def _last(matches: list[bool], token: str | int) -> int:
    found = [place for place, matched in enumerate(matches) if matched]
    if not found:
        raise BadSetting("token", token, "one that both texts have")
    return found[-1]


def _longest_shared(vocabulary: Vocabulary, a: list[Span], b: list[Span]) -> int:
    """Return the token of both that has the longest text, of equal ones the last in `a`."""
    shared = {span.id for span in b if span.known and span.id not in vocabulary.special}
    found = [
        (len(vocabulary.readable(span.id).strip("▁ ")), place, span.id)
        for place, span in enumerate(a)
        if span.id in shared and span.id is not None
    ]
    if not found:
        raise TovecError(
            "the two texts share no token; a word at the beginning of a text may be another token than after "
            "a blank"
        )
    return max(found)[2]


def _vector(model: LanguageModel, text: str, place: int, n_tokens: int) -> NDArray[np.float32]:
    """Return the vector of a token in its context."""
    vectors = model.contextual(text).vectors
    dropped = n_tokens - len(vectors)
    if place < dropped:
        raise BadSetting(
            "token", place, f"among the last {counted(len(vectors), 'token')} of its text, which are read"
        )
    vector: NDArray[np.float32] = vectors[place - dropped]
    return vector
