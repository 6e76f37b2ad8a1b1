"""The rotation is that of scipy; whether tables are rotated is told by tokens that it was not fitted on."""

import numpy as np
from needs import needs

from tovec.progress import StageReporter
from tovec.vectors.orthogonal import are_rotated, rotation_onto

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
