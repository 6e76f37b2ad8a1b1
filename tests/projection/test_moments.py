"""One picture of several moments: axes against scikit-learn, what turned lies still, what moved moves."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tovec.errors import BadSetting, TovecError
from tovec.progress import Stage
from tovec.projection import Settings, project, project_moments


def table(n_rows: int = 300, dim: int = 12, seed: int = 0) -> Any:
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n_rows, dim)) * np.geomspace(3, 0.3, dim) + 0.5).astype(np.float32)


def run(n_moments: int = 4, n_rows: int = 300, dim: int = 12) -> list[Any]:
    """Return moments of a run: from tiny random rows to a table."""
    start, end = table(n_rows, dim, seed=7)[::-1] / 500, table(n_rows, dim)
    return [start + (end - start) * np.float32(share) for share in np.linspace(0, 1, n_moments) ** 2]


def rotation(dim: int, seed: int = 1) -> Any:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0].astype(np.float32)


def units(rows: Any) -> Any:
    return rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)


@pytest.mark.parametrize("axes_of", ["last", "first"])
@pytest.mark.parametrize("directions", [True, False])
def test_pca_is_that_of_scikit_learn_fitted_on_one_moment(directions: bool, axes_of: str) -> None:
    decomposition = needs("sklearn.decomposition")
    tables = run()
    found = project_moments(tables, 3, "pca", directions=directions, axes_of=axes_of)
    rows = [units(each) if directions else each.astype(np.float64) for each in tables]
    oracle = decomposition.PCA(3, svd_solver="full").fit(rows[-1 if axes_of == "last" else 0])
    for points, each in zip(found.points, rows, strict=True):
        wanted = oracle.transform(each)
        signs = np.sign((points * wanted).sum(axis=0))
        np.testing.assert_allclose(points, wanted * signs, atol=1e-4 * np.abs(wanted).max())
    np.testing.assert_allclose(found.explained_variance_ratio, oracle.explained_variance_ratio_, rtol=1e-4)
    assert found.axis_names[0].startswith("PC 1 (") and not found.rotated
    assert (found.points.dtype, found.points.shape) == (np.float32, (4, 300, 3))


def test_the_last_moment_is_where_a_picture_of_its_own_has_it() -> None:
    tables = run()
    found = project_moments(tables, 2, directions=False, settings=Settings(components=(2, 3)))
    alone = project(tables[-1], 2, "pca", settings=Settings(components=(2, 3)))
    np.testing.assert_allclose(found.points[-1], alone.points, atol=1e-5)
    assert found.axis_names == alone.axis_names


def test_a_row_that_does_not_change_lies_still_while_others_move() -> None:
    tables = run()
    for each in tables:
        each[5] = tables[-1][5]
    points = project_moments(tables, 2).points
    assert np.abs(points[:, 5] - points[-1, 5]).max() < 1e-6
    assert np.abs(points[0] - points[-1]).max() > 0.5


def test_tables_trained_apart_are_rotated_and_moments_of_a_run_are_not() -> None:
    years = [table() @ rotation(12, 3), table() @ rotation(12, 2), table()]
    years[0][17] = table()[40] @ rotation(12, 3)
    found = project_moments(years, 3)
    assert found.rotated
    np.testing.assert_allclose(found.points[1], found.points[2], atol=1e-4)
    moved = np.linalg.norm(found.points[0] - found.points[2], axis=1)
    assert moved.argmax() == 17
    assert np.delete(moved, 17).max() < 0.1 * moved[17]
    np.testing.assert_allclose(found.points[0, 17], found.points[2, 40], atol=0.1)
    first = project_moments(years, 3, axes_of="first", directions=False)
    np.testing.assert_allclose(first.points[1], first.points[2], atol=1e-3)
    assert not project_moments(run(), 3).rotated
    assert project_moments(run(), 3, rotate=True).rotated
    assert not project_moments(years, 3, rotate=False).rotated
    few = [each[:20] for each in years]  # which any rotation would fit
    assert not project_moments(few, 3).rotated


def test_none_draws_the_numbers_as_they_are_unless_directions_are_asked_for() -> None:
    tables = run(dim=3)
    tables[1][4] = 0
    np.testing.assert_array_equal(project_moments(tables, 2, "none").points, np.stack(tables)[:, :, :2])
    found = project_moments(tables, 3, "none", directions=True)
    assert np.isnan(found.points[1, 4]).all()
    np.testing.assert_allclose(found.points[0], units(tables[0]), atol=1e-6)
    assert found.axis_names == ("dimension 1", "dimension 2", "dimension 3")


def test_a_row_without_direction_has_no_place_at_that_moment_alone() -> None:
    tables = run()
    tables[0][3] = 0
    tables[1][4, 2] = np.nan
    tables[3][5, 0] = np.inf
    found = project_moments(tables, 2).points
    missing = np.isnan(found).all(axis=2)
    assert sorted(map(tuple, np.argwhere(missing))) == [(0, 3), (1, 4), (3, 5)]
    assert np.isfinite(found[~missing]).all()
    # A row of zeros has a place where lengths count.
    assert np.isfinite(project_moments(tables, 2, directions=False).points[0, 3]).all()


@pytest.mark.parametrize("rotate", [None, True])
def test_moments_without_any_place_leave_the_axes_to_those_that_have_them(rotate: bool | None) -> None:
    """As of a run that has diverged, or of one that started from zeros."""
    tables, nothing = run(3), np.full_like(table(), np.nan)
    wanted = project_moments(tables, 2, rotate=rotate)
    found = project_moments([*tables, nothing, nothing], 2, rotate=rotate)
    np.testing.assert_array_equal(found.points[:3], wanted.points)
    assert np.isnan(found.points[3:]).all() and found.axis_names == wanted.axis_names
    wanted = project_moments(tables, 2, rotate=rotate, axes_of="first")
    found = project_moments([nothing, *tables], 2, rotate=rotate, axes_of="first")
    np.testing.assert_array_equal(found.points[1:], wanted.points)
    turned = [tables[2], tables[2] @ rotation(12), nothing]
    np.testing.assert_allclose(*project_moments(turned, 2).points[:2], atol=1e-4)


def test_one_moment_one_row_and_equal_rows_have_a_picture() -> None:
    assert project_moments([table()], 2).points.shape == (1, 300, 2)
    assert project_moments([table(1), table(1)], 2).points.shape == (2, 1, 2)
    equal = np.ones((5, 4), np.float32)
    assert np.isfinite(project_moments([equal, table(5, 4)], 2, axes_of="first").points).all()


def test_what_cannot_be_drawn_raises_one_line() -> None:
    tables = run()
    with pytest.raises(TovecError, match="there are no moments to draw"):
        project_moments([], 2)
    with pytest.raises(BadSetting, match="tables must be the same rows of one dim at every moment"):
        project_moments([tables[0], table(200)], 2)
    with pytest.raises(BadSetting, match=r"one of none, pca, umap for several moments \(openTSNE"):
        project_moments(tables, 2, "tsne")
    with pytest.raises(BadSetting, match="axes_of must be last or first"):
        project_moments(tables, 2, axes_of="middle")
    with pytest.raises(BadSetting, match="dims must be 1 to 12"):
        project_moments(tables, 13)
    with pytest.raises(BadSetting, match="neighbors"):
        project_moments(tables, 2, "pca", settings=Settings(neighbors=20))
    nothing = np.zeros_like(tables[0])
    with pytest.raises(TovecError, match="no row of any table has a direction"):
        project_moments([nothing, nothing], 2)
    with pytest.raises(TovecError, match="no row of the last table has a direction, and UMAP starts from it"):
        project_moments([tables[0], nothing], 2, "umap")
    with pytest.raises(TovecError, match="there are no tokens to draw"):
        project_moments([np.zeros((0, 3), np.float32)], 2)


@pytest.mark.parametrize("method", ["none", "pca"])
def test_progress_starts_at_once_and_what_the_reporter_raises_ends_the_work(method: str) -> None:
    events: list[Any] = []
    project_moments(run(), 2, method, report=events.append)
    assert isinstance(events[0], Stage) and (events[0].name, events[0].fraction) == ("start", 0.0)
    fractions = [event.fraction for event in events if event.name == "start"]
    assert fractions == sorted(fractions)

    def stop(event: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project_moments(run(), 2, method, report=stop)
