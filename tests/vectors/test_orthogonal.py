"""The rotation is that of scipy; whether tables are rotated is told by tokens that it was not fitted on."""

import numpy as np
import pytest
from needs import needs

from tovec.progress import StageReporter
from tovec.vectors.orthogonal import are_rotated, map_onto, partner_cosines, rotation_onto

NO_REPORT = StageReporter(None)


def table(n_rows, dim, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n_rows, dim)) * np.geomspace(3, 0.3, dim) + 0.5).astype(np.float32)


def rotation(dim, seed=1):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0].astype(np.float32)


def test_rotation_equals_that_of_scipy():
    linalg = needs("scipy.linalg")
    ids = np.arange(250)
    now, before = table(300, 12), table(300, 12, seed=5)
    units = [rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True) for rows in (now, before)]
    oracle, _ = linalg.orthogonal_procrustes(*(each[ids] for each in units))
    np.testing.assert_allclose(rotation_onto(now, before, ids, NO_REPORT), oracle, atol=1e-5)


def test_rotation_is_the_identity_when_no_row_has_a_direction():
    found = rotation_onto(np.zeros((5, 4), np.float32), table(5, 4), np.arange(5), NO_REPORT)
    np.testing.assert_allclose(found, np.eye(4), atol=1e-12)


def units(rows):
    rows = rows.astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_centered_map_equals_that_of_scipy_on_centered_rows(monkeypatch):
    linalg = needs("scipy.linalg")
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 40 * 12)  # many blocks, the last one shorter
    here, there = table(300, 12) + 2, table(400, 12, seed=5) - 1
    ids, partners = np.arange(0, 300, 2), np.arange(150) + 200
    centers = here.mean(axis=0, dtype=np.float64), there.mean(axis=0, dtype=np.float64)
    oracle, _ = linalg.orthogonal_procrustes(
        units(here[ids] - centers[0]), units(there[partners] - centers[1])
    )
    found = map_onto(here, there, ids, partners, NO_REPORT, centers)
    np.testing.assert_allclose(found, oracle, atol=1e-5)


def test_cosines_of_partners_are_those_of_numpy_and_0_without_a_direction(monkeypatch):
    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 40 * 12)
    here, there, mapping = table(300, 7) + 2, table(400, 12, seed=5) - 1, rotation(12)[:7]
    ids, partners = np.arange(0, 300, 2), np.arange(150) + 200
    centers = here.mean(axis=0), there[207]
    seen = units(here[ids] - centers[0]) @ mapping
    expected = (seen * units(there[partners] - centers[1] + (partners == 207)[:, None])).sum(axis=1)
    here[4], there[203] = np.nan, np.inf  # the partners 2, 3 and 7 have no direction
    expected[[2, 3, 7]] = 0
    found = partner_cosines(here, there, ids, partners, mapping, centers)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("dim", "other_dim"), [(7, 12), (12, 7)])
def test_a_rectangular_map_is_orthonormal_and_as_good_as_scipys_with_columns_of_zeros(dim, other_dim):
    linalg = needs("scipy.linalg")
    here, there, ids = table(200, dim), table(200, other_dim, seed=5), np.arange(200)
    found = map_onto(here, there, ids, ids, NO_REPORT)
    assert found.shape == (dim, other_dim)
    square = found @ found.T if dim < other_dim else found.T @ found
    np.testing.assert_allclose(square, np.eye(7), atol=1e-12)
    padded = [np.pad(units(rows), ((0, 0), (0, 12 - rows.shape[1]))) for rows in (here, there)]
    _, best = linalg.orthogonal_procrustes(*padded)  # the sum of singular values: the trace that it reaches
    assert np.sum(found * (units(here).T @ units(there))) == pytest.approx(best)


def test_a_planted_rectangular_map_is_found():
    here = table(200, 7)
    planted = rotation(12)[:7]
    found = map_onto(here, here @ planted, np.arange(200), np.arange(200), NO_REPORT)
    np.testing.assert_allclose(found, planted, atol=1e-5)


def test_copies_in_another_space_are_rotated_though_they_changed_a_little():
    here, there = table(300, 12), table(300, 12) @ rotation(12) + 0.3 * table(300, 12, seed=3)
    assert are_rotated(here, there, NO_REPORT)


def test_a_table_that_changed_or_has_nothing_to_do_with_the_other_is_not():
    here = np.random.default_rng(0).standard_normal((300, 12))
    other = np.random.default_rng(1).standard_normal((300, 12))
    assert not are_rotated(here, here + other, NO_REPORT)
    assert not are_rotated(here, other, NO_REPORT)
    assert not are_rotated(here, np.zeros_like(here), NO_REPORT)


def test_so_few_rows_that_a_rotation_fits_any_are_not():
    assert not are_rotated(table(47, 12), table(47, 12) @ rotation(12), NO_REPORT)
    assert are_rotated(table(48, 12), table(48, 12) @ rotation(12), NO_REPORT)
