"""How stable neighbors are: whether other runs over the same text find them too.

Neighbors of one run are partly chance (Antoniak and Mimno 2018, doi:10.1162/tacl_a_00008): of the seed, and
of which documents happened to be in the text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from tovec.checks import whole_number
from tovec.embedding import Embedding, check_embedding
from tovec.errors import BadSetting, TovecError
from tovec.interrupts import Interrupted, until_saved
from tovec.measures.noise_floor import Movement, movement
from tovec.progress import Ended, Event, Reporter, Stage, StageReporter, silent
from tovec.text.documents import texts as texts_of
from tovec.text.in_memory import TokenLists
from tovec.text.training_input import TextInput, documents_from
from tovec.training.config import Settings
from tovec.training.events import Trained
from tovec.training.objectives import objectives_taking
from tovec.training.run import train
from tovec.training.settings import SETTINGS
from tovec.vectors.cosine import cosines
from tovec.vectors.table import blocks

STAGE = "runs"
OF_TOKENIZER = ("tokenizer", "lowercase", "phrases", "phrase_threshold")  # settings that a tokenizer replaces

Similarities = NDArray[np.float32]


@dataclass(frozen=True)
class StableNeighbor:
    """A token that was among the nearest in at least one run, or in the vectors that were asked about.

    n_top: of how many runs, out of `n_runs` that have both tokens. similarity, deviation: mean and standard
    deviation of the cosine over all of these. original_rank, original_similarity: in the vectors that were
    asked about, counted from 1; None without them.
    """

    token: str
    id: int
    n_top: int
    n_runs: int
    similarity: float
    deviation: float
    original_rank: int | None
    original_similarity: float | None


@dataclass(frozen=True)
class StableNeighbors:
    """The neighbors of one token over all runs, those found most often first, then by similarity.

    shared: the share of the nearest that two runs have in common, in the mean over all pairs of runs; NaN for
    a single run. movement: how far the token itself moves from run to run, 1 − cosine after an orthogonal
    map; NaN where that is unknown.
    """

    token: str
    results: Sequence[StableNeighbor]
    shared: float
    movement: float


@dataclass(frozen=True)
class Stability:
    """How stable the neighbors of some tokens are; it has as many items as `results`, one a token.

    n_runs: how many have ended; interrupted: whether Ctrl+C ended it before all had. noise_floor: (n_tokens,)
    how far each token of `tokens` moves between runs, as `noise_floor.noise_floor` has it.
    """

    results: Sequence[StableNeighbors]
    n_runs: int
    k: int
    interrupted: bool
    tokens: Sequence[str] = field(repr=False)
    noise_floor: Movement = field(repr=False)

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Any:
        return iter(self.results)


@until_saved()
def stability(
    texts_or_paths: TextInput,
    tokens: str | Iterable[str],
    *,
    source: Embedding | None = None,
    runs: int = 10,
    k: int = 10,
    bootstrap: bool = False,
    report: Reporter | None = None,
    **settings: Unpack[Settings],
) -> Stability:
    """Return how stable the neighbors of `tokens` are over several runs of `tovec.train` on the same text.

    source: vectors that were trained on it: its settings and tokenizer are those of the runs, and its own
    neighbors are compared. settings: others, as `tovec.train` takes them, such as `epochs`, for shorter runs.
    The runs differ by `seed`, from that of the settings on. bootstrap: they also differ by their documents,
    each time as many, drawn with replacement; the text is held in memory then. k: how many of the nearest
    count. report: called with how far the runs are. Ctrl+C ends it with the runs that have ended.
    Raises UnknownToken for one that `source`, or else the first run, does not have, TovecError for one that
    no run has, and what `tovec.train` raises.

    >>> texts = ["the cat sat on the mat", "the dog sat on the rug"] * 20
    >>> found = tovec.stability(texts, "cat", runs=3, k=2, dim=8, min_count=1, threads=1)
    >>> [(token.token, token.results[0].n_runs) for token in found]
    [('cat', 3)]
    """
    if not isinstance(tokens, Iterable):
        raise BadSetting("tokens", tokens, "a token, or a list of them")
    asked = [tokens] if isinstance(tokens, str) else list(tokens)
    runs, k = whole_number("runs", runs, 1), whole_number("k", k, 1)
    if not asked:
        raise BadSetting("tokens", asked, "at least one token")
    if source is not None:
        check_embedding("source", source)
        source.ids(asked)  # an unknown one is reported before minutes of work
    given: dict[str, Any] = {**settings_of(source), **settings}
    first_seed = given.pop("seed", None) or 0
    documents = _documents(texts_or_paths, given) if bootstrap else None
    if documents is None and not documents_from(texts_or_paths).readable_again:
        raise TovecError("every run reads the text again, and this can be read once; give a file or a list")
    gathered = _Runs(asked, k, source)
    is_interrupted = False
    for run in range(runs):
        seed = first_seed + run
        text = texts_or_paths if documents is None else _resampled(documents, seed)
        try:
            embedding = train(text, seed=seed, reporter=_of_run(report, run, runs), **given)
        except (Interrupted, KeyboardInterrupt):
            if not gathered.n_runs:
                raise
            is_interrupted = True
            break
        if embedding.provenance["interrupted"]:
            is_interrupted = True
            break
        gathered.add(embedding)
    (report or silent)(Ended(STAGE))
    if not gathered.n_runs:
        raise KeyboardInterrupt
    return Stability(
        results=[gathered.neighbors(at) for at in range(len(asked))],
        n_runs=gathered.n_runs,
        k=k,
        interrupted=is_interrupted,
        tokens=gathered.reference.vocabulary.tokens,
        noise_floor=gathered.noise_floor(),
    )


def settings_of(source: Embedding | None) -> dict[str, Any]:
    """Return the settings that `source` was trained with, with its tokenizer; none where they are unknown."""
    if source is None:
        return {}
    recorded = source.provenance.get("settings")
    recorded = recorded if isinstance(recorded, dict) else {}
    objective = recorded.get("objective", SETTINGS["objective"].default)
    found = {
        name: value
        for name, value in recorded.items()
        if name in SETTINGS and value is not None and objective in objectives_taking(name)
    }
    if source.tokenizer is not None:
        found = {name: value for name, value in found.items() if name not in OF_TOKENIZER}
        found["tokenizer"] = source.tokenizer
    return found


class _Runs:
    """What is kept of the runs that have ended: cosines of the tokens asked about, not their tables.

    reference: whose ids the results have; `source`, else the first run.
    """

    def __init__(self, asked: Sequence[str], k: int, source: Embedding | None) -> None:
        self._asked, self._k, self._source = asked, k, source
        self._similarities: list[Similarities] = []
        self._movements: list[Movement] = []
        self._first: Embedding | None = None
        self.reference: Embedding

    @property
    def n_runs(self) -> int:
        """How many have ended."""
        return len(self._similarities)

    def add(self, run: Embedding) -> None:
        """Take what is needed of a run."""
        if self._first is None:
            self._first = run
            self.reference = self._source or run
            self.reference.ids(self._asked)
        tokens = self.reference.vocabulary.tokens
        rows = run.vocabulary.find(tokens)
        self._similarities.append(_similarities(run, rows, self._asked))
        if run is not self._first:
            first_rows = self._first.vocabulary.find(tokens)
            both = np.flatnonzero((rows >= 0) & (first_rows >= 0))
            moved = np.full(len(tokens), np.nan)
            tables = run.vectors[rows[both]], self._first.vectors[first_rows[both]]
            moved[both] = movement(*tables, StageReporter(None))
            self._movements.append(moved)

    def noise_floor(self) -> Movement:
        """Return how far each token moves from run to run, (n_tokens,); NaN where no run says."""
        if not self._movements:
            return np.full(len(self.reference), np.nan)
        moved = np.stack(self._movements)
        known = np.isfinite(moved).sum(axis=0)
        sums = np.nansum(moved, axis=0)
        return np.asarray(np.divide(sums, known, out=np.full(len(sums), np.nan), where=known > 0))

    def neighbors(self, at: int) -> StableNeighbors:
        """Return the neighbors of the token number `at` of those asked about."""
        token = self._asked[at]
        own = self.reference.vocabulary.id(token)
        similarities = np.stack([each[at] for each in self._similarities])  # (n_runs, n_tokens)
        similarities[:, own] = np.nan
        if not np.isfinite(similarities).any():
            raise TovecError(f"no run has {token!r}: it is too rare in the text, or has no neighbors")
        tops = [_nearest(each, self._k) for each in similarities]
        found = {row for top in tops for row in top}
        original = None
        if self._source is not None:
            original = _similarities(self._source, np.arange(len(self._source)), [token])[0]
            original[own] = np.nan
            found |= _nearest(original, self._k)
        results = [self._neighbor(row, similarities[:, row], tops, original) for row in sorted(found)]
        results.sort(key=lambda each: (-each.n_top, -each.similarity, each.id))
        return StableNeighbors(token, results, _shared(tops), float(self.noise_floor()[own]))

    def _neighbor(
        self, row: int, similarities: Similarities, tops: Sequence[set[int]], original: Similarities | None
    ) -> StableNeighbor:
        known = similarities[np.isfinite(similarities)].astype(np.float64)
        return StableNeighbor(
            token=self.reference.vocabulary.tokens[row],
            id=row,
            n_top=sum(row in top for top in tops),
            n_runs=len(known),
            similarity=float(known.mean()) if len(known) else float("nan"),
            deviation=float(known.std(ddof=1)) if len(known) > 1 else 0.0,
            original_rank=None if original is None else 1 + int((original > original[row]).sum()),
            original_similarity=None if original is None else float(original[row]),
        )


def _similarities(run: Embedding, rows: NDArray[np.int64], asked: Sequence[str]) -> Similarities:
    """Return the cosine of each token asked about with each of `rows`, (n_asked, n); NaN for rows below 0."""
    found = np.full((len(asked), len(rows)), np.nan, dtype=np.float32)
    counts = run.vocabulary.counts
    # Where a tokenizer brings its vocabulary, the rows of what the text lacks are as they began.
    there = rows >= 0 if counts is None else (rows >= 0) & (counts[rows] > 0)
    for at, token in enumerate(asked):
        row = run.vocabulary.get(token)
        if row is not None and (counts is None or counts[row] > 0):
            query = run[token]
            every = np.concatenate([cosines(part, query) for _, part in blocks(run.vectors)])
            found[at, there] = every[rows[there]]
    return found


def _nearest(similarities: Similarities, k: int) -> set[int]:
    order = np.argsort(-similarities, kind="stable")[:k]  # NaN comes last
    return {row for row in order.tolist() if np.isfinite(similarities[row])}


def _shared(tops: Sequence[set[int]]) -> float:
    pairs = [
        len(top & other) / max(1, min(len(top), len(other)))
        for at, top in enumerate(tops)
        for other in tops[:at]
    ]
    return float(np.mean(pairs)) if pairs else float("nan")


def _documents(given: TextInput, settings: dict[str, Any]) -> list[Any]:
    """Return all documents in a list; those of files are read as the settings say, which are then taken."""
    options = {
        name: settings.pop(name) for name in ("document", "encoding", "errors", "column") if name in settings
    }
    documents = documents_from(given, **options)
    if isinstance(documents, TokenLists):
        return [tokens for chunk in documents.chunks() for tokens in chunk.tokens or ()]
    return list(texts_of(documents.chunks()))


def _resampled(documents: Sequence[Any], seed: int) -> list[Any]:
    drawn = np.random.default_rng(seed).integers(0, len(documents), len(documents))
    return [documents[at] for at in drawn.tolist()]


def _of_run(report: Reporter | None, run: int, n_runs: int) -> Reporter:
    """Return a reporter for one run that passes on how far all are, and no lines."""

    def report_run(event: Event) -> None:
        if report is not None and isinstance(event, Trained):
            report(Stage(STAGE, run + event.fraction, n_runs))

    return report_run
