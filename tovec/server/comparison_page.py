"""Two tables that are compared, as the page shows them: two moments, and columns of what moved."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.comparison import Comparison
from tovec.embedding import Embedding
from tovec.server.metadata import Column
from tovec.timeline import Moment, Timeline
from tovec.vectors.table import Ids

BOTH, FIRST, SECOND = 1, 2, 3  # codes of the column that says where a token is
_LABELS = ("both", "first", "second")


class ComparisonPage(NamedTuple):
    """What the page shows of a comparison.

    timeline: all tokens of both tables, the first at moment 0. columns: what is known of each token. info:
    `ComparisonInfo` of page/src/data/source.ts. only_first: ids of the tokens that the second lacks.
    """

    timeline: Timeline
    columns: tuple[Column, ...]
    info: dict[str, Any]
    only_first: Ids


def comparison_page(comparison: Comparison) -> ComparisonPage:
    """Return what the page shows of a comparison."""
    union, matching = comparison.union(), comparison.matching
    names = _different(comparison.names)
    first, second = (Embedding(union.vocabulary, table, comparison.b.tokenizer) for table in union.tables)
    in_first, in_second = union.ids_a >= 0, union.ids_b >= 0
    where = np.select([in_first & in_second, in_first], [BOTH, FIRST], SECOND).astype(np.uint16)
    common = matching.ids_b  # the second table's rows come first in the union, in their order
    columns = [
        Column("movement", "number", _of_common(comparison.movement, common, len(where))),
        Column("cosine", "number", _of_common(comparison.cosine, common, len(where))),
        Column("where", "category", where, _LABELS),
        Column("noise", "number", _of_common(comparison.noise, common, len(where))),
    ]
    numbers: list[int | None] = []
    for name, table, ids in (("count 1", comparison.a, union.ids_a), ("count 2", comparison.b, union.ids_b)):
        counts = table.vocabulary.counts
        numbers.append(None if counts is None else len(columns))
        if counts is not None:
            columns.append(Column(name, "number", _counts(counts, ids)))
    info = {
        "names": list(names),
        "coordinates": comparison.coordinates.kind.value,
        "cosineAsIs": _known(comparison.coordinates.cosine),
        "cosineRotated": _known(comparison.coordinates.rotated),
        "scale": float(comparison.scale),
        "isEqual": bool(comparison.is_equal),
        "nCommon": len(common),
        "nMoved": len(comparison.moved),
        "nAdded": len(matching.added),
        "nRemoved": len(matching.removed),
        "noise": comparison.noise_from,
        "matched": matching.how,
        "columns": {"movement": 0, "cosine": 1, "where": 2, "noise": 3, "counts": numbers},
    }
    timeline = Timeline([first, second], [Moment(name) for name in names])
    return ComparisonPage(timeline, tuple(columns), info, np.flatnonzero(where == FIRST))


def _different(names: tuple[str, str]) -> tuple[str, str]:
    """Return the names, which a timeline needs to tell its moments apart."""
    return names if names[0] != names[1] else (f"{names[0]} (1)", f"{names[1]} (2)")


def _of_common(values: NDArray[Any], ids: Ids, n: int) -> NDArray[np.float32]:
    """Return the values by id of the union, NaN for tokens of one table alone."""
    spread = np.full(n, np.nan, dtype=np.float32)
    spread[ids] = values
    return spread


def _counts(counts: NDArray[Any], ids: Ids) -> NDArray[np.float32]:
    return np.where(ids >= 0, np.asarray(counts)[ids], np.nan).astype(np.float32)


def _known(cosine: float) -> float | None:
    return None if math.isnan(cosine) else cosine
