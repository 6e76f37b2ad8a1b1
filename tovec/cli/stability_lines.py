"""What tovec neighbors --seeds prints: how often other runs find each neighbor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tovec.cli.output import say, shown
from tovec.cli.tables import Cell, print_table
from tovec.counted import counted

if TYPE_CHECKING:
    from tovec.measures.stability import Stability, StableNeighbor, StableNeighbors
    from tovec.text.vocabulary import Vocabulary


def print_stability(found: "Stability", vocabulary: "Vocabulary", markdown: bool) -> None:
    """Print the neighbors of each token, and how much of them is chance."""
    for at, token in enumerate(found.results):
        if at:
            say("")
        for line in _lines(found, token, vocabulary):
            say(line)
        heads = ["", f"in the top {found.k} of", "cosine", "rank here"]
        printed = [each for each in token.results if _is_worth_printing(found, each)]
        print_table(heads, [_row(each, vocabulary) for each in printed], markdown)
        if len(printed) < len(token.results):
            say(
                f"and {counted(len(token.results) - len(printed), 'token')} that one run "
                "alone has; --json prints them"
            )


def stability_json(found: "Stability") -> dict[str, Any]:
    """Return all that was found, as JSON values: one entry for a token and a neighbor."""
    return {
        "results": [
            {"query": token.token, **vars(each)} for token in found.results for each in token.results
        ],
        "queries": [
            {"token": token.token, "shared": token.shared, "movement": token.movement}
            for token in found.results
        ],
        "runs": found.n_runs,
        "k": found.k,
        "interrupted": found.interrupted,
        "median_movement": _median(found),
    }


def stability_figures(found: "Stability") -> dict[str, float | list[float]]:
    """Return the figures that bounds can name."""
    return {
        "shared": [token.shared for token in found.results],
        "movement": [token.movement for token in found.results],
        "median_movement": _median(found),
    }


def _is_worth_printing(found: "Stability", each: "StableNeighbor") -> bool:
    """Whether a neighbor is one of SOURCE, or of several runs."""
    is_original = each.original_rank is not None and each.original_rank <= found.k
    return is_original or each.n_top > 1 or found.n_runs == 1


def _lines(found: "Stability", token: "StableNeighbors", vocabulary: "Vocabulary") -> Iterator[str]:
    name = shown(vocabulary.readable(vocabulary.id(token.token)))
    yield f"{name} in {found.n_runs} {'runs' if found.n_runs != 1 else 'run'}"
    if token.shared == token.shared:
        yield f"two runs have {token.shared:.0%} of the {found.k} nearest in common"
    if token.movement == token.movement:
        yield (
            f"from run to run it moves by {token.movement:.2f} (1 - cosine, after a rotation); the token in "
            f"the middle of all by {_median(found):.2f}"
        )


def _median(found: "Stability") -> float:
    known = found.noise_floor[np.isfinite(found.noise_floor)]
    return float(np.median(known)) if len(known) else float("nan")


def _row(each: "StableNeighbor", vocabulary: "Vocabulary") -> list[Cell]:
    cosine = f"{each.similarity:.2f} ± {each.deviation:.2f}"
    return [shown(vocabulary.readable(each.id)), f"{each.n_top} of {each.n_runs}", cosine, each.original_rank]
