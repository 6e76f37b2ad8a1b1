"""Where labels go: next to their points without overlapping each other. Plain geometry, in pixels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, bottom, right, top

# Right of the point first, as on maps (Imhof 1975), then left, above, below, and the corners.
DIRECTIONS = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)], dtype=float)
# The rank of each: on a number line the labels beside a point would lie on the line and next to other points.
RIGHT_FIRST = np.arange(len(DIRECTIONS))
ABOVE_FIRST = np.array([6, 7, 0, 1, 2, 3, 4, 5])
ROUNDS = 4
NEAR = (1.0,)
FAR = (1.0, 2.5, 5.0, 8.0, 12.0)

# The costs of a place. Overlap and lying outside are shares of the label's area.
OVER_LABEL, OVER_DOT, OUTSIDE, FARTHER, LATER = 20.0, 14.0, 30.0, 0.6, 0.02
CROSSING = 1.5  # for each label height that the line to the point runs under labels and dots


class Place(NamedTuple):
    """The center of label number `label`, as an offset from its point; `far` if not right next to it."""

    label: int
    offset: tuple[float, float]
    far: bool


def place_all(
    anchors: Floats, sizes: Floats, bounds: Box, gap: float, ranks: NDArray[np.int64] = RIGHT_FIRST
) -> list[Place]:
    """Return a place for every label: in a few rounds, each takes the cheapest place given all others.

    anchors: (n, 2), the points. sizes: (n, 2), width and height of the labels. gap: from a point to
    its label, at least the radius of its dot. ranks: RIGHT_FIRST, or ABOVE_FIRST for a number line. A
    crowded label moves away from its point rather than cover another label or dot.
    """
    dots = _around(anchors, gap * 0.8)
    taken = np.zeros((len(anchors), 4))  # empty boxes: not placed yet
    reach = FAR[-1] * gap + 1.5 * sizes.max(axis=0)
    places = dict[int, Place]()
    for index in [*range(len(anchors))] * ROUNDS:
        offsets, rings = _offsets(sizes[index], gap, FAR)
        boxes = _boxes(anchors[index] + offsets, sizes[index])
        labels, others = (_near(anchors[index], reach, np.delete(all_, index, 0)) for all_ in (taken, dots))
        later = FARTHER * rings + LATER * np.tile(ranks, len(FAR))
        cost = _costs(anchors[index], boxes, labels, others, bounds) + later
        best = int(cost.argmin())
        taken[index] = boxes[best]
        places[index] = Place(index, (offsets[best, 0], offsets[best, 1]), bool(rings[best] > 0))
    return list(places.values())


def _costs(anchor: Floats, boxes: Floats, labels: Floats, dots: Floats, bounds: Box) -> Floats:
    """Return the cost of each box as the place of a label, (n,), apart from its distance and direction."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    outside = 1 - _overlaps(boxes, np.array([bounds]))
    covered = OVER_LABEL * _overlaps(boxes, labels) + OVER_DOT * _overlaps(boxes, dots)
    crossed = _hidden(anchor, centers, np.vstack([labels, dots]))
    return np.asarray(covered + OUTSIDE * outside + CROSSING * crossed / (boxes[0, 3] - boxes[0, 1]))


def place_apart(
    anchors: Floats, sizes: Floats, bounds: Box, gap: float, max_labels: int | None = None
) -> list[Place]:
    """Return places for up to `max_labels` labels that do not overlap; earlier labels have priority.

    As in `place_all`, but a label that fits nowhere next to its point is left out. No label covers
    another, the dot of another that is placed, or lies outside `bounds`.
    """
    taken, places = np.empty((0, 4)), list[Place]()
    for index, (anchor, size) in enumerate(zip(anchors, sizes, strict=True)):
        if len(places) == max_labels:
            break
        offsets, _ = _offsets(size, gap, NEAR)
        boxes = _boxes(anchor + offsets, size)
        dot = _around(anchor[None], gap * 0.8)
        free = (_overlaps(boxes, taken) == 0) & (_overlaps(boxes, np.array([bounds])) > 1 - 1e-9)
        if free.any() and _overlaps(dot, taken)[0] == 0:
            best = int(free.argmax())
            taken = np.vstack([taken, boxes[best], dot])
            places.append(Place(index, (offsets[best, 0], offsets[best, 1]), far=False))
    return places


def _offsets(size: Floats, gap: float, rings: Sequence[float]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the centers to try, from the point, (n, 2), and the ring of each, (n,)."""
    per_ring = [DIRECTIONS * (size / 2 + ring * gap * _shorter_corners()) for ring in rings]
    return np.vstack(per_ring), np.repeat(np.arange(len(rings)), len(DIRECTIONS))


def _shorter_corners() -> Floats:
    return np.where(np.abs(DIRECTIONS).sum(axis=1) == 2, 0.7, 1.0)[:, None]


def _boxes(centers: Floats, size: Floats) -> Floats:
    return np.hstack([centers - size / 2, centers + size / 2])


def _around(anchors: Floats, radius: float) -> Floats:
    return _boxes(anchors, np.full(2, 2 * radius))


def _near(anchor: Floats, reach: Floats, boxes: Floats) -> Floats:
    """Return the boxes that a label within `reach` of `anchor` can meet."""
    return boxes[np.all(np.abs((boxes[:, :2] + boxes[:, 2:]) / 2 - anchor) < reach, axis=1)]


def _overlaps(boxes: Floats, others: Floats) -> Floats:
    """Return the share of each box that the others cover, (n,), summed over the others."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    covered = np.clip(high - low, 0, None).prod(axis=2).sum(axis=1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return np.asarray(covered / np.maximum(area, 1e-9))


def _hidden(start: Floats, ends: Floats, boxes: Floats) -> Floats:
    """Return how much of each line from `start` lies in boxes, (n,), measured at 16 points along it."""
    lines = ends - start
    steps = np.linspace(0, 1, 16)[None, :, None]
    along = (start + steps * lines[:, None, :])[:, :, None, :]  # (n, step, box, 2)
    inside = np.all((along > boxes[:, :2]) & (along < boxes[:, 2:]), axis=3)
    return np.asarray(np.any(inside, axis=2).mean(axis=1) * np.linalg.norm(lines, axis=1))
