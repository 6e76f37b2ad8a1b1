"""Labels beside their points and apart from each other."""

from typing import Any

import numpy as np
import pytest

from tovec.figures.placement import place_all, place_apart

BOUNDS = (0.0, 0.0, 1000.0, 800.0)


def scattered(n: int, spread: float, seed: int = 0) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    anchors = np.array([500.0, 400.0]) + spread * generator.standard_normal((n, 2))
    return anchors, np.column_stack([generator.uniform(20, 90, n), np.full(n, 18.0)])


def boxes_of(places: Any, anchors: Any, sizes: Any) -> list[Any]:
    centers = [anchors[place.label] + place.offset for place in places]
    halves = [sizes[place.label] / 2 for place in places]
    return [(*(c - h), *(c + h)) for c, h in zip(centers, halves, strict=True)]


def overlap(a: Any, b: Any) -> bool:
    return bool(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def n_overlaps(boxes: list[Any]) -> int:
    return sum(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("spread", [5.0, 100.0, 400.0])
def test_labels_placed_apart_neither_overlap_nor_leave_the_bounds(spread: float) -> None:
    anchors, sizes = scattered(400, spread)
    places = place_apart(anchors, sizes, BOUNDS, gap=8)
    boxes = boxes_of(places, anchors, sizes)
    assert boxes
    assert n_overlaps(boxes) == 0
    assert all(min(x0, y0) >= 0 and x1 <= 1000 and y1 <= 800 for x0, y0, x1, y1 in boxes)


def test_the_first_label_has_priority_and_the_limit_holds() -> None:
    anchors, sizes = scattered(400, 100)
    places = place_apart(anchors, sizes, BOUNDS, gap=8, max_labels=7)
    assert places[0].label == 0
    assert len(places) == 7
    assert place_apart(anchors, sizes, BOUNDS, gap=8, max_labels=0) == []


def test_a_single_label_is_right_of_its_point() -> None:
    (place,) = place_all(np.array([[500.0, 400.0]]), np.array([[40.0, 18.0]]), BOUNDS, gap=8)
    assert place == (0, (28.0, 0.0), False)


def test_at_the_right_edge_a_label_is_left_of_its_point() -> None:
    (place,) = place_all(np.array([[990.0, 400.0]]), np.array([[40.0, 18.0]]), BOUNDS, gap=8)
    assert place.offset == (-28.0, 0.0)


def test_all_labels_are_placed_and_rarely_overlap() -> None:
    anchors, sizes = scattered(30, 25)
    places = place_all(anchors, sizes, BOUNDS, gap=8)
    assert sorted(place.label for place in places) == list(range(30))
    right_beside = [
        (x + 8, y - 9, x + 8 + width, y + 9) for (x, y), (width, _) in zip(anchors, sizes, strict=True)
    ]
    assert n_overlaps(boxes_of(places, anchors, sizes)) < n_overlaps(right_beside) / 10


def test_points_at_one_place_get_labels_at_different_places() -> None:
    places = place_all(np.full((8, 2), 400.0), np.full((8, 2), 18.0), BOUNDS, gap=8)
    assert len({place.offset for place in places}) == 8
