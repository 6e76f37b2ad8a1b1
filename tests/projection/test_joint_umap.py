"""UMAP of several moments: its pull against a dense solution, and what a picture promises."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import tovec.threads
from tovec.errors import BadSetting
from tovec.progress import Stage
from tovec.projection import Settings, jitter, project, project_moments, trust
from tovec.projection.joint_umap import NEAR, likeness, pull_together, smooth
from tovec.search.neighbor_graph import neighbor_graph


def groups(n_rows: int = 600, n_groups: int = 12, dim: int = 20) -> Any:
    generator = np.random.default_rng(0)
    centers = 2 * generator.standard_normal((n_groups, dim))
    rows = centers[generator.integers(0, n_groups, n_rows)] + generator.standard_normal((n_rows, dim))
    return rows.astype(np.float32)


def run(n_moments: int = 6, n_rows: int = 600) -> list[Any]:
    """Return moments of a run: from random rows to groups, faster at first."""
    end = groups(n_rows)
    start = np.random.default_rng(1).standard_normal(end.shape).astype(np.float32) * 2
    return [start + (end - start) * np.float32(1 - left**3) for left in np.linspace(1, 0, n_moments)]


@pytest.fixture(scope="module")
def tables() -> list[Any]:
    return run()


@pytest.fixture(scope="module")
def points(tables: list[Any]) -> Any:
    return project_moments(tables, 2, "umap").points


def random(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize("n_moments", [1, 2, 7])
def test_smooth_solves_the_equations_of_every_row(n_moments: int) -> None:
    points, weights = random(n_moments, 4, 3), 5 * random(n_moments - 1, 4, seed=1)
    weights[:, 3] = 0
    found = points.copy()
    smooth(found, weights)
    for row in range(4):
        steps = np.diff(np.eye(n_moments), axis=0)
        matrix = np.eye(n_moments) + steps.T @ np.diag(weights[:, row]) @ steps
        np.testing.assert_allclose(found[:, row], np.linalg.solve(matrix, points[:, row]), atol=1e-6)
    np.testing.assert_array_equal(found[:, 3], points[:, 3])


def test_the_pull_does_not_grow_with_the_distance_and_brings_near_points_together() -> None:
    points = np.zeros((2, 3, 2), dtype=np.float32)
    points[1, :, 0] = [NEAR / 100, 5, 50]
    pulled = points.copy()
    pull_together(pulled, np.full((1, 3), 0.3, dtype=np.float32))
    moved = pulled[0, :, 0]  # from 0, as far as the other moved to it
    np.testing.assert_allclose(moved, points[1, :, 0] - pulled[1, :, 0], atol=1e-5)
    assert moved[0] > 0.4 * points[1, 0, 0]
    np.testing.assert_allclose(moved[1:], 0.3, rtol=0.15)


def test_likeness_is_that_of_the_sets_of_neighbors() -> None:
    near = [neighbor_graph(each, 10).ids.astype(np.int64) for each in run(4, 80)]
    for before, now in pairwise(near):
        sets = [(set(a), set(b)) for a, b in zip(before.tolist(), now.tolist(), strict=True)]
        found = likeness(before, now)
        np.testing.assert_allclose(found, [len(a & b) / len(a | b) for a, b in sets], atol=1e-6)
        assert 0 < found.mean() < 1


def test_rows_without_a_place_are_like_no_other() -> None:
    near = np.array([[1, 2], [-1, -1], [0, 1], [-1, -1]])
    other = np.array([[2, 1, 3], [0, 2, 3], [-1, -1, -1], [-1, -1, -1]])
    np.testing.assert_allclose(likeness(near, other), [2 / 3, 0, 0, 0])


def test_equal_moments_lie_still(tables: list[Any]) -> None:
    found = project_moments([tables[-1]] * 3, 3, "umap").points
    assert jitter(found, [tables[-1]] * 3) < 0.01  # what rounding grows to in 500 epochs


def test_it_jitters_less_than_maps_that_start_from_the_one_before_and_keeps_as_much(
    tables: list[Any], points: Any
) -> None:
    before: list[Any] = []
    for table in tables:
        before.append(project(table, 2, "umap", components=before[-1] if before else None).points)
    assert jitter(points, tables) < 0.2 * jitter(np.stack(before), tables)
    for moment in (0, 3, 5):
        kept, kept_alone = (trust(each[moment], tables[moment]).kept for each in (points, before))
        assert kept > 0.9 * kept_alone


def test_equal_seeds_give_equal_points_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, found = run(3, 300), []
    monkeypatch.setattr(tovec.threads, "MIN_SHARE_ROWS", 50)
    for n_threads in (1, 4):
        monkeypatch.setattr(tovec.threads, "N_THREADS", n_threads)
        for module in (tovec.threads, tovec.projection.umap):
            monkeypatch.setattr(module, "MAX_SHARES", n_threads)
        found.append(project_moments(tables, 2, "umap", seed=3).points.tobytes())
    assert found[0] == found[1]
    assert project_moments(tables, 2, "umap", seed=4).points.tobytes() != found[0]


def test_rows_without_direction_have_no_place_and_the_others_do() -> None:
    tables = run(4, 200)
    tables[1][7] = 0
    tables[2][8:100] = np.nan
    tables[3][9, 0] = np.inf
    events: list[Any] = []
    found = project_moments(tables, 2, "umap", report=events.append)
    missing = np.zeros((4, 200), dtype=bool)
    missing[1, 7] = missing[2, 8:100] = missing[3, 9] = True
    np.testing.assert_array_equal(np.isnan(found.points).all(axis=2), missing)
    assert np.isfinite(found.points[~missing]).all()
    shown = [each.points for each in events if isinstance(each, Stage) and each.points is not None]
    for each in shown:
        assert each.shape == (200, 2)
        np.testing.assert_array_equal(np.isnan(each).all(axis=1), missing[3])
    np.testing.assert_array_equal(shown[-1], found.points[-1])


def test_moments_that_have_no_neighbors_stay_finite() -> None:
    table = groups(5)
    zeros = np.zeros_like(table)
    lone = zeros.copy()
    lone[2] = 1
    found = project_moments([zeros, lone, table], 2, "umap").points
    assert np.isnan(found[0]).all() and np.isfinite(found[2]).all()
    assert np.isfinite(found[1]).all(axis=1).tolist() == [False, False, True, False, False]
    assert np.isfinite(project_moments([table[:1]] * 2, 2, "umap").points).all()
    assert project_moments([table], 3, "umap").points.shape == (1, 5, 3)


def test_stages_come_in_order_and_an_error_of_the_reporter_ends_each(
    tables: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tovec.progress.INTERVAL_S", 0.0)
    events: list[Any] = []
    project_moments(tables[:3], 2, "umap", report=events.append)
    names = list(dict.fromkeys(each.name for each in events))
    assert names == ["start", "neighbors", "graph", "layout"]
    for name in ("neighbors", "layout"):
        fractions = [each.fraction for each in events if each.name == name]
        assert fractions == sorted(fractions) and len(fractions) > 10

    for name in names:

        def stop(event: Any, name: str = name) -> None:
            if event.name == name and event.fraction > 0.3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            project_moments(tables[:3], 2, "umap", report=stop)


def test_settings_are_checked(tables: list[Any]) -> None:
    with pytest.raises(BadSetting, match="dims must be 2 or 3 for a map"):
        project_moments(tables, 4, "umap")
    with pytest.raises(BadSetting, match="perplexity"):
        project_moments(tables, 2, "umap", settings=Settings(perplexity=20))
    found = project_moments(tables[:2], 2, "umap", settings=Settings(neighbors=5, min_dist=0.5))
    assert found.axis_names == ("UMAP 1", "UMAP 2") and found.recall == 1.0
    assert found.explained_variance_ratio is None
