"""What in a text made two tokens near: the contexts that both share, and lines in which they stand."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.progress import Reporter, Stage, silent
from tovec.text.documents import Chunk, texts
from tovec.text.in_memory import TokenLists
from tovec.text.spans import SpanFinder
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.training_input import GivenDocuments

WINDOW = 5  # tokens on each side, where the training's is unknown
SMOOTHING = 0.75  # of the counts of contexts, or rare ones would come first (Levy, Goldberg and Dagan 2015)
LEAST_COUNT = 2  # with each of the two tokens, for a context not to be a chance
MOST_KEPT = 1 << 26  # characters of documents that lines are taken from, the first
LINE_SIDE = 40  # characters on each side of a word in a line
IDS_AT_ONCE = 1 << 18

Ids = NDArray[np.int32]


@dataclass(frozen=True)
class Context:
    """A token that stands near both.

    with_a, with_b: how often. share: of the cosine that the two have as rows of PPMI, in which each number is
    max(0, log p(context | token) / p(context)).
    """

    token: str
    with_a: int
    with_b: int
    share: float


@dataclass(frozen=True)
class Line:
    """A place in the text, on one line: what stands before, the word, what stands after.

    kind: "a", "b", or "both", where `word` goes from the one to the other. context: the shared one that is
    near, None for "both". document: its number, from 1.
    """

    kind: str
    before: str
    word: str
    after: str
    context: str | None
    document: int


@dataclass(frozen=True)
class Evidence:
    """What a text says of two tokens.

    count_a, count_b: how often they occur; together: how often within `window` tokens of each other.
    similarity: the cosine of their rows of PPMI, of which each context has a share. note: where this is not
    the text that the vectors were trained on; None where nothing contradicts it.
    """

    window: int
    count_a: int
    count_b: int
    together: int
    similarity: float
    contexts: Sequence[Context]
    lines: Sequence[Line]
    note: str | None


@dataclass(frozen=True)
class _Document:
    """A document with one of the two tokens. number: from 1."""

    number: int
    text: str
    ids: Ids


def evidence(
    embedding: Embedding,
    a: str,
    b: str,
    documents: GivenDocuments,
    window: int,
    n_contexts: int,
    n_lines: int,
    report: Reporter | None,
) -> Evidence:
    """Return what a text says of the tokens `a` and `b`: contexts by their share, and some lines.

    n_lines: of each kind. Lines are taken from the first MOST_KEPT characters of documents with the tokens.
    Raises TovecError where the text holds neither of them, or there is no tokenizer.
    """
    pair = (embedding.vocabulary.id(a), embedding.vocabulary.id(b))
    n_tokens = len(embedding)
    near = [np.zeros(n_tokens, dtype=np.int64) for _ in pair]
    occurrences = [0, 0]
    kept: list[_Document] = []
    n_kept = 0
    everything = np.zeros(n_tokens, dtype=np.int64)
    counts = embedding.vocabulary.counts
    for part in _parts(_documents(embedding, documents, pair, counts is None, report)):
        ids = _joined(part, window)
        everything += np.bincount(ids[ids >= 0], minlength=n_tokens)
        for at, row in enumerate(pair):
            places = np.flatnonzero(ids == row)
            occurrences[at] += len(places)
            near[at] += _near(ids, places, window, n_tokens)
        for document in part:
            if n_kept < MOST_KEPT and np.isin(pair, document.ids).any():
                kept.append(document)
                n_kept += len(document.text)
    for token, occurs in zip((a, b), occurrences, strict=True):
        if not occurs:
            raise TovecError(f"`text` does not hold {token!r}, so it is not what these vectors were made of")
    contexts, similarity = _shared(embedding, near, everything if counts is None else counts, pair)
    together = int(near[0][pair[1]])
    return Evidence(
        window=window,
        count_a=occurrences[0],
        count_b=occurrences[1],
        together=together,
        similarity=similarity,
        contexts=contexts[:n_contexts],
        lines=_lines(embedding, kept, pair, contexts, window, n_lines),
        note=_other_text(embedding, pair, occurrences),
    )


def _documents(
    embedding: Embedding,
    documents: GivenDocuments,
    pair: tuple[int, int],
    all_count: bool,
    report: Reporter | None,
) -> Iterator[_Document]:
    """Yield the documents with one of the pair; all of them where each token counts."""
    if isinstance(documents, TokenLists):
        raise TovecError("`text` must be texts here, not lists of tokens: lines of it are shown")
    may_hold = None if all_count else _filter(embedding, pair)
    n_bytes = documents.n_bytes()
    for number, document in enumerate(texts(_reported(documents.chunks(), n_bytes, report)), start=1):
        if may_hold is None or may_hold(document):
            yield _Document(number, document, embedding.encode(document))


def _reported(chunks: Iterable[Chunk], n_bytes: int | None, report: Reporter | None) -> Iterator[Chunk]:
    n_read = 0
    for chunk in chunks:
        yield chunk
        n_read += chunk.n_read
        (report or silent)(Stage("reading the text", n_read, n_bytes, "B"))


def _filter(embedding: Embedding, pair: tuple[int, int]) -> Callable[[str], bool] | None:
    """Return whether a text may hold one of the pair, faster than cutting it; None where only cutting says.

    Tokens of words are pieces of the text, lowercase and composed; an apostrophe may be another one there.
    """
    names = [embedding.vocabulary.tokens[row] for row in pair]
    if not isinstance(embedding.tokenizer, SplitTokenizer) or any("'" in name for name in names):
        return None
    wanted = [name.lower() for name in names]

    def may_hold(text: str) -> bool:
        composed = text if text.isascii() else unicodedata.normalize("NFC", text)
        lower = composed.lower()
        return any(name in lower for name in wanted)

    return may_hold


def _parts(documents: Iterable[_Document]) -> Iterator[list[_Document]]:
    """Yield the documents in groups of some hundred thousand ids."""
    part: list[_Document] = []
    n_ids = 0
    for document in documents:
        part.append(document)
        n_ids += len(document.ids)
        if n_ids >= IDS_AT_ONCE:
            yield part
            part, n_ids = [], 0
    if part:
        yield part


def _joined(documents: Sequence[_Document], window: int) -> Ids:
    """Return the ids of all documents in one array, with so many -1 between them that no window joins two."""
    gap = np.full(window, -1, dtype=np.int32)
    parts = [gap]
    for document in documents:
        parts += [document.ids, gap]
    return np.concatenate(parts)


def _near(ids: Ids, places: NDArray[np.int64], window: int, n_tokens: int) -> NDArray[np.int64]:
    """Return how often each token is within `window` of the places, (n_tokens,)."""
    found = np.zeros(n_tokens, dtype=np.int64)
    for distance in [*range(-window, 0), *range(1, window + 1)]:
        there = ids[places + distance]
        found += np.bincount(there[there >= 0], minlength=n_tokens)
    return found


def _shared(
    embedding: Embedding,
    near: Sequence[NDArray[np.int64]],
    counts: NDArray[np.int64],
    pair: tuple[int, int],
) -> tuple[list[Context], float]:
    """Return the contexts of both by their share, the greatest first, and the cosine that they share."""
    expected = counts.astype(np.float64) ** SMOOTHING
    expected /= expected.sum()
    rows = []
    for found in near:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(found / max(1, found.sum()) / expected)
        rows.append(np.where((found >= LEAST_COUNT) & np.isfinite(ratio), ratio.clip(0.0), 0.0))
    lengths = np.linalg.norm(rows[0]) * np.linalg.norm(rows[1])
    shares = rows[0] * rows[1] / lengths if lengths > 0 else np.zeros(len(counts))
    order = np.argsort(-shares, kind="stable")
    contexts = [
        Context(embedding.vocabulary.tokens[row], int(near[0][row]), int(near[1][row]), float(shares[row]))
        for row in order[: int((shares > 0).sum())].tolist()
        if row not in pair
    ]
    return contexts, float(shares.sum())


def _other_text(embedding: Embedding, pair: tuple[int, int], occurrences: Sequence[int]) -> str | None:
    """Return a note where the tokens do not occur as often as the vocabulary has counted them."""
    counts = embedding.vocabulary.counts
    if counts is None or all(counts[row] == occurs for row, occurs in zip(pair, occurrences, strict=True)):
        return None
    row, occurs = next(each for each in zip(pair, occurrences, strict=True) if counts[each[0]] != each[1])
    token = embedding.vocabulary.tokens[row]
    return (
        f"these vectors were counted over another text, in which {token!r} has the count {counts[row]:,}, "
        f"not {occurs:,}"
    )


def _lines(
    embedding: Embedding,
    kept: Sequence[_Document],
    pair: tuple[int, int],
    contexts: Sequence[Context],
    window: int,
    n: int,
) -> list[Line]:
    """Return up to `n` lines of each kind, each from another document; those of the same context follow."""
    if not n or embedding.tokenizer is None:
        return []
    wanted = {embedding.vocabulary.id(context.token): context.token for context in contexts[:n]}
    places: dict[tuple[str, int], tuple[_Document, int, int]] = {}
    together: list[tuple[_Document, int, int]] = []
    used: set[str] = set()
    for document in kept:
        if document.text in used:
            continue
        found = _place_together(document, pair, window) if len(together) < n else None
        if found is not None:
            together.append((document, *found))
            used.add(document.text)
            continue
        for kind, row in zip("ab", pair, strict=True):
            missing = [context for context in wanted if (kind, context) not in places]
            place = _place_near(document.ids, row, missing, window)
            if place is not None:
                at, context = place
                places[kind, context] = (document, at, at)
                used.add(document.text)
                break
    finder = SpanFinder(embedding.tokenizer, embedding.vocabulary)
    lines = [
        _line(finder, kind, places[kind, context], name)
        for context, name in wanted.items()
        for kind in "ab"
        if (kind, context) in places
    ]
    lines += [_line(finder, "both", place, None) for place in together]
    return [line for line in lines if line is not None]


def _place_together(document: _Document, pair: tuple[int, int], window: int) -> tuple[int, int] | None:
    """Return the first place where both stand within a window, as two indices, ascending; None without."""
    firsts, seconds = (np.flatnonzero(document.ids == row) for row in pair)
    if not len(firsts) or not len(seconds) or pair[0] == pair[1]:
        return None
    distances = np.abs(firsts[:, None] - seconds[None, :])
    i, j = np.unravel_index(int(distances.argmin()), distances.shape)
    if distances[i, j] > window:
        return None
    first, last = sorted((int(firsts[i]), int(seconds[j])))
    return first, last


def _place_near(ids: Ids, row: int, contexts: Sequence[int], window: int) -> tuple[int, int] | None:
    """Return the first place of `row` with one of `contexts` within a window, and which; None without."""
    if not contexts:
        return None
    for place in np.flatnonzero(ids == row).tolist():
        around = set(ids[max(0, place - window) : place + window + 1].tolist())
        for context in contexts:
            if context in around:
                return place, context
    return None


def _line(
    finder: SpanFinder, kind: str, place: tuple[_Document, int, int], context: str | None
) -> Line | None:
    """Return a line of a document; None where the places of its tokens are not known."""
    document, first, last = place
    spans = [span for span in finder.spans(document.text) if span.id is not None]
    if len(spans) != len(document.ids):
        return None
    start, end = spans[first].start, spans[last].end
    before, after = document.text[max(0, start - 2 * LINE_SIDE) : start], document.text[end:]
    return Line(
        kind=kind,
        before=_one_line(before)[-LINE_SIDE:],
        word=_one_line(document.text[start:end]).strip(),
        after=_one_line(after[: 2 * LINE_SIDE])[:LINE_SIDE],
        context=context,
        document=document.number,
    )


def _one_line(text: str) -> str:
    """Return a text with blanks for all its white space, one for several; also at its ends."""
    words = " ".join(text.split())
    return f"{' ' * text[:1].isspace()}{words}{' ' * text[-1:].isspace()}" if words else " " * bool(text)
