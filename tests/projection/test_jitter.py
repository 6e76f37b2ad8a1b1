"""Jitter on constructed pictures: what counts, what does not, and what it is measured by."""

from typing import Any

import numpy as np
import pytest

from tovec.projection import jitter
from tovec.search.neighbor_graph import neighbor_graph


def circles(n_rows: int = 60, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((n_rows, 5)).astype(np.float32)


def picture(n_rows: int = 60, seed: int = 1) -> Any:
    """Points whose root mean square distance from their mean is 1."""
    points = np.random.default_rng(seed).standard_normal((n_rows, 2))
    points -= points.mean(axis=0)
    return (points / np.sqrt((points**2).sum(axis=1).mean())).astype(np.float32)


def test_a_picture_that_lies_still_has_none() -> None:
    table, points = circles(), picture()
    assert jitter(np.stack([points] * 3), [table] * 3) == 0


def test_a_jump_of_the_whole_picture_counts_by_its_size() -> None:
    table, points = circles(), picture()
    size = np.sqrt(1 + 0.15**2)  # the mean of all moments lies in the middle of the jump
    moved = np.stack([points, points + np.float32([0.3, 0])])
    assert jitter(moved, [table, table]) == pytest.approx(0.3 / size, rel=1e-5)
    assert jitter(100 * moved + 7, [table, table]) == pytest.approx(0.3 / size, rel=1e-5)


def test_lengths_of_vectors_and_rotations_are_no_reason_to_move() -> None:
    table, points = circles(), picture()
    rotation = np.linalg.qr(np.random.default_rng(2).standard_normal((5, 5)))[0]
    lengths = np.linspace(0.001, 1000, 60)[:, None]
    later = ((table * lengths) @ rotation).astype(np.float32)
    assert jitter(np.stack([points, points + np.float32(1)]), [table, later]) > 0.5


def test_tokens_whose_neighbors_changed_do_not_count() -> None:
    table, points = circles(), picture()
    later = table.copy()
    later[17] = -later[17]
    near, near_later = (np.sort(neighbor_graph(each, 10).ids, axis=1) for each in (table, later))
    changed = (near != near_later).any(axis=1)
    assert 1 < changed.sum() < 40
    moved = points.copy()
    moved[changed] += 5
    assert jitter(np.stack([points, moved]), [table, later]) == 0
    moved[~changed] += np.float32([0.1, 0])
    assert jitter(np.stack([points, moved]), [table, later]) > 0


def test_it_is_the_median_of_what_counts() -> None:
    table, points = circles(), picture()
    moved = points.copy()
    moved[:29] += 3  # fewer than half
    assert jitter(np.stack([points, moved]), [table, table]) == 0
    moved[:31] = points[:31] + 3
    assert jitter(np.stack([points, moved]), [table, table]) > 0


def test_no_token_that_counts_is_nan() -> None:
    table, points = circles(), picture()
    assert np.isnan(jitter(points[None], [table]))
    assert np.isnan(jitter(np.stack([points, points]), [table, circles(seed=5)]))
    assert np.isnan(jitter(np.stack([points, points * np.nan]), [table, table]))


def test_rows_without_direction_or_place_do_not_count() -> None:
    table, points = circles(), picture()
    table[:10] = 0
    moved = points.copy()
    moved[:10] += 4
    moved[10:15] = np.nan
    graph = neighbor_graph(table, 12)
    assert jitter(np.stack([points, moved]), [table, table]) == 0
    assert jitter(np.stack([points, moved]), [graph, graph]) == 0
    assert jitter(np.stack([points, moved]), [graph, graph]) == 0


def test_graphs_say_what_tables_say_and_a_sample_about_that() -> None:
    table = circles(400)
    later = table + np.float32(0.02) * circles(400, seed=9)
    points = picture(400)
    moved = points + np.random.default_rng(3).standard_normal((400, 2)).astype(np.float32) / 10
    both = np.stack([points, moved])
    exact = jitter(both, [table, later])
    assert jitter(both, [neighbor_graph(table, 14), neighbor_graph(later, 14)]) == pytest.approx(exact)
    assert jitter(both, [table, later], sample=200) == pytest.approx(exact, rel=0.3)
    assert jitter(both, [table, later], sample=200) != exact


def test_one_token_and_an_error_of_the_reporter() -> None:
    assert jitter(np.zeros((2, 1, 2), np.float32), [circles(1), circles(1)]) == 0

    def stop(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jitter(np.stack([picture()] * 2), [circles()] * 2, report=stop)
