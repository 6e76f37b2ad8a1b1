"""How far tokens move between runs that differ by chance alone, as noise that a movement must exceed."""

from collections.abc import Sequence

import numpy as np

from tovec.comparison.coordinates import coordinates_of
from tovec.comparison.matching import match
from tovec.comparison.movement import movement_of
from tovec.counted import counted
from tovec.embedding import Embedding
from tovec.errors import TovecError
from tovec.progress import StageReporter
from tovec.vectors.same_bytes import have_same_bytes
from tovec.vectors.table import Rows

DEVIATIONS = 3.0  # above the mean over runs
OF_ONE_RUN = 0.15  # the deviation between runs, in parts of the mean, where one run cannot tell; or more


def noise_of_runs(a: Embedding, runs: Sequence[Embedding], progress: StageReporter) -> Rows:
    """Return how far each row of `a` may move by chance, (n_tokens,), in parts of the mean length of rows.

    runs: further tables of a's training, with other seeds. Each is brought onto `a` as a table is that is
    compared with it; the noise is the mean over them and DEVIATIONS deviations, which in parts of the mean
    are taken to be those of all tokens. A token that no run has gets the median.
    Raises TovecError for a run of another dim or without a common token, and for a itself.
    """
    moved = np.full((len(runs), len(a)), np.nan)
    for at, run in enumerate(runs):
        matching = match(run, a)
        if run.dim != a.dim or not len(matching):
            raise TovecError(
                f"run {at + 1} has {counted(run.dim, 'dimension')} and {len(matching):,} "
                "common tokens with A, which "
                f"has {a.dim:,}; runs are further tables of A's training, with other seeds"
            )
        if matching.is_in_place and have_same_bytes(run.vectors, a.vectors):
            raise TovecError(f"run {at + 1} is A, to the byte; runs differ by their seeds")
        coordinates = coordinates_of(run, a, matching, None, progress)
        found = movement_of(run.vectors, a.vectors, matching, coordinates, progress)
        moved[at, matching.ids_b] = found.movement
    known = np.isfinite(moved)
    n = known.sum(axis=0)
    sums = np.where(known, moved, 0.0).sum(axis=0)
    mean = np.divide(sums, n, out=np.full(len(n), np.nan), where=n > 0)
    deviation = max(OF_ONE_RUN, 1 / np.sqrt(2 * a.dim))  # of the length of as many independent numbers
    several = (n > 1) & (mean > 0)
    if several.any():
        squares = np.where(known, (moved - mean) ** 2, 0.0).sum(axis=0)[several] / (n[several] - 1)
        deviation = float(np.sqrt(np.mean(squares / mean[several] ** 2)))
    of_one_more = deviation * np.sqrt(1 + 1 / np.maximum(n, 1))  # the mean of few runs is off itself
    noise = mean * (1 + DEVIATIONS * of_one_more)
    return np.asarray(np.where(np.isfinite(noise), noise, np.nanmedian(noise)), dtype=np.float32)
