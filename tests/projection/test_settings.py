"""The numbers of the methods: what they do, and which are refused."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tovec.errors import BadSetting
from tovec.projection import Settings, project
from tovec.projection.umap import umap


def table(n_rows: int, dim: int) -> Any:
    generator = np.random.default_rng(0)
    return (generator.standard_normal((n_rows, dim)) * np.geomspace(5, 0.2, dim)).astype("f4")


def test_chosen_components_are_those_of_scikit_learn() -> None:
    decomposition = needs("sklearn.decomposition")
    vectors = table(300, 12)
    oracle = decomposition.PCA(6, svd_solver="full").fit(vectors.astype(np.float64))
    expected = oracle.transform(vectors.astype(np.float64))[:, [5, 3, 4]]

    found = project(vectors, 3, "pca", settings=Settings(components=(6, 4, 5)))

    signs = np.sign((expected * found.points).sum(axis=0))
    np.testing.assert_allclose(found.points, expected * signs, atol=2e-5, rtol=1e-4)
    shares = oracle.explained_variance_ratio_[[5, 3, 4]]
    np.testing.assert_allclose(found.explained_variance_ratio, shares, rtol=1e-5)
    assert [name[:4] for name in found.axis_names] == ["PC 6", "PC 4", "PC 5"]


def test_the_first_components_are_the_default_and_those_past_the_rank_are_empty() -> None:
    vectors = table(5, 12)
    default = project(vectors, 2, "pca")
    first = project(vectors, 2, "pca", settings=Settings(components=(1, 2)))
    np.testing.assert_array_equal(first.points, default.points)
    assert first.axis_names == default.axis_names
    past = project(vectors, 2, "pca", settings=Settings(components=(2, 12)))
    np.testing.assert_allclose(past.points[:, 0], default.points[:, 1], atol=1e-5)
    assert not past.points[:, 1].any()


def test_umap_takes_its_neighbors_and_min_dist() -> None:
    vectors = table(80, 8)
    made = project(vectors, 2, "umap", settings=Settings(neighbors=5, min_dist=0.8))
    expected = umap(vectors, 2, n_neighbors=5, min_dist=0.8)
    np.testing.assert_array_equal(made.points, expected.points)
    assert not np.array_equal(made.points, project(vectors, 2, "umap").points)


def test_tsne_takes_its_perplexity() -> None:
    needs("openTSNE")
    vectors = table(80, 8)
    made = project(vectors, 2, "tsne", settings=Settings(perplexity=5))
    assert not np.allclose(made.points, project(vectors, 2, "tsne").points)


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("umap", Settings(neighbors=1), "neighbors must be from 2 to 200, not 1"),
        ("umap", Settings(min_dist=1.5), "min_dist must be from 0 to 1, not 1.5"),
        ("umap", Settings(min_dist=float("nan")), "min_dist must be from 0 to 1, not nan"),
        ("tsne", Settings(perplexity=101), "perplexity must be from 2 to 100, not 101"),
        ("pca", Settings(neighbors=20), "neighbors must be left out, since only umap has it, not 20"),
        ("umap", Settings(components=(1, 2)), "components must be left out, since only pca has them"),
        ("pca", Settings(components=(1,)), "components must be 2 different ones"),
        ("pca", Settings(components=(3, 3)), "components must be 2 different ones"),
        ("pca", Settings(components=(1, 9)), "components must be from 1 to 8, the length of the vectors"),
        ("pca", Settings(components=(0, 1)), "components must be from 1 to 8"),
    ],
)
def test_a_setting_out_of_range_is_one_line(method: str, settings: Settings, message: str) -> None:
    with pytest.raises(BadSetting, match=message) as raised:
        project(table(20, 8), 2, method, settings=settings)
    assert "\n" not in str(raised.value)
