"""The rotation is that of scipy; a similarity transform undoes the one that was applied."""

import numpy as np
from needs import needs

from tovec.progress import StageReporter
from tovec.vectors.orthogonal import rotation_onto, similarity_onto


def table(n_rows, dim, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n_rows, dim)) * np.geomspace(3, 0.3, dim) + 0.5).astype(np.float32)


def same(n_rows):
    return np.arange(n_rows), np.arange(n_rows)


def test_rotation_equals_that_of_scipy():
    linalg = needs("scipy.linalg")
    before, now = table(300, 12), table(300, 12, seed=5)
    units = [rows / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True) for rows in (now, before)]
    oracle, _ = linalg.orthogonal_procrustes(*units)
    np.testing.assert_allclose(rotation_onto(now, before, same(300), StageReporter(None)), oracle, atol=1e-5)


def test_rotation_is_the_identity_when_no_shared_row_has_a_direction():
    zeros = np.zeros((5, 4), np.float32)
    found = rotation_onto(zeros, table(5, 4), same(5), StageReporter(None))
    np.testing.assert_allclose(found, np.eye(4), atol=1e-12)


def test_similarity_finds_rotation_reflection_scale_and_shift():
    points = table(40, 2)
    rotation = np.linalg.qr(np.random.default_rng(1).standard_normal((2, 2)))[0]
    mapped = points @ rotation * [[1, -1]] * 3 + [5, -2]
    similarity = similarity_onto(points, mapped.astype(np.float32), same(40))
    np.testing.assert_allclose(similarity(points), mapped, atol=1e-4)
    np.testing.assert_allclose(similarity.matrix @ similarity.matrix.T, 9 * np.eye(2), atol=1e-4)


def test_similarity_of_one_shared_point_only_shifts():
    points = table(5, 2)
    one = np.array([3]), np.array([3])
    similarity = similarity_onto(points, points + np.float32(2), one)
    np.testing.assert_allclose(similarity(points), points + 2, atol=1e-6)
