"""Projections for the page: of tables with rows that have no place, and clusters where nothing is counted."""

import numpy as np
import pytest

from tovec.embedding import Embedding
from tovec.projection import clusters
from tovec.server.projections import ProjectionRequest, Projector
from tovec.text.importance import likely_counts
from tovec.text.vocabulary import Vocabulary

N_ROWS = 80


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((N_ROWS, 6)).astype(np.float32)


def projected(rows, method):
    embedding = Embedding([f"t{row}" for row in range(len(rows))], rows)
    steps = []
    done = Projector(embedding).project(ProjectionRequest(method, 2), steps.append, lambda: None)
    return done, [step.payload for step in [*steps, done] if step.payload is not None]


@pytest.mark.parametrize("method", ["none", "pca", "umap"])
def test_rows_that_are_not_finite_change_nothing_for_the_others(rows, method):
    damaged, is_finite = rows.copy(), np.ones(N_ROWS, dtype=bool)
    for row, value in ((0, np.nan), (7, np.inf), (N_ROWS - 1, -np.inf)):
        damaged[row, 2], is_finite[row] = value, False
    done, payloads = projected(damaged, method)
    expected, expected_payloads = projected(rows[is_finite], method)
    assert all(np.isnan(payload[~is_finite]).all() for payload in payloads)
    for which in (0, -1):  # the first and the last; when there are others depends on the time
        np.testing.assert_array_equal(payloads[which][is_finite], expected_payloads[which])
    assert done.header["trust"] == expected.header["trust"] is not None


def test_without_counts_useful_tokens_name_the_clusters(rows):
    vocabulary = Vocabulary([f"[unused{row}]" for row in range(N_ROWS - 8)] + list("abcdefgh"))
    found = Projector(Embedding(vocabulary, rows)).cluster(lambda step: None, lambda: None)
    assert found.header["typical"] == clusters(rows, counts=likely_counts(vocabulary)).typical
    assert found.header["typical"] != clusters(rows).typical
