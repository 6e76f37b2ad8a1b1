"""What a comparison found, by script and by frequency of the tokens."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tovec.comparison.matching import Matching
from tovec.comparison.neighbors import Neighbors
from tovec.measures.token_groups import Grouping, by_frequency, by_script
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.table import Rows


class Group(NamedTuple):
    """Common tokens of one kind.

    movement: the median. share_moved: beyond noise. cosine: the mean. overlap: the mean share of neighbors
    that stayed, of the `n_measured` sampled ones; NaN without any.
    """

    name: str
    n: int
    movement: float
    share_moved: float
    cosine: float
    overlap: float
    n_measured: int


def groups_of(
    vocabulary: Vocabulary,
    matching: Matching,
    movement: Rows,
    cosine: Rows,
    is_moved: NDArray[np.bool_],
    neighbors: Neighbors,
) -> Mapping[str, Sequence[Group]]:
    """Return the common tokens by "script", those first whose tokens moved most, and by "frequency".

    vocabulary: of b, whose rows the matching names.
    """
    groupings = {"script": by_script(vocabulary), "frequency": by_frequency(vocabulary)}
    found = {
        name: _groups(grouping, matching, movement, cosine, is_moved, neighbors)
        for name, grouping in groupings.items()
    }
    found["script"].sort(key=lambda group: -group.movement)
    return found


def _groups(
    grouping: Grouping,
    matching: Matching,
    movement: Rows,
    cosine: Rows,
    is_moved: NDArray[np.bool_],
    neighbors: Neighbors,
) -> list[Group]:
    of_common = grouping.group_of[matching.ids_b]
    groups = []
    for at, name in enumerate(grouping.names):
        inside = (of_common == at) & np.isfinite(movement)
        if inside.any():
            overlap = neighbors.overlap(inside[neighbors.places])
            groups.append(
                Group(
                    name,
                    int(inside.sum()),
                    float(np.median(movement[inside])),
                    float(is_moved[inside].mean()),
                    float(cosine[inside].mean(dtype=np.float64)),
                    overlap.share,
                    overlap.n,
                )
            )
    return groups
